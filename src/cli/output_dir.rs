//! `--output-dir`: every format that has a file, under its standard name, in one directory.
//!
//! INVARIANT: its owner alone can read a file, whatever it replaces.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use super::error::CliError;
use super::output::Console;
use super::result_file::replace_own;
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
        replace_own(&path, &mut |out| console.rendered(out, &mut |out| (format.write)(report, &Style::plain(), out)))
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
