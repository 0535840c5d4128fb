//! What one policy document gives or takes by itself, whoever holds it.
//!
//! Owns: what counts as every action, as a whole service, as all resources, and which conditions say no more than who calls, when and
//! from where. Does not know who holds a policy (`held`), nor what other policies allow or deny.

use crate::ids::AccountId;
use crate::policy::action::{Action, ActionPattern};
use crate::policy::condition::Condition;
use crate::policy::key::KeyKind;
use crate::policy::resource::ResourceClause;
use crate::policy::shadow::plain_denies;
use crate::policy::{Effect, Policy, Statement};
use crate::wildcard;

/// Where a policy is: what an ARN of another partition or account names is not there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Home<'a> {
    /// Wherever it may be: what it may allow somewhere counts, and what it denies everywhere.
    Any,
    /// In an account.
    In { partition: &'a str, account: AccountId },
}

impl Home<'_> {
    /// Whether a pattern is about what is at home, or may be.
    pub(crate) fn may_be_in(self, pattern: &str) -> bool {
        self.fits(pattern).unwrap_or(true)
    }

    /// Whether it is, wherever that is.
    pub(crate) fn is_in(self, pattern: &str) -> bool {
        self.fits(pattern).unwrap_or(false)
    }

    /// `None` if that depends on where it is.
    fn fits(self, pattern: &str) -> Option<bool> {
        let mut parts = pattern.split(':').skip(1);
        // of a short pattern the last part runs on
        let partition = parts.next().unwrap_or("*");
        let account = parts.nth(2).filter(|account| !account.is_empty()).unwrap_or("*");
        match self {
            Self::Any if is_stars(partition) && is_stars(account) => Some(true),
            Self::Any => None,
            Self::In { partition: own, account: id } => {
                Some(wildcard::matches(partition, own) && wildcard::matches(account, &id.to_string()))
            }
        }
    }
}

/// The statements that allow every action on every resource, if no other takes back all, or all but a list.
pub(crate) fn of_everything(policy: &Policy) -> Vec<&Statement> {
    let takes_back = |statement: &&Statement| {
        statement.effect == Effect::Deny
            && (statement.actions.negated || statement.actions.patterns.iter().any(is_all_actions))
            && statement.conditions.is_empty()
            && on_all(statement, "*")
    };
    if policy.statements.iter().any(|statement| takes_back(&statement)) {
        return Vec::new();
    }
    allows(policy).filter(|statement| is_of_everything(statement)).collect()
}

/// Whether a statement that allows something allows every action on every resource.
pub(crate) fn is_of_everything(statement: &Statement) -> bool {
    let actions = &statement.actions;
    let nothing = |pattern: &ActionPattern| matches!(pattern, ActionPattern::Nothing(_));
    let every = if actions.negated {
        actions.patterns.iter().all(nothing)
    } else {
        actions.patterns.iter().any(is_all_actions)
    };
    every && on_all(statement, "*") && only_says_who(statement)
}

/// Whether a statement is about no action at all: `NotAction` `*`.
pub(crate) fn is_of_nothing(statement: &Statement) -> bool {
    statement.actions.negated && statement.actions.patterns.iter().any(is_all_actions)
}

/// Statements that allow something.
pub(crate) fn allows(policy: &Policy) -> impl Iterator<Item = &Statement> {
    policy.statements.iter().filter(|statement| statement.effect == Effect::Allow)
}

/// The services that a statement allows as a whole, on all their resources, as the policy writes them: by its actions, or, with
/// `NotAction`, by resources of services that it does not take out as a whole.
pub(crate) fn whole_services<'s>(statement: &'s Statement, home: Home<'s>) -> impl Iterator<Item = &'s str> {
    let is_open = only_says_who(statement);
    let clause = statement.resources.as_ref().filter(move |_| is_open);
    let is_on_all = move |clause: &ResourceClause, service: &str| {
        covers(clause, |text| home.may_be_in(text) && is_all(text, service))
    };
    let is_negated = statement.actions.negated;
    let by_action = statement.actions.patterns.iter().filter(move |_| !is_negated).filter_map(move |pattern| {
        let ActionPattern::Named { service, operation, .. } = pattern else { return None };
        (is_stars(operation) && !is_stars(service) && is_on_all(clause?, service)).then_some(&**service)
    });
    let texts = clause.filter(move |clause| is_negated && !clause.negated).into_iter().flat_map(|c| c.patterns.iter());
    let by_resource = texts.filter_map(move |text| {
        let service = text.as_str().split(':').nth(2).filter(|service| !wildcard::has_wildcard(service))?;
        let is_out = statement.actions.patterns.iter().any(|pattern| covers_service(pattern, service));
        (!is_out && is_on_all(clause?, service)).then_some(service)
    });
    by_action.chain(by_resource)
}

/// Whether a pattern matches every action of a service.
fn covers_service(pattern: &ActionPattern, service: &str) -> bool {
    match pattern {
        ActionPattern::Named { service: of, operation, .. } => is_stars(operation) && wildcard::matches(of, service),
        ActionPattern::All => true,
        ActionPattern::Nothing(_) => false,
    }
}

/// Whether a statement allows an action on all resources, or on all of the type that the action is about.
pub(crate) fn gives_on_all(statement: &Statement, action: &Action, home: Home<'_>) -> bool {
    let is_all = |text: &str| home.may_be_in(text) && is_all_of_type(text, action.service());
    statement.actions.matches(action)
        && only_says_who(statement)
        && statement
            .resources
            .as_ref()
            .is_some_and(|clause| !clause.negated && clause.patterns.iter().any(|text| is_all(text.as_str())))
}

/// Whether a Deny of a policy takes an action back from all resources, or from all but a list: what the policy allows of it is not all.
pub(crate) fn takes_back(policy: &Policy, action: &Action, home: Home<'_>) -> bool {
    plain_denies(policy).any(|deny| {
        deny.actions.matches(action) && denies_on_all(deny, home, |text| is_all_of_type(text, action.service()))
    })
}

/// The same of every action of a service, or of all but a list.
pub(crate) fn takes_service_back(policy: &Policy, service: &str, home: Home<'_>) -> bool {
    let whole = |pattern: &ActionPattern| covers_service(pattern, service);
    plain_denies(policy).any(|deny| {
        deny.actions.patterns.iter().any(whole) != deny.actions.negated
            && denies_on_all(deny, home, |text| is_all(text, service))
    })
}

/// Whether a Deny is about all resources, or all but a list.
pub(crate) fn denies_on_all(deny: &Statement, home: Home<'_>, is_all: impl Fn(&str) -> bool) -> bool {
    let is_listed = |clause: &ResourceClause| {
        // what is left out has to be left out wherever it may be
        let is_there = |text: &str| if clause.negated { home.may_be_in(text) } else { home.is_in(text) };
        clause.patterns.iter().any(|text| is_there(text.as_str()) && is_all(text.as_str()))
    };
    deny.resources.as_ref().is_some_and(|clause| is_listed(clause) != clause.negated)
}

/// Whether the conditions of a statement say no more than who calls, when and from where: what it allows is all of it.
pub(crate) fn only_says_who(statement: &Statement) -> bool {
    statement.conditions.iter().all(says_who)
}

/// Whether a condition says no more than who calls, when and from where.
pub(crate) fn says_who(condition: &Condition) -> bool {
    match condition.key.kind() {
        // "is this an action of an MCP server" is about what is called
        KeyKind::Environment => !condition.key.lower().contains("mcp"),
        kind => matches!(
            kind,
            KeyKind::PrincipalAccount
                | KeyKind::PrincipalArn
                | KeyKind::PrincipalOrgId
                | KeyKind::PrincipalOrgPaths
                | KeyKind::PrincipalTag
                | KeyKind::PrincipalType
                | KeyKind::UserId
                | KeyKind::Username
                | KeyKind::SecureTransport
                | KeyKind::CurrentTime
                | KeyKind::EpochTime
                | KeyKind::TokenIssueTime
                | KeyKind::RequestedRegion
                | KeyKind::MfaPresent
                | KeyKind::MfaAge
                | KeyKind::FederatedProvider
                | KeyKind::SourceIdentity
        ),
    }
}

/// Whether a statement is about all resources of a service; `*` stands for every service.
pub(crate) fn on_all(statement: &Statement, service: &str) -> bool {
    statement.resources.as_ref().is_some_and(|clause| covers(clause, |text| is_all(text, service)))
}

fn covers(clause: &ResourceClause, is_all: impl Fn(&str) -> bool) -> bool {
    !clause.negated && clause.patterns.iter().any(|text| is_all(text.as_str()))
        // what an empty list of exceptions leaves
        || clause.negated && clause.patterns.is_empty()
}

/// Whether the service part of every ARN that a clause names is written out.
pub(crate) fn names_services(clause: &ResourceClause) -> bool {
    let vendor = |text: &str| text.split(':').nth(2).is_some_and(|vendor| !wildcard::has_wildcard(vendor));
    clause.patterns.iter().all(|text| vendor(text.as_str()))
}

fn is_all(text: &str, service: &str) -> bool {
    if is_stars(text) {
        return true;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let last = parts.len().saturating_sub(1);
    parts.len() > 1
        && parts.iter().enumerate().all(|(at, part)| match at {
            0 => *part == "arn" || is_stars(part),
            // of a short pattern the last part runs on
            _ if at == last => is_stars(part),
            1 => true,
            2 => is_stars(part) || part.eq_ignore_ascii_case(service),
            _ => part.is_empty() || is_stars(part),
        })
}

/// As [`is_all`], or all of one type: `arn:aws:s3:::*/*`, `arn:aws:secretsmanager:*:111122223333:secret:*`.
fn is_all_of_type(text: &str, service: &str) -> bool {
    if is_all(text, service) {
        return true;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, _, vendor, region, _, resource] = parts.as_slice() else { return false };
    let open_region = region.is_empty() || is_stars(region);
    let name = resource.split_once(['/', ':']).map_or(*resource, |(_, name)| name);
    let of_type = !name.is_empty() && name.bytes().all(|b| matches!(b, b'*' | b'/'));
    // every object of one bucket is not every object
    let of_bucket = *vendor == "s3" && resource.split('/').next().is_some_and(|bucket| !is_stars(bucket));
    (*vendor == service || is_stars(vendor)) && open_region && of_type && !of_bucket
}

fn is_stars(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b == b'*')
}

fn is_all_actions(pattern: &ActionPattern) -> bool {
    match pattern {
        ActionPattern::All => true,
        ActionPattern::Named { service, operation, .. } => is_stars(service) && is_stars(operation),
        ActionPattern::Nothing(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_resources_are_written_in_several_ways() {
        for all in ["*", "**", "arn:*", "arn:aws:s3:*", "arn:aws:s3:::*", "arn:aws:*:*:*:*", "*:*"] {
            assert!(is_all(all, "s3"), "{all}");
        }
        for some in ["arn:aws:s3:::logs", "arn:aws:s3:::*-logs", "arn:aws:ec2:*:*:*", "s3", ""] {
            assert!(!is_all(some, "s3"), "{some}");
        }
        assert!(!is_all("arn:aws:s3:::*", "*"));
    }

    #[test]
    fn what_another_account_or_partition_has_is_not_at_home() {
        let home = Home::In { partition: "aws", account: AccountId::parse("111122223333").unwrap() };
        for own in [
            "*",
            "arn:*",
            "arn:aws:s3:*",
            "arn:aws:s3:::*",
            "arn:*:ssm:*:111122223333:parameter/*",
            "arn:aws*:iam::*:*",
        ] {
            assert!(home.is_in(own) && home.may_be_in(own) && Home::Any.may_be_in(own), "{own}");
        }
        for other in ["arn:aws-cn:iam::*:*", "arn:aws:ssm:*:444455556666:parameter/*", "arn:aws-us-gov:*"] {
            assert!(!home.is_in(other) && !home.may_be_in(other) && Home::Any.may_be_in(other), "{other}");
            assert!(!Home::Any.is_in(other), "{other}");
        }
    }

    #[test]
    fn all_of_a_type_is_all_that_an_action_is_about() {
        assert!(is_all_of_type("arn:aws:secretsmanager:*:111122223333:secret:*", "secretsmanager"));
        assert!(is_all_of_type("arn:aws:ssm:*:*:parameter/*", "ssm") && is_all_of_type("arn:aws:s3:::*/*", "s3"));
        for some in ["arn:aws:s3:::logs/*", "arn:aws:ssm:*:*:parameter/app/*", "arn:aws:kms:eu-west-1:*:key/*"] {
            let service = some.split(':').nth(2).unwrap();
            assert!(!is_all_of_type(some, service), "{some}");
        }
    }
}
