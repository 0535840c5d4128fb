//! From numbers to names.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::choice::{Asked, Seen, Ways, count};
use super::effect::Effect;
use super::known::{Found, Known};
use super::remarks;
use crate::answer::{CutAnswer, CutRemoval, CutStay, CutWays};
use crate::change;
use crate::graph::TrustGraph;
use crate::graph::query::shown_target;
use crate::ids::PrincipalIx;
use crate::model::Estate;

pub(super) fn of(
    graph: &TrustGraph<'_>,
    asked: &Asked<'_>,
    seen: &Seen,
    known: &Known,
    found: &Found,
    (effects, whole): &(BTreeMap<usize, Effect>, Effect),
) -> CutAnswer {
    let estate = graph.estate();
    let mut removals: Vec<CutRemoval> = found
        .hitting
        .elements
        .iter()
        .filter_map(|number| {
            let removal = known.removals.get(*number)?;
            let named = change::named(estate, removal);
            let effect = effects.get(number);
            Some(CutRemoval {
                kind: named.kind,
                what: named.what,
                text: named.text,
                option: named.option.0,
                value: named.option.1,
                closes: effect.map(|effect| effect.closes),
                others: effect.map(|effect| effect.others),
                also: effect.map(|effect| effect.also.clone()).unwrap_or_default(),
                remarks: remarks::of(estate, removal),
            })
        })
        .collect();
    removals.sort_by(|a, b| (b.closes, &a.what).cmp(&(a.closes, &b.what)));
    let mut stays: Vec<CutWays> = seen.others.iter().map(|(why, ways)| named(estate, *why, ways)).collect();
    let of_rest = [(CutStay::Kept, &seen.kept), (CutStay::Fixed, &known.fixed), (CutStay::Shared, &known.shared)];
    stays.extend(of_rest.into_iter().map(|(why, ways)| named(estate, why, ways)));
    stays.extend(
        [(CutStay::Left, &found.left), (CutStay::Unknown, &found.seen.unknown)]
            .map(|(why, ways)| named(estate, why, ways)),
    );
    stays.retain(|stay| stay.ways > 0);
    stays.sort_by_key(|stay| stay.why);
    let gaps: BTreeSet<_> = seen.gaps.iter().chain(&found.seen.gaps).cloned().collect();
    let chosen = count(&seen.chosen);
    CutAnswer {
        schema: CutAnswer::SCHEMA,
        target: shown_target(estate, asked.target, asked.targets),
        without_mfa: asked.without_mfa,
        machines: asked.machines,
        keep: asked.keep.iter().map(|name| estate.as_shown(name).into_owned()).collect(),
        principals: asked.principals.iter().map(|name| estate.as_shown(name).into_owned()).collect(),
        accounts: asked.accounts.iter().map(ToString::to_string).collect(),
        ways: chosen,
        closed: chosen.saturating_sub(known.stuck() + count(&found.left)),
        at_least: found.hitting.at_least,
        is_smallest: found.left.is_empty() && found.hitting.at_least == found.hitting.elements.len(),
        verified: found.left.is_empty(),
        rounds: found.rounds,
        removals,
        others: whole.others,
        also: whole.also.clone(),
        stays,
        not_followed: Vec::new(),
        proven: gaps.is_empty(),
        gaps: gaps.into_iter().collect(),
    }
}

fn named(estate: &Estate, why: CutStay, ways: &Ways) -> CutWays {
    let roles = ways.values().fold(RoaringBitmap::new(), |all, roles| all | roles);
    let mut principals: Vec<String> = ways.keys().map(|source| source.name(estate)).collect();
    principals.sort();
    CutWays {
        why,
        ways: count(ways),
        principals,
        roles: roles.iter().map(|role| estate.arn(PrincipalIx::new(role as usize))).collect(),
    }
}
