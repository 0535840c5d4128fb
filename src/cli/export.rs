//! `rolehop export`.

use clap::{Subcommand, ValueEnum};

use super::arguments::{EdgeKinds, Global};
use super::error::CliError;
use super::exit::Exit;
use super::output::Console;
use super::session::Session;
use crate::graph::{TrustGraph, query};
use crate::report::csv::{self, Formulas};
use crate::report::json;

/// Everything in a form for other programs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rolehop export edges\n  rolehop export edges --format json --include-unknown -o edges.json"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every direct edge: who may assume which role
    Edges {
        /// How to print them
        #[arg(short, long, value_name = "FORMAT", default_value = "csv")]
        format: Format,
        /// Edges that rest on missing data too
        #[arg(long)]
        include_unknown: bool,
        /// Leave cells that look like formulas as they are
        #[arg(long)]
        csv_raw: bool,
        #[command(flatten)]
        _edges: EdgeKinds,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let session = Session::open(global, console)?;
    let What::Edges { format, include_unknown, csv_raw, .. } = &args.what;
    let rows = query::edges(&TrustGraph::new(&session.estate), *include_unknown);
    let formulas = if *csv_raw { Formulas::Raw } else { Formulas::Defused };
    console.write(global.output.as_deref(), |_, out| match format {
        Format::Csv => csv::edges(&rows, formulas, out),
        Format::Json => json::write(&rows, out),
    })?;
    if !session.is_complete() {
        let view = session.ledger();
        console.say(&format!(
            "incomplete: {} of {} accounts were not wholly read, so edges may be missing (rolehop accounts --incomplete)",
            view.incomplete.len(),
            view.listed
        ));
    }
    Ok(Exit::of(session.is_complete(), false))
}
