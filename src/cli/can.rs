//! `rolehop can PRINCIPAL`.

use std::collections::BTreeSet;

use super::arguments::{Answer, AnswerFormat, Global, PathLimits};
use super::error::CliError;
use super::output::Console;
use super::workspace::Workspace;
use crate::diagnostic::Exit;
use crate::graph::query;
use crate::report::json;
use crate::report::terminal::answers;

/// Show what a principal can reach.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rolehop can security/alice\n  rolehop can arn:aws:iam::111122223333:role/ci --json"
)]
pub(super) struct Args {
    /// ARN, account/role, account/user, account id or name, service principal, provider ARN
    principal: String,
    /// Only roles of accounts outside the organization
    #[arg(long)]
    external_only: bool,
    /// Exit with 3 if it reaches anything
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
    let mut answer = query::can_within(&graph, &args.principal, &args.limits.limits())?;
    if args.external_only {
        let members = workspace.estate.accounts().iter().filter(|a| a.is_member()).map(|a| a.id().to_string());
        let members: BTreeSet<String> = members.collect();
        answer.answers.retain(|a| !members.contains(&a.account));
    }
    let names = workspace.names();
    console.write(global.output.as_deref(), |style, out| match args.format.chosen() {
        Answer::Json => json::write(&answer, out),
        Answer::Table => answers::can(&answer, &names, style, out),
    })?;
    Ok(Exit::of(answer.proven, args.expect_none && !answer.answers.is_empty()))
}
