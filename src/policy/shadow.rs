//! What a statement allows and another takes back, or gives as well, as a whole.
//!
//! Owns: whether a Deny or another Allow covers everything that an Allow gives, and whether a policy that is a ceiling (a boundary, the
//! SCPs of a level) leaves anything of it. Decided by the patterns of both documents alone, in one direction: what is said to be taken back is; what is not
//! said may be. A Deny under conditions takes nothing back here.

use crate::policy::action::{ActionClause, ActionPattern};
use crate::policy::resource::{self, ResourceClause};
use crate::policy::text::{Pattern, Text};
use crate::policy::{Effect, Policy, Statement};
use crate::wildcard;

/// The Denies of a policy that take something back from everybody.
pub(crate) fn plain_denies(policy: &Policy) -> impl Iterator<Item = &Statement> {
    policy.statements.iter().filter(|statement| statement.effect == Effect::Deny && statement.conditions.is_empty())
}

/// Those of them that do not take everything: who closes an account does it on purpose.
pub(crate) fn denies(policy: &Policy) -> impl Iterator<Item = &Statement> {
    plain_denies(policy).filter(|statement| !denies_everything(statement))
}

fn denies_everything(statement: &Statement) -> bool {
    let all_actions = statement.actions.patterns.iter().any(is_all) && !statement.actions.negated;
    let is_star = |clause: &ResourceClause| !clause.negated && clause.patterns.iter().any(|text| text.as_str() == "*");
    all_actions && statement.resources.as_ref().is_some_and(is_star)
}

/// The Allows of a policy; none that allows nothing by itself (`NotAction` `*`).
pub(crate) fn allows(policy: &Policy) -> impl Iterator<Item = &Statement> {
    let is_of_nothing = |actions: &ActionClause| actions.negated && actions.patterns.iter().any(is_all);
    policy.statements.iter().filter(move |s| s.effect == Effect::Allow && !is_of_nothing(&s.actions))
}

/// Whether a Deny without conditions denies all that an Allow gives.
pub(crate) fn takes_all(deny: &Statement, allow: &Statement) -> bool {
    let (Some(denied), Some(allowed)) = (&deny.resources, &allow.resources) else { return false };
    covers_actions(&deny.actions, &allow.actions) && covers_resources(denied, allowed)
}

/// Whether an Allow gives all that another one gives: for as many requests, under no other conditions.
pub(crate) fn gives_all(cover: &Statement, own: &Statement) -> bool {
    let (Some(wide), Some(narrow)) = (&cover.resources, &own.resources) else { return false };
    cover.principal.is_none()
        && own.principal.is_none()
        && cover.conditions.iter().all(|condition| own.conditions.contains(condition))
        && covers_actions(&cover.actions, &own.actions)
        && (wide == narrow || covers_resources(wide, narrow))
}

/// Whether no Allow of these ceilings has anything in common with an Allow.
pub(crate) fn leaves_nothing<'p>(mut ceilings: impl Iterator<Item = &'p Policy>, allow: &Statement) -> bool {
    !ceilings.any(|policy| allows(policy).any(|ceiling| may_meet(ceiling, allow)))
}

fn is_all(pattern: &ActionPattern) -> bool {
    match pattern {
        ActionPattern::All => true,
        ActionPattern::Named { service, operation, .. } => &**service == "*" && &**operation == "*",
        ActionPattern::Nothing(_) => false,
    }
}

fn covers_actions(cover: &ActionClause, own: &ActionClause) -> bool {
    if own.patterns.is_empty() {
        return false;
    }
    match (cover.negated, own.negated) {
        (false, false) => own.patterns.iter().all(|own| cover.patterns.iter().any(|cover| covers_action(cover, own))),
        (false, true) => cover.patterns.iter().any(is_all),
        // all but a list: nothing of that list may be among what is allowed
        (true, false) => own.patterns.iter().all(|own| !cover.patterns.iter().any(|but| actions_meet(but, own))),
        (true, true) => cover.patterns.iter().all(|but| own.patterns.iter().any(|own| covers_action(own, but))),
    }
}

fn covers_action(cover: &ActionPattern, own: &ActionPattern) -> bool {
    match (cover, own) {
        (cover, _) if is_all(cover) => true,
        (
            ActionPattern::Named { service, operation, .. },
            ActionPattern::Named { service: of, operation: named, .. },
        ) => covers_text(service, of) && covers_text(operation, named),
        _ => false,
    }
}

fn actions_meet(a: &ActionPattern, b: &ActionPattern) -> bool {
    match (a, b) {
        (
            ActionPattern::Named { service, operation, .. },
            ActionPattern::Named { service: of, operation: named, .. },
        ) => wildcard::meet(service, of) && wildcard::meet(operation, named),
        (ActionPattern::Nothing(_), _) | (_, ActionPattern::Nothing(_)) => false,
        (ActionPattern::All, _) | (_, ActionPattern::All) => true,
    }
}

/// Whether everything that the second pattern matches is matched by the first.
pub(crate) fn covers_text(cover: &str, own: &str) -> bool {
    // a question mark would take the other's star for a letter
    cover == own || !cover.contains('?') && wildcard::matches(cover, own)
}

fn covers_resources(cover: &ResourceClause, own: &ResourceClause) -> bool {
    if own.patterns.is_empty() {
        return false;
    }
    let star = |clause: &ResourceClause| clause.patterns.iter().any(|text| text.as_str() == "*");
    match (cover.negated, own.negated) {
        (false, _) if star(cover) => true,
        (false, false) => own.patterns.iter().all(|own| {
            // equal letters may be a variable in one document and text in the other
            let covers = |cover: &Text| {
                let wide = cover.as_str();
                cover == own || !wide.contains(['?', '$']) && resource::matches(&Pattern::Plain(wide), own.as_str())
            };
            cover.patterns.iter().any(covers)
        }),
        (true, false) => {
            own.patterns.iter().all(|own| cover.patterns.iter().all(|but| !texts_may_meet(but.as_str(), own.as_str())))
        }
        (false | true, true) => false,
    }
}

/// Whether two statements may have a request in common.
pub(crate) fn may_meet(a: &Statement, b: &Statement) -> bool {
    let actions = match (a.actions.negated, b.actions.negated) {
        (false, false) => {
            let of_a = a.actions.patterns.iter();
            of_a.into_iter().any(|a| b.actions.patterns.iter().any(|b| actions_meet(a, b)))
        }
        (true, false) => !covers_actions(&positive(&a.actions), &b.actions),
        (false, true) => !covers_actions(&positive(&b.actions), &a.actions),
        (true, true) => true,
    };
    let resources = match (&a.resources, &b.resources) {
        (Some(a), Some(b)) if !a.negated && !b.negated => {
            a.patterns.iter().any(|a| b.patterns.iter().any(|b| texts_may_meet(a.as_str(), b.as_str())))
        }
        _ => true,
    };
    actions && resources
}

/// What a list of exceptions names.
fn positive(clause: &ActionClause) -> ActionClause {
    ActionClause { negated: false, patterns: clause.patterns.clone() }
}

/// As [`wildcard::meet`]; a variable may stand for anything.
fn texts_may_meet(a: &str, b: &str) -> bool {
    a == "*" || b == "*" || a.contains('$') || b.contains('$') || wildcard::meet(a, b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::parse;

    fn policy(statements: &str) -> Policy {
        parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()
    }

    fn statement(effect: &str, action: &str, resource: &str) -> String {
        let key = |clause: &str, name: &str| match clause.strip_prefix('!') {
            Some(rest) => format!(r#""Not{name}": "{rest}""#),
            None => format!(r#""{name}": "{clause}""#),
        };
        format!(r#"{{"Effect": "{effect}", {}, {}}}"#, key(action, "Action"), key(resource, "Resource"))
    }

    fn takes(deny: (&str, &str), allow: (&str, &str)) -> bool {
        let (deny, allow) = (policy(&statement("Deny", deny.0, deny.1)), policy(&statement("Allow", allow.0, allow.1)));
        takes_all(&deny.statements[0], &allow.statements[0])
    }

    fn leaves(ceiling: (&str, &str), allow: (&str, &str)) -> bool {
        let (ceiling, allow) =
            (policy(&statement("Allow", ceiling.0, ceiling.1)), policy(&statement("Allow", allow.0, allow.1)));
        !leaves_nothing(std::iter::once(&ceiling), &allow.statements[0])
    }

    #[test]
    fn a_deny_takes_all_of_what_its_patterns_cover() {
        for (deny, allow) in [
            (("*", "*"), ("s3:GetObject", "arn:aws:s3:::a/*")),
            (("S3:Get*", "*"), ("s3:getobject", "*")),
            (("s3:*", "arn:aws:s3:::a*"), ("s3:Get*", "arn:aws:s3:::a/*")),
            (("!ec2:*", "*"), ("s3:Get*", "*")),
            (("s3:*", "!arn:aws:s3:::b/*"), ("s3:Get*", "arn:aws:s3:::a/*")),
            (("!iam:*", "*"), ("!iam:*", "*")),
        ] {
            assert!(takes(deny, allow), "{deny:?} {allow:?}");
        }
        for (deny, allow) in [
            (("s3:GetObject", "*"), ("s3:Get*", "*")),
            (("s3:Get?bject", "*"), ("s3:Get*bject", "*")),
            (("s3:*", "arn:aws:s3:::a"), ("s3:Get*", "arn:aws:s3:::a/*")),
            (("s3:*", "arn:aws:s3:::a/*"), ("s3:Get*", "*")),
            (("!s3:GetObject", "*"), ("s3:Get*", "*")),
            (("s3:*", "!arn:aws:s3:::a/b"), ("s3:Get*", "arn:aws:s3:::a/*")),
            (("s3:*", "arn:aws:s3:::${aws:username}"), ("s3:Get*", "arn:aws:s3:::ann")),
            (("!s3:*", "*"), ("!iam:*", "*")),
        ] {
            assert!(!takes(deny, allow), "{deny:?} {allow:?}");
        }
    }

    #[test]
    fn an_allow_gives_all_of_another_only_for_as_many_requests() {
        let all = |first: &str, second: &str| gives_all(&policy(first).statements[0], &policy(second).statements[0]);
        let with = |test: &str, value: &str| {
            format!(
                r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {{"{test}": {{"aws:PrincipalTag/team": "{value}"}}}}}}"#
            )
        };
        let (wide, narrow) = (statement("Allow", "*", "*"), statement("Allow", "s3:Get*", "arn:aws:s3:::a/*"));
        assert!(all(&wide, &narrow) && all(&narrow, &narrow) && !all(&narrow, &wide));
        let (plain, tagged) = (statement("Allow", "s3:*", "*"), with("StringEquals", "a"));
        assert!(all(&plain, &tagged) && all(&tagged, &tagged));
        assert!(
            !all(&tagged, &plain)
                && !all(&tagged, &with("StringEquals", "b"))
                && !all(&tagged, &with("StringLike", "a"))
        );
        let but = |resource: &str| statement("Allow", "s3:*", &format!("!{resource}"));
        assert!(
            all(&but("arn:aws:s3:::a"), &but("arn:aws:s3:::a")) && !all(&but("arn:aws:s3:::a"), &but("arn:aws:s3:::b"))
        );
    }

    /// A clause of one of these patterns, or of all but it.
    fn clause(patterns: &'static [&'static str]) -> impl Strategy<Value = String> {
        (prop::sample::select(patterns), prop::bool::weighted(0.2))
            .prop_map(|(pattern, but)| if but { format!("!{pattern}") } else { pattern.to_owned() })
    }

    fn allow() -> impl Strategy<Value = String> {
        const ACTIONS: &[&str] = &["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:?etObject", "S3:PutObject", "sqs:*"];
        const RESOURCES: &[&str] = &[
            "*",
            "arn:aws:s3:::a/*",
            "arn:aws:s3:::a/b",
            "arn:aws:s3:::?/b",
            "arn:aws:s3:::*/${aws:username}",
            "arn:aws:s3:::a/ann",
            "arn:*:s3:::a/*",
        ];
        let test = prop::sample::select(vec![
            "",
            r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
            r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:PrincipalTag/team": "a"}}"#,
        ]);
        (clause(ACTIONS), clause(RESOURCES), test).prop_map(|(action, resource, test)| {
            let without = statement("Allow", &action, &resource);
            format!("{}{test}}}", without.trim_end_matches('}'))
        })
    }

    /// Which of some requests a document allows.
    fn allowed(statement: &str) -> Vec<bool> {
        let document: serde_json::Value =
            serde_json::from_str(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)).unwrap();
        let mut all = Vec::new();
        for action in ["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "ec2:RunInstances"] {
            for resource in [
                "arn:aws:s3:::a/b",
                "arn:aws:s3:::a/ann",
                "arn:aws:s3:::c/ann",
                "arn:aws:s3:::c/b",
                "arn:aws:sqs:eu-west-1:1:q",
            ] {
                for (mfa, team) in [("true", "a"), ("true", "b"), ("false", "a")] {
                    let request = serde_json::json!({
                        "principal": "arn:aws:iam::111122223333:user/ann", "action": action, "resource": resource,
                        "resourceAccount": "111122223333", "identityPolicies": [document],
                        "context": {"aws:MultiFactorAuthPresent": mfa, "aws:PrincipalTag/team": team, "aws:username": "ann"},
                    });
                    let answer = crate::eval::simulate(&serde_json::from_value(request).unwrap()).unwrap();
                    all.push(serde_json::to_value(&answer).unwrap()["decision"] == "allowed");
                }
            }
        }
        all
    }

    proptest! {
        #[test]
        fn what_an_allow_gives_all_of_is_allowed_by_it(cover in allow(), own in allow()) {
            let (wide, narrow) = (policy(&cover), policy(&own));
            if gives_all(&wide.statements[0], &narrow.statements[0]) {
                for (wide, narrow) in allowed(&cover).into_iter().zip(allowed(&own)) {
                    prop_assert!(wide || !narrow);
                }
            }
        }
    }

    #[test]
    fn a_variable_is_not_the_same_text_without_variables() {
        let own = |version: &str| {
            let text = format!(
                r#"{{"Version": "{version}", "Statement": [{{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${{aws:username}}"}}]}}"#
            );
            parse(&text).unwrap()
        };
        let (text, variable) = (own("2008-10-17"), own("2012-10-17"));
        assert!(gives_all(&variable.statements[0], &variable.statements[0]));
        assert!(!gives_all(&text.statements[0], &variable.statements[0]));
    }

    #[test]
    fn a_ceiling_leaves_nothing_only_where_patterns_share_nothing() {
        for (ceiling, allow) in [
            (("s3:*", "*"), ("s3:GetObject", "arn:aws:s3:::a")),
            (("s3:Get*", "*"), ("s3:*Object", "*")),
            (("!iam:*", "*"), ("s3:GetObject", "*")),
            (("s3:*", "arn:aws:s3:::a*"), ("s3:*", "arn:aws:s3:::*b")),
            (("s3:*", "*"), ("!iam:*", "*")),
        ] {
            assert!(leaves(ceiling, allow), "{ceiling:?} {allow:?}");
        }
        for (ceiling, allow) in [
            (("s3:*", "*"), ("iam:*", "*")),
            (("!iam:*", "*"), ("iam:Get*", "*")),
            (("s3:*", "arn:aws:s3:::a/*"), ("s3:*", "arn:aws:s3:::b/*")),
            (("iam:*", "*"), ("!iam:*", "*")),
        ] {
            assert!(!leaves(ceiling, allow), "{ceiling:?} {allow:?}");
        }
    }

    #[test]
    fn a_deny_of_everything_or_under_conditions_takes_nothing_by_mistake() {
        let all = policy(&statement("Deny", "*", "*"));
        let conditional = policy(
            r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
        );
        assert!(denies(&all).next().is_none() && denies(&conditional).next().is_none());
    }
}
