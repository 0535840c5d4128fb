//! Files of results: whole, or not there.
//!
//! Owns: temporary names, permissions, and what is left where there is no room.
//! INVARIANT: under the name of a result stands all of it, or what stood there before: half a CSV looks like a whole one.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::first_error::{self, Render};

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// A report reveals as much about an organization as the snapshot it comes from.
    Owner,
    /// What says nothing about an organization is readable as the user's other files are.
    Usual,
}

/// Writes where a user said. An existing file keeps its permissions, of a link what it names is replaced, and what is no regular file
/// (a pipe, a device) takes what comes.
pub(super) fn write(path: &Path, readers: Readers, render: Render<'_>) -> io::Result<()> {
    // a name of what is open already; it may be the only one
    let is_open = ["/dev", "/proc"].iter().any(|of_system| path.starts_with(of_system));
    match (fs::canonicalize(path), fs::symlink_metadata(path)) {
        (Ok(place), _) if !is_open && place.is_file() => {
            let permissions = fs::metadata(&place)?.permissions();
            replace(&place, readers, Some(permissions), render)
        }
        (Err(_), Err(_)) => replace(path, readers, None, render),
        _ => over(path, readers, render),
    }
}

/// Replaces a file of a directory of results by one that its owner alone can read, whatever it replaces.
pub(super) fn replace_own(path: &Path, render: Render<'_>) -> io::Result<()> {
    replace(path, Readers::Owner, None, render)
}

/// Temporary file, then rename: a reader finds the old result or the new one.
fn replace(path: &Path, readers: Readers, permissions: Option<Permissions>, render: Render<'_>) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.tmp-{}", std::process::id()));
    let file = match create(&temporary, readers) {
        // a file of this user in a directory of somebody else
        Err(_) if permissions.is_some() => return over(path, readers, render),
        file => file?,
    };
    let written = rendered(file, render).and_then(|file| {
        permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
        file.sync_all()?;
        // a file that a container was given by itself has no other name
        let mut copy = |out: &mut (dyn Write + Send)| io::copy(&mut File::open(&temporary)?, out).map(drop);
        fs::rename(&temporary, path).or_else(|_| over(path, readers, &mut copy))
    });
    // nothing is there after a rename; else the first error says what happened
    let _ = fs::remove_file(&temporary);
    written
}

/// Writes over what is there. Of a file that was not filled nothing is left.
fn over(path: &Path, readers: Readers, render: Render<'_>) -> io::Result<()> {
    let file = options(readers).create(true).truncate(true).open(path)?;
    let written = rendered(file.try_clone()?, render);
    if written.is_err() && path.is_file() {
        let _ = file.set_len(0);
    }
    written.map(drop)
}

fn rendered(file: File, render: Render<'_>) -> io::Result<File> {
    let mut out = BufWriter::new(file);
    first_error::rendered(&mut out, render)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A new file; never follows an existing file or link.
fn create(path: &Path, readers: Readers) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    options(readers).create_new(true).open(path)
}

fn options(readers: Readers) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = readers;
    options
}
