//! Policies that let their holders pass any role to any service.

use crate::policy::action::Action;
use crate::policy::condition::Condition;
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

/// A statement that allows `iam:PassRole` on every role and under no condition that leaves a list of services. One that allows all of IAM is for
/// `policy-allows-everything` and `policy-allows-whole-service` to tell, one with `NotAction` on resources of any service for
/// `allow-with-not-action`.
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
            && statement.conditions.iter().all(|test| is_met_by_strangers(test) || grants::says_who(test))
            && (!statement.actions.negated || statement.resources.as_ref().is_some_and(grants::names_services))
            && !grants::is_of_everything(statement)
            && !grants::whole_services(statement, home).any(|service| wildcard::matches(service, "iam"))
    };
    let found: Vec<&Statement> = policy.statements.iter().filter(is_wide).collect();
    let lists = |test: &Condition| test.key.lower() == PASSED_TO && test.operator.base.is_negated();
    let but = if found.iter().all(|statement| statement.conditions.iter().any(lists)) { " but a list" } else { "" };
    Said::of(format!("allows `iam:PassRole` on every role, to every service{but}"), found)
}

/// Services that no policy was written for.
const STRANGERS: [&str; 2] = ["q7x2m4k9zt.amazonaws.com", "b5v8n3r6yw.amazonaws.com"];

/// Whether a condition is about the service, and such services meet it.
fn is_met_by_strangers(test: &Condition) -> bool {
    let patterns: Vec<_> = test.values.iter().map(|value| value.expand(|_| None)).collect();
    test.key.lower() == PASSED_TO && STRANGERS.iter().all(|name| test.operator.holds(&patterns, &[name]) == Some(true))
}

/// Whether a Deny leaves a list of roles at most, or a list of services that they may be passed to.
fn takes_back(statement: &Statement, pass_role: &Action, home: Home<'_>) -> bool {
    statement.effect == Effect::Deny
        && statement.actions.matches(pass_role)
        && statement.conditions.iter().all(is_met_by_strangers)
        && grants::denies_on_all(statement, home, is_every_role)
}

/// `*`, or a pattern with nothing but wildcards in place of the name of a role.
fn is_every_role(pattern: &str) -> bool {
    let is_open = |text: &str| text.contains('*') && text.chars().all(|c| c == '*');
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    match parts.as_slice() {
        [_, _, service, _, _, resource] => {
            wildcard::matches(service, "iam")
                && (is_open(resource) || resource.strip_prefix("role/").is_some_and(is_open))
        }
        _ => is_open(pattern),
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
        for pattern in [
            "arn:aws:iam::*:role/app-*",
            "arn:aws:iam::*:role/service-role/*",
            "arn:aws:iam::1:user/*",
            "arn:aws:kms:*:*:*",
            "",
        ] {
            assert!(!is_every_role(pattern), "{pattern}");
        }
    }
}
