//! Names and counts in text that people read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::arn::Arn;
use crate::finding::Finding;
use crate::report::escape::escape;

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
        Some(arn) => format!("{}/{}", named(arn.account).unwrap_or_else(|| arn.account.to_owned()), resource(&arn)),
        None if text == "*" => "* (anybody)".to_owned(),
        None => text.to_owned(),
    }
}

/// Roles of Identity Center are known by their names: all of them are below one path.
fn resource<'a>(arn: &Arn<'a>) -> Cow<'a, str> {
    match arn.resource.strip_prefix("role/aws-reserved/sso.amazonaws.com/") {
        Some(rest) => format!("role/{}", rest.rsplit('/').next().unwrap_or(rest)).into(),
        None => arn.resource.into(),
    }
}

/// `name (account)/kind/name` of what is judged.
pub(super) fn subject(f: &Finding) -> String {
    let account =
        if f.account_name.is_empty() { f.account.to_string() } else { format!("{} ({})", f.account_name, f.account) };
    escape(&format!("{account} {}", f.resource())).into_owned()
}

/// `1 role`, `1,200 roles`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

/// With a comma between thousands.
#[must_use]
pub fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// At most eight of them, and how many more there are.
pub(super) fn some(items: &[String]) -> String {
    let shown = items.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
    if items.len() > 8 { format!("{shown} and {} more", items.len() - 8) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let shown = [0, 7, 999, 1_000, 24_750, 1_234_567].map(number);
        assert_eq!(shown, ["0", "7", "999", "1,000", "24,750", "1,234,567"]);
        assert_eq!((plural(1, "role"), plural(1_200, "role")), ("1 role".to_owned(), "1,200 roles".to_owned()));
    }
}
