//! `rolehop who-can TARGET`.

use super::arguments::{Answer, AnswerFormat, Global, PathLimits};
use super::error::CliError;
use super::output::Console;
use super::workspace::Workspace;
use crate::answer::{PrincipalKind, Verdict};
use crate::diagnostic::Exit;
use crate::graph::query;
use crate::report::json;
use crate::report::terminal::answers;

/// Show who can reach a target, an account or a role.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rolehop who-can prod\n  rolehop who-can ou:/Workloads/Prod --external-only --expect-none"
)]
pub(super) struct Args {
    /// Name of a configured target, role ARN, account/role, account id or name, ou:PATH-or-id, tag:KEY=VALUE
    target: String,
    /// Only outside accounts, identity providers and the public
    #[arg(long)]
    external_only: bool,
    /// Exit with 3 if any principal reaches it
    #[arg(long)]
    expect_none: bool,
    #[command(flatten)]
    limits: PathLimits,
    #[command(flatten)]
    format: AnswerFormat,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let workspace = Workspace::open(global, console)?;
    let graph = workspace.graph();
    let mut answer = query::who_can_within(&graph, &args.target, workspace.targets(), &args.limits.limits())?;
    if args.external_only {
        let outside = |kind| matches!(kind, PrincipalKind::Federated | PrincipalKind::Account | PrincipalKind::Public);
        let known = |id: &str| workspace.estate.accounts().iter().any(|a| a.id().to_string() == id);
        answer.answers.retain(|a| outside(a.kind) || (!a.account.is_empty() && !known(&a.account)));
    }
    let names = workspace.names();
    console.write(global.output.as_deref(), |style, out| match args.format.chosen() {
        Answer::Json => json::write(&answer, out),
        Answer::Table => answers::who_can(&answer, &names, style, out),
    })?;
    if args.format.chosen() == Answer::Table
        && let Some(first) = answer.answers.iter().find(|a| a.verdict != Verdict::Denied)
        && let Some(role) = first.reaches.first()
    {
        console.say("");
        console.say(&format!("Next: rolehop path {} {role}", first.principal));
    }
    Ok(Exit::of(answer.proven, args.expect_none && !answer.answers.is_empty()))
}
