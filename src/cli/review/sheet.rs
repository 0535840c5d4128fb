//! `rolehop review TARGET…`: who reaches the targets, line by line, to be decided.

use crate::answer::MfaOfPeople;
use crate::cli::arguments::{EdgeKinds, Global};
use crate::cli::error::CliError;
use crate::cli::file_sinks::{FileSink, sinks};
use crate::cli::log;
use crate::cli::next;
use crate::cli::output::Console;
use crate::cli::table_args::TableArgs;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::graph::TrustGraph;
use crate::report::terminal::names::plural;
use crate::report::{json, review as report};
use crate::review::Sheet;
use crate::roster::roster;

/// Which targets, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// Targets to review, as who-can takes them
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    /// table, json, csv or html; =FILE writes a file
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_delimiter = ',', env = "ROLEHOP_FORMAT")]
    format: Vec<FileSink<Format>>,
    /// The sheet to fill in: short for --format csv
    #[arg(long)]
    csv: bool,
    /// The sheet to print: short for --format html
    #[arg(long)]
    html: bool,
    /// Short for --format json
    #[arg(long)]
    json: bool,
    /// Make a sheet even if data is missing that could add lines; it says so
    #[arg(long)]
    allow_partial: bool,
    #[command(flatten)]
    table: TableArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Html,
}

pub(super) fn run(args: &Wanted, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let short = [(args.csv, Format::Csv), (args.html, Format::Html), (args.json, Format::Json)];
    let short = short.into_iter().filter_map(|(is_set, format)| is_set.then_some(format));
    let sinks = sinks(&args.format, short, global.output.as_deref())?;
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph();
    let sheet = of(&args.targets, &workspace, &graph)?;
    let is_whole = sheet.frozen.missing.is_empty();
    if !is_whole && !args.allow_partial {
        return Err(not_whole(&sheet));
    }
    for sink in &sinks {
        console.write(sink.file.as_deref(), |style, out| match sink.format {
            Format::Table => report::table(&sheet, args.table.most(), style, out),
            Format::Json => json::write(&sheet, out),
            Format::Csv => report::csv(&sheet, args.table.formulas(), out),
            Format::Html => report::html(&sheet, out),
        })?;
    }
    if sinks.iter().all(|sink| sink.format == Format::Table) {
        let words = ["review"].into_iter().chain(args.targets.iter().map(String::as_str));
        let words: Vec<&str> = words.chain(["--csv", "-o", "review.csv"]).collect();
        next::suggest(&words, global, console);
    }
    Ok(Exit::of(is_whole, false))
}

/// The sheet of these targets.
pub(super) fn of(targets: &[String], workspace: &Workspace, graph: &TrustGraph<'_>) -> Result<Sheet, CliError> {
    let digest = workspace.snapshot.digest();
    let mfa = MfaOfPeople { claim: workspace.config.people.mfa.clone() };
    let made = || roster(graph, targets, workspace.targets(), digest, &mfa);
    let mut sheet = log::phase("review", made, |sheet| sheet.lines.len())?;
    sheet.frozen.not_followed = EdgeKinds::left_out(&workspace.config);
    Ok(sheet)
}

fn not_whole(sheet: &Sheet) -> CliError {
    const NAMED: usize = 5;
    let missing = &sheet.frozen.missing;
    let more = missing.len().saturating_sub(NAMED);
    let mut named: Vec<String> = missing.iter().take(NAMED).cloned().collect();
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    CliError::new(Diagnostic::new(
        Code::ReviewNotWhole,
        "the review would not be whole, and was not written",
        format!("{} of {}", plural(missing.len(), "gap"), sheet.frozen.targets.join(", ")),
        format!("data that could add lines was not read: {}", named.join("; ")),
        "read what is missing (`rolehop doctor` shows what is denied), or make a sheet that says so with --allow-partial",
    ))
}
