//! Session tags from attributes of people.
//!
//! Owns: which value of the identity store each source names. Values that only the identity provider, or Active Directory, has
//! are unknown.
//! Source: IAM Identity Center User Guide, "Attributes for access control", "Attribute mappings between IAM Identity Center and
//! External Identity Providers directory".

use serde_json::Value;

use super::person::TagValue;
use crate::snapshot::identity_center::{AccessControlAttribute, User};

const ENTERPRISE: &str = "aws:identitystore:enterprise";

/// True where the identity store was asked for the enterprise attributes, and has some: who has none there has none.
pub(in crate::model) fn lists_enterprise(users: &[User]) -> bool {
    users.iter().filter_map(|user| user.extensions.as_ref()).any(|of_user| of_user.contains_key(ENTERPRISE))
}

/// The tags of a person's sessions, in order of key, where the instance has this configuration; `enterprise` as
/// [`lists_enterprise`] says.
pub(in crate::model) fn tags_of(
    configured: &[AccessControlAttribute],
    user: &User,
    enterprise: bool,
) -> Box<[(Box<str>, TagValue)]> {
    let mut tags: Vec<(Box<str>, TagValue)> = configured
        .iter()
        .map(|attribute| {
            let value = match attribute.value.source.as_slice() {
                [only] => value_of(only, user, enterprise),
                // which of several counts is not documented
                _ => TagValue::Unknown,
            };
            (attribute.key.as_str().into(), value)
        })
        .collect();
    tags.sort();
    tags.into()
}

/// `${path:userName}` and its like.
fn value_of(source: &str, user: &User, enterprise: bool) -> TagValue {
    let Some(path) = source.strip_prefix("${path:").and_then(|rest| rest.strip_suffix('}')) else {
        // text as it stands; `${dir:…}` is an attribute of Active Directory
        return if source.contains("${") { TagValue::Unknown } else { TagValue::Value(source.into()) };
    };
    let name = user.name.as_ref();
    let of = |value: Option<&String>| match value {
        Some(value) => TagValue::Value(value.as_str().into()),
        None => TagValue::Absent,
    };
    match path.to_ascii_lowercase().as_str() {
        "username" => of(user.user_name.as_ref()),
        "displayname" => of(user.display_name.as_ref()),
        "name.formatted" => of(name.and_then(|name| name.formatted.as_ref())),
        "name.familyname" => of(name.and_then(|name| name.family_name.as_ref())),
        "name.givenname" => of(name.and_then(|name| name.given_name.as_ref())),
        "usertype" => of(user.user_type.as_ref()),
        "title" => of(user.title.as_ref()),
        "preferredlanguage" => of(user.preferred_language.as_ref()),
        "locale" => of(user.locale.as_ref()),
        "timezone" => of(user.timezone.as_ref()),
        "nickname" => of(user.nick_name.as_ref()),
        "emails[primary eq true].value" => primary_email(user),
        path if enterprise && path.starts_with("enterprise.") => {
            let attributes = user.extensions.as_ref().and_then(|of_user| of_user.get(ENTERPRISE));
            match attributes.and_then(|of_user| at(of_user, path.trim_start_matches("enterprise."))) {
                Some(Value::String(text)) if !text.is_empty() => TagValue::Value(text.as_str().into()),
                Some(Value::String(_) | Value::Null) | None => TagValue::Absent,
                Some(_) => TagValue::Unknown,
            }
        }
        // addresses, phone numbers: ListUsers may have them, the snapshot does not
        _ => TagValue::Unknown,
    }
}

/// What is at `manager.value`; names ignore case.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |here, step| {
        here.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(step)).map(|(_, inner)| inner)
    })
}

/// Older files do not say which address is the primary one.
fn primary_email(user: &User) -> TagValue {
    let emails = user.emails.as_deref().unwrap_or_default();
    match emails.iter().find(|email| email.primary == Some(true)) {
        Some(primary) if !primary.value.is_empty() => TagValue::Value(primary.value.as_str().into()),
        None if emails.iter().any(|email| email.primary.is_none()) => TagValue::Unknown,
        _ => TagValue::Absent,
    }
}

/// The primary address, or the only one.
pub(in crate::model) fn email(user: &User) -> Option<&str> {
    let emails = user.emails.as_deref().unwrap_or_default();
    let primary = emails.iter().find(|email| email.primary == Some(true));
    let found = primary.or(if let [only] = emails { Some(only) } else { None })?;
    Some(found.value.as_str()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::snapshot::identity_center::Email;

    #[test]
    fn sources_that_the_identity_store_lists_are_values_and_others_are_unknown() {
        let user = User {
            user_name: Some("ada".to_owned()),
            emails: Some(vec![Email { value: "a@b.c".into(), primary: Some(true) }]),
            ..User::default()
        };
        let value = |source| value_of(source, &user, false);
        assert_eq!(value("${path:userName}"), TagValue::Value("ada".into()));
        assert_eq!(value("${path:emails[primary eq true].value}"), TagValue::Value("a@b.c".into()));
        assert_eq!(value("${path:title}"), TagValue::Absent);
        assert_eq!(value("${path:enterprise.costCenter}"), TagValue::Unknown);
        assert_eq!(value("${dir:department}"), TagValue::Unknown);
        assert_eq!(value("blue"), TagValue::Value("blue".into()));
    }

    #[test]
    fn which_address_is_the_primary_one_must_be_said() {
        let primary = |flags: &[Option<bool>]| {
            let emails = flags.iter().map(|primary| Email { value: "a@b.c".into(), primary: *primary }).collect();
            let user = User { emails: Some(emails), ..User::default() };
            value_of("${path:emails[primary eq true].value}", &user, false)
        };
        let address = TagValue::Value("a@b.c".into());
        assert_eq!([primary(&[Some(false), Some(true)]), primary(&[None, Some(true)])], [address.clone(), address]);
        assert_eq!([primary(&[None]), primary(&[Some(false), None])], [TagValue::Unknown, TagValue::Unknown]);
        assert_eq!([primary(&[Some(false)]), primary(&[])], [TagValue::Absent, TagValue::Absent]);
    }

    #[test]
    fn enterprise_attributes_are_values_where_the_identity_store_lists_them() {
        let extension = |of_user: Value| Some([(ENTERPRISE.to_owned(), of_user)].into());
        let with = json!({"costCenter": "c1", "manager": {"value": "eve"}});
        let users = [User { extensions: extension(with), ..User::default() }, User::default()];
        assert!(lists_enterprise(&users) && !lists_enterprise(&users[1..]));
        let value = |source, at: usize| value_of(source, &users[at], true);
        assert_eq!(value("${path:enterprise.costCenter}", 0), TagValue::Value("c1".into()));
        assert_eq!(value("${path:enterprise.manager.value}", 0), TagValue::Value("eve".into()));
        assert_eq!(value("${path:enterprise.department}", 0), TagValue::Absent);
        assert_eq!(value("${path:enterprise.costCenter}", 1), TagValue::Absent);
    }
}
