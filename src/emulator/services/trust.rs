//! The external id of a trust policy.
//!
//! Owns: whether some statement that allows AssumeRole is content with an external id. Everything else in the policy, whom it trusts
//! included, is taken as satisfied. Source: IAM User Guide, "Access to AWS accounts owned by third parties".

use serde_json::Value;

use crate::emulator::protocol::document::document_text;
use crate::wildcard;

/// Whether the role's trust policy is content with this external id.
pub(crate) fn admits(role: &Value, given: Option<&str>) -> bool {
    let document = role.get("AssumeRolePolicyDocument").map(document_text).unwrap_or_default();
    let Ok(policy) = serde_json::from_str::<Value>(&document) else { return false };
    let matches = |effect: &str| {
        let of_effect = |statement: &&Value| statement.get("Effect").and_then(Value::as_str) == Some(effect);
        let mut statements = list(policy.get("Statement")).filter(of_effect);
        statements.any(|statement| is_about_assume_role(statement) && is_met(statement, given, effect == "Allow"))
    };
    matches("Allow") && !matches("Deny")
}

/// One value, or those of a list.
fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Some(Value::Array(values)) => (values.as_slice(), None),
        one => (&[][..], one),
    };
    many.iter().chain(one)
}

fn is_about_assume_role(statement: &Value) -> bool {
    let mut actions = list(statement.get("Action")).filter_map(Value::as_str);
    actions.any(|action| ["sts:assumerole", "sts:*", "*"].contains(&action.to_ascii_lowercase().as_str()))
}

/// Whether the conditions on the external id are met; `none` is the answer of a statement without any.
fn is_met(statement: &Value, given: Option<&str>, none: bool) -> bool {
    let conditions = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    let on_id = conditions.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        let own = keys.filter(|(key, _)| key.eq_ignore_ascii_case("sts:ExternalId"));
        own.map(move |(_, wanted)| (operator.as_str(), wanted))
    });
    let mut met = on_id.map(|(operator, wanted)| holds(operator, wanted, given)).peekable();
    if met.peek().is_none() { none } else { met.all(|met| met) }
}

fn holds(operator: &str, wanted: &Value, given: Option<&str>) -> bool {
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let any = |test: &dyn Fn(&str, &str) -> bool| match given {
        Some(given) => list(Some(wanted)).filter_map(Value::as_str).any(|wanted| test(wanted, given)),
        None => if_exists,
    };
    match operator {
        "StringEquals" => any(&|wanted, given| wanted == given),
        "StringEqualsIgnoreCase" => any(&|wanted, given| wanted.eq_ignore_ascii_case(given)),
        "StringLike" => any(&wildcard::matches),
        // an absent key satisfies a negated test
        "StringNotEquals" => given.is_none() || !any(&|wanted, given| wanted == given),
        "StringNotLike" => given.is_none() || !any(&wildcard::matches),
        "Null" => {
            list(Some(wanted)).any(|wanted| (wanted == "true" || wanted == &Value::Bool(true)) == given.is_none())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn role(conditions: Value) -> Value {
        let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": conditions});
        json!({"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}})
    }

    #[test]
    fn a_trust_policy_wants_its_external_id_and_nothing_else() {
        let none = role(json!({}));
        assert!(admits(&none, None) && admits(&none, Some("any")));
        let one = role(json!({"StringEquals": {"sts:ExternalId": "right"}, "Bool": {"aws:SecureTransport": "true"}}));
        assert!(admits(&one, Some("right")) && !admits(&one, Some("wrong")) && !admits(&one, None));
        let like = role(json!({"StringLike": {"sts:externalid": ["a-*", "b?"]}}));
        assert!(admits(&like, Some("a-1")) && admits(&like, Some("b2")) && !admits(&like, Some("b")));
        let text = json!({"AssumeRolePolicyDocument": one["AssumeRolePolicyDocument"].to_string()});
        assert!(admits(&text, Some("right")) && !admits(&text, Some("wrong")), "as text");
    }

    #[test]
    fn a_deny_counts_if_it_is_about_the_external_id() {
        let policy = json!({"Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Action": "sts:*", "Condition": {"StringNotEquals": {"sts:ExternalId": "right"}}},
            {"Effect": "Deny", "Action": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
        ]});
        let role = json!({"AssumeRolePolicyDocument": policy});
        assert!(admits(&role, Some("right")) && !admits(&role, Some("wrong")) && !admits(&role, None));
    }
}
