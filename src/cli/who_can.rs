//! `rolehop who-can TARGET`.

use std::mem::ManuallyDrop;

use super::arguments::{EdgeKinds, Global, PathLimits};
use super::error::CliError;
use super::missing_edges;
use super::next;
use super::output::Console;
use super::reach_args::{FilterArgs, Format, ReachFormat};
use super::workspace::Workspace;
use crate::answer::{ReachSummary, SummarySize, Via, WhoCanAnswer};
use crate::diagnostic::Exit;
use crate::graph::TrustGraph;
use crate::graph::query::{self, WhoCan};
use crate::graph::saved::Asked;
use crate::report::terminal::names::Names;
use crate::report::terminal::who_can;
use crate::report::{csv, json, markdown};

/// Show who can reach a target, an account or a role.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop who-can prod\n  rolehop who-can prod --kind user --expand\n  \
    rolehop who-can ou:/Workloads/Prod --external-only --expect-none")]
pub(super) struct Args {
    /// Target's name, role ARN, account/role, account, ou:PATH-or-id, tag:KEY=VALUE
    target: String,
    /// Exit with 3 if any principal reaches it
    #[arg(long)]
    expect_none: bool,
    #[command(flatten)]
    limits: PathLimits,
    #[command(flatten)]
    edges: EdgeKinds,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    format: ReachFormat,
}

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let limits = args.limits.limits();
    // a role to pass may be anywhere
    let asked = limits.via.is_none().then_some(Asked::Behind(&args.target));
    let workspace = Workspace::open_following(asked, &args.edges, global, console)?;
    let graph = workspace.graph_of(&args.edges);
    let asking = asking(args, &workspace, &graph)?;
    let graph = asking.as_ref().unwrap_or(&graph);
    // freed with the process, as the estate is
    let mut found = ManuallyDrop::new(found(args, &workspace, graph)?);
    if graph.has_escalations() {
        let plain = workspace.graph();
        let asking = self::asking(args, &workspace, &plain)?;
        let mut without = WhoCan::new(asking.as_ref().unwrap_or(&plain), &args.target, workspace.targets(), &limits)?;
        let filter = args.filter.filter(&workspace.estate)?;
        without.retain(&filter);
        found.tell_escalations(&without, &filter);
    }
    // a selector that matches nothing may be a slip: then the answer is about less than was meant
    let idle = workspace.targets().get(&args.target).map(|spec| query::idle_selectors(&workspace.estate, spec));
    idle.iter().flatten().for_each(|idle| console.say(&format!("note: {idle}")));
    if found.roles().next().is_none() {
        say_of_dormant(&args.target, &workspace, console)?;
    }
    let names = workspace.names();
    let file = global.output.as_deref();
    let most = args.format.most();
    let formulas = args.format.formulas();
    let size = SummarySize { groups: most, ..SummarySize::EVERY };
    let asked = workspace.shown([args.limits.asked(), args.filter.asked()].concat());
    let summary = || ReachSummary { asked: asked.clone(), ..found.summary_of_size(size, args.format.grouping()) };
    match args.format.chosen() {
        Format::Json => console.write(file, |_, out| json::write(&found.answer(), out))?,
        Format::Csv => {
            let vias = found.vias();
            let via = |who: &str, role: &str| vias.to(who, role).map_or_else(String::new, Via::words);
            console.write(file, |_, out| csv::who_can(&found.answer(), &via, &names, formulas, out))?;
            missing_edges::say_of_answer(found.is_proven(), console);
        }
        Format::Markdown => console.write(file, |_, out| markdown::who_can(&summary(), most, &names, out))?,
        Format::Table if args.format.expand => {
            let answer = found.answer();
            let needs = found.needs_of_pairs(&answer);
            console.write(file, |style, out| who_can::pairs(&answer, &needs, &names, style, out))?;
        }
        Format::Table => {
            let summary = summary();
            console.write(file, |style, out| {
                who_can::summary(&summary, most, &names, style, out)?;
                who_can::escalations(found.escalations(), found.administrators(), style, out)
            })?;
            suggest_path(&summary, &names, &args.edges, global, console);
        }
    }
    if args.expect_none && found.is_empty() {
        say_of_administrators(found.administrators(), console);
    }
    workspace.renew_index(console);
    Ok(Exit::of(found.is_proven(), args.expect_none && !found.is_empty()))
}

fn found<'g, 'e>(args: &Args, workspace: &Workspace, graph: &'g TrustGraph<'e>) -> Result<WhoCan<'g, 'e>, CliError> {
    let mut found = WhoCan::new(graph, &args.target, workspace.targets(), &args.limits.limits())?;
    found.retain(&args.filter.filter(&workspace.estate)?);
    found.claim_mfa(workspace.config.people.mfa.clone());
    Ok(found)
}

/// The answer alone.
pub(super) fn answer(args: &Args, workspace: &Workspace, graph: &TrustGraph<'_>) -> Result<WhoCanAnswer, CliError> {
    let asking = asking(args, workspace, graph)?;
    Ok(found(args, workspace, asking.as_ref().unwrap_or(graph))?.answer())
}

/// The graph, asked about the outside accounts that options name.
fn asking<'e>(args: &Args, workspace: &Workspace, graph: &TrustGraph<'e>) -> Result<Option<TrustGraph<'e>>, CliError> {
    Ok(graph.asking(&args.filter.filter(&workspace.estate)?.outsiders()))
}

/// An account without roles says why it has none, where nobody can act in it.
fn say_of_dormant(target: &str, workspace: &Workspace, console: &Console) -> Result<(), CliError> {
    if workspace.targets().contains_key(target) {
        return Ok(());
    }
    let account = query::account_named(&workspace.estate, target)?.map(|ix| workspace.estate.account(ix));
    if let Some((account, why)) = account.and_then(|account| Some((account, account.out_of_use()?))) {
        console.say(&format!(
            "note: account {} is {why}: nobody can act in it, and its roles are not read",
            account.shown()
        ));
    }
    Ok(())
}

/// Nobody was expected and nobody came: a gate that passes says whom it does not count.
fn say_of_administrators(count: usize, console: &Console) {
    if count > 0 {
        let (administrators, were) = if count == 1 { ("administrator", "was") } else { ("administrators", "were") };
        console.say(&format!(
            "note: {count} {administrators} of the target's accounts {were} not counted: no way to escalate starts at who is above its roles"
        ));
    }
}

/// The question after this one: how does the first of them get there?
fn suggest_path(summary: &ReachSummary, names: &Names, edges: &EdgeKinds, global: &Global, console: &Console) {
    let Some(row) = summary.groups.first() else { return };
    let (principals, roles) = &row.examples;
    if let Some((from, to)) = principals.first().zip(roles.first()) {
        next::suggest_path(&next::name(from, names), &next::name(to, names), edges, global, console);
    }
}
