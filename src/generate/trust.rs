//! Trust policies.
//!
//! Owns: how principals, actions and conditions become one document. Does not know which role trusts whom (`baseline`, `team`).

use super::template::{filled, strings};

const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":@principal@,"Action":@actions@@condition@}]}"#;

/// A trust policy of one statement.
pub(super) struct Trust {
    principal: String,
    actions: Vec<&'static str>,
    tests: Vec<Test>,
}

struct Test {
    operator: &'static str,
    key: &'static str,
    value: String,
}

impl Trust {
    /// Of these principals, which call AssumeRole.
    pub(super) fn of_arns(arns: &[String]) -> Self {
        let value = match arns {
            [one] => format!("\"{one}\""),
            many => strings(many),
        };
        Self::new(format!("{{\"AWS\":{value}}}"), "sts:AssumeRole")
    }

    /// Of an AWS service.
    pub(super) fn of_service(service: &str) -> Self {
        Self::new(format!("{{\"Service\":\"{service}.amazonaws.com\"}}"), "sts:AssumeRole")
    }

    /// Of an identity provider, with the call that its kind has.
    pub(super) fn of_provider(arn: &str, action: &'static str) -> Self {
        Self::new(format!("{{\"Federated\":\"{arn}\"}}"), action)
    }

    /// Of everybody: a condition decides.
    pub(super) fn of_anybody() -> Self {
        Self::new(r#"{"AWS":"*"}"#.to_owned(), "sts:AssumeRole")
    }

    fn new(principal: String, action: &'static str) -> Self {
        Self { principal, actions: vec![action], tests: Vec::new() }
    }

    /// The call may carry this as well.
    pub(super) fn opening(mut self, action: &'static str) -> Self {
        if !self.actions.contains(&action) {
            self.actions.push(action);
        }
        self
    }

    /// Under a condition, beside those that are there.
    pub(super) fn when(mut self, operator: &'static str, key: &'static str, value: impl Into<String>) -> Self {
        self.tests.push(Test { operator, key, value: value.into() });
        self
    }

    /// The document.
    pub(super) fn text(&self) -> String {
        let actions = match self.actions.as_slice() {
            [one] => format!("\"{one}\""),
            many => strings(many),
        };
        let condition = self.condition();
        filled(DOCUMENT, &[("principal", &self.principal), ("actions", &actions), ("condition", &condition)])
    }

    /// One block: an operator stands in it once, with all its keys.
    fn condition(&self) -> String {
        let mut operators: Vec<&str> = Vec::new();
        for test in &self.tests {
            if !operators.contains(&test.operator) {
                operators.push(test.operator);
            }
        }
        let of = |operator: &&str| {
            let own = self.tests.iter().filter(|test| test.operator == *operator);
            let keys: Vec<String> = own.map(|test| format!("\"{}\":\"{}\"", test.key, test.value)).collect();
            format!("\"{operator}\":{{{}}}", keys.join(","))
        };
        let blocks: Vec<String> = operators.iter().map(of).collect();
        if blocks.is_empty() { String::new() } else { format!(",\"Condition\":{{{}}}", blocks.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_stands_once_with_all_its_keys() {
        let trust = Trust::of_arns(&["a".to_owned()])
            .opening("sts:TagSession")
            .when("StringEquals", "sts:ExternalId", "1")
            .when("Bool", "aws:MultiFactorAuthPresent", "true")
            .when("StringEquals", "aws:PrincipalTag/team", "search");
        assert_eq!(
            trust.text(),
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"a"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:ExternalId":"1","aws:PrincipalTag/team":"search"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#
        );
    }
}
