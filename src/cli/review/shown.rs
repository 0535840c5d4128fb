//! Options of `review check` and `review diff`: in which format, and how much of it.

use crate::cli::arguments::Global;
use crate::cli::error::CliError;
use crate::cli::file_sinks::{FileSink, sinks};
use crate::cli::table_args::TableArgs;

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
    #[command(flatten)]
    pub(super) table: TableArgs,
}

impl Shown {
    /// Where it goes.
    pub(super) fn sinks(&self, global: &Global) -> Result<Vec<FileSink<Format>>, CliError> {
        let short = [(self.json, Format::Json), (self.csv, Format::Csv)];
        let short = short.into_iter().filter_map(|(is_set, format)| is_set.then_some(format));
        sinks(&self.format, short, global.output.as_deref())
    }
}
