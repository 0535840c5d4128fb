//! Why an emulator could not be started.

use std::io;

use crate::diagnostic::{Code, Diagnostic};

/// Why the emulator cannot serve its data.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    /// A file or directory of the snapshot could not be read or unpacked.
    #[error("cannot read `{file}`")]
    Read {
        /// Its path or name.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// A file of the snapshot is not a JSON object.
    #[error("`{file}` is not a JSON object")]
    Json {
        /// Its path or name.
        file: String,
        /// The cause.
        source: serde_json::Error,
    },
    /// A file among the accounts is not named after an account.
    #[error("`{file}` is not named after an account id of twelve digits")]
    NotAnAccount {
        /// Its path or name.
        file: String,
    },
    /// A file exists both plain and compressed.
    #[error("`{file}` is there twice, plain and compressed")]
    Twice {
        /// Path or name of the later one.
        file: String,
    },
    /// There is nothing to serve.
    #[error("the snapshot has no account")]
    NoAccount,
    /// No port, or no threads to serve it, were available.
    #[error("cannot listen on 127.0.0.1")]
    Listen {
        /// The cause.
        source: io::Error,
    },
}

impl From<&EmulatorError> for Diagnostic {
    fn from(error: &EmulatorError) -> Self {
        let what = "cannot serve the snapshot as AWS endpoints";
        let file_error = |id, file: &str, why: String, next: &str| Self::new(id, what, format!("`{file}`"), why, next);
        match error {
            EmulatorError::Read { file, source } => {
                file_error(Code::EmulatorFileNotRead, file, source.to_string(), "check the path and its permissions")
            }
            EmulatorError::Json { file, source } => file_error(
                Code::EmulatorBadJson,
                file,
                format!("not a JSON object: {source}"),
                "restore the file or collect again",
            ),
            EmulatorError::NotAnAccount { file } => file_error(
                Code::EmulatorNotAnAccount,
                file,
                "account files are named after their account id of twelve digits".to_owned(),
                "rename the file, or move it out of `accounts`",
            ),
            EmulatorError::Twice { file } => file_error(
                Code::EmulatorTwice,
                file,
                "the file is there both plain and compressed".to_owned(),
                "remove the older one of the two",
            ),
            EmulatorError::NoAccount => Self::new(
                Code::EmulatorNoAccount,
                what,
                "the snapshot",
                "it has neither an account file nor an organization with a management account",
                "name a directory that holds `organization.json` and `accounts`",
            ),
            EmulatorError::Listen { source } => Self::new(
                Code::EmulatorNotListening,
                what,
                "127.0.0.1",
                source.to_string(),
                "check the limits on open files and threads, then try again",
            ),
        }
    }
}
