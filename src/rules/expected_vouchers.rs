//! Which people a selector names by what vouches for them: the provider of Identity Center, or the account access manager.
//!
//! Owns: a person is no provider, and comes in by one all the same. What counts is the roles on the way to the target that it is let into.

use std::collections::BTreeMap;

use super::context::Context;
use super::expected_principals::names;
use super::expected_workflows::Which;
use crate::config::PrincipalSelector;
use crate::escalation::ACCOUNT_ACCESS;
use crate::graph::query::WhoCan;
use crate::graph::{EdgeKind, Source, is_of_identity_center};
use crate::ids::PrincipalIx;
use crate::policy::principal::PrincipalEntry;

/// Those for whom providers and services vouch on the way to a target.
pub(super) struct Vouchers<'s> {
    which: Which,
    /// By whom an assignment or entitlement is for, of each role that it leads into: whether a selector names what vouches there.
    named: BTreeMap<&'s Source, Vec<Option<bool>>>,
}

impl<'s> Vouchers<'s> {
    /// `None` where no selector names what vouches for people.
    pub(super) fn new(
        cx: &Context<'_>,
        selectors: &[PrincipalSelector],
        which: Which,
        found: &'s WhoCan<'_, '_>,
    ) -> Option<Self> {
        let vouching = selectors.iter().filter(|selector| {
            use PrincipalSelector::{Arn, Provider, Service};
            matches!(selector, Arn(_) | Provider(_) | Service(_))
        });
        let vouching: Vec<PrincipalSelector> = vouching.cloned().collect();
        if vouching.is_empty() {
            return None;
        }
        let mut named = BTreeMap::<&Source, Vec<Option<bool>>>::new();
        for (role, edges) in found.met() {
            for edge in edges.iter().filter(|edge| edge.kind.is_for_people()) {
                let by = match edge.kind {
                    EdgeKind::Entitlement => Some(Source::Service(ACCOUNT_ACCESS.into())),
                    _ => provider(cx, role),
                };
                let is_named = by.and_then(|by| names(cx.estate, &vouching, &by));
                named.entry(&edge.from).or_default().push(is_named);
            }
        }
        Some(Self { which, named })
    }

    /// Whether what vouches for somebody is named: on all ways, or on some.
    pub(super) fn named(&self, cx: &Context<'_>, source: &Source) -> Option<bool> {
        let cohorts = match (source, cx.estate.people()) {
            (Source::Person(ix), Some(people)) => people.person(*ix).cohorts(),
            _ => &[],
        };
        let from = std::iter::once(source.clone()).chain(cohorts.iter().map(|cohort| Source::Cohort(*cohort)));
        let ways: Vec<Option<bool>> = from.filter_map(|from| self.named.get(&from)).flatten().copied().collect();
        let decides = Some(self.which == Which::Some);
        match ways.as_slice() {
            [] => Some(false),
            ways if ways.contains(&decides) => decides,
            ways if ways.contains(&None) => None,
            _ => Some(self.which == Which::All),
        }
    }
}

/// The provider that a role of Identity Center lets in.
fn provider(cx: &Context<'_>, role: PrincipalIx) -> Option<Source> {
    let clauses = cx.trust(role)?.statements.iter().filter_map(|statement| statement.principal.as_ref());
    clauses.flat_map(|clause| &clause.entries).find_map(|entry| match entry {
        PrincipalEntry::Federated(name) if is_of_identity_center(name) => Some(Source::Provider((&**name).into())),
        _ => None,
    })
}
