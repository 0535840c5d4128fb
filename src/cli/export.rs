//! `rolehop export`.

use clap::{Subcommand, ValueEnum};

use super::arguments::{EdgeKinds, Global};
use super::error::CliError;
use super::export_graph;
use super::output::Console;
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::graph::query::{self, Edges};
use crate::report::csv::{self, Formulas};
use crate::report::escape::escape;
use crate::report::json;
use crate::report::terminal::names::plural;

/// Export the graph for other programs.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop export edges --format json --include-unknown -o edges.json\n  \
    rolehop export graph --target prod | dot -Tsvg > prod.svg")]
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
        _edges: EdgeKinds,
    },
    /// Pictures: a path, the surroundings of a target, or everything
    Graph(export_graph::Args),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let (format, include_unknown, csv_raw) = match &args.what {
        What::Edges { format, include_unknown, csv_raw, .. } => (format, include_unknown, csv_raw),
        What::Graph(args) => return export_graph::run(args, global, console),
    };
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph();
    let edges = query::all_edges(&graph, *include_unknown);
    let formulas = if *csv_raw { Formulas::Raw } else { Formulas::Defused };
    console.write(global.output.as_deref(), |_, out| match format {
        Format::Csv => csv::edges(edges.iter(), formulas, out),
        Format::Json => json::write(&edges, out),
    })?;
    workspace.leave_index(&graph);
    let complete = say_what_is_missing(&edges, *include_unknown, &workspace, console);
    Ok(Exit::of(complete, false))
}

/// Rows have no room for missing data, so it is reported on standard error. True if nothing is missing.
fn say_what_is_missing(edges: &Edges, included: bool, workspace: &Workspace, console: &Console) -> bool {
    let shown = plural(edges.unknown, "edge");
    let (is, are) = if edges.unknown == 1 { ("is", "it") } else { ("are", "them") };
    match (edges.unknown, included) {
        (0, _) => {}
        (_, true) => {
            console.say(&format!("incomplete: {shown} {is} unknown, because data is missing (verdict `unknown`)"))
        }
        (_, false) => console.say(&format!(
            "incomplete: {shown} {is} unknown, because data is missing, and left out (--include-unknown shows {are})"
        )),
    }
    let unread = edges.unread.len();
    if unread > 0 {
        let accounts = plural(unread, "account");
        console.say(&format!("incomplete: the principals of {accounts} were not read, so edges of theirs are missing"));
    }
    let view = workspace.ledger();
    if !view.incomplete.is_empty() {
        console.say(&format!(
            "incomplete: {} of {} accounts were not read completely, so edges may be missing (rolehop accounts --incomplete)",
            view.incomplete.len(),
            view.listed
        ));
    }
    for gap in &view.organization {
        console.say(&format!("incomplete: {}: {}", gap.facet, escape(&gap.reason)));
    }
    edges.unknown == 0 && unread == 0 && view.is_complete()
}
