//! A statement as text that says the same however the document is laid out: what is identified by it stays the same over time.
//!
//! Owns: what is left aside, which is order, `Sid`, position, external ids, and case where IAM ignores it. INVARIANT: the text is part of
//! fingerprints, so it never changes.

use super::document::{Effect, Statement};
use super::key::KeyKind;

/// What the statements say, in any order; principals are left aside.
pub(crate) fn wording<'s>(statements: impl IntoIterator<Item = &'s Statement>) -> String {
    let mut all: Vec<String> = statements.into_iter().map(of_statement).collect();
    all.sort_unstable();
    all.dedup();
    all.join("\n")
}

fn of_statement(statement: &Statement) -> String {
    let effect = if statement.effect == Effect::Allow { "Allow" } else { "Deny" };
    let actions = statement.actions.patterns.iter().map(|pattern| pattern.as_str().to_ascii_lowercase());
    let mut parts = vec![effect.to_owned(), of_list(statement.actions.negated, actions)];
    if let Some(clause) = &statement.resources {
        parts.push(of_list(clause.negated, clause.patterns.iter().map(|pattern| pattern.as_str().to_owned())));
    }
    let mut conditions: Vec<String> = statement
        .conditions
        .iter()
        .map(|condition| {
            // an external id is not for everybody
            let shown = condition.values.iter().filter(|_| condition.key.kind() != KeyKind::ExternalId);
            let values = of_list(false, shown.map(|value| value.as_str().to_owned()));
            format!("{} {} {values}", condition.written.to_ascii_lowercase(), condition.key.lower())
        })
        .collect();
    conditions.sort_unstable();
    parts.extend(conditions);
    parts.join(" ")
}

fn of_list(negated: bool, items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.map(|item| format!("{item:?}")).collect();
    items.sort_unstable();
    items.dedup();
    format!("{}[{}]", if negated { "not " } else { "" }, items.join(","))
}

#[cfg(test)]
mod tests {
    use super::wording;
    use crate::policy::parse;

    fn of(statements: &str) -> String {
        wording(&parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap().statements)
    }

    #[test]
    fn order_case_and_sids_say_nothing_and_everything_else_does() {
        let one = r#"{"Sid": "A", "Effect": "Allow", "Action": ["s3:Get*", "sts:AssumeRole"], "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"aws:SourceVpc": ["a", "b"]}}}"#;
        let other = r#"{"Effect": "Deny", "NotAction": "iam:*", "NotResource": ["x"]}"#;
        let twin = r#"{"Effect": "Allow", "Action": ["STS:assumerole", "s3:get*"], "Resource": ["*"],
            "Condition": {"StringLike": {"AWS:sourcevpc": ["b", "a"]}, "Bool": {"aws:SecureTransport": ["true"]}}}"#;
        assert_eq!(of(&format!("{one},{other}")), of(&format!("{other},{twin}")));
        insta::assert_snapshot!(of(&format!("{one},{other}")), @r#"
        Allow ["s3:get*","sts:assumerole"] ["*"] bool aws:securetransport ["true"] stringlike aws:sourcevpc ["a","b"]
        Deny not ["iam:*"] not ["x"]
        "#);
        for (from, to) in
            [("Allow", "Deny"), ("s3:Get*", "s3:*"), ("\"Resource\"", "\"NotResource\""), ("\"b\"", "\"c\"")]
        {
            assert_ne!(of(one), of(&one.replace(from, to)), "{from}");
        }
    }
}
