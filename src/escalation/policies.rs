//! The managed policies that are worth an attachment on a way, also as a boundary.
//!
//! Owns: those that are there, and those that the caller can make itself under names that conditions ask for.

use super::attempt::Attempt;
use super::choice::{layers, strongest_policies, value_of};
use super::made;
use super::names::{boundary_of, policy_arn};
use super::open::by_choice;
use super::table::{Binding, Way};
use crate::eval::{Caller, Credentials, Question, Resource, ServiceKeys, Trace, Truth, decide};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::Effect;
use crate::policy::action::Action;
use crate::policy::key::ContextKey;

impl<'e> Attempt<'e> {
    /// The policies that are worth an attachment, also as a boundary; those of a policy that is detached.
    pub(super) fn policies(&self, estate: &'e Estate, way: &Way) -> Vec<Option<Box<str>>> {
        if way.binding == Binding::OwnDenies {
            return vec![self.policy.clone()];
        }
        let does = |what: fn(&str) -> bool| way.steps.iter().any(|step| what(step.action.operation()));
        if !does(chooses_policy) {
            return vec![None];
        }
        let account = estate.account(estate.principal(self.by).account());
        let mut found = strongest_policies(estate, account);
        if does(is_boundary) {
            // a boundary must let do everything, not IAM alone
            found.retain(|policy| policy.as_ref().is_none_or(|arn| !arn.contains("::aws:")));
            let own = self.target.principal.and_then(|ix| boundary_of(estate, estate.principal(ix)));
            found.retain(|policy| policy.as_deref() != own.as_deref());
        }
        found
    }

    /// Policies that the caller can make itself and whose names suit what conditions say; none where it chooses none.
    pub(super) fn own_making(&self, estate: &'e Estate, way: &Way) -> Vec<Option<Box<str>>> {
        let chooses =
            way.binding != Binding::OwnDenies && way.steps.iter().any(|step| chooses_policy(step.action.operation()));
        if !chooses {
            return Vec::new();
        }
        makeable(estate, self.by, self.credentials(estate)).into_iter().map(Some).collect()
    }
}

/// ARNs of managed policies that somebody can make whose names suit what its policies say.
pub(super) fn makeable(estate: &Estate, by: PrincipalIx, credentials: Credentials) -> Vec<Box<str>> {
    let principal = estate.principal(by);
    let account = estate.account(principal.account());
    let Some(action) = Action::parse("iam:CreatePolicy") else { return Vec::new() };
    let layers = layers(estate, principal.class());
    let statements = || layers.iter().flat_map(|policy| &policy.statements);
    if !statements().any(|s| s.effect == Effect::Allow && s.actions.matches(&action)) {
        return Vec::new();
    }
    let of_caller = |key: &ContextKey| value_of(estate, by, key);
    let of_conditions = statements()
        .flat_map(|statement| &statement.conditions)
        .filter(|condition| matches!(condition.key.lower(), "iam:policyarn" | "iam:permissionsboundary"))
        .flat_map(|condition| &condition.values);
    let of_makers = statements()
        .filter(|statement| statement.actions.matches(&action))
        .filter_map(|statement| statement.resources.as_ref())
        .flat_map(|clause| clause.patterns.iter());
    let texts: Vec<String> = of_conditions.chain(of_makers).filter_map(|text| text.filled(of_caller)).collect();
    let may_make = |arn: &String| {
        let arn: std::sync::Arc<str> = arn.as_str().into();
        let of = Resource::Other { arn: arn.clone(), account: Some(principal.account()), unread_policy: None };
        let question = Question::of(estate, &action, Caller::Principal(by), of, &arn)
            .signed(credentials)
            .with_service_keys(ServiceKeys::Chosen);
        by_choice(decide(&question, &mut Trace::off())) == Truth::True
    };
    let is_new = |arn: &String| !account.facts().customer_policies.iter().flatten().any(|own| *own.arn == **arn);
    let made = made::policies(&texts).into_iter().map(|name| policy_arn(account, &name, false));
    made.filter(is_new).filter(may_make).map(Into::into).collect()
}

/// Whether an operation is about a managed policy of the caller's choice.
pub(super) fn chooses_policy(operation: &str) -> bool {
    operation.starts_with("attach") || is_boundary(operation)
}

/// Whether an operation puts another permissions boundary in place of one.
fn is_boundary(operation: &str) -> bool {
    operation.starts_with("put") && operation.ends_with("permissionsboundary")
}
