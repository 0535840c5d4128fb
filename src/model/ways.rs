//! The ways in which a user can sign requests today, according to the account's credential data.
//!
//! Owns: the mapping from the credential report, or the lists of access keys and MFA devices, to ways.
//! INVARIANT: what the data do not exclude is possible; a user without any way counts as one with all, because the next
//! key or password creates one.
//! Source: AWS IAM User Guide, "Get credential reports", "Configuring MFA-protected API access".

use std::collections::{BTreeSet, HashMap};

use crate::snapshot::account::AccountFile;
use crate::snapshot::credential_report::{AccessKeyCells, CredentialReport, CredentialRow};

/// What a user can sign with. An active key can also get sessions (GetSessionToken), with MFA or without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ways {
    /// Keys and sessions.
    #[default]
    All,
    /// A password alone: console sessions, with MFA or without.
    Console,
    /// A password and an MFA device, which IAM requires: sessions with MFA.
    ConsoleWithMfa,
}

/// The ways of a user, and what an answer should mention about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// The ways that count for evaluation.
    pub ways: Ways,
    /// Whether the user has an MFA device today; `None` where the data do not say.
    pub device: Option<bool>,
    /// Whether the user has a password today; `None` where the data do not say.
    pub password: Option<bool>,
    /// The data say that the user has two access keys, which is all that a user can have.
    pub two_keys: bool,
    /// The data say that the user has neither an active key nor a password today.
    pub nothing: bool,
}

/// Credentials by user name.
pub(super) struct Credentials<'a> {
    report: HashMap<&'a str, &'a CredentialRow>,
    keys: Option<BTreeSet<&'a str>>,
    /// Users with two access keys, active or not.
    full: BTreeSet<&'a str>,
    devices: Option<BTreeSet<&'a str>>,
    virtual_devices: BTreeSet<&'a str>,
}

impl<'a> Credentials<'a> {
    pub(super) fn new(file: &'a AccountFile<'_>, report: Option<&'a CredentialReport>) -> Self {
        let report = report.into_iter().flat_map(CredentialReport::users).map(|row| (&*row.arn, row)).collect();
        let active = |status: Option<&str>| status.is_none_or(|s| s.eq_ignore_ascii_case("active"));
        let keys = file
            .access_keys
            .as_ref()
            .map(|keys| keys.iter().filter(|k| active(k.status.as_deref())).map(|k| k.user_name.as_str()).collect());
        let mut seen = BTreeSet::new();
        let names = file.access_keys.iter().flatten().map(|key| key.user_name.as_str());
        let full = names.filter(|name| !seen.insert(*name)).collect();
        let devices = file.mfa_devices.as_ref();
        let devices = devices.map(|devices| devices.iter().map(|d| d.user_name.as_str()).collect());
        let users = file.virtual_mfa_devices.iter().flatten().filter_map(|d| d.user.as_ref());
        Self { report, keys, full, devices, virtual_devices: users.map(|u| &*u.arn).collect() }
    }

    pub(super) fn of(&self, arn: &str, name: &str) -> SignIn {
        let row = self.report.get(arn).copied();
        let listed = |list: &Option<BTreeSet<&str>>| list.as_ref().map(|names| names.contains(name));
        let key = listed(&self.keys).or_else(|| key_of(row?));
        let password = row.and_then(|row| row.password.enabled.value());
        let has_virtual = self.virtual_devices.contains(arn).then_some(true);
        let device = listed(&self.devices).or_else(|| row?.mfa_active.value()).or(has_virtual);
        let ways = match (key, password, device) {
            (None | Some(true), ..) | (_, Some(false), _) => Ways::All,
            (Some(false), _, Some(true)) => Ways::ConsoleWithMfa,
            (Some(false), ..) => Ways::Console,
        };
        let nothing = (key, password) == (Some(false), Some(false));
        let two_keys = self.full.contains(name) || row.is_some_and(|row| row.access_keys.iter().all(exists));
        SignIn { ways, device, password, two_keys, nothing }
    }
}

/// Whether an access key is there, active or not: AWS says when it was made or changed.
fn exists(key: &AccessKeyCells) -> bool {
    key.active.is_true() || key.last_rotated.value().is_some()
}

/// Whether a user has an active key, according to the report.
fn key_of(row: &CredentialRow) -> Option<bool> {
    let [first, second] = row.access_keys.map(|key| key.active.value());
    match (first, second) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::credential_report::RawRow;

    fn row(cells: [&str; 4]) -> SignIn {
        let columns = ["password_enabled", "mfa_active", "access_key_1_active", "access_key_2_active"];
        let mut row: RawRow = columns.into_iter().map(str::to_owned).zip(cells.map(str::to_owned)).collect();
        row.insert("arn".to_owned(), "arn".to_owned());
        let report = CredentialReport::read(&[row]);
        Credentials::new(&AccountFile::default(), Some(&report)).of("arn", "u")
    }

    #[test]
    fn only_what_the_report_rules_out_is_no_way() {
        assert_eq!(row(["false", "false", "true", "false"]).ways, Ways::All);
        assert_eq!(row(["true", "true", "false", "true"]).ways, Ways::All);
        assert_eq!(row(["true", "false", "false", "false"]).ways, Ways::Console);
        assert_eq!(row(["true", "true", "false", "false"]).ways, Ways::ConsoleWithMfa);
        assert_eq!(row(["true", "true", "N/A", "false"]).ways, Ways::All);
        let nobody = row(["false", "false", "false", "false"]);
        assert!(
            nobody.ways == Ways::All
                && nobody.nothing
                && nobody.device == Some(false)
                && nobody.password == Some(false)
        );
    }

    #[test]
    fn a_key_that_is_not_active_takes_its_place_all_the_same() {
        let with = |list: &str| {
            let text = format!("{{\"AccessKeys\": [{list}]}}");
            let file: AccountFile<'_> = serde_json::from_str(&text).unwrap();
            Credentials::new(&file, None).of("arn", "u").two_keys
        };
        let key = r#"{"UserName": "u", "AccessKeyId": "a", "Status": "Inactive"}"#;
        assert!(!with(key) && !with(""));
        assert!(with(&format!("{key}, {key}")));
        assert!(row(["true", "true", "true", "true"]).two_keys && !row(["true", "true", "true", "false"]).two_keys);
    }

    #[test]
    fn lists_of_keys_and_devices_count_too() {
        let listed = |keys: &'static [&'static str], devices: &'static [&'static str]| {
            let set = |names: &'static [&'static str]| Some(names.iter().copied().collect());
            let report = HashMap::new();
            let virtual_devices = BTreeSet::new();
            let full = BTreeSet::new();
            Credentials { report, keys: set(keys), full, devices: set(devices), virtual_devices }.of("arn", "u").ways
        };
        assert_eq!(listed(&["u"], &[]), Ways::All);
        assert_eq!(listed(&["other"], &["u"]), Ways::ConsoleWithMfa);
        assert_eq!(listed(&[], &[]), Ways::Console);
    }
}
