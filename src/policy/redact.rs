//! Policies without the external ids that they ask for.
//!
//! Owns: what is hidden, and that equal ids stay equal. A caller chooses the external id, so that no answer depends on which it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Policy, Statement};
use super::key::KeyKind;
use super::operator::Base;
use super::text::Text;

/// External ids that were hidden, each with what is shown of it.
#[derive(Clone, Debug, Default)]
pub struct Redacted(BTreeMap<String, Text>);

impl Redacted {
    /// Replaces the external ids of a policy.
    pub fn redact(&mut self, policy: &mut Policy) {
        policy.statements.iter_mut().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &mut Statement) {
        if !statement.conditions.iter().any(|condition| condition.key.kind() == KeyKind::ExternalId) {
            return;
        }
        for condition in &mut Arc::make_mut(&mut statement.terms).conditions {
            let compares = condition.key.kind() == KeyKind::ExternalId && condition.operator.base != Base::Null;
            // a pattern that any id fits says nothing of one
            for value in condition.values.iter_mut().filter(|value| compares && value.as_str() != "*") {
                let next = self.0.len() + 1;
                let shown = self.0.entry(value.as_str().to_owned());
                *value = shown.or_insert_with(|| Text::new(&format!("redacted-{next}"), false)).clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;

    #[test]
    fn ids_are_hidden_and_equal_ones_stay_equal() {
        let policy = |condition: &str| {
            let text = format!(
                r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
                "Condition": {condition}}}]}}"#
            );
            parse(&text).unwrap()
        };
        let mut redacted = Redacted::default();
        let mut shown = |condition: &str| {
            let mut policy = policy(condition);
            redacted.redact(&mut policy);
            let conditions = &policy.statements.first().unwrap().conditions;
            let values = conditions.iter().flat_map(|condition| &condition.values);
            values.map(|value| value.as_str().to_owned()).collect::<Vec<_>>()
        };
        let ids = r#"{"StringEquals": {"sts:ExternalId": ["one", "two"], "aws:PrincipalOrgID": "o-1"}}"#;
        assert_eq!(shown(ids), ["redacted-1", "redacted-2", "o-1"]);
        assert_eq!(shown(r#"{"StringLike": {"STS:externalid": "two"}}"#), ["redacted-2"]);
        assert_eq!(shown(r#"{"StringLike": {"sts:ExternalId": "*"}}"#), ["*"]);
        assert_eq!(shown(r#"{"Null": {"sts:ExternalId": "false"}}"#), ["false"]);
    }
}
