//! Options of `review check` and `review diff`: in which format, and how much of it.

use crate::cli::arguments::Global;
use crate::cli::error::CliError;
use crate::cli::file_sinks::{FileSink, sinks};
use crate::report::csv::Formulas;

/// Lines of a kind that a table shows.
pub(super) const LINES: usize = 20;

/// The formats of what is not a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
}

/// How what is not a sheet is shown.
#[derive(Debug, clap::Args)]
pub(super) struct Shown {
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
    pub(super) fn sinks(&self, global: &Global) -> Result<Vec<FileSink<Format>>, CliError> {
        let short = [(self.json, Format::Json), (self.csv, Format::Csv)];
        let short = short.into_iter().filter_map(|(is_set, format)| is_set.then_some(format));
        sinks(&self.format, short, Format::Table, global.output.as_deref())
    }

    pub(super) fn most(&self) -> usize {
        if self.all { usize::MAX } else { self.limit }
    }

    pub(super) fn formulas(&self) -> Formulas {
        if self.csv_raw { Formulas::Raw } else { Formulas::Defused }
    }
}
