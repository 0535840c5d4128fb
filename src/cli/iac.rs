//! `--iac DIR`: which files define what findings are about.

use std::path::{Component, Path};

use super::error::CliError;
use super::output::Console;
use crate::diagnostic::{Code, Diagnostic};
use crate::iac::{self, Definitions, Unread};
use crate::report::terminal::diagnostic::Level;
use crate::report::terminal::names::plural;

/// Files that a warning names.
const NAMED: usize = 5;

/// Before any work is done: the directory exists, and a format makes use of it.
pub(super) fn check(dir: &Path, has_sarif: bool) -> Result<(), CliError> {
    if !has_sarif {
        return Err(CliError::usage(
            "`--iac` does nothing here",
            "--iac",
            "SARIF is the format that points at files",
            "add `-f sarif=rolehop.sarif`, or leave `--iac` out",
        ));
    }
    match (dir.is_dir(), dir.exists()) {
        (true, _) => Ok(()),
        (false, true) => Err(unreadable(dir, "it is a file, and files are looked for in a directory")),
        (false, false) => Err(unreadable(dir, "there is no such directory")),
    }
}

/// Reads the files; those that cannot be read are told, and nothing is lost but their lines.
pub(super) fn read(dir: &Path, console: &Console) -> Result<Definitions, CliError> {
    let sources = iac::read(dir, &prefix(dir)).map_err(|error| unreadable(dir, &error.to_string()))?;
    if let Some(first) = sources.unread.first() {
        console.diagnostic(&warning(&sources.unread, first), Level::Warning);
    }
    let found = &sources.definitions;
    let unnamed = match found.unnamed() {
        0 => String::new(),
        count => format!("; {} without a written-out name cannot be matched", plural(count, "other")),
    };
    let named = plural(found.named(), "definition");
    console.say(&format!("iac       {named} of IAM users, roles, groups and policies{unnamed}"));
    Ok(sources.definitions)
}

/// What places begin with, so that they are relative to where rolehop runs, which in a pipeline is the root of the repository; a directory
/// elsewhere is its own root.
fn prefix(dir: &Path) -> String {
    let here = std::env::current_dir().ok();
    let inside = here.as_deref().and_then(|here| dir.strip_prefix(here).ok());
    let relative = if dir.is_absolute() { inside } else { Some(dir) };
    let mut parts = Vec::new();
    for component in relative.into_iter().flat_map(Path::components) {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::CurDir => {}
            // it leads out of here
            _ => return String::new(),
        }
    }
    parts.join("/")
}

fn unreadable(dir: &Path, why: &str) -> CliError {
    let shown = dir.display().to_string();
    CliError::usage(
        "`--iac` names no directory that can be read",
        shown,
        why,
        "name the directory of your Terraform or CloudFormation files",
    )
}

fn warning(unread: &[Unread], first: &Unread) -> Diagnostic {
    let named: Vec<&str> = unread.iter().take(NAMED).map(|file| file.file.as_str()).collect();
    let more = if unread.len() > NAMED { format!(" and {} more", unread.len() - NAMED) } else { String::new() };
    Diagnostic::new(
        Code::SourceNotRead,
        format!("cannot read {} of --iac", plural(unread.len(), "file")),
        format!("{}{more}", named.join(", ")),
        format!("{}: {}", first.file, first.reason),
        "results about what they define keep a synthetic path; correct the file, or leave it",
    )
}
