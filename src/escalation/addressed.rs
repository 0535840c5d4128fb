//! Whom the Allows of a caller address.
//!
//! Owns: the few principals that an action can be about at all, where every Allow of it names them one by one. Users who may make keys for
//! themselves alone (`user/${aws:username}`) are in every organization: asking each of them about each other is a question for every pair.
//! INVARIANT: whoever is left out is named by no Allow; whether the others are within reach is decided as ever.

use std::collections::BTreeSet;

use super::table::{On, Step, Way};
use crate::ids::PrincipalIx;
use crate::model::{Document, Estate, PrincipalType};
use crate::policy::action::Action;
use crate::policy::key::KeyKind;
use crate::policy::text::Text;
use crate::policy::{Effect, Statement, sts};

/// The principals of a kind in the caller's account that every action on the target of a way may be about; `None` where some Allow of
/// each action is about any.
pub(super) fn addressed(
    estate: &Estate,
    by: PrincipalIx,
    kind: PrincipalType,
    way: &Way,
) -> Option<BTreeSet<PrincipalIx>> {
    // the trust policy of a role may let a caller in of which no Allow speaks
    let is_asked = |step: &&Step| step.action != *sts::ASSUME_ROLE && step.on.contains(&On::Target);
    let on_target = way.steps.iter().filter(is_asked);
    on_target.filter_map(|step| of_action(estate, by, kind, &step.action)).min_by_key(BTreeSet::len)
}

fn of_action(estate: &Estate, by: PrincipalIx, kind: PrincipalType, action: &Action) -> Option<BTreeSet<PrincipalIx>> {
    let mut found = BTreeSet::new();
    for attached in estate.class(estate.principal(by).class()).policies() {
        let Document::Parsed(ix) = attached.document else { return None };
        let speaks = |statement: &&Statement| statement.effect == Effect::Allow && statement.actions.matches(action);
        for statement in estate.policy(ix).statements.iter().filter(speaks) {
            let clause = statement.resources.as_ref().filter(|clause| !clause.negated)?;
            for text in clause.patterns.iter() {
                found.extend(of_text(estate, by, kind, text)?);
            }
        }
    }
    Some(found)
}

/// The principal that a resource names, if there is one; `None` where it may name several.
fn of_text(estate: &Estate, by: PrincipalIx, kind: PrincipalType, text: &Text) -> Option<Option<PrincipalIx>> {
    if text.variables().any(|key| key.kind() != KeyKind::Username) {
        return None;
    }
    let caller = estate.principal(by);
    let user_name = (caller.kind() == PrincipalType::User).then(|| caller.name().to_owned());
    let pattern = text.expand(|_| user_name.clone());
    let Some(parts) = pattern.split(6) else { return Some(None) };
    let [.., resource] = parts.as_slice() else { return None };
    if parts.len() < 6 || resource.has_wildcard() {
        return None;
    }
    let resource = resource.literal().unwrap_or_default();
    let name = resource.rsplit('/').next().unwrap_or_default();
    Some(estate.principal_by_name(caller.account(), kind, name))
}
