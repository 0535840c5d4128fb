//! Actions that change something, out of the patterns that policies allow.
//!
//! Owns: which operations only read: what the catalog of actions says, and for those that it lacks what their names do. Does not know
//! whether they are allowed.

use std::sync::{Arc, PoisonError, RwLock};

use foldhash::HashMap;

use crate::policy::Statement;
use crate::policy::action::{Action, ActionPattern};
use crate::policy::catalog::{self, AccessLevel};
use crate::wildcard;

/// How the names of operations begin that change nothing.
const READS: &[&str] =
    &["get", "list", "describe", "head", "batchget", "lookup", "search", "view", "check", "simulate"];

/// Operations of STS that change nothing either: what the role that is assumed may do is a question of its own.
const OF_STS: &[&str] = &["assume*", "decodeauthorizationmessage", "tagsession", "setsourceidentity", "setcontext"];

/// An operation of a service that AWS may add tomorrow: what a pattern for all of them covers.
const SOME: &str = "q7x2m4k9zt";

/// An action that changes something and that the pattern covers; `None` if it covers only what reads.
pub(super) fn write_of(pattern: &ActionPattern) -> Option<Action> {
    match pattern {
        ActionPattern::All => Some(some_write()),
        ActionPattern::Nothing(_) => None,
        ActionPattern::Named { service, operation, .. } => {
            let action = Action::named(&filled(service), &filled(operation));
            // what a pattern covers is better told by the actions that there are, unless it covers all or says itself that it reads
            let covers_all = wildcard::has_wildcard(service) || operation.chars().all(|c| c == '*');
            let is_told = covers_all || is_read_by_name(operation);
            let known = (!is_told).then(|| catalog::matching(pattern)).into_iter().flatten();
            let mut known = known.map(|action| Action::named(action.service, action.name)).peekable();
            match known.peek() {
                Some(_) => known.find(changes),
                None => changes(&action).then_some(action),
            }
        }
    }
}

/// The writes that statements list, found once for all that differ in the resources that they name alone. May be shared among threads.
#[derive(Debug, Default)]
pub(super) struct Writes(RwLock<HashMap<usize, Arc<[Action]>>>);

impl Writes {
    /// One for each pattern of a statement that covers any, in order, whether it is what the statement speaks of or what it leaves out.
    pub(super) fn of(&self, statement: &Statement) -> Arc<[Action]> {
        let address = statement.address_of_terms();
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&address) {
            return Arc::clone(known);
        }
        // two threads that find it find the same
        let found: Arc<[Action]> = statement.actions.patterns.iter().filter_map(write_of).collect();
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(address, Arc::clone(&found));
        found
    }
}

/// Writes that policies often single out: what several patterns cover together, such as `iam:*Role*` and `*:Put*`.
const KNOWN: &[&str] = &[
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "ec2:CreateTags",
    "ec2:RunInstances",
    "ec2:TerminateInstances",
    "iam:AttachRolePolicy",
    "iam:CreateAccessKey",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "kms:Encrypt",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "logs:PutLogEvents",
    "s3:DeleteObject",
    "s3:PutObject",
    "secretsmanager:PutSecretValue",
    "sns:Publish",
    "sqs:DeleteMessage",
    "sqs:SendMessage",
    "ssm:PutParameter",
    "ssm:SendCommand",
];

/// Writes that are worth a try whatever the patterns are.
pub(super) fn known() -> impl Iterator<Item = Action> {
    KNOWN.iter().filter_map(|name| Action::parse(name))
}

/// An action of no known service: what `*` and `NotAction` cover.
pub(super) fn some_write() -> Action {
    some_write_of(SOME)
}

/// An action of the service of a pattern that the pattern itself need not cover.
pub(super) fn some_write_like(pattern: &ActionPattern) -> Option<Action> {
    match pattern {
        ActionPattern::Named { service, .. } if !wildcard::has_wildcard(service) => Some(some_write_of(service)),
        _ => None,
    }
}

/// An action of a service that no policy names by itself.
pub(super) fn some_write_of(service: &str) -> Action {
    Action::named(service, SOME)
}

/// Whether an action changes anything.
fn changes(action: &Action) -> bool {
    let operation = action.operation();
    let of_sts = action.service() == "sts" && OF_STS.iter().any(|glob| wildcard::matches(glob, operation));
    let reads = || match catalog::access_level(action.service(), operation) {
        Some(level) => level <= AccessLevel::Read,
        None => is_read_by_name(operation),
    };
    !of_sts && !reads()
}

fn is_read_by_name(operation: &str) -> bool {
    READS.iter().any(|read| operation.starts_with(read))
}

/// A text that the pattern covers: the shortest, and for a pattern of wildcards alone a name that nothing has.
fn filled(pattern: &str) -> String {
    let text = pattern.replace('*', "").replace('?', "x");
    if text.chars().all(|c| c == 'x') && wildcard::has_wildcard(pattern) { format!("{text}{SOME}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(pattern: &str) -> Option<String> {
        let (service, operation) = pattern.split_once(':').unwrap();
        let pattern =
            ActionPattern::Named { service: service.into(), operation: operation.into(), written: pattern.into() };
        write_of(&pattern).map(|action| action.name().to_owned())
    }

    #[test]
    fn what_only_reads_has_no_write() {
        for pattern in ["s3:get*", "ec2:describe*", "*:list*", "sts:assumerole", "dynamodb:batchget*", "s3:head*"] {
            assert_eq!(write(pattern), None, "{pattern}");
        }
        // by their names these would change something
        for pattern in
            ["logs:startquery", "iam:generatecredentialreport", "dynamodb:query", "dynamodb:scan", "logs:filter*"]
        {
            assert_eq!(write(pattern), None, "{pattern}");
        }
        // by its name this would not
        assert!(write("cognito-identity:getid").is_some());
        assert!(write("s3:put*").is_some_and(|action| action.to_lowercase().starts_with("s3:put")));
        assert_eq!(write("nosuchservice:put*").as_deref(), Some("nosuchservice:put"));
        assert_eq!(write("s3:deleteobject").as_deref(), Some("s3:DeleteObject"));
        assert_eq!(write("s3:*").as_deref(), Some("s3:q7x2m4k9zt"));
        assert_eq!(write("*:create*").as_deref(), Some("q7x2m4k9zt:create"));
    }

    #[test]
    fn a_pattern_covers_the_write_that_stands_for_it() {
        for pattern in ["s3:*", "*:*", "ec2:?*", "s3:put*object", "iam:*policy"] {
            let (service, operation) = pattern.split_once(':').unwrap();
            let parsed =
                ActionPattern::Named { service: service.into(), operation: operation.into(), written: pattern.into() };
            assert!(parsed.matches(&write_of(&parsed).unwrap()), "{pattern}");
        }
    }
}
