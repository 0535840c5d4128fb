//! `--output-dir`: every format that has a file, under its standard name, in one directory.
//!
//! Owns: how a file of the directory is replaced. INVARIANT: a file is whole or not there; its owner alone can read it, whatever it
//! replaces.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::CliError;
use super::output::Console;
use crate::report::formats::FORMATS;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};

/// Whether files can be put there, as far as that can be checked in advance: an hour of reading comes first.
pub(super) fn check(dir: &Path) -> Result<(), CliError> {
    let parents = dir.ancestors().filter(|parent| !parent.as_os_str().is_empty());
    match parents.into_iter().find(|parent| parent.exists()) {
        Some(parent) if !parent.is_dir() => Err(CliError::write(
            &dir.display().to_string(),
            &io::Error::other(format!("`{}` is not a directory", parent.display())),
        )),
        _ => Ok(()),
    }
}

/// The formats that have a file, each with its name.
fn named() -> impl Iterator<Item = (&'static Format, &'static str)> {
    FORMATS.iter().filter_map(|format| Some((format, format.file?)))
}

/// The files that are written there.
pub(super) fn files(dir: &Path) -> impl Iterator<Item = PathBuf> {
    named().map(|(_, name)| dir.join(name))
}

/// Writes the report in every such format, and says so.
pub(super) fn write(dir: &Path, report: &Report<'_>, console: &Console) -> Result<(), CliError> {
    make(dir).map_err(|e| CliError::write(&dir.display().to_string(), &e))?;
    let mut written = Vec::new();
    for (format, name) in named() {
        let path = dir.join(name);
        replace(&path, name, |out| console.rendered(out, |out| (format.write)(report, &Style::plain(), out)))
            .map_err(|e| CliError::write(&path.display().to_string(), &e))?;
        written.push(name);
    }
    console.say(&format!("written   {}: {}", dir.join("").display(), written.join(", ")));
    Ok(())
}

pub(super) fn make(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Temporary file, then rename: a reader finds the old report or the new one.
pub(super) fn replace(
    path: &Path,
    name: &str,
    render: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    let temporary = path.with_file_name(format!(".{name}.tmp-{}", std::process::id()));
    let written = create(&temporary).and_then(|file| {
        let mut out = BufWriter::new(file);
        render(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&temporary, path)
    });
    if written.is_err() {
        // the first error says what happened; a failure to clean up adds nothing to it
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file that only its owner can read: never follows an existing file or link.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
