//! The text of a configuration: where each key stands, and everything that is wrong with it.
//!
//! Owns: how reading goes on after a problem. What cannot be used is taken out, or filled in if it is missing, and the same parser
//! reads the rest again: a problem is found by the parser or not at all.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::{Config, Waiver};

/// Problems after which reading is given up.
const MOST: usize = 100;

/// What stands for a value that is missing: every required key of a configuration accepts it.
const FILLED: &str = "2000-01-01";

/// A place in a file, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Lines.
    pub line: usize,
    /// Characters of the line.
    pub column: usize,
}

/// Where the keys of a file stand: `scan.role_name`, `targets.prod.ou`, `waivers[0].rule`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions(BTreeMap<String, Position>);

impl Positions {
    /// Where a key stands.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Position> {
        self.0.get(key).copied()
    }
}

impl Position {
    /// The place of a byte of a text.
    pub(super) fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }

    /// `rolehop.toml line 3, column 1`.
    #[must_use]
    pub fn within(self, path: &Path) -> String {
        format!("{} line {}, column {}", path.display(), self.line, self.column)
    }
}

/// The configuration, or everything that is wrong with it, in the order of the file.
pub(super) fn read(path: &Path, text: &str) -> Result<Config, Vec<ConfigError>> {
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
        problems.extend(unusable(config, path, &positions));
    }
    match read {
        Some(config) if problems.is_empty() => Ok(Config { path: Some(path.to_owned()), positions, ..config }),
        _ => Err(in_order(problems)),
    }
}

/// What is wrong although the parser can read it.
fn unusable(config: &Config, path: &Path, positions: &Positions) -> Vec<ConfigError> {
    let version = config.version.filter(|version| *version != 1);
    let version = version.map(|version| ConfigError::Version {
        path: path.to_owned(),
        position: positions.get("version"),
        version,
    });
    let refused = |(at, waiver): (usize, &Waiver)| {
        let why = waiver.check().err()?;
        let position = positions.get(&format!("waivers[{at}]"));
        Some(ConfigError::Waiver { path: path.to_owned(), position, rule: waiver.rule.clone(), why })
    };
    version.into_iter().chain(config.waivers.iter().enumerate().filter_map(refused)).collect()
}

fn in_order(mut problems: Vec<ConfigError>) -> Vec<ConfigError> {
    problems.sort_by_key(ConfigError::position);
    problems
}

/// Notes where each key stands; a table of a list stands where its header does.
fn collect(table: &DeTable<'_>, above: &str, text: &str, found: &mut Positions) {
    for (key, value) in table {
        let name = if above.is_empty() { key.get_ref().to_string() } else { format!("{above}.{}", key.get_ref()) };
        found.0.insert(name.clone(), Position::of(text, key.span().start));
        match value.get_ref() {
            DeValue::Table(table) => collect(table, &name, text, found),
            DeValue::Array(list) => {
                for (at, one) in list.iter().enumerate() {
                    let name = format!("{name}[{at}]");
                    found.0.insert(name.clone(), Position::of(text, one.span().start));
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
