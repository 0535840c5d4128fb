//! Policies that do not show the external ids that they ask for.
//!
//! Owns: what is hidden, and that equal ids stay equal. Values stay what they are, because answers depend on them: a caller may be
//! allowed to pass one of them alone, and a pattern fits some.

use std::sync::Arc;

use super::document::{Policy, Statement};
use super::hidden::Hidden;

/// External ids that are hidden, each with what is shown of it.
#[derive(Clone, Debug, Default)]
pub struct Redacted(Arc<Hidden>);

impl Redacted {
    /// Takes note of the external ids of a policy, which [`Redacted::hide`] hides.
    pub fn learn(&mut self, policy: &Policy) {
        for condition in policy.statements.iter().filter(|s| asks_for_id(s)).flat_map(|s| &s.conditions) {
            if condition.key.is_external_id() && condition.has_values_of_key() {
                let hidden = Arc::make_mut(&mut self.0);
                condition.values.iter().for_each(|value| hidden.add(value.as_str()));
            }
        }
    }

    /// Hides the external ids of a policy in everything that is said of it.
    pub fn hide(&self, policy: &mut Policy) {
        for statement in policy.statements.iter_mut().filter(|statement| asks_for_id(statement)) {
            for condition in &mut Arc::make_mut(&mut statement.terms).conditions {
                if condition.key.is_external_id() {
                    condition.key = condition.key.clone().hiding(Arc::clone(&self.0));
                }
            }
        }
    }
}

fn asks_for_id(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| condition.key.is_external_id())
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
            redacted.learn(&policy);
            redacted.hide(&mut policy);
            let conditions = &policy.statements.first().unwrap().conditions;
            conditions.iter().flat_map(|condition| condition.shown_values()).map(str::to_owned).collect::<Vec<_>>()
        };
        let ids = r#"{"StringEquals": {"sts:ExternalId": ["one", "two"], "aws:PrincipalOrgID": "o-1"}}"#;
        assert_eq!(shown(ids), ["redacted-1", "redacted-2", "o-1"]);
        assert_eq!(shown(r#"{"StringLike": {"STS:externalid": "two"}}"#), ["redacted-2"]);
        assert_eq!(shown(r#"{"StringLike": {"sts:ExternalId": "*"}}"#), ["*"]);
        assert_eq!(shown(r#"{"Null": {"sts:ExternalId": "false"}}"#), ["false"]);
        for slip in
            ["sts:ExternalId ", "sts:External-Id", "sts:ExternalIds", "aws:ExternalId", "ExternalID", "iam:ExternalId"]
        {
            assert_eq!(shown(&format!(r#"{{"StringEquals": {{"{slip}": "one"}}}}"#)), ["redacted-1"], "{slip}");
        }
    }

    #[test]
    fn a_value_that_no_policy_has_is_not_shown_either() {
        let mut hidden = Hidden::default();
        hidden.add("${aws:username}");
        assert_eq!((hidden.shown("${aws:username}"), hidden.shown("alice")), ("redacted-1", "redacted"));
    }
}
