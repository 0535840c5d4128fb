//! Files that are whole or absent: a temporary file, a sync, a rename.
//!
//! Owns: temporary names, syncs, permissions, the removal of what a killed run left. Does not know what a file is about.
//! INVARIANT: a file under its final name has been synced to disk in full.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::error::WriteError;

/// Writes a file that is derived from a snapshot beside it: whole, or not at all.
///
/// # Errors
/// If it cannot be written; an earlier file of that name is then unchanged.
pub(crate) fn write_beside(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_atomically(path, bytes, || Ok(()))
}

/// Temporary file, sync, rename: after a power failure there is the old file or the new one. `before` runs when the new
/// one is complete and does not have its name yet. The directory is synced once, before a manifest relies on it:
/// otherwise a thousand accounts would wait for the disk one after another.
pub(super) fn write_atomically(
    path: &Path,
    bytes: &[u8],
    before: impl FnOnce() -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.tmp-{}", std::process::id()));
    let written = write_whole(&temporary, bytes).and_then(|()| before()).and_then(|()| {
        fs::rename(&temporary, path).map_err(|source| WriteError::Io {
            action: "rename to",
            path: path.to_owned(),
            source,
        })
    });
    if written.is_err() {
        // the first error says what happened; a failure to clean up adds nothing to it
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = open_new(path)?;
    let write = |file: &mut File| {
        file.write_all(bytes)?;
        file.sync_all()
    };
    write(&mut file).map_err(|source| {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let path = path.to_owned();
        match source.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => WriteError::NoRoom { path, bytes: bytes.len(), source },
            _ => WriteError::Io { action: "write", path, source },
        }
    })
}

/// Creates a file that only its owner can read, whatever the umask. Never follows an existing file or link.
pub(super) fn open_new(path: &Path) -> Result<File, WriteError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    remove_if_there(path)?;
    let file =
        options.open(path).map_err(|source| WriteError::Io { action: "create", path: path.to_owned(), source })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(|source| WriteError::Io {
            action: "protect",
            path: path.to_owned(),
            source,
        })?;
    }
    Ok(file)
}

pub(super) fn remove_if_there(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(WriteError::Io { action: "remove", path: path.to_owned(), source }),
    }
}

pub(super) fn make_directory(path: &Path) -> Result<(), WriteError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| WriteError::Io { action: "create", path: path.to_owned(), source })
}

/// A rename is on disk only once its directory is. Windows has no such call and does not need one.
pub(super) fn sync_directory(path: &Path) -> Result<(), WriteError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let sync = || File::open(path)?.sync_all();
    sync().map_err(|source| WriteError::Io { action: "sync", path: path.to_owned(), source })
}

/// The temporary files of a killed run have names that no reader accepts. The lock proves that no run is writing one
/// now.
pub(super) fn remove_half_written(folder: &Path) -> Result<(), WriteError> {
    let failed = |source| WriteError::Io { action: "list", path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') && (name.contains(".tmp-") || name.starts_with(".probe-")) {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_half_written_is_removed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let names = [".manifest.json.tmp-7", ".000000000001.json.tmp-7", ".probe-7", ".lock", "manifest.json"];
        for name in names {
            fs::write(directory.path().join(name), "{").unwrap();
        }
        remove_half_written(directory.path()).unwrap();
        let is_left = names.map(|name| directory.path().join(name).exists());
        assert_eq!(is_left, [false, false, false, true, true]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("a/b");
        make_directory(&folder).unwrap();
        write_atomically(&folder.join("file"), b"x", || Ok(())).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let modes = [&directory.path().join("a"), &folder, &folder.join("file")].map(|path| mode(path));
        assert_eq!(modes, [0o700, 0o700, 0o600]);
    }

    #[test]
    fn a_file_that_may_not_have_its_name_yet_leaves_the_earlier_one_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write_atomically(&path, b"first", || Ok(())).unwrap();
        let refused = || Err(WriteError::Io { action: "note", path: path.clone(), source: io::Error::other("full") });
        assert!(write_atomically(&path, b"second", refused).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
