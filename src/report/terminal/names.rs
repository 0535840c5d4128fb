//! Names and counts in text that people read.

use std::collections::BTreeMap;

/// Names of accounts by id.
pub type Names = BTreeMap<String, String>;

/// `account/kind/name` of an ARN, account and name of an id, anything else as it is.
#[must_use]
pub fn short(text: &str, names: &Names) -> String {
    let named = |id: &str| names.get(id).filter(|n| !n.is_empty()).cloned();
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return named(text).map_or_else(|| format!("account {text}"), |name| format!("{name} ({text})"));
    }
    let mut parts = text.splitn(6, ':');
    match (parts.next(), parts.nth(3), parts.next()) {
        (Some("arn"), Some(account), Some(resource)) => {
            let owner = named(account).unwrap_or_else(|| account.to_owned());
            format!("{owner}/{resource}")
        }
        _ if text == "*" => "* (anybody)".to_owned(),
        _ => text.to_owned(),
    }
}

/// `1 role`, `2 roles`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
