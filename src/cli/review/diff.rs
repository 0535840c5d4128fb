//! `rolehop review diff OLD NEW`: who came, who went, whose access is another.

use std::path::PathBuf;

use super::file::{named, read};
use super::shown::{Format, Shown};
use crate::cli::arguments::Global;
use crate::cli::error::CliError;
use crate::cli::output::Console;
use crate::diagnostic::Exit;
use crate::report::{json, review as report};
use crate::review::Changes;

/// Which sheets, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Sheet of the earlier review
    old: PathBuf,
    /// Sheet of the later review
    new: PathBuf,
    #[command(flatten)]
    shown: Shown,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let changes = Changes::between(&old, &new);
    let mut names = named(&old);
    names.extend(named(&new));
    let shown = &args.shown;
    for sink in shown.sinks(global)? {
        console.write(sink.file.as_deref(), |style, out| match sink.format {
            Format::Table => report::changes_table(&changes, shown.table.most(), &names, style, out),
            Format::Json => json::write(&changes, out),
            Format::Csv => report::changes_csv(&changes, &names, shown.table.formulas(), out),
        })?;
    }
    Ok(Exit::of(changes.is_whole(), false))
}
