//! `rolehop review`: the sheet of an access review, what changed between two, and whether one was filled in.

mod check;
mod diff;
mod file;
mod sheet;

use super::arguments::Global;
use super::error::CliError;
use super::file_sinks::{FileSink, sinks};
use super::output::Console;
use crate::diagnostic::Exit;
use crate::report::csv::Formulas;

/// Make, compare and check the sheets of an access review
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    before_help = "Examples:\n  rolehop review prod --csv -o review-2026-q4.csv\n  \
        rolehop review prod ou:/Workloads/Staging -f csv=review.csv -f html=review.html\n  \
        rolehop review check review-2026-q4.csv\n  rolehop review diff review-2026-q3.csv review-2026-q4.csv"
)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    sheet: sheet::Wanted,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show who came, went or changed between two sheets
    #[command(before_help = "Examples:\n  rolehop review diff review-2026-q3.csv review-2026-q4.csv\n  \
        rolehop review diff old.csv new.csv --csv -o changes.csv")]
    Diff(diff::Args),
    /// Find what is missing in a sheet that was filled in, and what changed since
    #[command(before_help = "Examples:\n  rolehop review check review-2026-q4.csv\n  \
        rolehop review check review-2026-q4.csv --snapshot snapshots/2026-12")]
    Check(check::Args),
}

/// Lines of a kind that a table shows.
const LINES: usize = 20;

/// The formats of what is not a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

/// How what is not a sheet is shown.
#[derive(Debug, clap::Args)]
struct Shown {
    /// table, json or csv; =FILE writes a file
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_delimiter = ',', env = "ROLEHOP_FORMAT")]
    format: Vec<FileSink<Format>>,
    /// Short for --format json
    #[arg(long)]
    json: bool,
    /// Short for --format csv
    #[arg(long)]
    csv: bool,
    /// Lines of each kind in the table
    #[arg(long, value_name = "N", default_value_t = LINES)]
    limit: usize,
    /// Every line in the table
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Do not defuse CSV cells that look like formulas
    #[arg(long)]
    csv_raw: bool,
}

impl Shown {
    /// Where it goes.
    fn sinks(&self, global: &Global) -> Result<Vec<FileSink<Format>>, CliError> {
        let short = [(self.json, Format::Json), (self.csv, Format::Csv)];
        let short = short.into_iter().filter_map(|(is_set, format)| is_set.then_some(format));
        sinks(&self.format, short, Format::Table, global.output.as_deref())
    }

    fn most(&self) -> usize {
        if self.all { usize::MAX } else { self.limit }
    }

    fn formulas(&self) -> Formulas {
        if self.csv_raw { Formulas::Raw } else { Formulas::Defused }
    }
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    if global.redacts_accounts() {
        return Err(CliError::usage(
            "a review cannot be redacted",
            "--redact",
            "its lines would not be known again",
            "leave `--redact=accounts` (ROLEHOP_REDACT) out",
        ));
    }
    match &args.action {
        None => sheet::run(&args.sheet, global, console),
        Some(Action::Diff(args)) => diff::run(args, global, console),
        Some(Action::Check(args)) => check::run(args, global, console),
    }
}
