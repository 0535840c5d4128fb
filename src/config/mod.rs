//! `rolehop.toml`: settings, targets, rule parameters, waivers.
//!
//! Owns: the file's shape, where it is searched for, and errors that point into it. Exactly one file is used; files are never
//! merged. Does not know what a target resolves to (`graph`) or what a rule does (`rules`). Unknown keys are errors.

mod document;
mod error;
mod keys;
mod schema;
mod waiver;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use document::{Position, Positions};
pub use error::ConfigError;
pub use keys::{Holds, KEYS, Key, keys_of};
pub use schema::schema;
pub use waiver::{Waiver, warning};

use crate::selection::{Selector, TargetSpec};
use crate::severity::Severity;

/// Name of the file that is searched for.
pub const FILE_NAME: &str = "rolehop.toml";

/// A configuration file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Version of the format: 1.
    pub version: Option<u32>,
    /// Defaults of `scan` and `collect`.
    pub scan: Scan,
    /// `[targets.NAME]`: named targets.
    pub targets: BTreeMap<String, TargetSpec>,
    /// Defaults of `check`.
    pub check: Check,
    /// Settings of single rules, by id: `severity`, `enabled`, and the parameters of the rule's card.
    pub rules: BTreeMap<String, toml::Table>,
    /// Accepted findings.
    pub waivers: Vec<Waiver>,
    /// Where it was read.
    #[serde(skip)]
    pub path: Option<PathBuf>,
    /// Where its keys stand.
    #[serde(skip)]
    pub positions: Positions,
}

/// `[scan]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scan {
    /// Name or path/name of the role to assume.
    pub role_name: Option<String>,
    /// Where to find the external id: secrets belong in the environment, not in files.
    pub external_id: Option<SecretReference>,
    /// Only these accounts of the organization.
    pub include: Vec<Selector>,
    /// Not these.
    pub exclude: Vec<Selector>,
    /// Calls in flight.
    pub concurrency: Option<usize>,
    /// Region of STS.
    pub region: Option<String>,
    /// Where snapshots are kept; `snapshots` if not given.
    pub snapshot_dir: Option<PathBuf>,
}

/// A secret by reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretReference {
    /// Environment variable that holds it.
    pub env: String,
}

/// `[check]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// Exit with 3 on open findings of this severity or worse; `high` if not given.
    pub fail_on: Option<Severity>,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// If it cannot be read, is not TOML, or has an unknown key or value: with line and nearest key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let unknown = || ConfigError::Io { path: path.to_owned(), source: std::io::ErrorKind::Other.into() };
        Self::read_whole(path).map_err(|problems| problems.into_iter().next().unwrap_or_else(unknown))
    }

    /// Reads a configuration file; of one that is wrong, every problem that can be found, in the order of the file.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn read_whole(path: &Path) -> Result<Self, Vec<ConfigError>> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| vec![ConfigError::Io { path: path.to_owned(), source }])?;
        document::read(path, &text)
    }

    /// Where a key stands: file, line and column.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Option<String> {
        Some(self.positions.get(key)?.within(self.path.as_deref()?))
    }

    /// The file to use if none is named: from `start` upwards to the top of its git checkout, then in `user_dir`.
    #[must_use]
    pub fn discover(start: &Path, user_dir: Option<&Path>) -> Option<PathBuf> {
        for dir in start.ancestors() {
            let candidate = dir.join(FILE_NAME);
            if candidate.is_file() {
                return Some(candidate);
            }
            if dir.join(".git").exists() {
                break;
            }
        }
        let candidate = user_dir?.join("rolehop").join(FILE_NAME);
        candidate.is_file().then_some(candidate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        read_whole(text).map_err(|problems| problems.into_iter().next().unwrap())
    }

    fn read_whole(text: &str) -> Result<Config, Vec<ConfigError>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        std::fs::write(&path, text).unwrap();
        Config::read_whole(&path)
    }

    #[test]
    fn a_whole_file_is_read() {
        let config = read(
            r#"
            version = 1
            [scan]
            role_name = "audit-readonly"
            external_id = { env = "ROLEHOP_EXTERNAL_ID" }
            [targets.prod]
            ou = ["/Workloads/Prod"]
            tags = { env = ["prod", "production"] }
            [check]
            fail_on = "medium"
            [rules.role-unused]
            days = 60
            [[waivers]]
            rule = "role-unused"
            where = "prod/role/old"
            reason = "kept for the audit"
            owner = "sec@example.com"
            expires = 2027-02-28
            "#,
        )
        .unwrap();
        assert_eq!(config.check.fail_on, Some(Severity::Medium));
        assert_eq!(config.targets["prod"].tags["env"], ["prod", "production"]);
        assert_eq!(config.waivers.len(), 1);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest() {
        let error = read("version = 1\n[targets.prod]\ntag = { env = [\"prod\"] }\n").unwrap_err();
        let diagnostic = error.diagnostic();
        assert!(diagnostic.what.contains("unknown key `tag`"), "{diagnostic:?}");
        assert!(diagnostic.place.ends_with("line 3, column 1"), "{diagnostic:?}");
        assert!(diagnostic.next.contains("`tags`"), "{diagnostic:?}");
    }

    #[test]
    fn an_error_says_whether_the_text_the_key_or_the_value_is_wrong() {
        let told = |text: &str| {
            let diagnostic = read(text).unwrap_err().diagnostic();
            format!("{} | {} | {}", diagnostic.what, diagnostic.why, diagnostic.next)
        };
        let cases: [(&str, &[&str]); 6] = [
            ("[targets.prod\n", &["not valid TOML", "unclosed table"]),
            ("[scan]\nzzzzzz = 1\n", &["unknown key `zzzzzz`", "known here: role_name, ", "snapshot_dir"]),
            ("[scan]\nconcurrency = \"many\"\n", &["wrong type: string \"many\"", "a number"]),
            ("[targets.prod]\nou = \"/Prod\"\n", &["wrong type", "a list, in brackets"]),
            ("[check]\nfail_on = \"hihg\"\n", &["`hihg` is no value", "critical", "did you mean `high`?"]),
            ("[[waivers]]\nrule = \"x\"\n", &["the key `where` is missing", "add `where = …`"]),
        ];
        for (text, parts) in cases {
            let told = told(text);
            assert!(parts.iter().all(|part| told.contains(part)), "{text}: {told}");
        }
    }

    #[test]
    fn every_problem_of_a_file_is_found_at_its_place() {
        let text = "version = 2\n[scan]\nrole = \"x\"\nconcurrency = \"many\"\ninclude = [\"ok\", \"tag:x\"]\n\
            [targets.prod]\nou = \"/Prod\"\ntag = {}\n[sacn]\nx = 1\n[check]\nfail_on = \"hihg\"\n\
            [[waivers]]\nrule = \"a\"\nwhere = \" \"\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-13-01\n";
        let found = |text: &str| -> Vec<String> {
            let problems = read_whole(text).unwrap_err();
            let place = |p: &ConfigError| p.position().map_or((0, 0), |at| (at.line, at.column));
            problems.iter().map(|p| format!("{:?} {p}", place(p))).collect()
        };
        insta::assert_snapshot!(found(text).join("\n"), @"(18, 11) the configuration is not valid TOML");
        let text = text.replace("2027-13-01", "\"soon\"") + "[[waivers]]\nrule = \"b\"\nticket = 7\n";
        insta::assert_snapshot!(found(&text).join("\n"), @r#"
        (1, 1) configuration version 2 is not understood
        (3, 1) unknown key `role`
        (4, 15) a value of the wrong type: string "many"
        (5, 11) `tag:x` selects no account: a tag is named with its value: `tag:env=prod`, `tag:env=*`
        (7, 6) a value of the wrong type: string "/Prod"
        (8, 1) unknown key `tag`
        (9, 2) unknown key `sacn`
        (12, 11) `hihg` is no value of this key
        (13, 1) the waiver of `a` cannot be used: `where` is empty
        (18, 11) `soon` is no date like 2027-02-28
        (19, 1) the key `where` is missing
        (19, 1) the key `reason` is missing
        (19, 1) the key `owner` is missing
        (19, 1) the key `expires` is missing
        (21, 10) a value of the wrong type: integer `7`
        "#);
    }

    #[test]
    fn the_table_of_keys_is_what_the_parser_knows() {
        for (table, header) in [
            ("", ""),
            ("scan", "[scan]"),
            ("targets.NAME", "[targets.x]"),
            ("check", "[check]"),
            ("waivers", "[[waivers]]"),
        ] {
            let problems = read_whole(&format!("{header}\nwholly_unknown = 1\n")).unwrap_err();
            let told = problems.iter().map(|problem| problem.diagnostic());
            let told = told.filter(|told| told.what.contains("wholly_unknown")).map(|told| told.next).next().unwrap();
            let parts = ["scan", "targets", "check", "rules", "waivers"].into_iter().filter(|_| table.is_empty());
            let mut known: Vec<&str> = keys_of(table).map(|key| key.name).chain(parts).collect();
            let mut parsed: Vec<&str> = told.trim_start_matches("known here: ").split(", ").collect();
            known.sort_unstable();
            parsed.sort_unstable();
            assert_eq!(known, parsed, "{table}");
        }
    }

    #[test]
    fn a_waiver_without_reason_or_owner_is_refused() {
        assert!(
            read("[[waivers]]\nrule = \"x\"\nwhere = \"*\"\nreason = \" \"\nowner = \"me\"\nexpires = 2027-01-01\n")
                .is_err()
        );
        assert!(read("[[waivers]]\nrule = \"x\"\nwhere = \"*\"\nreason = \"r\"\nexpires = 2027-01-01\n").is_err());
    }
}
