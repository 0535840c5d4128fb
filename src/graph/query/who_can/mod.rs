//! Who reaches a target.
//!
//! Owns: what is found before anything is named: sources that reach the same alike, together. `expand` makes the answer with
//! every principal and role, `summary` the one that people read.

mod alike;
mod counts;
mod entering;
mod escalating;
mod expand;
mod filter;
mod found;
mod needs;
mod reaching;
mod summary;
mod surroundings;
mod vias;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use self::alike::{Alike, Search};
pub(crate) use self::counts::needs_mfa;
use self::entering::Entering;
pub use self::filter::ReachFilter;
pub(crate) use self::filter::is_machine;
pub(crate) use self::found::{FirstRoles, ways_into};
pub(crate) use self::reaching::Reaching;
pub use self::vias::Vias;
use super::gaps::{all_gaps, gaps_of_target, of_people};
use super::limits::Limits;
use super::targets::{Targets, shown_target};
use crate::answer::{MfaOfPeople, Verdict, WhoCanAnswer};
use crate::graph::edge::Edge;
use crate::graph::search::backward::Reach;
use crate::graph::selector::{self, Resolved, SelectError};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Estate;
use crate::snapshot::ledger::Gap;

/// Everybody who reaches a target.
///
/// # Errors
/// Where the target is unknown, ambiguous or matches nothing.
pub fn who_can(graph: &TrustGraph<'_>, target: &str, targets: &Targets) -> Result<WhoCanAnswer, SelectError> {
    who_can_within(graph, target, targets, &Limits::default())
}

/// As [`who_can`], by paths within limits.
///
/// # Errors
/// As there, and where the role to pass is not one role.
pub fn who_can_within(
    graph: &TrustGraph<'_>,
    target: &str,
    targets: &Targets,
    limits: &Limits,
) -> Result<WhoCanAnswer, SelectError> {
    Ok(WhoCan::new(graph, target, targets, limits)?.answer())
}

/// Who reaches a target, as it was found.
#[derive(Debug)]
pub struct WhoCan<'g, 'e> {
    reach: Reach<'g, 'e>,
    max_hops: usize,
    target: String,
    groups: Vec<Alike>,
    /// People again, by what lets them in.
    entering: Vec<Entering>,
    gaps: Vec<Gap>,
    /// Of the gaps, those of the target itself.
    of_target: Vec<Gap>,
    /// Accounts that the target has roles of.
    accounts: BTreeSet<AccountIx>,
    /// Accounts that may belong to the target.
    open: BTreeSet<AccountIx>,
    /// What is claimed of the MFA of people.
    mfa_claim: Option<String>,
    /// How many come in by escalation alone, by its kind.
    escalations: BTreeMap<String, usize>,
    /// How many administrators of the target's accounts are not among those who were found.
    administrators: usize,
}

impl<'g, 'e> WhoCan<'g, 'e> {
    /// Finds everybody who reaches a target by paths within limits.
    ///
    /// # Errors
    /// Where the target is unknown, ambiguous or matches nothing, and where the role to pass is not one role.
    pub fn new(
        graph: &'g TrustGraph<'e>,
        target: &str,
        targets: &Targets,
        limits: &Limits,
    ) -> Result<Self, SelectError> {
        let resolved = selector::resolve(graph, target, targets)?;
        let via = limits.via.as_deref().map(|name| selector::one_role(graph.estate(), name)).transpose()?;
        let reach = Reach::through(graph, resolved.roles.clone(), via);
        Ok(Self::of(reach, &shown_target(graph.estate(), target, targets), &resolved, limits.max_hops))
    }

    /// As [`WhoCan::new`], by paths on which no call assumes one of these roles.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn around(
        graph: &'g TrustGraph<'e>,
        target: &str,
        targets: &Targets,
        around: &BTreeSet<PrincipalIx>,
    ) -> Result<Self, SelectError> {
        let resolved = selector::resolve(graph, target, targets)?;
        let reach = Reach::around(graph, resolved.roles.clone(), around);
        Ok(Self::of(reach, &shown_target(graph.estate(), target, targets), &resolved, None))
    }

    fn of(reach: Reach<'g, 'e>, target: &str, resolved: &Resolved, max_hops: Option<usize>) -> Self {
        let entered = entered_from_outside(&reach);
        let mut sources = reach.sources();
        if reach.via().is_none() {
            sources.extend(entered.iter().map(|role| Source::Principal(*role)));
            sources.sort();
            sources.dedup();
        }
        let max_hops = max_hops.unwrap_or(usize::MAX);
        let search = Search::new(&reach, entered, max_hops);
        let groups = alike::together(search.alike_sources(sources).into_par_iter().filter_map(|s| search.found(s)));
        let entering = entering::all(&reach, &search);
        let mut gaps = all_gaps(&reach, resolved);
        gaps.extend(of_people(&reach, unknown_of_people(&groups), max_hops));
        gaps.sort();
        gaps.dedup();
        let of_target = gaps_of_target(reach.estate(), resolved);
        search.let_go();
        Self {
            reach,
            max_hops,
            target: target.to_owned(),
            groups,
            entering,
            gaps,
            of_target,
            accounts: resolved.accounts.iter().chain(&resolved.unread).copied().collect(),
            open: resolved.open.clone(),
            mfa_claim: None,
            escalations: BTreeMap::new(),
            administrators: 0,
        }
    }

    /// What is told of MFA, where people are among those who were found.
    fn mfa_of_people(&self) -> Option<MfaOfPeople> {
        let people = self.groups.iter().any(|group| group.who.iter().any(|one| one.source.is_of_people()));
        people.then(|| MfaOfPeople { claim: self.mfa_claim.clone() })
    }

    /// Says what is claimed of the MFA of people.
    pub fn claim_mfa(&mut self, claim: Option<String>) {
        self.mfa_claim = claim;
    }

    pub(crate) fn estate(&self) -> &'e Estate {
        self.reach.estate()
    }

    /// True if nobody was found, or nobody was left by a filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// True if all data that the answer needs was read: else it is "at least these".
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// Groups of people who surely reach some targets, of whom is asked why others are unknown: each costs a search of its own.
const ASKED: usize = 8;

/// Sources that stand for people and of which it is not known whether they reach a target: the first of each group, with the target
/// where there are others that it surely reaches.
fn unknown_of_people(groups: &[Alike]) -> impl Iterator<Item = (&Source, Option<PrincipalIx>)> {
    let of_people = |group: &'_ &Alike| group.who.first().is_some_and(|one| one.source.is_of_people());
    let all = groups.iter().filter(of_people);
    let wholly = all.clone().filter_map(|group| {
        let one = group.who.first().filter(|one| one.best.verdict == Verdict::Unknown)?;
        Some((&one.source, None))
    });
    let in_part = all.filter_map(|group| {
        let one = group.who.first().filter(|one| one.best.verdict != Verdict::Unknown)?;
        let unknown = group.parts.iter().find(|part| part.verdict == Verdict::Unknown)?;
        Some((&one.source, unknown.roles.iter().next().map(|role| PrincipalIx::new(role as usize))))
    });
    wholly.chain(in_part.take(ASKED))
}

/// Targets that a principal outside the target assumes directly.
fn entered_from_outside(reach: &Reach<'_, '_>) -> BTreeSet<PrincipalIx> {
    let estate = reach.estate();
    let has_outside = |edge: &Edge| edge.callers(estate).any(|caller| !reach.targets().contains(&caller));
    let mut known = HashMap::new();
    let mut outside = |edge: &'_ Edge| match &edge.from {
        Source::Classes(group) => *known.entry(group.clone()).or_insert_with(|| has_outside(edge)),
        Source::Class(_) | Source::Roles(_) | Source::Principal(_) => has_outside(edge),
        _ => true,
    };
    let entered = reach.targets().iter().filter(|t| reach.edges_into(**t).iter().any(&mut outside));
    entered.copied().collect()
}
