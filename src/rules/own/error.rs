//! What is wrong with a rule of a user, and where.

use std::path::{Path, PathBuf};

use crate::config::Position;
use crate::rules::error::RuleError;

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
    pub(super) fn at(self, file: &Path, at: Option<Position>) -> RuleError {
        let Self { what, why, next } = self;
        let place = at.map_or_else(|| file.display().to_string(), |at| at.within(file));
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
        wrong.at(&self.path, byte.map(|byte| Position::of(&self.text, byte)))
    }
}
