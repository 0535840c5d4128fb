//! Errors that point into the configuration file.

use std::io;
use std::path::{Path, PathBuf};

use super::position::Position;
use crate::diagnostic::{Code, Diagnostic};
use crate::nearest::nearest;

const PAGE: &str = "docs/configuration.md has every key";

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ConfigError {
    #[error("cannot read the configuration")]
    Io { path: PathBuf, source: io::Error },
    #[error("{what}")]
    Parse { path: PathBuf, position: Position, what: String, why: String, next: String },
    #[error("configuration version {version} is not understood")]
    Version { path: PathBuf, position: Option<Position>, version: u32 },
    #[error("the waiver of `{rule}` cannot be used: {why}")]
    Waiver { path: PathBuf, position: Option<Position>, rule: String, why: &'static str },
    #[error("the expectation `{name}` cannot be used: {why}")]
    Expectation { path: PathBuf, position: Option<Position>, name: String, why: &'static str },
}

impl ConfigError {
    /// What the parser says, with its line: what is wrong, and what is right there.
    pub(super) fn parse(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let position = Position::of(text, error.span().map_or(0, |span| span.start));
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let is_toml = text.parse::<toml::Table>().is_ok();
        let (what, why, next) = match (message.split_once(' ').map(|(first, _)| first), quoted.split_first()) {
            _ if !is_toml => (
                "the configuration is not valid TOML".to_owned(),
                message,
                "correct the line: text stands in quotes, lists and the names of tables in brackets".to_owned(),
            ),
            (Some("unknown"), Some((key, known))) if message.starts_with("unknown field") => (
                format!("unknown key `{key}`"),
                "keys that are not understood are refused, so that none is ignored in silence".to_owned(),
                nearest(key, known).map_or_else(|| format!("known here: {}", known.join(", ")), meant),
            ),
            (Some("unknown"), Some((word, known))) => (
                format!("`{word}` is no value of this key"),
                format!("it takes {}", known.join(", ")),
                nearest(word, known).map_or_else(|| "give one of these".to_owned(), meant),
            ),
            (Some("missing"), Some((key, []))) => (
                format!("the key `{key}` is missing"),
                "this table means nothing without it".to_owned(),
                format!("add `{key} = …`; {PAGE}"),
            ),
            // of a key that takes one of several words, the parser does not say what it found
            (Some("wanted"), _) => (
                "a value of the wrong type".to_owned(),
                "the key takes a word, in quotes".to_owned(),
                format!("correct the value; {PAGE}"),
            ),
            (Some("invalid"), _) => {
                let (found, expected) = message.split_once(", expected ").unwrap_or((&message, "another value"));
                let found = found.split_once(": ").map_or(found, |(_, found)| found);
                let expected = match expected {
                    "a sequence" => "a list, in brackets",
                    "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
                    "a string" => "text, in quotes",
                    "struct SecretReference" => "`{ env = \"VARIABLE\" }`",
                    "a map" => "a table",
                    table if table.starts_with("struct ") => "a table",
                    other => other,
                };
                let found = match found {
                    "sequence" => "a list",
                    "map" => "a table",
                    other => other,
                };
                let what = match message.starts_with("invalid value") {
                    true => format!("a value that is too small or too large: {found}"),
                    false => format!("a value of the wrong type: {found}"),
                };
                (what, format!("the key takes {expected}"), format!("correct the value; {PAGE}"))
            }
            _ => (message, "the value is not understood".to_owned(), format!("correct the value; {PAGE}")),
        };
        Self::Parse { path: path.to_owned(), position, what, why, next }
    }

    /// Where in the file it is.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Io { .. } => None,
            Self::Parse { position, .. } => Some(*position),
            Self::Version { position, .. } | Self::Waiver { position, .. } | Self::Expectation { position, .. } => {
                *position
            }
        }
    }

    fn place(&self) -> String {
        let (Self::Io { path, .. }
        | Self::Parse { path, .. }
        | Self::Version { path, .. }
        | Self::Waiver { path, .. }
        | Self::Expectation { path, .. }) = self;
        self.position().map_or_else(|| path.display().to_string(), |position| position.within(path))
    }

    /// The error as a diagnostic.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Io { source, .. } => Diagnostic::new(
                Code::ConfigNotRead,
                self.to_string(),
                self.place(),
                source.to_string(),
                match source.kind() {
                    io::ErrorKind::InvalidData => "save the file as UTF-8",
                    _ => "name an existing file with `--config`, or leave the option out",
                },
            ),
            Self::Parse { why, next, .. } => {
                Diagnostic::new(Code::ConfigNotUnderstood, self.to_string(), self.place(), why, next)
            }
            Self::Version { .. } => Diagnostic::new(
                Code::ConfigVersion,
                self.to_string(),
                self.place(),
                "this version of rolehop reads version 1",
                "set `version = 1`, or upgrade rolehop",
            ),
            Self::Waiver { .. } => Diagnostic::new(
                Code::BadWaiver,
                self.to_string(),
                self.place(),
                "a waiver says which finding is accepted, why, by whom and until when",
                "give `rule`, `where` or `accounts`, `reason`, `owner` and `expires`",
            ),
            Self::Expectation { .. } => Diagnostic::new(
                Code::BadExpectation,
                self.to_string(),
                self.place(),
                "an expectation says of a target who alone may reach it, who never should, or that MFA is needed",
                "give `name`, `target`, and `only`, `never` or `mfa = \"always\"`",
            ),
        }
    }
}

fn meant(near: &str) -> String {
    format!("did you mean `{near}`?")
}
