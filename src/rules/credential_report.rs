//! Rows of credential reports, as rules read them.
//!
//! Owns: names of columns and what their values mean. A column that is not there is `None`, never a no.
//! Source: AWS IAM User Guide, "Getting credential reports for your AWS account".

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ids::AccountIx;
use crate::model::Estate;
use crate::snapshot::dates;

/// How the report calls the root user.
const ROOT_USER: &str = "<root_account>";

/// One user's row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    columns: &'a BTreeMap<String, String>,
}

/// What a row says of one of a user's two access keys.
pub(super) struct AccessKey {
    /// `1` or `2`.
    pub(super) slot: &'static str,
    pub(super) active: bool,
    /// Not known where the report does not say, or says no date.
    pub(super) last_rotated: Option<Timestamp>,
}

impl<'a> Row<'a> {
    /// Rows of an account's report but the root user's; none where it was not read.
    pub(super) fn of_users(estate: &'a Estate, account: AccountIx) -> impl Iterator<Item = Self> {
        rows(estate, account).filter(|row| !row.is_root())
    }

    /// The root user's row, where the report was read and has one.
    pub(super) fn of_root(estate: &'a Estate, account: AccountIx) -> Option<Self> {
        rows(estate, account).find(Self::is_root)
    }

    fn column(&self, name: &str) -> Option<&'a str> {
        self.columns.get(name).map(String::as_str)
    }

    fn is_root(&self) -> bool {
        self.column("user") == Some(ROOT_USER)
    }

    /// Whether the column says `true`, in whatever case; false for any other value.
    fn says(&self, column: &str) -> Option<bool> {
        self.column(column).map(|value| value.eq_ignore_ascii_case("true"))
    }

    /// As [`Row::says`]; `None` also for a value that is neither `true` nor `false`.
    fn says_clearly(&self, column: &str) -> Option<bool> {
        self.says(column).filter(|yes| *yes || self.column(column).is_some_and(|v| v.eq_ignore_ascii_case("false")))
    }

    /// Whether the user has a password for the console.
    pub(super) fn has_password(&self) -> Option<bool> {
        self.says("password_enabled")
    }

    /// Whether the user has an MFA device.
    pub(super) fn has_mfa(&self) -> Option<bool> {
        self.says_clearly("mfa_active")
    }

    /// The access keys of the user; `None` where the report has no such columns.
    pub(super) fn access_keys(&self) -> Option<[AccessKey; 2]> {
        self.column("access_key_1_active")?;
        Some(["1", "2"].map(|slot| AccessKey {
            slot,
            active: self.says(&format!("access_key_{slot}_active")) == Some(true),
            last_rotated: self.column(&format!("access_key_{slot}_last_rotated")).and_then(dates::read),
        }))
    }

    /// True where the report says that one of the access keys is active.
    pub(super) fn has_active_key(&self) -> bool {
        ["access_key_1_active", "access_key_2_active"].iter().any(|column| self.says(column) == Some(true))
    }

    /// ARN of the user.
    pub(super) fn arn(&self, estate: &Estate, account: AccountIx) -> String {
        self.column("arn").filter(|arn| !arn.is_empty()).map_or_else(
            || {
                let account = estate.account(account);
                let user = self.column("user").unwrap_or_default();
                format!("arn:{}:iam::{}:user/{user}", account.partition(), account.id())
            },
            str::to_owned,
        )
    }
}

fn rows(estate: &Estate, account: AccountIx) -> impl Iterator<Item = Row<'_>> {
    let report = estate.account(account).facts().credential_report.iter().flatten();
    report.map(|columns| Row { columns })
}
