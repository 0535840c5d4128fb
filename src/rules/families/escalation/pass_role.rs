//! Policies that let their holders pass any role to any service.

use crate::policy::action::Action;
use crate::policy::condition::Condition;
use crate::policy::operator::{Base, Comparison};
use crate::policy::{Effect, Policy, Statement};
use crate::posture::grants::{self, Home};
use crate::rules::judge::Judge;
use crate::rules::of_policies::{Said, Which};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::wildcard;

pub(super) const PASS_ROLE_UNRESTRICTED: &dyn Rule = &Row::new(
    card_file!("escalation/pass-role-unrestricted"),
    Judge::Policy(Which::Attached, |_: &NoParameters, policy, home| pass_role_unrestricted(policy, home)),
);

/// The key that holds the service to which a role is passed.
const PASSED_TO: &str = "iam:passedtoservice";

/// A statement that allows `iam:PassRole` on every role and under no condition that leaves out a service. One that allows all of IAM is for
/// `policy-allows-everything` and `policy-allows-whole-service` to tell, one with `NotAction` for `allow-with-not-action`.
fn pass_role_unrestricted(policy: &Policy, home: Home<'_>) -> Option<Said> {
    let pass_role = Action::parse("iam:PassRole")?;
    if policy.statements.iter().any(|statement| takes_back(statement, &pass_role, home)) {
        return None;
    }
    let is_wide = |statement: &&Statement| {
        let is_all = |text: &str| home.may_be_in(text) && is_every_role(text);
        let all_roles = statement
            .resources
            .as_ref()
            .is_some_and(|clause| !clause.negated && clause.patterns.iter().any(|text| is_all(text.as_str())));
        statement.effect == Effect::Allow
            && statement.actions.matches(&pass_role)
            && all_roles
            && statement.conditions.iter().all(is_of_any_service)
            && !statement.actions.negated
            && !grants::is_of_everything(statement)
            && !grants::whole_services(statement, home).any(|service| wildcard::matches(service, "iam"))
    };
    let what = "allows `iam:PassRole` on every role, to every service";
    Said::of(what, policy.statements.iter().filter(is_wide))
}

/// Whether a condition lets a role be passed to any service: the name of each ends with `.amazonaws.com`.
fn is_of_any_service(test: &Condition) -> bool {
    test.key.lower() == PASSED_TO
        && matches!(test.operator.base, Base::Compare { how: Comparison::StringLike, negated: false })
        && test.values.iter().any(|value| matches!(value.as_str().trim_start_matches('*'), "" | ".amazonaws.com"))
        && test.values.iter().any(|value| value.as_str().starts_with('*'))
}

/// Whether a Deny leaves a list of roles at most, or a list of services that they may be passed to.
fn takes_back(statement: &Statement, pass_role: &Action, home: Home<'_>) -> bool {
    let is_of_services = |test: &Condition| {
        test.key.lower() == PASSED_TO
            && test.written.to_ascii_lowercase().contains("not")
            && !test.values.iter().any(|value| value.as_str().bytes().all(|b| b == b'*'))
    };
    statement.effect == Effect::Deny
        && statement.actions.matches(pass_role)
        && statement.conditions.iter().all(is_of_services)
        && grants::denies_on_all(statement, home, is_every_role)
}

/// `*`, or a pattern with nothing but wildcards in place of the name of a role.
fn is_every_role(pattern: &str) -> bool {
    let is_open = |text: &str| text.contains('*') && text.chars().all(|c| c == '*');
    match pattern.splitn(6, ':').nth(5) {
        None => is_open(pattern),
        Some(resource) => is_open(resource) || resource.strip_prefix("role/").is_some_and(is_open),
    }
}

#[cfg(test)]
mod tests {
    use super::is_every_role;

    #[test]
    fn every_role_is_meant_by_wildcards_alone() {
        for pattern in ["*", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:*"] {
            assert!(is_every_role(pattern), "{pattern}");
        }
        for pattern in ["arn:aws:iam::*:role/app-*", "arn:aws:iam::*:role/service-role/*", "arn:aws:iam::1:user/*", ""]
        {
            assert!(!is_every_role(pattern), "{pattern}");
        }
    }
}
