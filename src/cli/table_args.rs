//! How much of an answer a table shows, and whether CSV is safe in a spreadsheet.

use crate::report::csv::Formulas;

/// Lines of a kind that the table shows.
const LINES: usize = 20;

/// `--limit`, `--all`, `--csv-raw`.
#[derive(Debug, clap::Args)]
pub(super) struct TableArgs {
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

impl TableArgs {
    pub(super) fn most(&self) -> usize {
        if self.all { usize::MAX } else { self.limit }
    }

    pub(super) fn formulas(&self) -> Formulas {
        if self.csv_raw { Formulas::Raw } else { Formulas::Defused }
    }
}
