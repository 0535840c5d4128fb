//! What is wrong with a rule of a user, and where.

use std::path::{Path, PathBuf};

use crate::rules::error::RuleError;

/// A place in a text, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    line: usize,
    column: usize,
}

impl At {
    /// The place of a byte of a text.
    pub(super) fn byte(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }
}

/// What is wrong, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) next: String,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into(), next: next.into() }
    }

    /// The error about a file.
    pub(super) fn at(self, file: &Path, at: Option<At>) -> RuleError {
        let Self { what, why, next } = self;
        let place = match at {
            Some(At { line, column }) => format!("{} line {line}, column {column}", file.display()),
            None => file.display().to_string(),
        };
        RuleError::Own { place, what, why, next }
    }
}

/// A file with its text.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Source {
    /// An error at a byte of the file.
    pub(super) fn wrong(&self, byte: Option<usize>, wrong: Wrong) -> RuleError {
        wrong.at(&self.path, byte.map(|byte| At::byte(&self.text, byte)))
    }
}
