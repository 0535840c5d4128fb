//! People as a reader asks for them: by the group, or the assignment of their own, that lets them in.
//!
//! Owns: what the members of a group reach by that group. `alike` has what each person reaches by all ways together.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::alike::{Alike, Search};
use crate::answer::Via;
use crate::graph::edge::Hop;
use crate::graph::query::via;
use crate::graph::search::backward::Reach;
use crate::graph::search::targets::Part;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// People who come in one way.
#[derive(Debug)]
pub(super) struct Entering {
    /// The people, or a group whose members were not read.
    pub(super) people: Vec<Source>,
    pub(super) via: String,
    pub(super) parts: Vec<Part>,
}

/// Everybody of Identity Center who reaches something, by what lets them in.
pub(super) fn all(reach: &Reach<'_, '_>, search: &Search<'_, '_, '_>) -> Vec<Entering> {
    let estate = reach.estate();
    let mut ways = BTreeMap::<&Source, BTreeSet<Via>>::new();
    let mut entered = BTreeMap::<&Source, BTreeSet<PrincipalIx>>::new();
    for edge in reach.edges().filter(|edge| edge.kind.is_for_people()) {
        let hop = Hop { from: edge.from.clone(), edge: edge.clone() };
        ways.entry(&edge.from).or_default().extend(via::via(estate, &hop));
        if matches!(edge.from, Source::Person(_)) {
            entered.entry(&edge.from).or_default().insert(edge.to);
        }
    }
    let mut found = Vec::new();
    let mut of_groups = BTreeMap::<Source, RoaringBitmap>::new();
    // groups first: what is left is what people reach by assignments of their own
    let (own, groups): (Vec<_>, Vec<_>) = ways.into_iter().partition(|(from, _)| matches!(from, Source::Person(_)));
    let ways: Vec<(&Source, BTreeSet<Via>)> = groups.into_iter().chain(own).collect();
    let answers: Vec<Option<Alike>> = ways.par_iter().map(|(from, _)| search.found(vec![(*from).clone()])).collect();
    for ((from, via), alike) in ways.into_iter().zip(answers) {
        let Some(alike) = alike else { continue };
        let people: Vec<Source> = match from {
            Source::Cohort(_) => from.persons(estate).iter().copied().map(Source::Person).collect(),
            _ => vec![from.clone()],
        };
        let mut parts = alike.parts;
        if matches!(from, Source::Person(_))
            && let Some(known) = of_groups.get(from)
        {
            // what a group gives as well stays: whoever takes the person out of the group has not closed it
            let own = entered.get(from).into_iter().flatten().map(|role| search.reached_by(*role));
            let of_groups_alone = own.fold(known.clone(), |left, roles| left - roles);
            parts.iter_mut().for_each(|part| part.roles -= &of_groups_alone);
            parts.retain(|part| !part.roles.is_empty());
        }
        for person in &people {
            let known = of_groups.entry(person.clone()).or_default();
            parts.iter().for_each(|part| *known |= &part.roles);
        }
        if !parts.is_empty() {
            found.push(Entering { people, via: words(&via), parts });
        }
    }
    found
}

/// `group ops, permission sets Admin, Dev`.
fn words(ways: &BTreeSet<Via>) -> String {
    let sets: BTreeSet<&str> = ways.iter().filter_map(|via| via.permission_set.as_deref()).collect();
    let entitlements: BTreeSet<&str> = ways.iter().filter_map(|via| via.entitlement.as_deref()).collect();
    let group = ways.iter().find_map(|via| via.group.as_ref());
    let whose = group.map_or_else(|| "assigned directly".to_owned(), |group| format!("group {group}"));
    let named = |noun: &str, names: &BTreeSet<&str>| match names.len() {
        0 => None,
        1 => names.first().map(|only| format!("{noun} {only}")),
        2 | 3 => Some(format!("{noun}s {}", names.iter().copied().collect::<Vec<_>>().join(", "))),
        many => Some(format!("{many} {noun}s")),
    };
    let what = [named("permission set", &sets), named("entitlement", &entitlements)];
    std::iter::once(whose).chain(what.into_iter().flatten()).collect::<Vec<_>>().join(", ")
}
