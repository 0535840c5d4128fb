//! The password policy of an account.
//!
//! Owns: the data set `password-policy`, in the shape that the AWS CLI prints.

use serde_json::value::{RawValue, to_raw_value};

use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::credentials::session::Session;

/// GetAccountPasswordPolicy; `None` if the account has none.
pub(crate) async fn read(session: &Session) -> Result<Option<Box<RawValue>>, CallError> {
    const OPERATION: &str = "GetAccountPasswordPolicy";
    let answer = match session.send(OPERATION, || session.iam.get_account_password_policy().send()).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        answer => answer?,
    };
    let bad = || CallError::own(OPERATION, Kind::BadAnswer, "the answer has no policy");
    let policy = answer.password_policy.ok_or_else(bad)?;
    let raw = to_raw_value(&PasswordPolicy {
        minimum_password_length: policy.minimum_password_length,
        require_symbols: policy.require_symbols,
        require_numbers: policy.require_numbers,
        require_uppercase_characters: policy.require_uppercase_characters,
        require_lowercase_characters: policy.require_lowercase_characters,
        allow_users_to_change_password: policy.allow_users_to_change_password,
        expire_passwords: policy.expire_passwords,
        max_password_age: policy.max_password_age,
        password_reuse_prevention: policy.password_reuse_prevention,
        hard_expiry: policy.hard_expiry,
    });
    raw.map(Some).map_err(|_| bad())
}

/// `PasswordPolicy` as the AWS CLI prints it.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct PasswordPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_password_length: Option<i32>,
    require_symbols: bool,
    require_numbers: bool,
    require_uppercase_characters: bool,
    require_lowercase_characters: bool,
    allow_users_to_change_password: bool,
    expire_passwords: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_password_age: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_reuse_prevention: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hard_expiry: Option<bool>,
}

/// Whether the data set may be read.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("GetAccountPasswordPolicy", session.iam.get_account_password_policy().send().await)
}
