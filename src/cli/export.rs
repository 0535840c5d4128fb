//! `rolehop export`.

use clap::{Subcommand, ValueEnum};

use super::arguments::{EdgeKinds, Global};
use super::error::CliError;
use super::export_graph;
#[cfg(feature = "parquet")]
use super::export_parquet;
use super::missing_edges;
use super::output::Console;
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::graph::query;
use crate::report::csv::{self, Formulas};
use crate::report::json;

/// Export the graph for other programs.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop export edges --format json --include-unknown -o edges.json\n  \
    rolehop export graph --target prod > prod.dot")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every direct edge: who can assume which role
    #[command(
        before_help = "Examples:\n  rolehop export edges > edges.csv\n  rolehop export edges --format json -o edges.json"
    )]
    Edges {
        /// Format of the list
        #[arg(short, long, value_name = "FORMAT", default_value = "csv")]
        format: Format,
        /// Include edges that rest on missing data
        #[arg(long)]
        include_unknown: bool,
        /// Do not defuse cells that look like formulas
        #[arg(long)]
        csv_raw: bool,
        #[command(flatten)]
        edges: EdgeKinds,
    },
    /// Pictures: a path, the surroundings of a target, or everything
    Graph(export_graph::Args),
    /// Tables for DuckDB, Athena or Spark: principals, edges, findings
    #[cfg(feature = "parquet")]
    Parquet(export_parquet::Args),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let (format, include_unknown, csv_raw, kinds) = match &args.what {
        What::Edges { format, include_unknown, csv_raw, edges } => (format, include_unknown, csv_raw, edges),
        What::Graph(args) => return export_graph::run(args, global, console),
        #[cfg(feature = "parquet")]
        What::Parquet(args) => return export_parquet::run(args, global, console),
    };
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph_of(kinds);
    let edges = query::all_edges(&graph, *include_unknown);
    let formulas = if *csv_raw { Formulas::Raw } else { Formulas::Defused };
    console.write(global.output.as_deref(), |_, out| match format {
        Format::Csv => csv::edges(edges.iter(), formulas, out),
        Format::Json => json::write(&edges, out),
    })?;
    workspace.leave_index(&graph);
    let complete = missing_edges::say(&edges, *include_unknown, &workspace, console);
    Ok(Exit::of(complete, false))
}
