//! `rolehop index`.

use super::arguments::Global;
use super::error::CliError;
use super::output::Console;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::graph::saved::FILE;
use crate::report::terminal::names::plural;

/// Write the index of a snapshot beside it: who leads where. `path`, `who-can` and `can` then open only the accounts that a question
/// can touch, and answer the same.
///
/// `check` and `export edges` leave one behind where a snapshot has 20,000 principals or more. An index of another snapshot, time or
/// version is not used and made anew; it is safe to delete.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop index\n  rolehop index --snapshot snapshots/2026-11-20T00-00-00Z")]
pub(super) struct Args {}

pub(super) fn run(_: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let workspace = Workspace::open(global, console)?;
    let place = workspace.snapshot.dir().join(FILE);
    let refused = |why: &str, next| {
        CliError::new(Diagnostic::new(
            Code::OutputNotWritten,
            "no index was written",
            place.display().to_string(),
            why,
            next,
        ))
    };
    let (saved, bytes) = workspace
        .write_index(&workspace.graph())
        .map_err(|error| refused(&error.to_string(), "copy the snapshot to a directory that can be written to"))?
        .ok_or_else(|| {
            refused(
                "a question may need every account: the snapshot is unfinished, gathered from several files an account or of several \
                 partitions, or lacks trust policies",
                "ask without an index: answers are the same",
            )
        })?;
    let edges = plural(saved.edges(), "edge");
    let principals = plural(saved.principals(), "principal");
    console.result(&format!(
        "{}: {} of {principals} in {}, {} kB\n",
        place.display(),
        edges,
        plural(saved.accounts(), "account"),
        bytes.div_ceil(1000)
    ))?;
    Ok(Exit::Clean)
}
