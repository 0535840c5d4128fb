//! Which ways that start at GitHub Actions are those of repositories that an expectation names.
//!
//! Owns: a provider of GitHub stands for all repositories, so that each role that it leads into is judged by itself: by the tokens that
//! its trust policy admits (`posture::repositories`).

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use crate::answer::Verdict;
use crate::config::{PrincipalSelector, Repository};
use crate::graph::query::{Reaching, WhoCan};
use crate::graph::{Edge, EdgeKind, Hop, Source};
use crate::ids::PrincipalIx;
use crate::posture::entry::Can;
use crate::posture::federation::{self, Federated, patterns_of};
use crate::posture::github;
use crate::posture::repositories::{self, Named};

/// A role that a provider leads into, on the way to the target.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) hop: Hop,
    /// Roles of the target that are reached over it.
    pub(super) roles: BTreeSet<PrincipalIx>,
    /// The subjects that its trust policy names, in order.
    pub(super) subjects: Vec<String>,
    /// Whether the selectors name the workflows that come in: all of them, or some.
    pub(super) named: Option<bool>,
}

/// Which of the workflows that come in over a role count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The selectors name all of them.
    All,
    /// The selectors name some of them.
    Some,
}

/// The ways of one search that start at providers, for the repositories of some selectors.
pub(super) struct Workflows<'s> {
    repositories: Vec<Named<'s>>,
    which: Which,
    /// The roles that each provider leads into, with the call.
    calls: BTreeMap<&'s str, Vec<&'s Edge>>,
    /// What is reached from these roles.
    beyond: BTreeMap<PrincipalIx, Reaching<'s>>,
    targets: BTreeSet<PrincipalIx>,
}

impl<'s> Workflows<'s> {
    /// `None` where no selector names repositories.
    pub(super) fn new(selectors: &'s [PrincipalSelector], which: Which, found: &'s WhoCan<'_, '_>) -> Option<Self> {
        let repositories = selectors.iter().filter_map(|selector| match selector {
            PrincipalSelector::Repository(Repository { owner, name }) => Some(Named { owner, name }),
            _ => None,
        });
        let repositories: Vec<Named<'_>> = repositories.collect();
        if repositories.is_empty() {
            return None;
        }
        let mut calls = BTreeMap::<&str, Vec<&Edge>>::new();
        for edge in found.met().flat_map(|(_, edges)| edges).filter(|edge| edge.kind == EdgeKind::WebIdentity) {
            if let Source::Provider(provider) = &edge.from {
                calls.entry(provider).or_default().push(edge);
            }
        }
        let entered: BTreeSet<PrincipalIx> = calls.values().flatten().map(|edge| edge.to).collect();
        let beyond = found.reaching().filter_map(|one| match one.source {
            Source::Principal(ix) if entered.contains(ix) => Some((*ix, one)),
            _ => None,
        });
        let beyond = beyond.collect();
        Some(Self { repositories, which, calls, beyond, targets: found.roles().collect() })
    }

    /// The roles that a source leads into; `None` where it is no provider of GitHub, or a trust policy was not read.
    pub(super) fn entries(&self, cx: &Context<'_>, source: &Source) -> Option<Vec<Entry>> {
        let Source::Provider(provider) = source else { return None };
        let mut all = Vec::new();
        for edge in self.calls.get(&**provider)? {
            let role = edge.to;
            let beyond = self.beyond.get(&role);
            let is_target = self.targets.contains(&role);
            let mut roles = beyond.map(|one| one.roles()).unwrap_or_default();
            roles.extend(is_target.then_some(role));
            if roles.is_empty() {
                continue;
            }
            let comes_in = edge.own(edge.from.kind(cx.estate)).verdict() != Verdict::Unknown;
            let goes_on = is_target || beyond.is_some_and(|one| one.verdict != Verdict::Unknown);
            let is_sure = comes_in && goes_on;
            let providers = federation::oidc(cx.estate, role, cx.trust(role)?);
            let federated = providers.iter().find(|federated| *federated.provider == **provider)?;
            if !github::is_github(federated) {
                return None;
            }
            // who is all expected, or never named, breaks nothing by coming in
            let is_kept = |named: &bool| *named == (self.which == Which::All);
            let named = named(federated, &self.repositories, self.which).filter(|named| is_sure || is_kept(named));
            let subjects = patterns_of(&federated.truth, "sub").into_iter().map(str::to_owned).collect();
            all.push(Entry { hop: Hop { from: source.clone(), edge: (*edge).clone() }, roles, subjects, named });
        }
        Some(all)
    }
}

fn named(federated: &Federated<'_>, repositories: &[Named<'_>], which: Which) -> Option<bool> {
    if which == Which::All {
        return repositories::admits_only(federated, repositories);
    }
    let some = repositories.iter().map(|one| repositories::admits(federated, *one)).max();
    match some.unwrap_or(Can::No) {
        Can::Yes => Some(true),
        Can::Perhaps => None,
        Can::No => Some(false),
    }
}
