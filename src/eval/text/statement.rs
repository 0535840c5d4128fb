//! Statements and condition blocks in words, as the policy has them.

use super::list::list;
use crate::policy::condition::Condition;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Statement};

/// A statement in one line: effect, action, resource or principal, conditions.
#[must_use]
pub fn statement(statement: &Statement) -> String {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let not = if statement.actions.negated { "all but " } else { "" };
    let mut text = format!("{effect} {not}{}", list(statement.actions.patterns.iter().map(|p| p.as_str().to_owned())));
    if let Some(clause) = &statement.resources {
        let not = if clause.negated { "all but " } else { "" };
        text.push_str(&format!(" on {not}{}", list(clause.patterns.iter().map(|p| p.as_str().to_owned()))));
    }
    if let Some(clause) = &statement.principal {
        let not = if clause.negated { "all but " } else { "" };
        text.push_str(&format!(" for {not}{}", list(clause.entries.iter().map(principal))));
    }
    if !statement.conditions.is_empty() {
        text.push_str(&format!(" if {}", conditions(&statement.conditions)));
    }
    text
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
    conditions.iter().map(condition).collect::<Vec<_>>().join(" and ")
}

fn condition(condition: &Condition) -> String {
    let values = condition.values.iter().map(|v| v.as_str().to_owned());
    let remark = condition.key.remark().map(|remark| format!(" ({remark})")).unwrap_or_default();
    format!("{} {} {}{remark}", condition.written, condition.key.written(), list(values))
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
