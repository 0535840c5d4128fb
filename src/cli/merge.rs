//! `rolehop merge`: one snapshot of several parts, with the proof that nothing was left out.

use std::path::PathBuf;

use jiff::SignedDuration;

use super::accounts::coverage;
use super::arguments::Global;
use super::error::CliError;
use super::location::account_list;
use super::location::{self, Location};
use super::output::Console;
use super::replaced::Before;
use super::workspace::names;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::ids::AccountId;
use crate::model::Estate;
use crate::report::terminal::diagnostic::Level;
use crate::report::terminal::names::plural;
use crate::report::terminal::{compute, ledger};
use crate::snapshot::Snapshot;
use crate::snapshot::ledger::LedgerView;
use crate::snapshot::merge::{Merged, merge};

/// Merge the parts that several processes have read into one snapshot.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop merge shard-1 shard-2 shard-3 --into whole\n  \
    rolehop merge shards/* --into whole --accounts-file accounts.csv")]
pub(super) struct Args {
    /// Snapshots made with `collect --accounts-file LIST --shard I/N`
    #[arg(required_unless_present = "parts_under", value_name = "DIR")]
    parts: Vec<PathBuf>,
    /// All snapshots directly below this directory or s3:// place
    #[arg(long, value_name = "DIR", conflicts_with = "parts")]
    parts_under: Option<PathBuf>,
    /// Where to write the merged snapshot
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// The accounts list, to name the accounts of parts that are missing
    #[arg(long, value_name = "FILE")]
    accounts_file: Option<PathBuf>,
    /// Longest time between the first start and the last end
    #[arg(long, value_name = "TIME", default_value = "6h")]
    max_skew: SignedDuration,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let list = args.accounts_file.as_deref().map(account_list).transpose()?;
    let accounts: Option<Vec<AccountId>> = list.map(|list| list.share(None).0);
    let parts = match &args.parts_under {
        Some(under) => {
            let parts = location::parts_under(under)?;
            // the output of an earlier merge is not a part
            parts.into_iter().filter(|part| *part != args.into).collect()
        }
        None => args.parts.clone(),
    };
    let parts: Vec<Location> = parts.iter().map(|part| Location::read(part)).collect::<Result<_, _>>()?;
    let dirs: Vec<PathBuf> = parts.iter().map(|part| part.dir.clone()).collect();
    let into = Location::write(&args.into, false)?;
    let before = Before::at(&into);
    let merged = merge(&dirs, accounts.as_deref(), &into.dir, args.max_skew);
    let Merged { manifest, missing, doubled } = merged.map_err(|error| CliError::new(error.diagnostic()))?;
    if !missing.is_empty() {
        let shards: Vec<String> = missing.iter().map(ToString::to_string).collect();
        let are = if missing.len() == 1 { "is" } else { "are" };
        let what = format!("{} {are} missing", plural(missing.len(), "part"));
        let next = "run these shards again and merge once more; until then their accounts are unknown, not clean";
        let diagnostic = Diagnostic::new(
            Code::PartsMissing,
            what,
            format!("shards {}", shards.join(", ")),
            "no snapshot of them was named",
            next,
        );
        console.diagnostic(&diagnostic, Level::Warning);
    }
    if !doubled.is_empty() {
        console.say(&format!("note      {} accounts are in two parts; the later reading counts", doubled.len()));
    }
    before.warn(&manifest.ledger, &into, console);
    into.publish()?;
    let snapshot = Snapshot::open(&into.dir)?;
    let estate = Estate::build(&snapshot, manifest.started)?;
    let view = LedgerView { organization: estate.gaps_of_organization(&manifest.gaps), ..estate.ledger().view() };
    console.write(global.output.as_deref(), |style, out| {
        writeln!(out, "Snapshot  {}", args.into.display())?;
        ledger::ledger(&view, &names(&estate), style, out)?;
        match coverage(&snapshot, &estate) {
            Some(coverage) => compute::compute(&coverage, &names(&estate), style, out),
            None => Ok(()),
        }
    })?;
    Ok(Exit::of(view.is_complete(), false))
}
