//! From any failure to four parts on standard error and an exit code.

use std::io;

use clap::error::ErrorKind;

use super::exit::Exit;
use super::output::Console;
use crate::config::ConfigError;
use crate::diagnostic::Diagnostic;
use crate::graph::SelectError;
use crate::model::BuildError;
use crate::report::terminal::diagnostic::Level;
use crate::snapshot::SnapshotError;

/// A command that failed.
#[derive(Debug)]
pub(super) struct CliError {
    pub(super) diagnostic: Box<Diagnostic>,
    pub(super) exit: Exit,
}

impl CliError {
    pub(super) fn new(exit: Exit, diagnostic: Diagnostic) -> Self {
        Self { diagnostic: Box::new(diagnostic), exit }
    }

    pub(super) fn usage(what: impl Into<String>, place: impl Into<String>, why: &str, next: &str) -> Self {
        Self::new(Exit::Usage, Diagnostic::new("E300", what, place, why, next))
    }

    /// Output that cannot be written; a closed pipe is no failure.
    pub(super) fn write(place: &str, source: &io::Error) -> Self {
        if source.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Clean, Diagnostic::new("E601", "the reader went away", place, "", ""));
        }
        Self::new(
            Exit::CouldNotWrite,
            Diagnostic::new(
                "E602",
                "cannot write the output",
                place,
                source.to_string(),
                "check that the directory exists, that you may write there and that there is room",
            ),
        )
    }

    pub(super) fn report(&self, console: &Console) -> Exit {
        if self.exit != Exit::Clean {
            console.diagnostic(&self.diagnostic, Level::Error);
        }
        self.exit
    }
}

impl From<SnapshotError> for CliError {
    fn from(error: SnapshotError) -> Self {
        Self::new(Exit::BadSnapshot, error.diagnostic())
    }
}

impl From<BuildError> for CliError {
    fn from(error: BuildError) -> Self {
        let BuildError::Snapshot(error) = error;
        error.into()
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, error.diagnostic())
    }
}

impl From<SelectError> for CliError {
    fn from(error: SelectError) -> Self {
        Self::new(Exit::Usage, error.diagnostic())
    }
}

#[cfg(feature = "aws")]
impl From<crate::collect::CollectError> for CliError {
    fn from(error: crate::collect::CollectError) -> Self {
        Self::new(Exit::of_code(error.exit_code()), error.diagnostic())
    }
}

/// Help and version are results; anything else is a usage error in four parts.
pub(super) fn usage(refused: &clap::Error) -> Exit {
    let console = Console::early();
    let is_result = matches!(
        refused.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_result {
        let text = refused.render().to_string();
        let written = console.result(&text);
        let asked = refused.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        return if written.is_err() {
            Exit::CouldNotWrite
        } else if asked {
            Exit::Clean
        } else {
            Exit::Usage
        };
    }
    let rendered = refused.render().to_string();
    let mut lines = rendered.lines().map(str::trim).filter(|l| !l.is_empty());
    let what = lines.next().unwrap_or_default().trim_start_matches("error: ").replace('\'', "`");
    let rest: Vec<&str> = lines.collect();
    let why: Vec<&str> =
        rest.iter().copied().filter(|l| !l.starts_with("Usage:") && !l.starts_with("For more")).collect();
    let usage = rest.iter().find_map(|l| l.strip_prefix("Usage:")).map(|usage| format!("{}; ", usage.trim()));
    let diagnostic = Diagnostic::new(
        "E300",
        what,
        "the command line",
        if why.is_empty() { "it does not fit the command".to_owned() } else { why.join("; ").replace('\'', "`") },
        format!("{}`--help` lists the options", usage.unwrap_or_default()),
    );
    console.diagnostic(&diagnostic, Level::Error);
    Exit::Usage
}

/// A defect of rolehop: said as one, without a stack trace.
#[must_use]
pub(super) fn internal(what: &str) -> Diagnostic {
    Diagnostic::new(
        "E901",
        "rolehop failed on a defect of its own",
        what,
        "this should not happen whatever the input",
        "please report it with the command line; nothing that was already written is lost",
    )
}
