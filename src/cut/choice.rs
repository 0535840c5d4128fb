//! Which ways are to be closed.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use crate::answer::{CutStay, PrincipalKind, Verdict};
use crate::change::{self, ChangeError};
use crate::graph::query::{Limits, Targets, WhoCan, is_machine, needs_mfa, sources_named};
use crate::graph::{SelectError, Source, TrustGraph};
use crate::ids::AccountId;
use crate::model::Estate;
use crate::snapshot::ledger::Gap;

/// Roles by who reaches them.
pub(super) type Ways = BTreeMap<Source, RoaringBitmap>;

/// What is asked, in names.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// As `who-can` takes it.
    pub target: &'a str,
    /// The configured ones.
    pub targets: &'a Targets,
    /// Whose ways stay: principals, `group NAME`, `account/group/NAME`.
    pub keep: &'a [String],
    /// Whose ways are closed; everybody's if empty.
    pub principals: &'a [String],
    /// The accounts of those whose ways are closed; any if empty.
    pub accounts: &'a BTreeSet<AccountId>,
    /// Only ways that are open without MFA.
    pub without_mfa: bool,
    /// Only ways of roles, providers of programs and the like: not those of people, of IAM users and of whoever signs in.
    pub machines: bool,
}

/// What is asked, in what the snapshot has. Principals and people have the same numbers whatever is removed.
#[derive(Clone, Debug)]
pub struct Choice {
    keep: BTreeSet<Source>,
    only: Option<BTreeSet<Source>>,
    accounts: BTreeSet<String>,
    without_mfa: bool,
    machines: bool,
}

/// The ways to a target, sorted by what becomes of them.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// To be closed.
    pub(super) chosen: Ways,
    /// Of those that are kept.
    pub(super) kept: Ways,
    /// The others, by why they stay.
    pub(super) others: BTreeMap<CutStay, Ways>,
    pub(super) unknown: Ways,
    pub(super) gaps: Vec<Gap>,
}

impl Choice {
    /// Whom the names mean.
    ///
    /// # Errors
    /// Where a name is unknown or ambiguous.
    pub fn new(graph: &TrustGraph<'_>, asked: &Asked<'_>) -> Result<Self, ChangeError> {
        let meant = |names: &[String]| -> Result<BTreeSet<Source>, ChangeError> {
            let mut all = BTreeSet::new();
            for name in names {
                match change::group_members(graph, name)? {
                    Some(members) => all.extend(members),
                    None => all.extend(with_all_it_is_among(graph.estate(), sources_named(graph, name)?)),
                }
            }
            Ok(all)
        };
        Ok(Self {
            keep: meant(asked.keep)?,
            only: if asked.principals.is_empty() { None } else { Some(meant(asked.principals)?) },
            accounts: asked.accounts.iter().map(ToString::to_string).collect(),
            without_mfa: asked.without_mfa,
            machines: asked.machines,
        })
    }

    /// Why a way that is open stays; `None` where it is to be closed.
    fn stay(&self, estate: &Estate, source: &Source, with_mfa: bool) -> Option<CutStay> {
        let is_of_service = source.kind(estate) == PrincipalKind::Service;
        let is_asked = self.only.as_ref().is_none_or(|only| only.contains(source))
            && (self.accounts.is_empty() || self.accounts.contains(&source.account(estate)))
            && (!self.machines || is_machine(source, estate));
        if self.keep.contains(source) {
            Some(CutStay::Kept)
        } else if !is_asked {
            Some(CutStay::NotAsked)
        } else if self.without_mfa && with_mfa {
            Some(CutStay::NeedsMfa)
        } else {
            is_of_service.then_some(CutStay::Service)
        }
    }

    /// The ways that there are, and how they were found.
    pub(super) fn look<'g, 'e>(
        &self,
        graph: &'g TrustGraph<'e>,
        asked: &Asked<'_>,
    ) -> Result<(Seen, WhoCan<'g, 'e>), SelectError> {
        let estate = graph.estate();
        let found = WhoCan::new(graph, asked.target, asked.targets, &Limits::default())?;
        let mut seen = Seen { gaps: found.missing().to_vec(), ..Seen::default() };
        for alike in found.found() {
            for part in alike.parts {
                let with_mfa = needs_mfa(part.verdict, &part.conditions);
                for source in &alike.sources {
                    let ways = match (part.verdict, self.stay(estate, source, with_mfa)) {
                        (Verdict::Denied, _) => continue,
                        (Verdict::Unknown, _) => &mut seen.unknown,
                        (_, None) => &mut seen.chosen,
                        (_, Some(CutStay::Kept)) => &mut seen.kept,
                        (_, Some(why)) => seen.others.entry(why).or_default(),
                    };
                    *ways.entry((*source).clone()).or_default() |= &part.roles;
                }
            }
        }
        Ok((seen, found))
    }
}

/// These, and those among whom an outsider is let in without its name: its account, and everybody.
fn with_all_it_is_among(estate: &Estate, mut named: Vec<Source>) -> Vec<Source> {
    if let [Source::Account(id) | Source::Outsider(_, id)] = *named.as_slice() {
        named.push(Source::Account(id));
        // whether an account of ours that was not read is among everybody is not known
        named.extend(estate.account_by_id(id).is_none().then_some(Source::Everyone));
    }
    named
}

/// Pairs of a source and a role.
pub(super) fn count(ways: &Ways) -> u64 {
    ways.values().map(RoaringBitmap::len).sum()
}

/// Those that are not among others.
pub(super) fn without(ways: &Ways, others: &Ways) -> Ways {
    let left = ways.iter().map(|(source, roles)| {
        let left = others.get(source).map_or_else(|| roles.clone(), |others| roles - others);
        (source.clone(), left)
    });
    left.filter(|(_, roles)| !roles.is_empty()).collect()
}

/// Adds ways to others.
pub(super) fn add(all: &mut Ways, ways: &Ways) {
    for (source, roles) in ways {
        *all.entry(source.clone()).or_default() |= roles;
    }
}
