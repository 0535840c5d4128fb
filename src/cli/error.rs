//! From any failure to an error in four parts and an exit code.

use std::io;

use crate::config::ConfigError;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::graph::SelectError;
use crate::model::BuildError;
use crate::snapshot::SnapshotError;

/// A command that failed.
#[derive(Debug)]
pub(super) struct CliError {
    pub(super) diagnostic: Box<Diagnostic>,
    pub(super) exit: Exit,
}

impl CliError {
    /// Ends as the diagnostic's code says.
    pub(super) fn new(diagnostic: Diagnostic) -> Self {
        let exit = diagnostic.code.exit();
        Self { diagnostic: Box::new(diagnostic), exit }
    }

    /// Ended by a signal, which determines the exit code.
    #[cfg(feature = "aws")]
    pub(super) fn signalled(exit: Exit, diagnostic: Diagnostic) -> Self {
        Self { diagnostic: Box::new(diagnostic), exit }
    }

    pub(super) fn usage(what: impl Into<String>, place: impl Into<String>, why: &str, next: &str) -> Self {
        Self::new(Diagnostic::new(Code::Usage, what, place, why, next))
    }

    /// Output that cannot be written.
    pub(super) fn write(place: &str, source: &io::Error) -> Self {
        Self::new(Diagnostic::new(
            Code::OutputNotWritten,
            "cannot write the output",
            place,
            source.to_string(),
            "check that the directory exists, that you may write there and that there is room",
        ))
    }
}

impl From<SnapshotError> for CliError {
    fn from(error: SnapshotError) -> Self {
        Self::new(error.diagnostic())
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
        Self::new(error.diagnostic())
    }
}

impl From<SelectError> for CliError {
    fn from(error: SelectError) -> Self {
        Self::new(error.diagnostic())
    }
}

#[cfg(feature = "aws")]
impl From<crate::collect::CollectError> for CliError {
    fn from(error: crate::collect::CollectError) -> Self {
        Self::new(error.diagnostic())
    }
}

/// A defect of rolehop, reported as one, without a stack trace.
#[must_use]
pub(super) fn internal(what: &str) -> Diagnostic {
    Diagnostic::new(
        Code::Defect,
        "rolehop failed on a defect of its own",
        what,
        "this should not happen whatever the input",
        "please report it with the command line; nothing that was already written is lost",
    )
}
