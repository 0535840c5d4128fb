//! Statements and condition blocks in words, as the policy has them.

use std::collections::BTreeSet;

use super::list::list;
use crate::policy::condition::Condition;
use crate::policy::principal::{PrincipalClause, PrincipalEntry};
use crate::policy::resource::ResourceClause;
use crate::policy::{Effect, Statement};

/// How many elements of a list are named.
type Listed = fn(Vec<String>) -> String;

/// A statement in one line: effect, action, resource or principal, conditions.
#[must_use]
pub fn statement(statement: &Statement) -> String {
    worded(statement, |items| list(items.into_iter()))
}

/// As [`statement()`], with every element of every list.
#[must_use]
pub fn whole_statement(statement: &Statement) -> String {
    worded(statement, |items| items.join(", "))
}

fn worded(statement: &Statement, listed: Listed) -> String {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let not = if statement.actions.negated { "all but " } else { "" };
    let actions = statement.actions.patterns.iter().map(|p| p.as_str().to_owned()).collect();
    let mut text = format!("{effect} {not}{}", listed(actions));
    if let Some(clause) = &statement.resources {
        let not = if clause.negated { "all but " } else { "" };
        let resources = clause.patterns.iter().map(|p| p.as_str().to_owned()).collect();
        text.push_str(&format!(" on {not}{}", listed(resources)));
    }
    if let Some(clause) = &statement.principal {
        let not = if clause.negated { "all but " } else { "" };
        text.push_str(&format!(" for {not}{}", listed(clause.entries.iter().map(principal).collect())));
    }
    if !statement.conditions.is_empty() {
        let conditions: Vec<String> = statement.conditions.iter().map(|one| condition(one, listed)).collect();
        text.push_str(&format!(" if {}", conditions.join(" and ")));
    }
    text
}

/// What one statement has that another has not, by element: `resources add arn:…, drop arn:…; conditions drop …`. Empty where only
/// the effect differs.
#[must_use]
pub fn delta(old: &Statement, new: &Statement) -> String {
    let sorts = [
        ("actions", elements_of_actions as fn(&Statement) -> BTreeSet<String>),
        ("resources", elements_of_resources),
        ("principals", elements_of_principals),
        ("conditions", elements_of_conditions),
    ];
    let mut parts = Vec::new();
    for (noun, elements) in sorts {
        let (before, after) = (elements(old), elements(new));
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| list(one.difference(other).cloned());
        let (added, dropped) = (only(&after, &before), only(&before, &after));
        match (added.is_empty(), dropped.is_empty()) {
            (true, true) => {}
            (false, true) => parts.push(format!("{noun} add {added}")),
            (true, false) => parts.push(format!("{noun} drop {dropped}")),
            (false, false) => parts.push(format!("{noun} add {added}, drop {dropped}")),
        }
    }
    parts.join("; ")
}

fn elements_of_actions(statement: &Statement) -> BTreeSet<String> {
    let not = if statement.actions.negated { "all but " } else { "" };
    statement.actions.patterns.iter().map(|p| format!("{not}{}", p.as_str())).collect()
}

fn elements_of_resources(statement: &Statement) -> BTreeSet<String> {
    let of = |clause: &ResourceClause| -> Vec<String> {
        let not = if clause.negated { "all but " } else { "" };
        clause.patterns.iter().map(|p| format!("{not}{}", p.as_str())).collect()
    };
    statement.resources.iter().flat_map(of).collect()
}

fn elements_of_principals(statement: &Statement) -> BTreeSet<String> {
    let of = |clause: &PrincipalClause| -> Vec<String> {
        let not = if clause.negated { "all but " } else { "" };
        clause.entries.iter().map(|entry| format!("{not}{}", principal(entry))).collect()
    };
    statement.principal.iter().flat_map(of).collect()
}

fn elements_of_conditions(statement: &Statement) -> BTreeSet<String> {
    statement.conditions.iter().map(|one| condition(one, |items| items.join(", "))).collect()
}

fn principal(entry: &PrincipalEntry) -> String {
    match entry {
        PrincipalEntry::Everyone => "everyone".to_owned(),
        PrincipalEntry::Account { id, .. } => format!("account {id} (the whole account)"),
        PrincipalEntry::Session { account, role, session } => format!("session {session} of role {role} in {account}"),
        PrincipalEntry::Identity(text)
        | PrincipalEntry::FederatedUser(text)
        | PrincipalEntry::Service(text)
        | PrincipalEntry::Federated(text)
        | PrincipalEntry::Nobody(text) => text.to_string(),
        PrincipalEntry::DeletedId(text) => format!("{text} (deleted)"),
    }
}

/// A whole condition block.
pub(crate) fn conditions(conditions: &[Condition]) -> String {
    let short: Listed = |items| list(items.into_iter());
    conditions.iter().map(|one| condition(one, short)).collect::<Vec<_>>().join(" and ")
}

fn condition(condition: &Condition, listed: Listed) -> String {
    let values = condition.shown_values().map(str::to_owned).collect();
    let remark = condition.key.remark().map(|remark| format!(" ({remark})")).unwrap_or_default();
    format!("{} {} {}{remark}", condition.written, condition.key.written(), listed(values))
}

#[cfg(test)]
mod tests {
    use crate::policy::parse;

    fn shown(statement: &str) -> String {
        let policy = parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)).unwrap();
        super::statement(policy.statements.first().unwrap())
    }

    #[test]
    fn evidence_is_what_the_policy_says() {
        let text = shown(
            r#"{"Effect": "Allow", "Action": ["s3:GetObject", "STS:assumeROLE"], "Resource": "arn:aws:iam::1:role/${aws:UserName}",
            "Condition": {"StringEquals": {"AWS:principalorgid": "o-Ours"}}}"#,
        );
        assert_eq!(
            text,
            "Allow s3:GetObject, STS:assumeROLE on arn:aws:iam::1:role/${aws:UserName} if StringEquals AWS:principalorgid o-Ours"
        );
    }

    #[test]
    fn a_key_that_is_none_is_pointed_out() {
        let of = |key: &str| {
            shown(&format!(
                r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{"Bool": {{"{key}": "true"}}}}}}"#
            ))
        };
        assert!(
            of("aws:MultiFactorAuthPresentt").contains("it is in no request; `aws:MultiFactorAuthPresent` is meant?")
        );
        assert!(of("aws:BrandNewKey").contains("not known to rolehop"));
        assert!(!of("aws:MultiFactorAuthPresent").contains("AWS has no key"));
    }
}
