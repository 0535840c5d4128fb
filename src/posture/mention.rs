//! Which statements speak of a request.
//!
//! Owns: telling whose policies to change. Whether a request is allowed is decided elsewhere: conditions are not read here.

use crate::policy::action::Action;
use crate::policy::resource;
use crate::policy::text::Pattern;
use crate::policy::{Effect, Policy, Statement};

/// Whether an Allow of the policy speaks of this action on this resource, whatever its variables stand for.
pub(crate) fn allows(policy: &Policy, action: &Action, arn: &str) -> bool {
    allowing(policy, action).any(|statement| speaks_of(statement, arn))
}

/// The Allows of a policy that speak of an action on some resource.
pub(crate) fn allowing<'p>(policy: &'p Policy, action: &Action) -> impl Iterator<Item = &'p Statement> {
    policy.statements.iter().filter(|s| s.effect == Effect::Allow && s.actions.matches(action))
}

/// Whether the resources of a statement can be this one, whatever its variables stand for.
pub(crate) fn speaks_of(statement: &Statement, arn: &str) -> bool {
    statement.resources.as_ref().is_some_and(|clause| {
        let fits = || clause.open().any(|text| resource::matches(&Pattern::Plain(&text.widest()), arn));
        (clause.lists(arn) || fits()) != clause.negated
    })
}
