//! `rolehop config init`: a configuration that a person completes.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::file::{self, Source};
use crate::cli::arguments::Global;
use crate::cli::error::CliError;
use crate::cli::output::Console;
use crate::cli::places::{self, Place};
use crate::cli::workspace::Workspace;
use crate::config::{Config, FILE_NAME};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::proposal::Proposal;
use crate::shell;

/// Standard output in place of a file.
const PRINTED: &str = "-";

pub(super) fn run(force: bool, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let file = global.output.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let printed = file.as_os_str() == PRINTED;
    if !printed && !force && file.exists() {
        return Err(exists(&file));
    }
    // a configuration that is replaced may be the one that is wrong
    let config = match places::config_of_question(global) {
        Err(_) if force => Config::default(),
        read => read?,
    };
    let snapshot_dir = config.scan.snapshot_dir.clone();
    let workspace = match places::snapshot_with(global, &config, false, console) {
        Ok(snapshot) => Some((snapshot.clone(), Workspace::at(Place { snapshot, config }, global, console)?)),
        Err(none) if none.diagnostic.code == Code::NoSnapshot => None,
        Err(error) => return Err(error),
    };
    let text = match &workspace {
        Some((snapshot, workspace)) => {
            let manifest = workspace.snapshot.manifest();
            let role = manifest.and_then(|m| m.settings.as_ref()).map(|settings| settings.role_name.as_str());
            let taken = workspace.snapshot.taken_at();
            let source = Source { snapshot, taken, role, snapshot_dir: snapshot_dir.as_deref() };
            file::proposed(&Proposal::of(&workspace.estate), &source)
        }
        None => {
            console
                .say("note: no snapshot was found, so nothing is proposed: every key stands in the file as a comment");
            file::starter()
        }
    };
    if printed {
        console.result(&text)?;
        return Ok(Exit::Clean);
    }
    write(&file, &text, force)?;
    console.say(&format!("written   {}", file.display()));
    next(&file, &text, workspace.is_some(), global, console);
    Ok(Exit::Clean)
}

/// Whoever reads this file may know the names of accounts and no more, so it is readable as any other file of a project.
fn write(file: &Path, text: &str, force: bool) -> Result<(), CliError> {
    let mut options = std::fs::File::options();
    // a file that appeared meanwhile is not replaced either
    if force {
        options.write(true).create(true).truncate(true)
    } else {
        options.write(true).create_new(true)
    };
    let mut opened = match options.open(file) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(exists(file)),
        opened => opened.map_err(|error| CliError::write(&file.display().to_string(), &error))?,
    };
    opened.write_all(text.as_bytes()).map_err(|error| CliError::write(&file.display().to_string(), &error))
}

fn exists(file: &Path) -> CliError {
    CliError::new(Diagnostic::new(
        Code::OutputExists,
        "the file exists already",
        file.display().to_string(),
        "a configuration that somebody wrote is not replaced unasked",
        "`--force` replaces it, `-o FILE` writes another, `-o -` prints it",
    ))
}

/// What to do with the file; `proposed` if it comes from a snapshot.
fn next(file: &Path, text: &str, proposed: bool, global: &Global, console: &Console) {
    let word = |path: &Path| shell::word(&path.display().to_string());
    let snapshot = global.snapshot.as_deref().map_or_else(String::new, |dir| format!(" --snapshot {}", word(dir)));
    let config = if file == Path::new(FILE_NAME) { String::new() } else { format!(" --config {}", word(file)) };
    let commands: &[&str] = match (proposed, text.contains("\n[targets.prod]")) {
        (true, true) => &["config check", "targets show prod", "who-can prod"],
        (true, false) => &["config check", "accounts"],
        (false, _) => &["config check", "scan --role-name NAME"],
    };
    console.say("");
    console.say(if proposed { "Next: look at the lines with `confirm:`, then" } else { "Next:" });
    for command in commands {
        console.command("  ", &format!("rolehop {command}{config}{snapshot}"));
    }
}
