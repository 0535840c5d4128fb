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
        Some(arn) => {
            format!("{}/{}", named(arn.account).unwrap_or_else(|| arn.account.to_owned()), within(arn.resource))
        }
        None if text == "*" => "* (anybody)".to_owned(),
        None => text.to_owned(),
    }
}

/// The resource of an ARN as people read it: without the path that every role of Identity Center has, and that only says so again.
#[must_use]
pub fn within(resource: &str) -> Cow<'_, str> {
    match resource.strip_prefix("role/aws-reserved/sso.amazonaws.com/").and_then(|rest| rest.rsplit('/').next()) {
        Some(name) => Cow::Owned(format!("role/{name}")),
        None => Cow::Borrowed(resource),
    }
}

/// `name (account)/kind/name` of what is judged.
pub(super) fn subject(f: &Finding) -> String {
    let account =
        if f.account_name.is_empty() { f.account.to_string() } else { format!("{} ({})", f.account_name, f.account) };
    escape(&format!("{account} {}", within(f.resource()))).into_owned()
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
pub(crate) fn some(items: &[String]) -> String {
    let shown = items.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
    if items.len() > 8 { format!("{shown} and {} more", number(items.len() - 8)) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_of_identity_center_is_shown_without_its_path() {
        let arn = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef";
        let names = Names::from([("111122223333".to_owned(), "prod".to_owned())]);
        assert_eq!(short(arn, &names), "prod/role/AWSReservedSSO_Admin_0123456789abcdef");
        assert_eq!(within("role/team/app"), "role/team/app");
    }

    #[test]
    fn thousands_are_set_apart() {
        let shown = [0, 7, 999, 1_000, 24_750, 1_234_567].map(number);
        assert_eq!(shown, ["0", "7", "999", "1,000", "24,750", "1,234,567"]);
        assert_eq!((plural(1, "role"), plural(1_200, "role")), ("1 role".to_owned(), "1,200 roles".to_owned()));
    }
}
