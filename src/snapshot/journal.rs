//! `journal.jsonl`: what an unfinished run has read so far, one line per file.
//!
//! Owns: the lines and when they count. A line is appended before its file gets its final name, so that a file is never
//! newer than its line; a line whose digest does not match its file does not count. A finished snapshot has no journal.
//! INVARIANT: a torn line, or a line of another run, is ignored.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ledger::AccountState;
use super::manifest::Manifest;
use crate::ids::AccountId;

/// The file's name in the snapshot.
pub(super) const JOURNAL: &str = "journal.jsonl";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// The run that wrote it, identified by its start.
    pub(super) run: Timestamp,
    /// A file and its SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<(String, String)>,
    /// How an account ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<Ended>,
}

/// How an account ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) id: AccountId,
    #[serde(flatten)]
    pub(super) state: AccountState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) read_at: Option<Timestamp>,
}

/// Appends a line. It survives the process at once, and a power failure a little later: a line that is lost then costs
/// only another reading of its account.
pub(super) fn append(root: &Path, line: &Line) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    let mut file: File = options.open(root.join(JOURNAL))?;
    file.write_all(&text)
}

/// The lines of the run that `manifest` belongs to, in order.
pub(super) fn read(root: &Path, manifest: &Manifest) -> io::Result<Vec<Line>> {
    let text = match fs::read(root.join(JOURNAL)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let lines = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let lines = lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    Ok(lines.filter(|line| line.run == manifest.started).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(started: &str) -> Manifest {
        let text = format!(r#"{{"format":1,"tool":"t","started":"{started}","ledger":{{}},"files":{{}}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    fn line(started: &str, id: &str) -> Line {
        let state = AccountState::Complete;
        let ended = Ended { id: AccountId::parse(id).unwrap(), state, read_at: Some(started.parse().unwrap()) };
        Line { run: started.parse().unwrap(), file: Some(("a".into(), "b".into())), account: Some(ended) }
    }

    #[test]
    fn a_torn_line_and_the_lines_of_another_run_are_no_lines() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let old = "2026-01-01T00:00:00Z";
        let new = "2026-01-02T00:00:00Z";
        for (run, id) in [(old, "000000000001"), (new, "000000000002"), (new, "000000000003")] {
            append(root, &line(run, id)).unwrap();
        }
        let path = root.join(JOURNAL);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        assert_eq!(read(root, &manifest(new)).unwrap(), [line(new, "000000000002")]);
        assert!(read(&root.join("none"), &manifest(new)).unwrap().is_empty());
    }
}
