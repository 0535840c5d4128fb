//! `rolehop explain FROM ROLE`.

use super::arguments::{Answer, AnswerFormat, Global};
use super::error::CliError;
use super::next;
use super::output::Console;
use super::workspace::Workspace;
use crate::answer::{ExplainAnswer, Verdict};
use crate::diagnostic::Exit;
use crate::graph::TrustGraph;
use crate::graph::query;
use crate::report::json;
use crate::report::terminal::explain;

/// One direct hop, statement by statement.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop explain security/ann prod/admin\n  \
        rolehop explain lambda.amazonaws.com prod/worker --json")]
pub(super) struct Args {
    /// One user, role, service principal or provider: ARN or account/name
    from: String,
    /// Role: ARN or account/role
    role: String,
    /// Exit with 3 if the verdict is another
    #[arg(long, value_name = "VERDICT")]
    expect: Option<Verdict>,
    #[command(flatten)]
    format: AnswerFormat,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph();
    let answer = answer(args, &graph)?;
    let names = workspace.names();
    console.write(global.output.as_deref(), |style, out| match args.format.chosen() {
        Answer::Json => json::write(&answer, out),
        Answer::Table => explain::layers(&answer, &names, style, out),
    })?;
    if answer.indirect.is_some() && args.format.chosen() == Answer::Table {
        next::suggest(&["path", &next::name(&answer.from, &names), &next::name(&answer.to, &names)], global, console);
    }
    Ok(Exit::of(answer.gaps.is_empty(), args.expect.is_some_and(|wanted| wanted != answer.verdict)))
}

/// The answer alone.
pub(super) fn answer(args: &Args, graph: &TrustGraph<'_>) -> Result<ExplainAnswer, CliError> {
    Ok(query::explain(graph, &args.from, &args.role)?)
}
