//! One writer per snapshot: a lock that the operating system releases when its holder dies.
//!
//! Owns: the file `.lock`, who holds it, and whether a dead process left it behind. Does not know what is written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

const LOCK: &str = ".lock";

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    /// The earlier holder, if it died without releasing the lock.
    pub(super) left_by: Option<String>,
    /// Leaves the file, so that the next holder is told: what was begun there has no end.
    pub(super) is_left: bool,
}

/// Why the lock could not be taken.
#[derive(Debug)]
pub(super) enum Held {
    /// Another process holds it.
    By(String),
    /// The file system reported an error.
    Io(io::Error),
}

impl Lock {
    /// Takes the lock of a directory for the process that `holder` describes.
    pub(super) fn take(root: &Path, holder: &str) -> Result<Self, Held> {
        let path = root.join(LOCK);
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&path).map_err(Held::Io)?;
            let held = match file.try_lock() {
                Ok(()) => false,
                Err(TryLockError::WouldBlock) => true,
                Err(TryLockError::Error(error)) => return Err(Held::Io(error)),
            };
            let mut earlier = String::new();
            // the holder is only shown in messages; unreadable text counts as empty
            let _ = (&file).take(500).read_to_string(&mut earlier);
            let earlier = earlier.trim().to_owned();
            if held {
                return Err(Held::By(earlier));
            }
            if !is_same(&file, &path) {
                // its holder removed it after we opened and before we locked it
                continue;
            }
            let write = |file: &mut File| {
                file.set_len(0)?;
                file.rewind()?;
                writeln!(file, "{holder}")
            };
            write(&mut file).map_err(Held::Io)?;
            return Ok(Self { file, path, left_by: Some(earlier).filter(|text| !text.is_empty()), is_left: false });
        }
    }
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), path.metadata()) {
        (Ok(ours), Ok(theirs)) => ours.ino() == theirs.ino() && ours.dev() == theirs.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same(_: &File, path: &Path) -> bool {
    path.exists()
}

impl Drop for Lock {
    fn drop(&mut self) {
        // removed while still held; a lock file that remains is taken over by the next run
        if !self.is_left {
            let _ = std::fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_the_first_is() {
        let directory = tempfile::tempdir().unwrap();
        let first = Lock::take(directory.path(), "process 1").unwrap();
        let Err(Held::By(holder)) = Lock::take(directory.path(), "process 2") else { unreachable!() };
        assert_eq!(holder, "process 1");
        drop(first);
        assert!(!directory.path().join(LOCK).exists());
        assert_eq!(Lock::take(directory.path(), "process 2").unwrap().left_by, None);
    }

    #[test]
    fn a_lock_that_was_left_behind_is_taken_over() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(LOCK), "process 1 of yesterday\n").unwrap();
        let lock = Lock::take(directory.path(), "process 2").unwrap();
        assert_eq!(lock.left_by.as_deref(), Some("process 1 of yesterday"));
    }
}
