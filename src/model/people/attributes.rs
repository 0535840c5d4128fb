//! Session tags from attributes of people.
//!
//! Owns: which value of the identity store each source names. Values that only the identity provider, or Active Directory, has
//! are unknown.
//! Source: IAM Identity Center User Guide, "Attributes for access control", "Attribute mappings between IAM Identity Center and
//! External Identity Providers directory".

use super::person::TagValue;
use crate::snapshot::identity_center::{AccessControlAttribute, User};

/// The tags of a person's sessions, in order of key, where the instance has this configuration.
pub(in crate::model) fn tags_of(configured: &[AccessControlAttribute], user: &User) -> Box<[(Box<str>, TagValue)]> {
    let mut tags: Vec<(Box<str>, TagValue)> = configured
        .iter()
        .map(|attribute| {
            let value = match attribute.value.source.as_slice() {
                [only] => value_of(only, user),
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
fn value_of(source: &str, user: &User) -> TagValue {
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
        "emails[primary eq true].value" => match email(user) {
            Some(email) => TagValue::Value(email.into()),
            None => TagValue::Absent,
        },
        // enterprise.department, addresses, phone numbers: ListUsers may have them, the snapshot does not
        _ => TagValue::Unknown,
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
    use super::*;

    #[test]
    fn sources_that_the_identity_store_lists_are_values_and_others_are_unknown() {
        let user = User {
            user_name: Some("ada".to_owned()),
            emails: Some(vec![crate::snapshot::identity_center::Email { value: "a@b.c".into(), primary: None }]),
            ..User::default()
        };
        let value = |source| value_of(source, &user);
        assert_eq!(value("${path:userName}"), TagValue::Value("ada".into()));
        assert_eq!(value("${path:emails[primary eq true].value}"), TagValue::Value("a@b.c".into()));
        assert_eq!(value("${path:title}"), TagValue::Absent);
        assert_eq!(value("${path:enterprise.costCenter}"), TagValue::Unknown);
        assert_eq!(value("${dir:department}"), TagValue::Unknown);
        assert_eq!(value("blue"), TagValue::Value("blue".into()));
    }
}
