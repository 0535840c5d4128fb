//! `rolehop export parquet`.

use std::io::{self, Write};
use std::path::Path;

use super::arguments::{EdgeKinds, Global};
use super::check::{self, ReportArgs};
use super::error::CliError;
use super::missing_edges;
use super::output::Console;
use super::output_dir;
use super::result_file::replace_own;
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::graph::query;
use crate::report::parquet;

/// Export principals, edges and findings as tables for DuckDB, Athena or Spark.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  rolehop export parquet -o tables\n  rolehop export parquet -o tables --include-unknown"
)]
pub(super) struct Args {
    /// Include edges that rest on missing data
    #[arg(long)]
    include_unknown: bool,
    #[command(flatten)]
    edges: EdgeKinds,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    if global.redacts_accounts() {
        return Err(CliError::usage(
            "`rolehop export parquet` does not take `--redact=accounts`",
            "--redact",
            "account ids cannot be replaced in tables that are compressed",
            "leave `accounts` out of `--redact` (ROLEHOP_REDACT), or export CSV",
        ));
    }
    let Some(dir) = global.output.as_deref() else {
        return Err(CliError::usage(
            "a directory for the tables is missing",
            "--output",
            "three files are written, which standard output has no room for",
            "rolehop export parquet -o DIR",
        ));
    };
    output_dir::check(dir)?;
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph_of(&args.edges);
    let found = check::evaluate(&workspace, &ReportArgs::default(), None, console)?;
    let edges = query::all_edges(&graph, args.include_unknown);
    workspace.leave_index(&graph);
    output_dir::make(dir).map_err(|e| CliError::write(&dir.display().to_string(), &e))?;
    write(dir, "principals.parquet", |out| parquet::principals(query::principals(&graph), out))?;
    write(dir, "edges.parquet", |out| parquet::edges(edges.iter(), out))?;
    write(dir, "findings.parquet", |out| parquet::findings(&found.set.findings, out))?;
    console.say(&format!("written   {}: principals.parquet, edges.parquet, findings.parquet", dir.join("").display()));
    let complete = missing_edges::say(&edges, args.include_unknown, &workspace, console);
    Ok(Exit::of(complete && found.is_complete(), false))
}

fn write(
    dir: &Path,
    name: &str,
    mut render: impl FnMut(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), CliError> {
    let path = dir.join(name);
    replace_own(&path, &mut render).map_err(|e| CliError::write(&path.display().to_string(), &e))
}
