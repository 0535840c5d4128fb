//! `rolehop review`: the sheet of an access review, what changed between two, and whether one was filled in.

mod check;
mod diff;
mod file;
mod sheet;
mod shown;

use super::arguments::Global;
use super::error::CliError;
use super::output::Console;
use crate::diagnostic::Exit;

/// Make, compare and check the sheets of an access review
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    before_help = "Examples:\n  rolehop review prod --csv -o review-2026-q4.csv\n  \
        rolehop review prod staging -f csv=review.csv -f html=review.html\n  \
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
