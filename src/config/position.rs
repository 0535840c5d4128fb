//! Places in a configuration file, and in other files that people write.

use std::collections::BTreeMap;
use std::path::Path;

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

    /// Whether a place is in the value of a key.
    pub(super) fn holds(&self, key: &str, at: Position) -> bool {
        let Some(start) = self.get(key) else { return false };
        let next = self.0.iter().filter(|(name, place)| !name.starts_with(key) && **place > start);
        start < at && next.map(|(_, place)| *place).min().is_none_or(|end| at < end)
    }

    /// Notes where a key stands.
    pub(super) fn insert(&mut self, key: String, position: Position) {
        self.0.insert(key, position);
    }
}

impl Position {
    /// The place of a byte of a text.
    #[must_use]
    pub fn of(text: &str, at: usize) -> Self {
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
