//! Two organizations compared, as `diff` and `what-if` take it: what is compared, in which formats it is written, and what fails.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use super::accepted::{WaiverArgs, organization};
use super::arguments::{EdgeKinds, Global};
use super::error::CliError;
use super::file_sinks::{FileSink, sinks};
use super::output::Console;
use super::rule_args::{RuleArgs, refused};
use super::table_args::TableArgs;
use super::workspace::Workspace;
use super::{log, next};
use crate::comparison::{self, World};
use crate::diagnostic::Exit;
use crate::difference::{Difference, SideView, TargetDifference};
use crate::finding::{Finding, FindingSet};
use crate::graph::{TrustGraph, query};
use crate::model::{Estate, Presence};
use crate::report::difference;
use crate::report::json;
use crate::report::terminal::names::Names;
use crate::rules::{self, RuleSelection};
use crate::severity::Severity;

/// What is compared, what fails, and how the difference is written.
#[derive(Debug, clap::Args)]
pub(super) struct CompareArgs {
    /// Compare who reaches these targets, as who-can takes them; by default the configured ones
    #[arg(long, value_name = "TARGET")]
    target: Vec<String>,
    /// Compare only these
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    only: Vec<Part>,
    /// Exit with 3 on ways that are new or need less (new-path), on new findings this bad or worse
    #[arg(long, value_name = "new-path|SEVERITY", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// table, json, csv or markdown; =FILE writes a file
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_delimiter = ',', env = "ROLEHOP_FORMAT")]
    format: Vec<FileSink<Format>>,
    /// Short for --format json
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) edges: EdgeKinds,
    #[command(flatten)]
    table: TableArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Ways to targets
    Paths,
    /// Findings of the rules
    Findings,
    /// Users and roles
    Principals,
    /// Users and groups of Identity Center, and what is assigned to them
    People,
    /// Trust policies
    Trusts,
    /// SCPs and RCPs
    Guardrails,
    /// Accounts
    Accounts,
}

/// What makes the exit code 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailOn {
    NewPath,
    Finding(Severity),
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "new-path" {
            return Ok(Self::NewPath);
        }
        let severity = <Severity as clap::ValueEnum>::from_str(text, false);
        severity
            .map(Self::Finding)
            .map_err(|_| "it is new-path or a severity: info, low, medium, high, critical".to_owned())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
    Markdown,
}

/// One of the two, opened.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) graph: &'a TrustGraph<'a>,
    /// What the difference calls it.
    pub(super) shown: &'a str,
}

/// A difference, and how the command ends with it.
pub(super) struct Compared {
    pub(super) difference: Difference,
    pub(super) exit: Exit,
    names: Names,
}

fn fails(on: FailOn, found: &Difference) -> bool {
    match on {
        FailOn::NewPath => found.paths.iter().flatten().any(TargetDifference::gives_access),
        FailOn::Finding(threshold) => found.findings.as_ref().is_some_and(|found| found.fails_on(threshold)),
    }
}

impl CompareArgs {
    /// Compares two sides, which show external ids alike, adds to the difference what `explain` knows of it, and writes it to these sinks.
    pub(super) fn run(
        &self,
        old: Side<'_>,
        new: Side<'_>,
        explain: impl FnOnce(&mut Difference),
        sinks: &[FileSink<Format>],
        console: &Console,
    ) -> Result<Compared, CliError> {
        let mut difference = self.compare(old, new, console)?;
        explain(&mut difference);
        if let Some((old, new)) = difference.organizations_differ() {
            console.say(&format!("note: these are two organizations, {old} and {new}: accounts and ids have nothing to do with each other"));
        }
        let mut names = old.workspace.names();
        names.extend(new.workspace.names());
        for sink in sinks {
            self.write(sink, &difference, &names, console)?;
        }
        let fails = self.fail_on.iter().any(|on| fails(*on, &difference));
        let exit = Exit::of(difference.comparable, fails);
        Ok(Compared { difference, exit, names })
    }

    /// What the exit code says, in words.
    pub(super) fn meaning(&self, exit: Exit) -> &'static str {
        match exit {
            Exit::Clean if self.fail_on.is_empty() => "everything could be compared",
            Exit::Clean => "everything could be compared, and nothing that --fail-on names was found",
            Exit::Findings => "everything could be compared, and what --fail-on names was found",
            Exit::Incomplete => "not everything could be compared: data is missing, so this is not \"no change\"",
            Exit::IncompleteWithFindings => "not everything could be compared, and what --fail-on names was found",
            _ => "",
        }
    }

    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// The sinks, with `-o` applied. Before any work is done: what `--fail-on` names is compared.
    pub(super) fn sinks(&self, output: Option<&Path>) -> Result<Vec<FileSink<Format>>, CliError> {
        let sinks = sinks(&self.format, self.json.then_some(Format::Json), output)?;
        for on in &self.fail_on {
            let (part, name) = match on {
                FailOn::NewPath => (Part::Paths, "paths"),
                FailOn::Finding(_) => (Part::Findings, "findings"),
            };
            if !self.wants(part) {
                return Err(CliError::usage(
                    format!("--fail-on needs {name}, which --only leaves out"),
                    "--only",
                    "what is not compared cannot fail",
                    &format!("add `{name}` to --only"),
                ));
            }
        }
        Ok(sinks)
    }

    /// The difference alone.
    pub(super) fn compare(&self, old: Side<'_>, new: Side<'_>, console: &Console) -> Result<Difference, CliError> {
        let world = log::phase("compare", || Ok::<_, CliError>(World::new(old.graph, new.graph)), |_| 2)?;
        let paths = if self.wants(Part::Paths) { self.paths(&world, new, console)? } else { None };
        let findings = if self.wants(Part::Findings) {
            let before = found_by_rules(old, new.graph, &self.waivers)?;
            let after = found_by_rules(new, old.graph, &self.waivers)?;
            let (old, new) = (&old.workspace.estate, &new.workspace.estate);
            let is_alike = |finding: &Finding| {
                let lacks = |estate| rules::lacks(estate, &finding.rule, finding.account);
                // where one side alone has an organization, the other may not have read it
                let is_alone = old.organization().is_some() != new.organization().is_some();
                is_told(old, finding)
                    && is_told(new, finding)
                    && lacks(old) == lacks(new)
                    && !(is_alone && rules::rests_on_organization(&finding.rule))
            };
            Some(comparison::findings(&before, &after, rules::looks_across, is_alike))
        } else {
            None
        };
        let mut found = Difference {
            schema: Difference::SCHEMA,
            old: old.view(),
            new: new.view(),
            comparable: true,
            planned: Vec::new(),
            paths,
            findings,
            principals: self.wants(Part::Principals).then(|| world.principals()),
            people: self.wants(Part::People).then(|| world.people()),
            trusts: self.wants(Part::Trusts).then(|| world.trusts()),
            guardrails: self.wants(Part::Guardrails).then(|| world.guardrails()),
            accounts: self.wants(Part::Accounts).then(|| world.accounts()),
        };
        found.comparable = found.paths.iter().flatten().all(|target| target.comparable)
            && found.findings.as_ref().is_none_or(|findings| findings.is_comparable())
            && found.sections().all(|(_, section)| section.gaps.is_empty());
        Ok(found)
    }

    /// Ways to the targets that are asked for, else to those of the configuration.
    fn paths(
        &self,
        world: &World<'_, '_>,
        side: Side<'_>,
        console: &Console,
    ) -> Result<Option<Vec<TargetDifference>>, CliError> {
        let configured = side.workspace.targets();
        let asked: Vec<&String> =
            if self.target.is_empty() { configured.keys().collect() } else { self.target.iter().collect() };
        if asked.is_empty() && (self.fail_on.contains(&FailOn::NewPath) || self.only.contains(&Part::Paths)) {
            return Err(CliError::usage(
                "no target is named, so that no way can be compared",
                "--target",
                "the configuration has no targets, and the command line names none",
                "name one as `who-can` takes it: `--target ou:/Workloads/Prod`; or write a configuration: `rolehop config init`",
            ));
        }
        if asked.is_empty() {
            console.say(
                "note: no target is configured or named, so that ways are not compared; `--target NAME` names one",
            );
            return Ok(None);
        }
        let is_configured = self.target.is_empty();
        let mut found = Vec::new();
        for target in asked {
            match log::phase("target", || world.target(target, configured), |found| found.changes.len()) {
                Ok(one) => found.push(one),
                // a configured target that neither side has is no mistake of this command line
                Err(error) if is_configured => {
                    console.say(&format!("note: neither snapshot has the target `{target}`: {error}"))
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(found))
    }

    fn write(
        &self,
        sink: &FileSink<Format>,
        found: &Difference,
        names: &Names,
        console: &Console,
    ) -> Result<(), CliError> {
        console.write(sink.file.as_deref(), |style, out| match sink.format {
            Format::Table => difference::table(found, self.table.most(), names, style, out),
            Format::Json => json::write(found, out),
            Format::Csv => difference::csv(found, names, self.table.formulas(), out),
            Format::Markdown => difference::markdown(found, names, out),
        })
    }
}

impl Side<'_> {
    fn view(self) -> SideView {
        let estate = &self.workspace.estate;
        SideView {
            snapshot: self.shown.to_owned(),
            organization: organization(self.workspace).map(str::to_owned),
            at: estate.at().to_string(),
            accounts: estate.accounts().len(),
            principals: estate.principals().len(),
        }
    }
}

impl Compared {
    /// The question after this one: how does the first of them get there? For whom a new way is on the snapshot that `global` names.
    pub(super) fn suggest(&self, edges: &EdgeKinds, global: &Global, console: &Console) {
        let changes = self.difference.paths.iter().flatten().flat_map(|target| &target.changes);
        let paths = changes.filter(|change| change.change.gives_access()).filter_map(|change| change.example.as_ref());
        let ends =
            paths.filter(|example| !example.is_old).find_map(|example| example.path.first().zip(example.path.last()));
        if let Some((from, to)) = ends {
            let (from, to) = (next::name(from, &self.names), next::name(to, &self.names));
            next::suggest_path(&from, &to, edges, global, console);
        }
    }
}

/// False where it is not known of a finding's account that a side has no such finding: the account was left out, or may be among those that
/// are not listed.
fn is_told(estate: &Estate, finding: &Finding) -> bool {
    let Some(id) = finding.account.account() else { return true };
    match estate.account_by_id(id) {
        Some(ix) => !matches!(estate.account(ix).presence(), Presence::LeftOut(_)),
        None => estate.unlisted().is_none(),
    }
}

/// Findings of one side, with the waivers of today on both sides.
fn found_by_rules(side: Side<'_>, other: &TrustGraph<'_>, waivers: &WaiverArgs) -> Result<FindingSet, CliError> {
    let Side { workspace, graph, .. } = side;
    let mut selection = RuleArgs::default().selection(workspace)?;
    let RuleSelection { expectations, targets, .. } = &mut selection;
    let lacks = |graph: &TrustGraph<'_>, target: &str| {
        query::roles_of(graph, target, targets).is_err_and(|error| error.unread().is_some_and(BTreeSet::is_empty))
    };
    // nobody reaches what was made later, or is gone; a name that neither side has is a slip
    expectations.retain(|one| !lacks(graph, &one.target) || lacks(other, &one.target));
    let judged = log::phase("rules", || rules::check(graph, &selection), |judged| judged.findings.len());
    let mut found = judged.map_err(|error| refused(&error, workspace))?.findings;
    // who has to look after a waiver is for `check` to say
    let waivers = waivers.read(&workspace.config, Some(workspace.estate.at()))?;
    let _ = waivers.apply(&mut found, workspace, |_| true);
    found.iter_mut().for_each(Finding::tell_new);
    Ok(FindingSet::new(found, workspace.ledger()))
}
