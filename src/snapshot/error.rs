//! Why a snapshot cannot be used, or could not be written.
//!
//! Owns: both errors, refusals of imported files, and their messages. Does not detect any.

use std::io;
use std::path::{Path, PathBuf};

use super::edit::EditError;
use super::limits::MAX_BYTES;
use super::manifest::FORMAT;
use crate::diagnostic::{Code, Diagnostic};
use crate::ids::AccountId;

/// Why a snapshot cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SnapshotError {
    #[error("no snapshot at `{0}`")]
    Missing(PathBuf),
    #[error("no snapshot at `{0}`")]
    NoDirectory(PathBuf),
    #[error("`{0}` holds neither `organization.json` nor account files")]
    Empty(PathBuf),
    #[error("cannot read `{path}`")]
    Io { path: PathBuf, source: io::Error },
    #[error("`{path}` is not what a snapshot file should be: {source}")]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("snapshot was written in format {found}, this version reads up to {FORMAT}")]
    TooNew { path: PathBuf, found: u32 },
    #[error("`{0}` differs from what the manifest recorded")]
    Digest(PathBuf),
    #[error("`{0}` is named by the manifest and missing")]
    Gone(PathBuf),
    #[error("`{0}` is not named after an account of twelve digits")]
    Name(PathBuf),
    #[error("account {0} has two files")]
    Twice(AccountId),
    #[error("`{0}` is a link or no plain file")]
    NoFile(PathBuf),
    #[error("`{0}` has more than {MAX_BYTES} bytes")]
    TooLarge(PathBuf),
    #[error("{}", .0.what)]
    Refused(Box<Refusal>),
    #[error("{0}")]
    Edit(Box<EditError>),
}

impl SnapshotError {
    /// The error in four parts.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let place = |p: &Path| p.display().to_string();
        let (code, at, why, next) = match self {
            Self::Missing(p) => (
                Code::NoSnapshot,
                place(p),
                "the directory does not exist",
                "make one with `rolehop collect`, or name another with `--snapshot`",
            ),
            Self::NoDirectory(p) => (
                Code::NoSnapshot,
                place(p),
                "it is a file, and a snapshot is a directory",
                "name the directory: the one that has `manifest.json` or `accounts/` in it",
            ),
            Self::Empty(p) => (
                Code::EmptySnapshot,
                place(p),
                "a snapshot has `organization.json`, or `accounts/<12 digits>.json`, or both",
                "name the directory that holds them, or collect again",
            ),
            Self::TooNew { path, .. } => (
                Code::SnapshotTooNew,
                place(path),
                "a newer rolehop wrote it",
                "upgrade rolehop; the snapshot was not changed",
            ),
            Self::Io { path, source } => {
                return Diagnostic::new(
                    Code::SnapshotNotRead,
                    self.to_string(),
                    place(path),
                    source.to_string(),
                    "check that the file exists and that you may read it",
                );
            }
            Self::Refused(refusal) => {
                let what = &refusal.what;
                let why = &refusal.why;
                let next = &refusal.next;
                return Diagnostic::new(refusal.code, what.as_str(), place(&refusal.path), why.as_str(), next.as_str());
            }
            Self::Edit(error) => {
                let next =
                    "name what the snapshot has: `rolehop path` shows documents and statements as they are named";
                return Diagnostic::new(Code::NameUnknown, self.to_string(), "", error.there.as_str(), next);
            }
            Self::Json { path, .. } => (
                Code::BadFile,
                place(path),
                "the file is damaged, or not of the documented shape",
                "collect this account again, or restore the file",
            ),
            Self::Digest(p) | Self::Gone(p) => (
                Code::SnapshotChanged,
                place(p),
                "the snapshot was changed after it was written",
                "collect again, or restore the file from a copy",
            ),
            Self::Name(p) => (
                Code::WhoseFile,
                place(p),
                "account files are named `<12 digits>.json` or `.json.zst`",
                "rename the file or move it away",
            ),
            Self::Twice(account) => (
                Code::WhoseFile,
                account.to_string(),
                "both a plain and a compressed file are there",
                "remove one of the two",
            ),
            Self::NoFile(p) => {
                (Code::NoPlainFile, place(p), "links could point outside the snapshot", "put the file itself there")
            }
            Self::TooLarge(p) => {
                (Code::FileTooLarge, place(p), "no account is that large", "check where the file came from")
            }
        };
        Diagnostic::new(code, self.to_string(), at, why, next)
    }
}

impl From<EditError> for SnapshotError {
    fn from(error: EditError) -> Self {
        Self::Edit(Box::new(error))
    }
}

/// Why an imported file is refused, in words for the user.
#[derive(Debug)]
pub struct Refusal {
    /// `BadFile` for damaged JSON, `WhoseFile` if it is unclear whose data it is, otherwise `BadImport`.
    pub code: Code,
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// The evidence for it.
    pub why: String,
    /// What to do.
    pub next: String,
}

impl Refusal {
    /// `what` continues the sentence that starts with the file's name.
    pub(super) fn of(path: &Path, what: &str, why: impl Into<String>, next: impl Into<String>) -> SnapshotError {
        Self::with_code(Code::BadImport, path, what, why, next)
    }

    pub(super) fn with_code(
        code: Code,
        path: &Path,
        what: &str,
        why: impl Into<String>,
        next: impl Into<String>,
    ) -> SnapshotError {
        let what = format!("`{}` {what}", path.display());
        SnapshotError::Refused(Box::new(Self { code, path: path.to_owned(), what, why: why.into(), next: next.into() }))
    }
}

/// Why a snapshot could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system reported an error.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// The operation: create, write, …
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The file system's error.
        source: io::Error,
    },
    /// The disk, a quota or a limit is full.
    #[error("no room to write `{}`, which needs {bytes} bytes: {source}", path.display())]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: usize,
        /// The file system's error.
        source: io::Error,
    },
    /// Data is there that no snapshot of rolehop's own has, and that would be lost.
    #[error("`{}` is data that rolehop did not write", path.display())]
    Foreign {
        /// A file or folder of it.
        path: PathBuf,
    },
    /// Another process is writing this snapshot.
    #[error("`{}` is being written by another run ({holder})", path.display())]
    Locked {
        /// The snapshot.
        path: PathBuf,
        /// How the other process describes itself.
        holder: String,
    },
    /// The data has no JSON form.
    #[error("cannot write `{}` as JSON: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

impl WriteError {
    /// The error in four parts.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (path, why) = match self {
            Self::Locked { path, holder } => {
                return Diagnostic::new(
                    Code::SnapshotLocked,
                    "another run is writing this snapshot",
                    format!("`{}`", path.display()),
                    format!("its lock is held by {holder}"),
                    "wait for it to end, or name another directory with `--snapshot`",
                );
            }
            Self::Foreign { path } => {
                return Diagnostic::new(
                    Code::OutputExists,
                    "a snapshot would take the place of data that rolehop did not write",
                    format!("`{}`", path.display()),
                    "it was saved by hand, and nothing but the snapshot would be read there afterwards",
                    "name another directory, or move the saved data away",
                );
            }
            Self::NoRoom { path, bytes, source } => (path, format!("there is no room for its {bytes} bytes: {source}")),
            Self::Io { action, path, source } => (path, format!("cannot {action} it: {source}")),
            Self::Json { path, source } => (path, source.to_string()),
        };
        let next = match self {
            Self::NoRoom { .. } => "make room, then go on with `--resume`: what was written before is kept",
            _ => "choose a directory that you may write to",
        };
        Diagnostic::new(
            Code::SnapshotNotWritten,
            "cannot write the snapshot",
            format!("`{}`", path.display()),
            why,
            next,
        )
    }
}
