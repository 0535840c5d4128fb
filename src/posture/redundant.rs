//! Which grants give a principal nothing that others do not give it.
//!
//! Owns: whether all that the Allows of a policy or of a group give is given by Allows that stay. Decided by the patterns of single
//! statements alone, in one direction: what is said to be given twice is; what is not said may be. A grant that denies something is never
//! redundant. INVARIANT: all grants that are named of one principal can be taken away together, and it can do what it could.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::HashMap;

use crate::ids::PolicyIx;
use crate::model::{Attached, Document, Estate, Origin};
use crate::policy::shadow::{allows, gives_all};
use crate::policy::{Effect, Policy, Statement};

/// What is taken away as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant<'a> {
    /// A policy of its own.
    Policy(&'a Attached),
    /// The membership in a group.
    Group(&'a str),
}

/// A grant that gives nothing.
#[derive(Debug)]
pub(crate) struct Redundant<'a> {
    pub(crate) grant: Grant<'a>,
    /// Its statements, each with one that gives all of it, and the policies of both.
    pub(crate) pairs: Vec<Pair<'a>>,
}

/// A statement of a policy, and one of another policy that gives all of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) own: (&'a Attached, &'a Statement),
    pub(crate) cover: (&'a Attached, &'a Statement),
}

/// For each Allow of one document, the place among the Allows of another of one that gives all of it.
type Places = Arc<[Option<usize>]>;

/// The same; `None` where it gives all of none, as nearly always.
type Covers = Option<Places>;

/// Documents that were compared, each pair once.
#[derive(Debug, Default)]
pub(crate) struct Coverage(RwLock<HashMap<(PolicyIx, PolicyIx), Covers>>);

impl Coverage {
    fn of(&self, estate: &Estate, cover: PolicyIx, own: PolicyIx) -> Covers {
        let pair = (cover, own);
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&pair) {
            return known.clone();
        }
        let covering = |own: &Statement| allows(estate.policy(cover)).position(|cover| gives_all(cover, own));
        let places: Vec<Option<usize>> = allows(estate.policy(own)).map(covering).collect();
        let covers: Covers = places.iter().any(Option::is_some).then(|| places.into());
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(pair, covers.clone());
        covers
    }

    /// The grants of whoever has these policies that give nothing: of two that give the same, the own policy before the group.
    pub(crate) fn redundant<'a>(&self, estate: &'a Estate, attached: &'a [Attached]) -> Vec<Redundant<'a>> {
        let mut left: Vec<&Attached> = attached.iter().collect();
        let mut found = Vec::new();
        for grant in grants(attached) {
            let (own, others): (Vec<&Attached>, Vec<&Attached>) =
                left.iter().partition(|attached| Grant::of(attached) == grant);
            if let Some(pairs) = self.covered(estate, &own, &others) {
                found.push(Redundant { grant, pairs });
                left = others;
            }
        }
        found
    }

    /// Each Allow of some policies with one of others that gives all of it; `None` where something is given by these alone.
    pub(crate) fn covered<'a>(
        &self,
        estate: &'a Estate,
        own: &[&'a Attached],
        others: &[&'a Attached],
    ) -> Option<Vec<Pair<'a>>> {
        let mut pairs = Vec::new();
        for policy in own {
            let Document::Parsed(document) = policy.document else { return None };
            let parsed = estate.policy(document);
            if others.is_empty() || !only_allows(parsed) {
                return None;
            }
            let read = others.iter().filter_map(|other| Some((*other, other.document.parsed()?)));
            let covers: Vec<(&Attached, PolicyIx, Places)> =
                read.filter_map(|(other, ix)| Some((other, ix, self.of(estate, ix, document)?))).collect();
            for (at, statement) in allows(parsed).enumerate() {
                let cover = covers.iter().find_map(|(other, ix, covers)| {
                    let place = covers.get(at).copied().flatten()?;
                    Some((*other, allows(estate.policy(*ix)).nth(place)?))
                })?;
                pairs.push(Pair { own: (policy, statement), cover });
            }
        }
        (!pairs.is_empty()).then_some(pairs)
    }
}

impl<'a> Grant<'a> {
    fn of(attached: &'a Attached) -> Self {
        match &attached.origin {
            Origin::Inline | Origin::Managed => Self::Policy(attached),
            Origin::GroupInline(group) | Origin::GroupManaged(group) => Self::Group(group),
        }
    }
}

/// All grants: own policies, inline ones first, then groups by name.
fn grants(attached: &[Attached]) -> Vec<Grant<'_>> {
    let own = |origin: Origin| attached.iter().filter(move |policy| policy.origin == origin).map(Grant::Policy);
    let groups: BTreeSet<&str> = attached.iter().filter_map(|policy| Grant::of(policy).group()).collect();
    own(Origin::Inline).chain(own(Origin::Managed)).chain(groups.into_iter().map(Grant::Group)).collect()
}

impl<'a> Grant<'a> {
    fn group(self) -> Option<&'a str> {
        if let Self::Group(group) = self { Some(group) } else { None }
    }
}

fn only_allows(policy: &Policy) -> bool {
    policy.statements.iter().all(|statement| statement.effect == Effect::Allow)
}

/// The statements of a policy that give nothing, each with one that stays and gives all of it.
pub(crate) fn redundant_statements(policy: &Policy) -> Vec<(&Statement, &Statement)> {
    let all: Vec<&Statement> = allows(policy).collect();
    let mut gone = BTreeSet::new();
    let mut found = Vec::new();
    // of equal statements the first stays
    for (at, own) in all.iter().enumerate().rev() {
        let cover = all
            .iter()
            .enumerate()
            .find(|(other, cover)| *other != at && !gone.contains(other) && gives_all(cover, own));
        if let Some((_, cover)) = cover {
            gone.insert(at);
            found.push((*own, *cover));
        }
    }
    found.reverse();
    found
}
