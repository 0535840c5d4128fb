//! Why no organization was written.

use std::io;
use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic};

/// Why no organization was written.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A number of the specification is out of range.
    #[error("{what}: `{value}` is not between {least} and {most}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// What was asked for.
        value: usize,
        /// The smallest that is allowed.
        least: usize,
        /// The largest that is allowed.
        most: usize,
    },
    /// The directory is not empty; account files of another organization would become part of this one.
    #[error("directory `{}` is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The file system refused to write.
    #[error("cannot write `{}`: {source}", .path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}

impl From<&GenerateError> for Diagnostic {
    fn from(error: &GenerateError) -> Self {
        match error {
            GenerateError::OutOfRange { what, value, least, most } => Self::new(
                Code::ImpossibleSize,
                "cannot invent an organization of this size",
                format!("{what} `{value}`"),
                format!("it must be between {least} and {most}"),
                "choose a number in that range",
            ),
            GenerateError::NotEmpty(path) => Self::new(
                Code::DirectoryNotEmpty,
                "will not write into a directory that is not empty",
                format!("`{}`", path.display()),
                "account files that are already there would count as part of the new organization",
                "name a new directory, or empty this one first",
            ),
            GenerateError::Write { path, source } => Self::new(
                Code::GeneratedNotWritten,
                "cannot write the invented organization",
                format!("`{}`", path.display()),
                source.to_string(),
                "check the permissions of the directory and the space left on its disk",
            ),
        }
    }
}
