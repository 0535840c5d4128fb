//! GetAccountPasswordPolicy with typed entries.
//!
//! Owns: the entries that rules read. The account file keeps the policy as AWS wrote it. Source: IAM API Reference,
//! `PasswordPolicy`.
//! INVARIANT: an entry that is absent is unknown, except for the two numbers that AWS leaves out where they are not set.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The password policy of an account, where it has one of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PasswordPolicy {
    /// Characters of a password, at least.
    pub minimum_password_length: Option<u32>,
    /// Whether a password must have a symbol.
    pub require_symbols: Option<bool>,
    /// Whether a password must have a digit.
    pub require_numbers: Option<bool>,
    /// Whether a password must have an uppercase letter.
    pub require_uppercase_characters: Option<bool>,
    /// Whether a password must have a lowercase letter.
    pub require_lowercase_characters: Option<bool>,
    /// Whether passwords expire.
    pub expire_passwords: Option<bool>,
    /// Days after which a password expires; absent if it does not.
    pub max_password_age: Option<u32>,
    /// Former passwords that cannot be used again; absent if all can.
    pub password_reuse_prevention: Option<u32>,
}

impl PasswordPolicy {
    /// Reads the policy of an account file; `None` if it is no such policy.
    #[must_use]
    pub fn read(raw: &RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_cannot_be_read_is_none() {
        let read = |text: &str| PasswordPolicy::read(&RawValue::from_string(text.to_owned()).unwrap());
        let known = read(r#"{"MinimumPasswordLength": 14, "RequireSymbols": true, "HardExpiry": false}"#).unwrap();
        assert_eq!((known.minimum_password_length, known.require_symbols), (Some(14), Some(true)));
        assert_eq!((known.require_numbers, known.password_reuse_prevention), (None, None));
        assert_eq!(read(r#"{"MinimumPasswordLength": "14"}"#), None);
        assert_eq!(read("[]").and_then(|policy| policy.minimum_password_length), None);
    }
}
