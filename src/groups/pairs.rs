//! Who enters which role directly.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use crate::answer::{PrincipalKind, Verdict};
use crate::graph::query::as_gap;
use crate::graph::{EdgeKind, Source, TrustGraph};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::snapshot::ledger::Gap;

/// Roles by user; a user without roles may be absent.
pub type Pairs = BTreeMap<PrincipalIx, RoaringBitmap>;

/// What users reach in one hop.
#[derive(Clone, Debug, Default)]
pub(super) struct Direct {
    /// Allowed, or allowed under conditions.
    pub(super) open: Pairs,
    /// Not known.
    pub(super) unknown: Pairs,
    /// Why.
    pub(super) gaps: BTreeSet<Gap>,
}

/// The roles that these users enter with AssumeRole, without another role between. Users who are decided together are looked at together.
pub(super) fn direct(graph: &TrustGraph<'_>, users: &BTreeSet<PrincipalIx>) -> Direct {
    let estate = graph.estate();
    let mut direct = Direct::default();
    let mut of_sources = BTreeMap::<&Source, [RoaringBitmap; 2]>::new();
    let is_of_users = |source: &Source| {
        matches!(source, Source::Class(_) | Source::Classes(_) | Source::Principal(_))
            && source.members(estate).iter().any(|member| users.contains(member))
    };
    let mut known = BTreeMap::<&Source, bool>::new();
    for edge in graph.all().iter().flatten().filter(|edge| edge.kind == EdgeKind::AssumeRole) {
        if !*known.entry(&edge.from).or_insert_with(|| is_of_users(&edge.from)) {
            continue;
        }
        let decision = edge.own(PrincipalKind::User);
        let [open, unknown] = of_sources.entry(&edge.from).or_default();
        match decision.verdict() {
            Verdict::Allowed | Verdict::Conditional => _ = open.insert(number(edge.to)),
            Verdict::Unknown => {
                direct.gaps.extend(decision.unclear().iter().map(|why| as_gap(estate, edge, why)));
                unknown.insert(number(edge.to));
            }
            Verdict::Denied => {}
        }
    }
    for (source, [open, unknown]) in of_sources {
        for user in source.members(estate).iter().filter(|member| users.contains(member)) {
            add(&mut direct.open, *user, &open);
            add(&mut direct.unknown, *user, &unknown);
        }
    }
    direct
}

fn add(pairs: &mut Pairs, user: PrincipalIx, roles: &RoaringBitmap) {
    if !roles.is_empty() {
        *pairs.entry(user).or_default() |= roles;
    }
}

/// The same as the command says it: for `--from reach`.
#[must_use]
pub fn today(graph: &TrustGraph<'_>) -> Pairs {
    let users: BTreeSet<PrincipalIx> = graph.estate().users().collect();
    direct(graph, &users).open
}

pub(super) fn number(role: PrincipalIx) -> u32 {
    u32::try_from(role.get()).unwrap_or(u32::MAX)
}

pub(super) fn role_of(number: u32) -> PrincipalIx {
    PrincipalIx::new(number as usize)
}

pub(super) fn arns(estate: &Estate, roles: &RoaringBitmap) -> Vec<String> {
    let mut arns: Vec<String> = roles.iter().map(|role| estate.arn(role_of(role))).collect();
    arns.sort();
    arns
}

/// The roles of a user; none for a user who is absent.
pub(super) fn of(pairs: &Pairs, user: PrincipalIx) -> RoaringBitmap {
    pairs.get(&user).cloned().unwrap_or_default()
}
