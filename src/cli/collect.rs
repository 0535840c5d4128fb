//! `rolehop collect`, and the run of the collector that `scan` shares.

use std::path::Path;
use std::sync::Mutex;

use super::arguments::Global;
use super::collect_args::CollectArgs;
use super::error::CliError;
use super::location::Location;
use super::metrics;
use super::open_files;
use super::output::{self, Console};
use super::places::config;
use super::progress::ConsoleProgress;
use super::replaced::Before;
use super::signals;
use crate::collect::{self, CollectOptions};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::report::terminal::ledger;
use crate::report::terminal::names::Names;
use crate::snapshot::Snapshot;
use crate::snapshot::ledger::LedgerView;
use crate::snapshot::manifest::Manifest;

/// Read an organization into a snapshot.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop collect --role-name audit-readonly\n  \
    rolehop collect --role-name audit-readonly --accounts 111122223333")]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) reading: CollectArgs,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    global.output.as_deref().map_or(Ok(()), output::check_place)?;
    let config = config(global)?;
    let (options, place) = args.reading.placed(&config, global.snapshot.as_deref())?;
    let manifest = collect_to(&options, &place, args.reading.metrics(), console)?;
    let snapshot = Snapshot::open(&options.snapshot_dir)?;
    // the accounts' files stay on disk: counting a million roles must not need them in memory
    let listed = snapshot.organization().and_then(|organization| organization.accounts.as_deref()).unwrap_or_default();
    let names: Names = listed.iter().map(|account| (account.id.to_string(), account.name.clone())).collect();
    let part = options.share.as_ref().filter(|share| share.shard.is_some());
    let settings = manifest.settings.as_ref();
    let selected = settings.map(|settings| settings.facets.of_accounts().collect()).unwrap_or_default();
    let view = match part {
        // what other parts have is not this one's concern: `merge` proves that nothing is left out
        Some(share) => {
            let organization = if share.reads_organization() { manifest.gaps } else { Vec::new() };
            LedgerView { organization, selected, ..manifest.ledger.view() }
        }
        None => LedgerView { organization: manifest.gaps, selected, ..manifest.ledger.view() },
    };
    console.write(global.output.as_deref(), |style, out| {
        writeln!(out, "Snapshot  {}", place.shown())?;
        if let Some(shard) = part.and_then(|share| share.shard) {
            writeln!(out, "Part      {shard}: `rolehop merge` makes the whole of all parts")?;
        }
        ledger::ledger(&view, &names, style, out)
    })?;
    Ok(Exit::of(view.is_complete(), false))
}

/// Collects, publishes what was read, and writes the run's metrics, even if the run did not finish.
pub(super) fn collect_to(
    options: &CollectOptions,
    place: &Location,
    metrics: Option<&Path>,
    console: &Console,
) -> Result<Manifest, CliError> {
    let before = Before::at(place);
    let progress = ConsoleProgress::new(console);
    let result = collect_into(options, &progress, console);
    let told = metrics.map_or(Ok(()), |to| metrics::write(to, options, progress.course(result.is_err()), console));
    let saved = options.snapshot_dir.join("manifest.json").exists();
    if saved {
        place.publish()?;
    }
    // why the run failed matters more than why its metrics were not written
    let manifest = result?;
    before.warn(&manifest.ledger, place, console);
    told.map(|()| manifest)
}

/// Runs the collector on a runtime of its own.
pub(super) fn collect_into(
    options: &CollectOptions,
    progress: &ConsoleProgress<'_>,
    console: &Console,
) -> Result<Manifest, CliError> {
    let runtime = runtime()?;
    let options = &within_limits(options, console);
    let signalled = Mutex::new(None);
    let result = runtime.block_on(async {
        tokio::select! {
            done = collect::collect(options, progress) => done.map_err(CliError::from),
            exit = signals::watch(&options.stop, &signalled, |text| progress.say(text)) => Err(CliError::signalled(
                exit,
                Diagnostic::new(
                    Code::Interrupted,
                    "the collection was interrupted",
                    options.snapshot_dir.display().to_string(),
                    "it was asked twice to stop, and ended where it stood",
                    "the same command with `--resume` goes on",
                ),
            )),
        }
    });
    progress.finish();
    // pending AWS responses must not delay the exit
    runtime.shutdown_background();
    result.map_err(|mut error| {
        if error.exit == Exit::Interrupted
            && let Ok(signalled) = signalled.lock()
        {
            error.exit = signalled.unwrap_or(error.exit);
        }
        if matches!(error.exit, Exit::Interrupted | Exit::Terminated) {
            error.diagnostic.next = resume_command();
        }
        error
    })
}

/// Limits the calls in flight to the files that this process may have open.
fn within_limits(options: &CollectOptions, console: &Console) -> CollectOptions {
    let mut options = options.clone();
    if let Some(calls) = open_files::calls().filter(|calls| *calls < options.concurrency) {
        console.say(&format!(
            "note: {calls} calls at once instead of {}: this process may have few files open (`ulimit -n`)",
            options.concurrency
        ));
        options.concurrency = calls;
    }
    options
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| CliError::new(super::error::internal(&format!("the asynchronous runtime: {e}"))))
}

/// The command that continues where this one stopped. An external id or MFA code on the command line is not repeated.
fn resume_command() -> String {
    let mut words: Vec<String> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(word) = arguments.next() {
        let (option, value) = word.split_once('=').map_or((word.as_str(), None), |(o, v)| (o, Some(v)));
        if ["--external-id", "--mfa-code"].contains(&option) {
            words.push(format!("{option} …"));
            if value.is_none() {
                arguments.next();
            }
        } else if word != "--resume" {
            words.push(crate::shell::word(&word));
        }
    }
    format!("`rolehop {} --resume`", words.join(" "))
}
