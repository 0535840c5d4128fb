//! Names and counts in text that people read.

use std::collections::BTreeMap;

use crate::arn::Arn;

/// Names of accounts by id.
pub type Names = BTreeMap<String, String>;

/// `account/kind/name` of an ARN, account and name of an id, anything else as it is.
#[must_use]
pub fn short(text: &str, names: &Names) -> String {
    let named = |id: &str| names.get(id).filter(|n| !n.is_empty()).cloned();
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return named(text).map_or_else(|| format!("account {text}"), |name| format!("{name} ({text})"));
    }
    match Arn::parse(text) {
        Some(arn) => format!("{}/{}", named(arn.account).unwrap_or_else(|| arn.account.to_owned()), arn.resource),
        None if text == "*" => "* (anybody)".to_owned(),
        None => text.to_owned(),
    }
}

/// `1 role`, `2 roles`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
