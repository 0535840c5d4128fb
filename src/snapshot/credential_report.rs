//! The credential report with typed cells.
//!
//! Owns: AWS's columns, and the words that mean "no value" in a cell. The account file keeps the report as AWS wrote
//! it, including columns that are unknown here. Source: IAM User Guide, "Getting credential reports".
//! INVARIANT: a column that the report does not have is never read as `false` or as a date.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::dates;

/// The `user` of the root user's row.
pub const ROOT_USER: &str = "<root_account>";

/// A row as the account file has it: cells by column name.
pub type RawRow = BTreeMap<String, String>;

/// A cell of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cell<T> {
    /// The cell has a value.
    Value(T),
    /// `N/A`: there is no such credential, or it was never used.
    NotApplicable,
    /// `not_supported`: the column does not exist for this user, such as the root user's password.
    NotSupported,
    /// `no_information`: it was not recorded.
    NoInformation,
    /// Any other text.
    Unreadable,
    /// The report does not have the column.
    #[default]
    Absent,
}

/// A row of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialRow {
    /// The user's name, or [`ROOT_USER`]; empty if the report does not have it.
    pub user: Box<str>,
    /// The user's ARN; empty if the report does not have it.
    pub arn: Box<str>,
    /// When the user was created.
    pub created: Cell<Timestamp>,
    /// The password for the console.
    pub password: Password,
    /// Whether the user has an MFA device.
    pub mfa_active: Cell<bool>,
    /// Access keys 1 and 2.
    pub access_keys: [AccessKeyCells; 2],
    /// The services that they were last used for: `N/A` if none, empty if the report does not say.
    pub access_key_services: [Box<str>; 2],
    /// Signing certificates 1 and 2.
    pub certificates: [CertificateCells; 2],
}

/// The columns `password_…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Password {
    /// Whether there is one.
    pub enabled: Cell<bool>,
    /// When it was last used.
    pub last_used: Cell<Timestamp>,
    /// When it was last changed.
    pub last_changed: Cell<Timestamp>,
    /// When it has to be changed.
    pub next_rotation: Cell<Timestamp>,
}

/// The columns `access_key_N_…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccessKeyCells {
    /// Whether the key exists and is active.
    pub active: Cell<bool>,
    /// When it was created or last rotated.
    pub last_rotated: Cell<Timestamp>,
    /// When it was last used.
    pub last_used: Cell<Timestamp>,
}

/// The columns `cert_N_…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CertificateCells {
    /// Whether the certificate exists and is active.
    pub active: Cell<bool>,
    /// When it was created or last rotated.
    pub last_rotated: Cell<Timestamp>,
}

/// The report of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialReport {
    rows: Vec<CredentialRow>,
}

impl<T> Cell<T> {
    fn read(cell: Option<&String>, parse: impl FnOnce(&str) -> Option<T>) -> Self {
        let Some(text) = cell else { return Self::Absent };
        match parse(text) {
            Some(value) => Self::Value(value),
            None if text.eq_ignore_ascii_case("N/A") => Self::NotApplicable,
            None if text.eq_ignore_ascii_case("not_supported") => Self::NotSupported,
            None if text.eq_ignore_ascii_case("no_information") => Self::NoInformation,
            None => Self::Unreadable,
        }
    }

    /// The value, if the cell has one.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

impl Cell<bool> {
    /// True if the cell holds `true`.
    #[must_use]
    pub fn is_true(self) -> bool {
        self == Self::Value(true)
    }
}

impl CredentialRow {
    fn read(row: &RawRow) -> Self {
        let text = |column: &str| row.get(column).map(String::as_str).unwrap_or_default().into();
        let flag = |column: &str| Cell::read(row.get(column), parse_flag);
        let date = |column: &str| Cell::read(row.get(column), dates::read);
        let access_key = |slot: u8| AccessKeyCells {
            active: flag(&format!("access_key_{slot}_active")),
            last_rotated: date(&format!("access_key_{slot}_last_rotated")),
            last_used: date(&format!("access_key_{slot}_last_used_date")),
        };
        let certificate = |slot: u8| CertificateCells {
            active: flag(&format!("cert_{slot}_active")),
            last_rotated: date(&format!("cert_{slot}_last_rotated")),
        };
        Self {
            user: text("user"),
            arn: text("arn"),
            created: date("user_creation_time"),
            password: Password {
                enabled: flag("password_enabled"),
                last_used: date("password_last_used"),
                last_changed: date("password_last_changed"),
                next_rotation: date("password_next_rotation"),
            },
            mfa_active: flag("mfa_active"),
            access_keys: [access_key(1), access_key(2)],
            access_key_services: [text("access_key_1_last_used_service"), text("access_key_2_last_used_service")],
            certificates: [certificate(1), certificate(2)],
        }
    }

    /// Whether this is the root user's row.
    #[must_use]
    pub fn is_root(&self) -> bool {
        &*self.user == ROOT_USER
    }

    /// True if one of the access keys is active.
    #[must_use]
    pub fn has_active_access_key(&self) -> bool {
        self.access_keys.iter().any(|key| key.active.is_true())
    }
}

impl CredentialReport {
    /// Reads the rows of an account file.
    #[must_use]
    pub fn read(rows: &[RawRow]) -> Self {
        Self { rows: rows.iter().map(CredentialRow::read).collect() }
    }

    /// All rows, in the order of the report.
    #[must_use]
    pub fn rows(&self) -> &[CredentialRow] {
        &self.rows
    }

    /// The root user's row.
    #[must_use]
    pub fn root(&self) -> Option<&CredentialRow> {
        self.rows.iter().find(|row| row.is_root())
    }

    /// The rows of IAM users.
    pub fn users(&self) -> impl Iterator<Item = &CredentialRow> {
        self.rows.iter().filter(|row| !row.is_root())
    }
}

fn parse_flag(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_without_a_value_says_why() {
        let cells = [
            ("user", "ann"),
            ("password_enabled", "TRUE"),
            ("password_last_used", "no_information"),
            ("password_last_changed", "2026-01-02T03:04:05+00:00"),
            ("password_next_rotation", "not_supported"),
            ("access_key_1_active", "yes"),
            ("access_key_1_last_rotated", "N/A"),
        ];
        let row = cells.map(|(column, text)| (column.to_owned(), text.to_owned())).into();
        let report = CredentialReport::read(&[row]);
        let row = report.users().next().unwrap();
        assert!(row.password.enabled.is_true());
        assert_eq!(row.password.last_used, Cell::NoInformation);
        assert_eq!(row.password.last_changed.value(), "2026-01-02T03:04:05Z".parse().ok());
        assert_eq!(row.password.next_rotation, Cell::NotSupported);
        assert_eq!(row.access_keys[0].active, Cell::Unreadable);
        assert_eq!(row.access_keys[0].last_rotated, Cell::NotApplicable);
        assert_eq!(row.mfa_active, Cell::Absent);
        assert_eq!(report.root(), None);
    }
}
