//! `rolehop scan`: collect, check and report in one go.

use super::arguments::Global;
use super::check::{self, ReportArgs};
use super::collect::collect_to;
use super::collect_args::CollectArgs;
use super::error::CliError;
use super::output::Console;
use super::places::config;
use super::workspace::Workspace;
use crate::diagnostic::Exit;

/// Collect, check and report in one run.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop scan --role-name audit-readonly\n  \
    rolehop scan --resume --role-name audit-readonly\n  \
    rolehop scan --role-name audit-readonly -f table -f sarif=rolehop.sarif")]
pub(super) struct Args {
    #[command(flatten)]
    reading: CollectArgs,
    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    args.report.check_sinks(global.output.as_deref())?;
    let config = config(global)?;
    args.report.check_rules(&config)?;
    let (options, place) = args.reading.placed(&config, global.snapshot.as_deref())?;
    collect_to(&options, &place, args.reading.metrics(), console)?;
    console.say(&format!("snapshot  {}", place.shown()));
    let workspace = Workspace::read(None, config, &options.snapshot_dir, global, console)?;
    check::report(&workspace, &args.report, None, global, console)
}
