//! `rolehop path FROM TO`.

use serde_json::Value;

use super::arguments::{EdgeKinds, Global, List, ListFormat};
use super::error::{CliError, internal};
use super::missing_edges;
use super::output::Console;
use super::workspace::Workspace;
use crate::answer::{PathAnswer, PathAnswers, Verdict};
use crate::diagnostic::Exit;
use crate::graph::query;
use crate::graph::saved::Asked;
use crate::graph::{SelectError, TrustGraph};
use crate::report::terminal::path;
use crate::report::{csv, json};

/// Show the shortest path between two principals, with the proof of every hop.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop path dev-sandbox/ci-runner prod-core/deploy-admin\n  \
    rolehop path ec2.amazonaws.com prod --expect denied\n  \
    rolehop path security/alice prod -k 5 -f csv")]
pub(super) struct Args {
    /// ARN, account/name, account, service, provider, person (user name, address, name) or group of people
    from: String,
    /// Role: ARN or account/role; also an account or a configured target
    to: String,
    /// Exit with 3 if the verdict is another
    #[arg(long, value_name = "VERDICT")]
    expect: Option<Verdict>,
    /// Exit with 3 if there is a path
    #[arg(long, conflicts_with = "expect")]
    expect_none: bool,
    /// Say in JSON why not, as the table always does
    #[arg(long)]
    why_not: bool,
    /// Show the N best paths
    #[arg(short = 'k', long = "paths", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    count: Option<u16>,
    #[command(flatten)]
    edges: EdgeKinds,
    #[command(flatten)]
    format: ListFormat,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let (from, to) = (args.from.as_str(), args.to.as_str());
    let mut workspace = Workspace::open_following(Some(Asked::Between(from, to)), &args.edges, global, console)?;
    let mut answers = ask(args, &workspace);
    // where there is no way, what stands in it lies elsewhere
    if workspace.is_part() && !answers.as_ref().is_ok_and(|answers| has_path(answers)) {
        workspace.widen(Some(Asked::Around(from, to)), global)?;
        answers = ask(args, &workspace);
    }
    // and so may what was meant by a name
    if workspace.is_part() && answers.is_err() {
        workspace.widen(None, global)?;
        answers = ask(args, &workspace);
    }
    let answers = answers?;
    let names = workspace.names();
    console.write(global.output.as_deref(), |style, out| match (args.format.chosen(), args.count) {
        (List::Json, None) => json::write(&answers.first(), out),
        (List::Json, Some(_)) => json::write(&PathAnswers::new(&answers), out),
        (List::Csv, _) => csv::paths(&answers, args.format.formulas(), out),
        (List::Table, _) => path::trees(&answers, &names, style, out),
    })?;
    if args.format.chosen() == List::Csv {
        missing_edges::say_of_answer(answers.iter().all(|answer| answer.gaps.is_empty()), console);
    }
    workspace.renew_index(console);
    let Some(answer) = answers.first() else { return Ok(Exit::Clean) };
    let unexpected = args.expect.is_some_and(|wanted| wanted != answer.verdict)
        || (args.expect_none && answer.verdict != Verdict::Denied);
    Ok(Exit::of(answer.gaps.is_empty(), unexpected))
}

/// The answer alone.
pub(super) fn answer(args: &Args, workspace: &Workspace, graph: &TrustGraph<'_>) -> Result<Value, CliError> {
    let answers = ask_of(args, workspace, graph)?;
    let value = match args.count {
        None => serde_json::to_value(answers.first()),
        Some(_) => serde_json::to_value(PathAnswers::new(&answers)),
    };
    value.map_err(|error| CliError::new(internal(&error.to_string())))
}

fn ask(args: &Args, workspace: &Workspace) -> Result<Vec<PathAnswer>, SelectError> {
    ask_of(args, workspace, &workspace.graph_of(&args.edges))
}

fn ask_of(args: &Args, workspace: &Workspace, graph: &TrustGraph<'_>) -> Result<Vec<PathAnswer>, SelectError> {
    let mut answers = match args.count {
        None => vec![query::path(graph, &args.from, &args.to, workspace.targets())?],
        Some(count) => query::paths(graph, &args.from, &args.to, workspace.targets(), count.into())?,
    };
    let people = answers.iter_mut().filter_map(|answer| answer.mfa_of_people.as_mut());
    people.for_each(|mfa| mfa.claim.clone_from(&workspace.config.people.mfa));
    let explain = args.why_not || args.format.chosen() == List::Table;
    for answer in answers.iter_mut().filter(|a| explain && a.verdict == Verdict::Denied) {
        let (blocked_by, blocked_at) = query::why_not(graph, &args.from, &args.to);
        (answer.blocked_by, answer.blocked_at) = (Some(blocked_by), blocked_at);
    }
    Ok(answers)
}

fn has_path(answers: &[PathAnswer]) -> bool {
    answers.first().is_some_and(|answer| !answer.hops.is_empty())
}
