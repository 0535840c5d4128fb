//! `rolehop can PRINCIPAL`.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::arguments::{EdgeKinds, Global, PathLimits};
use super::error::CliError;
use super::missing_edges;
use super::next;
use super::output::Console;
use super::reach_args::{Format, ReachFormat, ScopeArgs};
use super::workspace::Workspace;
use crate::answer::{Administrator, CanAnswer};
use crate::diagnostic::Exit;
use crate::graph::TrustGraph;
use crate::graph::query;
use crate::graph::saved::Asked;
use crate::model::Estate;
use crate::posture::standing::Standings;
use crate::report::terminal::can;
use crate::report::{csv, json, markdown};

/// Show what a principal can reach.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  rolehop can security/alice\n  rolehop can ada@example.com --ou /Workloads/Prod --expand\n  \
    rolehop can arn:aws:iam::111122223333:role/ci --json"
)]
pub(super) struct Args {
    /// ARN, account/name, account, service, provider, person (user name, address, name) or group of people
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
    edges: EdgeKinds,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    format: ReachFormat,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let asked = args.limits.limits().via.is_none().then_some(Asked::Ahead(&args.principal));
    let workspace = Workspace::open_following(asked, &args.edges, global, console)?;
    let graph = workspace.graph_of(&args.edges);
    let answer = answer(args, &workspace, &graph)?;
    let names = workspace.names();
    let file = global.output.as_deref();
    let (most, grouping) = (args.format.most(), args.format.grouping());
    match args.format.chosen() {
        Format::Json => console.write(file, |_, out| json::write(&answer, out))?,
        Format::Csv => {
            console.write(file, |_, out| csv::can(&answer, &names, args.format.formulas(), out))?;
            missing_edges::say_of_answer(answer.proven, console);
        }
        Format::Markdown => console.write(file, |_, out| markdown::can(&answer, most, grouping, &names, out))?,
        Format::Table if args.format.expand => {
            console.write(file, |style, out| can::roles(&answer, &names, style, out))?;
        }
        Format::Table => {
            console.write(file, |style, out| can::summary(&answer, most, grouping, &names, style, out))?;
            if let Some([from, .., to]) = answer.answers.first().map(|one| one.path.as_slice()) {
                next::suggest_path(&next::name(from, &names), &next::name(to, &names), &args.edges, global, console);
            }
        }
    }
    workspace.renew_index(console);
    Ok(Exit::of(answer.proven, args.expect_none && !answer.answers.is_empty()))
}

/// The answer alone.
pub(super) fn answer(args: &Args, workspace: &Workspace, graph: &TrustGraph<'_>) -> Result<CanAnswer, CliError> {
    let mut answer = query::can_within(graph, &args.principal, &args.limits.limits())?;
    retain(&mut answer, args, workspace)?;
    if let Some(mfa) = &mut answer.mfa_of_people {
        mfa.claim.clone_from(&workspace.config.people.mfa);
    }
    let external = args.external_only.then(|| "--external-only".to_owned());
    answer.asked = workspace.shown(args.limits.asked().into_iter().chain(external).chain(args.scope.asked()).collect());
    if graph.has_escalations() {
        tell_administrators(&mut answer, &workspace.estate);
    }
    Ok(answer)
}

/// Says of the principal and of each role that it reaches whether it is an administrator, or one step from it.
fn tell_administrators(answer: &mut CanAnswer, estate: &Estate) {
    let standings = Standings::new(estate);
    let of = |arn: &str| {
        let ix = estate.principal_by_arn(arn)?;
        if standings.is_administrator(ix) {
            return Some(Administrator { in_one_step: false, kind: None, catalogue: None });
        }
        let way = standings.step_up(ix)?.attempt.way.way();
        let [kind, catalogue] = [&way.kind, &way.id].map(|text| Some(text.to_string()));
        Some(Administrator { in_one_step: true, kind, catalogue })
    };
    answer.administrator = of(&answer.principal);
    answer.answers.par_iter_mut().for_each(|one| one.administrator = of(&one.role));
}

/// Leaves out what the options leave out; accounts that may be among those that are asked for are missing data.
fn retain(answer: &mut CanAnswer, args: &Args, workspace: &Workspace) -> Result<(), CliError> {
    let estate = &workspace.estate;
    if args.external_only {
        let members = estate.accounts().iter().filter(|a| a.is_member()).map(|a| a.id().to_string());
        let members: BTreeSet<String> = members.collect();
        answer.answers.retain(|a| !members.contains(&a.account));
    }
    if let Some(asked) = args.scope.accounts(estate)? {
        let ids: BTreeSet<String> = asked.accounts.iter().map(|ix| estate.account(*ix).id().to_string()).collect();
        answer.answers.retain(|a| ids.contains(&a.account));
        answer.gaps.extend(asked.gaps);
        answer.proven = answer.gaps.is_empty();
    }
    let verdicts = args.scope.verdicts();
    answer.answers.retain(|a| verdicts.is_empty() || verdicts.contains(&a.verdict));
    Ok(())
}
