//! Errors that point into the configuration file.

use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::nearest::nearest;

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ConfigError {
    #[error("cannot read the configuration")]
    Io { path: PathBuf, source: io::Error },
    #[error("{what}")]
    Parse { path: PathBuf, line: usize, what: String, nearest: Option<String> },
    #[error("configuration version {version} is not understood")]
    Version { path: PathBuf, version: u32 },
    #[error("the waiver of `{rule}` cannot be used: {why}")]
    Waiver { path: PathBuf, rule: String, why: &'static str },
}

impl ConfigError {
    /// The TOML parser's message, with line and, for an unknown key, the nearest known one.
    pub(super) fn parse(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let message = error.message();
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let (what, nearest) = match (message.starts_with("unknown field"), quoted.split_first()) {
            (true, Some((unknown, known))) => {
                (format!("unknown key `{unknown}`"), nearest(unknown, known).map(str::to_owned))
            }
            _ => (message.lines().collect::<Vec<_>>().join("; "), None),
        };
        Self::Parse { path: path.to_owned(), line, what, nearest }
    }

    /// The error as a diagnostic.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let next = "see the configuration section of the README";
        match self {
            Self::Io { path, source } => Diagnostic::new(
                Code::ConfigNotRead,
                self.to_string(),
                path.display().to_string(),
                source.to_string(),
                "name an existing file with `--config`, or leave the option out",
            ),
            Self::Parse { path, line, nearest, .. } => Diagnostic::new(
                Code::ConfigNotUnderstood,
                self.to_string(),
                format!("{} line {line}", path.display()),
                "keys and values that are not understood are refused, so that none is ignored in silence",
                nearest.as_ref().map_or_else(|| next.to_owned(), |key| format!("did you mean `{key}`?")),
            ),
            Self::Version { path, .. } => Diagnostic::new(
                Code::ConfigVersion,
                self.to_string(),
                path.display().to_string(),
                "this version of rolehop reads version 1",
                "set `version = 1`, or upgrade rolehop",
            ),
            Self::Waiver { path, .. } => Diagnostic::new(
                Code::BadWaiver,
                self.to_string(),
                path.display().to_string(),
                "a waiver says which finding is accepted, why, by whom and until when",
                "give `rule`, `where`, `reason`, `owner` and `expires`",
            ),
        }
    }
}
