//! Access to the values of a snapshot's files.

use serde_json::Value;

/// The text under a key of an object.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// True for a policy that AWS owns.
pub(crate) fn is_aws_managed(policy_arn: &str) -> bool {
    policy_arn.split(':').nth(4) == Some("aws")
}
