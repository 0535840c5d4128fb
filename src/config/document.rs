//! The text of a configuration: where each key stands, and everything that is wrong with it.
//!
//! Owns: how reading goes on after a problem. What cannot be used is taken out, or filled in if it is missing, and the same parser
//! reads the rest again: a problem is found by the parser or not at all.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::position::{Position, Positions};
use super::settings::Config;
use super::waiver::Waiver;

/// Problems after which reading is given up.
const MOST: usize = 100;

/// What stands for a value that is missing: every required key of a configuration accepts it.
const FILLED: &str = "2000-01-01";

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
        parse(path, &text)
    }

    /// Reads a file of waivers: a configuration that has nothing else.
    ///
    /// # Errors
    /// As [`Config::read_whole`], and for each other table that it has.
    pub fn read_waivers(path: &Path) -> Result<Self, Vec<ConfigError>> {
        let config = Self::read_whole(path)?;
        let other = ["scan", "targets", "check", "quotas", "people", "rules", "expect"];
        let foreign = other.into_iter().filter_map(|key| {
            Some(ConfigError::Parse {
                path: path.to_owned(),
                position: config.positions.get(key)?,
                what: format!("`{key}` does not belong into a file of waivers"),
                why: "it would be ignored: this file is read for its `[[waivers]]` alone".to_owned(),
                next: "move it to rolehop.toml".to_owned(),
            })
        });
        let foreign: Vec<ConfigError> = foreign.collect();
        if foreign.is_empty() { Ok(config) } else { Err(in_order(foreign)) }
    }
}

/// The configuration, or everything that is wrong with it, in the order of the file.
fn parse(path: &Path, text: &str) -> Result<Config, Vec<ConfigError>> {
    let (mut table, broken) = DeTable::parse_recoverable(text);
    if !broken.is_empty() {
        return Err(in_order(broken.iter().map(|error| ConfigError::parse(path, text, error)).collect()));
    }
    let mut positions = Positions::default();
    collect(table.get_ref(), "", text, &mut positions);
    let mut problems = Vec::new();
    let mut told = None;
    let read = loop {
        match Config::deserialize(table.clone().into_deserializer()) {
            Ok(config) => break Some(config),
            Err(error) => {
                // a value that was replaced and does not fit either was told before
                let again = error.span().filter(|_| missing(error.message()).is_none());
                if again.is_none() || again != told {
                    problems.push(ConfigError::parse(path, text, &error));
                }
                told = again;
                let mended = error.span().is_some_and(|span| mend(table.get_mut(), &span, error.message()));
                if !mended || problems.len() >= MOST {
                    break None;
                }
            }
        }
    };
    if let Some(config) = &read {
        let told: Vec<Position> = problems.iter().filter_map(ConfigError::position).collect();
        problems.extend(unusable(config, path, &positions, &told));
    }
    match read {
        Some(config) if problems.is_empty() => Ok(Config { path: Some(path.to_owned()), positions, ..config }),
        _ => Err(in_order(problems)),
    }
}

/// What is wrong although the parser can read it; of a key whose value the parser did not take, that was `told`.
fn unusable(config: &Config, path: &Path, positions: &Positions, told: &[Position]) -> Vec<ConfigError> {
    let version = config.version.filter(|version| *version != 1);
    let version = version.map(|version| ConfigError::Version {
        path: path.to_owned(),
        position: positions.get("version"),
        version,
    });
    let refused = |(at, waiver): (usize, &Waiver)| {
        let key = |key: &str| format!("waivers[{at}].{key}");
        let is_told = |name: &str| told.iter().any(|place| positions.holds(&key(name), *place));
        let why = waiver.defect(|name| positions.get(&key(name)).is_some(), is_told)?;
        let position = positions.get(&format!("waivers[{at}]"));
        Some(ConfigError::Waiver { path: path.to_owned(), position, rule: waiver.rule.clone(), why })
    };
    let waivers = config.waivers.iter().enumerate().filter_map(refused);
    let mut names = BTreeSet::new();
    let expectations = config.expect.iter().enumerate().filter_map(|(at, expectation)| {
        let given = |key: &str| positions.get(&format!("expect[{at}].{key}")).is_some();
        let twice = !names.insert(expectation.name.as_str()) && given("name");
        let twice = twice.then_some("another has this name, and findings are told apart by it");
        let why = expectation.defect(given).or(twice)?;
        let position = positions.get(&format!("expect[{at}]"));
        Some(ConfigError::Expectation { path: path.to_owned(), position, name: expectation.name.clone(), why })
    });
    version.into_iter().chain(waivers).chain(expectations).collect()
}

fn in_order(mut problems: Vec<ConfigError>) -> Vec<ConfigError> {
    problems.sort_by_key(ConfigError::position);
    problems
}

/// Notes where each key stands; a table of a list stands where its header does.
fn collect(table: &DeTable<'_>, above: &str, text: &str, found: &mut Positions) {
    for (key, value) in table {
        let name = if above.is_empty() { key.get_ref().to_string() } else { format!("{above}.{}", key.get_ref()) };
        found.insert(name.clone(), Position::of(text, key.span().start));
        match value.get_ref() {
            DeValue::Table(table) => collect(table, &name, text, found),
            DeValue::Array(list) => {
                for (at, one) in list.iter().enumerate() {
                    let name = format!("{name}[{at}]");
                    found.insert(name.clone(), Position::of(text, one.span().start));
                    if let DeValue::Table(table) = one.get_ref() {
                        collect(table, &name, text, found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The key that is missing, if that is the error.
fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next())
}

/// Changes a table so that the parser gets past an error: a missing key is filled in, anything else is replaced or taken out.
fn mend(table: &mut DeTable<'_>, span: &Range<usize>, message: &str) -> bool {
    match missing(message) {
        Some(missing) => fill(table, span, missing),
        None => take_out(table, span),
    }
}

fn fill(table: &mut DeTable<'_>, span: &Range<usize>, missing: &str) -> bool {
    table.iter_mut().any(|(_, value)| fill_below(value, span, missing))
}

fn fill_below(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>, missing: &str) -> bool {
    let here = value.span() == *span;
    match value.get_mut() {
        DeValue::Table(table) if here && !table.contains_key(missing) => {
            let key = Spanned::new(span.clone(), missing.to_owned().into());
            table.insert(key, Spanned::new(span.clone(), DeValue::String(FILLED.into()))).is_none()
        }
        DeValue::Table(table) => fill(table, span, missing),
        DeValue::Array(list) => list.iter_mut().any(|one| fill_below(one, span, missing)),
        _ => false,
    }
}

/// Takes out the innermost key that an error is about. A value is replaced first: its key is there, although it is wrong.
fn take_out(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let about = |range: Range<usize>| range.contains(&span.start);
    for (_, value) in table.iter_mut() {
        let taken = match value.get_mut() {
            DeValue::Table(table) => take_out(table, span),
            DeValue::Array(list) => list.iter_mut().any(|one| match one.get_mut() {
                DeValue::Table(table) => take_out(table, span),
                _ => false,
            }),
            _ => false,
        };
        if taken {
            return true;
        }
    }
    let culprit = table.iter_mut().find(|(key, value)| about(key.span()) || about(value.span()));
    let Some((key, value)) = culprit else { return false };
    let filled = value.get_ref().as_str() == Some(FILLED);
    if about(value.span()) && !filled {
        *value = Spanned::new(span.clone(), DeValue::String(FILLED.into()));
        return true;
    }
    let key = key.clone();
    table.remove(&key).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{FILE_NAME, keys_of};
    use crate::severity::Severity;

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
        let cases: [(&str, &[&str]); 13] = [
            ("[targets.prod\n", &["not valid TOML", "unclosed table"]),
            ("[scan]\nzzzzzz = 1\n", &["unknown key `zzzzzz`", "known here: role_name, ", "snapshot_dir"]),
            ("[scan]\nconcurrency = \"many\"\n", &["wrong type: string \"many\"", "a whole number"]),
            ("[scan]\nconcurrency = 0\n", &["`0` is too small: it takes a whole number from 1"]),
            ("[scan]\nconcurrency = -1\n", &["too small or too large: integer `-1`", "a whole number from 0"]),
            ("[quotas]\nnear = 300\n", &["too small or too large: integer `300`"]),
            ("[check]\nfail_on = 3\n", &["a value of the wrong type", "the key takes a word, in quotes"]),
            ("[targets.prod]\nou = [\"\"]\n", &["an empty text selects nothing"]),
            ("[targets.prod]\nou = \"/Prod\"\n", &["wrong type", "a list, in brackets"]),
            ("[scan]\nexternal_id = \"x\"\n", &["wrong type", "the key takes `{ env = \"VARIABLE\" }`"]),
            ("rules = []\n", &["wrong type: a list", "the key takes a table"]),
            ("[check]\nfail_on = \"hihg\"\n", &["`hihg` is no value", "critical", "did you mean `high`?"]),
            ("[[waivers]]\nrule = \"x\"\n", &["the key `reason` is missing", "add `reason = …`"]),
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
        (19, 1) the key `reason` is missing
        (19, 1) the key `owner` is missing
        (19, 1) the key `expires` is missing
        (19, 1) the waiver of `b` cannot be used: it has neither `where` nor `accounts`; `where = "*"` stands for every subject
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
            ("quotas", "[quotas]"),
            ("people", "[people]"),
            ("waivers", "[[waivers]]"),
            ("expect", "[[expect]]"),
        ] {
            let problems = read_whole(&format!("{header}\nwholly_unknown = 1\n")).unwrap_err();
            let told = problems.iter().map(|problem| problem.diagnostic());
            let told = told.filter(|told| told.what.contains("wholly_unknown")).map(|told| told.next).next().unwrap();
            let parts = ["scan", "targets", "check", "quotas", "people", "rules", "waivers", "expect"]
                .into_iter()
                .filter(|_| table.is_empty());
            let mut known: Vec<&str> = keys_of(table).map(|key| key.name).chain(parts).collect();
            let mut parsed: Vec<&str> = told.trim_start_matches("known here: ").split(", ").collect();
            known.sort_unstable();
            parsed.sort_unstable();
            assert_eq!(known, parsed, "{table}");
        }
    }

    #[test]
    fn a_wrong_value_of_a_waiver_is_told_once_and_the_key_is_not_called_missing() {
        let found = |keys: &str| -> Vec<String> {
            let rest = "rule = \"a\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-01-01\n";
            let problems = read_whole(&format!("[[waivers]]\n{keys}\n{rest}")).unwrap_err();
            problems.iter().map(ToString::to_string).collect()
        };
        insta::assert_snapshot!(found("where = 7").join("\n"), @"a value of the wrong type: integer `7`");
        insta::assert_snapshot!(found("accounts = \"prod\"").join("\n"), @r#"a value of the wrong type: string "prod""#);
        insta::assert_snapshot!(found("accounts = [\"tag:x\"]").join("\n"), @"`tag:x` selects no account: a tag is named with its value: `tag:env=prod`, `tag:env=*`");
        insta::assert_snapshot!(found("where = []").join("\n"), @"the waiver of `a` cannot be used: `where` is empty");
        insta::assert_snapshot!(found("accounts = []").join("\n"), @"the waiver of `a` cannot be used: `accounts` is empty");
        assert!(found("").join("\n").contains("neither `where` nor `accounts`"));
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
