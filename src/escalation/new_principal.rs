//! The attempts of one principal that make another one.
//!
//! Owns: under which name, with which permissions boundary, and in which group. What it has then does not depend on who made it.

use std::sync::Arc;

use super::attempt::Attempt;
use super::bounds::bounds;
use super::choice::{layers, speaking, texts};
use super::making::tags_of;
use super::naming::Naming;
use super::signing::of_kind;
use super::table::WayIx;
use super::target::{Gain, Making, New, Target};
use crate::ids::PrincipalIx;
use crate::model::{Estate, Group};

/// Every attempt that is worth a try, whatever comes of it, in an order that stays.
pub(super) fn attempts<'e>(estate: &'e Estate, by: PrincipalIx, way: WayIx, naming: &Naming<'_>) -> Vec<Attempt<'e>> {
    let Some(kind) = way.way().makes() else { return Vec::new() };
    let principal = estate.principal(by);
    let home = estate.account(principal.account());
    let mut said = texts(estate, by, &speaking(estate, principal.class(), way.way()));
    let statements = layers(estate, principal.class()).into_iter().flat_map(|policy| &policy.statements);
    let tagging: Vec<_> = statements.filter(|statement| statement.actions.matches(tags_of(kind))).collect();
    said.extend(texts(estate, by, &tagging));
    let names: Vec<Arc<str>> = naming.names(&said).iter().map(|name| naming.arn(name).into()).collect();
    let groups: Vec<Option<&'e Group>> = if way.way().joins_group() {
        // nobody gains by a group that has no policies
        home.facts().groups.iter().filter(|group| !group.policies.is_empty()).map(Some).collect()
    } else {
        vec![None]
    };
    let bounds = bounds(estate, by, way.way(), of_kind(principal.kind()));
    let mut found = Vec::new();
    for group in groups {
        for (boundary, bound) in &bounds {
            let making = Making { kind, account: principal.account(), bound: *bound, group };
            let new = |name: &Arc<str>| New { arn: Arc::clone(name), boundary: boundary.clone() };
            found.extend(names.iter().map(|name| attempt(by, way, making, new(name))));
        }
    }
    found
}

/// The attempt to make one.
pub(super) fn attempt(by: PrincipalIx, way: WayIx, making: Making<'_>, new: New) -> Attempt<'_> {
    let arn = making.group.map_or_else(|| Arc::clone(&new.arn), |group| group.arn.as_str().into());
    let target = Target { arn, principal: None, gain: Gain::Makes(making) };
    Attempt { new: Some(new), ..Attempt::on(by, way, target) }
}
