//! `rolehop diff OLD NEW`: what changed between two snapshots.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::arguments::Global;
use super::compared::{CompareArgs, Side};
use super::error::CliError;
use super::location::Location;
use super::output::Console;
use super::places;
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::policy::Redacted;

/// Compare two snapshots: new and lost ways to targets, with their causes.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop diff snapshots/2026-08 snapshots/2026-11\n  \
    rolehop diff old new --fail-on new-path,high -f table -f markdown=comment.md\n  \
    rolehop diff old new --target prod --only paths -f csv -o changes.csv")]
pub(super) struct Args {
    /// Snapshot as it was
    old: PathBuf,
    /// Snapshot as it is
    new: PathBuf,
    #[command(flatten)]
    compare: CompareArgs,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    if global.redacts_accounts() {
        return Err(CliError::usage(
            "`rolehop diff` does not take `--redact=accounts`",
            "--redact",
            "a pseudonym would stand for one account in the old snapshot and for another in the new one",
            "leave `accounts` out of `--redact` (ROLEHOP_REDACT)",
        ));
    }
    if global.snapshot.is_some() {
        return Err(CliError::usage(
            "`rolehop diff` does not take `--snapshot`",
            "--snapshot",
            "it compares the two snapshots that are its arguments",
            "name both: `rolehop diff OLD NEW`",
        ));
    }
    let sinks = args.compare.sinks(global.output.as_deref())?;
    let (mut old, _old_place) = open(&args.old, None, global, console)?;
    let now = old.snapshot.taken_at().is_none().then(|| old.estate.at());
    let (mut new, _new_place) = open(&args.new, now, global, console)?;
    if global.redacts_external_ids() {
        // ids that are equal on both sides stay equal
        let mut redacted = Redacted::default();
        old.estate.redact_external_ids_alike(&mut redacted);
        new.estate.redact_external_ids_alike(&mut redacted);
    }
    let shown = [&args.old, &args.new].map(|path| path.display().to_string());
    let [of_old, of_new] = &shown;
    let old = Side { workspace: &old, graph: &old.graph_of(&args.compare.edges), shown: of_old };
    let new = Side { workspace: &new, graph: &new.graph_of(&args.compare.edges), shown: of_new };
    let compared = args.compare.run(old, new, |_| {}, &sinks, console)?;
    compared.suggest(&args.compare.edges, &Global { snapshot: Some(args.new.clone()), ..global.clone() }, console);
    console.say(&format!("exit {}: {}", compared.exit.code(), args.compare.meaning(compared.exit)));
    Ok(compared.exit)
}

/// Of two snapshots that do not say when they were taken, both are judged as of one time, `now`. The place is kept as long as the
/// workspace.
fn open(
    path: &Path,
    now: Option<Timestamp>,
    global: &Global,
    console: &Console,
) -> Result<(Workspace, Location), CliError> {
    let place = Location::read(path)?;
    let config = places::config_of_question(global)?;
    // external ids are redacted once both sides are read
    let at = global.at.or(now.filter(|_| !place.dir.join("manifest.json").is_file()));
    let global = Global { at, ..global.unredacted() };
    let workspace = Workspace::read(None, config, &place.dir, &global, console)?;
    Ok((workspace, place))
}
