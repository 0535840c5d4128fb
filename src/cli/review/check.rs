//! `rolehop review check FILE`: what is missing in a sheet that was filled in, and what changed since it was made.

use std::path::PathBuf;

use jiff::Timestamp;

use super::file::{named, read};
use super::sheet::of;
use super::shown::{Format, Shown};
use crate::cli::arguments::Global;
use crate::cli::error::CliError;
use crate::cli::output::Console;
use crate::cli::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::report::terminal::names::Names;
use crate::report::{json, review as report};
use crate::review::{Changes, Checked, NotCompared, Sheet, check};

/// Which sheet, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The sheet, filled in
    file: PathBuf,
    /// Look at the sheet alone: do not ask a snapshot what changed since
    #[arg(long)]
    sheet_only: bool,
    #[command(flatten)]
    shown: Shown,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let shown = &args.shown;
    let sinks = shown.sinks(global)?;
    let sheet = read(&args.file)?;
    let mut names = named(&sheet);
    let since = if args.sheet_only { Err(NotCompared::SheetOnly) } else { since(&sheet, &mut names, global, console)? };
    let checked = check(&sheet, since, global.at.unwrap_or_else(Timestamp::now));
    for sink in sinks {
        console.write(sink.file.as_deref(), |style, out| match sink.format {
            Format::Table => report::checked(&checked, shown.table.most(), &names, style, out),
            Format::Json => json::write(&checked, out),
            Format::Csv => report::checked_csv(&checked, &names, shown.table.formulas(), out),
        })?;
    }
    let exit = Exit::of(checked.is_whole(), !checked.is_done());
    console.say(&format!("exit {}: {}", exit.code(), meaning(exit, &checked)));
    Ok(exit)
}

/// What the snapshot shows that is another than on the sheet, or why it cannot be asked.
fn since(
    sheet: &Sheet,
    names: &mut Names,
    global: &Global,
    console: &Console,
) -> Result<Result<Changes, NotCompared>, CliError> {
    let frozen = &sheet.frozen;
    if frozen.targets.is_empty() {
        return Ok(Err(NotCompared::NoTargets));
    }
    let workspace = Workspace::open(global, console)?;
    names.extend(workspace.names());
    if !frozen.snapshot.is_empty() && workspace.snapshot.digest().as_ref() == Some(&frozen.snapshot) {
        return Ok(Err(NotCompared::SameSnapshot));
    }
    let now = of(&frozen.targets, &workspace, &workspace.graph())?;
    Ok(Ok(Changes::between(sheet, &now)))
}

fn meaning(exit: Exit, checked: &Checked) -> &'static str {
    match exit {
        Exit::Clean if checked.since.is_none() => "every line is decided; nothing was compared",
        Exit::Clean => "every line is decided, and nothing changed since that was not decided",
        Exit::Findings => "something is left to do",
        Exit::Incomplete => "nothing is left to do as far as can be told: data is missing",
        Exit::IncompleteWithFindings => "something is left to do, and data is missing",
        _ => "",
    }
}
