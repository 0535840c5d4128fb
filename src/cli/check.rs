//! `rolehop check`: the rules on a snapshot, in one or more formats.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::accepted::{self, BaselineArgs, WaiverArgs, Waivers};
use super::account_args::AccountArgs;
use super::arguments::{EdgeKinds, Global};
use super::dossier::dossier;
use super::error::{CliError, internal};
use super::exit_meaning;
use super::file_sinks::sinks;
use super::headings::SELECTION;
use super::iac;
use super::log;
use super::output::{self, Console};
use super::output_dir;
use super::rule_args::{RuleArgs, refused};
use super::sink::{Sink, format_help};
use super::workspace::Workspace;
use crate::config;
use crate::diagnostic::Exit;
use crate::finding::{Finding, FindingSet, FrameworkReport, GroupBy, RuleCard, RuleResult, Status, WaiverNotice};
use crate::graph::{Members, TrustGraph};
use crate::ids::AccountId;
use crate::report::csv::Formulas;
use crate::report::dossier::Dossier;
use crate::report::formats::{FORMATS, wants_dossier};
use crate::report::terminal::diagnostic::Level;
use crate::report::terminal::names::Names;
use crate::report::terminal::style::Style;
use crate::report::view::{Report, Run, Shown};
use crate::rules::{self, RuleSelection};
use crate::severity::Severity;

/// Run the rules on a snapshot.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  rolehop check\n  rolehop check --rule role-unused --expand\n  \
    rolehop check --framework cis-v7 -f csv -o controls.csv\n  \
    rolehop check -f table -f sarif=rolehop.sarif --fail-on medium")]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) report: ReportArgs,
    #[command(flatten)]
    accounts: AccountArgs,
}

/// Which rules, which threshold, which formats: shared by `check` and `scan`.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Report")]
pub(super) struct ReportArgs {
    #[arg(short, long, help = format_help(), value_name = "FORMAT[=FILE]", value_delimiter = ',', env = "ROLEHOP_FORMAT")]
    format: Vec<Sink>,
    /// Short for --format json
    #[arg(long)]
    json: bool,
    /// Write every format that has a file here too
    #[arg(long, value_name = "DIR", env = "ROLEHOP_OUTPUT_DIR")]
    output_dir: Option<PathBuf>,
    /// In SARIF, point at Terraform and CloudFormation
    #[arg(long, value_name = "DIR", env = "ROLEHOP_IAC")]
    iac: Option<PathBuf>,
    /// Exit with 3 on findings this bad or worse
    #[arg(long, value_name = "SEVERITY", env = "ROLEHOP_FAIL_ON")]
    fail_on: Option<Severity>,
    /// Findings do not change the exit code
    #[arg(long, conflicts_with = "fail_on")]
    no_fail: bool,
    /// Show only findings this bad or worse
    #[arg(long, value_name = "SEVERITY", help_heading = SELECTION)]
    min_severity: Option<Severity>,
    #[command(flatten, next_help_heading = SELECTION)]
    edges: EdgeKinds,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    #[command(flatten)]
    baseline: BaselineArgs,
    /// In the table, together by rule or by account
    #[arg(long, value_name = "WHAT", default_value = "rule", conflicts_with = "expand", help_heading = SELECTION)]
    group_by: GroupBy,
    /// Groups of findings of each rule in the table
    #[arg(long, value_name = "N", default_value_t = GROUPS, help_heading = SELECTION)]
    limit: usize,
    /// Every group in the table
    #[arg(long, conflicts_with = "limit", help_heading = SELECTION)]
    all: bool,
    /// Each finding in the table
    #[arg(long, conflicts_with_all = ["limit", "all"], help_heading = SELECTION)]
    expand: bool,
    /// Do not defuse CSV cells that look like formulas
    #[arg(long, help_heading = SELECTION)]
    csv_raw: bool,
}

/// Groups of findings of a rule that the table shows.
const GROUPS: usize = 3;

pub(super) fn run(args: &Args, global: &Global, console: &Console) -> Result<Exit, CliError> {
    args.report.check_sinks(global.output.as_deref())?;
    let workspace = Workspace::open(global, console)?;
    let about = args.accounts.told(&workspace.estate, console)?;
    if about.is_some() && args.report.rules.has_frameworks() {
        return Err(CliError::usage(
            "a framework is not shown for some accounts alone",
            "--framework",
            "a control is judged over all accounts of the snapshot",
            "leave out --account and --ou, or name rules by --rule",
        ));
    }
    report(&workspace, &args.report, about.as_ref(), global, console)
}

/// The answer alone, as JSON has it.
pub(super) fn answer(
    args: &Args,
    workspace: &Workspace,
    graph: &TrustGraph<'_>,
    console: &Console,
) -> Result<Value, CliError> {
    let about = args.accounts.told(&workspace.estate, console)?;
    let checked = evaluate_on(graph, workspace, &args.report, about.as_ref(), console)?;
    let names = workspace.names();
    let run = run_of(workspace).about(checked.set.only_accounts.as_ref()).limited(args.report.limits());
    let mut text = Vec::new();
    let format = FORMATS.iter().find(|format| format.name == "json").ok_or_else(|| CliError::new(internal("json")))?;
    (format.write)(&checked.report(&names, &run, Formulas::Raw, Shown::Each), &Style::plain(), &mut text)
        .map_err(|error| CliError::write("the answer", &error))?;
    serde_json::from_slice(&text).map_err(|error| CliError::new(internal(&error.to_string())))
}

impl ReportArgs {
    fn shown(&self) -> Shown {
        match (self.expand, self.all) {
            (true, _) => Shown::Each,
            (_, true) => Shown::Every,
            _ => Shown::Most(self.limit),
        }
    }

    /// All findings of some rules, with what is accepted.
    pub(super) fn of(rules: RuleArgs, waivers: WaiverArgs, baseline: BaselineArgs) -> Self {
        Self { rules, waivers, baseline, ..Self::default() }
    }

    /// The same, along these kinds of edge.
    pub(super) fn following(self, edges: &EdgeKinds) -> Self {
        Self { edges: edges.clone(), ..self }
    }

    /// The kinds of edge that are asked for.
    pub(super) fn edges(&self) -> &EdgeKinds {
        &self.edges
    }

    /// Before any work is done: rules of the user, waivers and the baseline can be used.
    #[cfg(feature = "aws")]
    pub(super) fn check_rules(&self, config: &config::Config) -> Result<(), CliError> {
        self.waivers.read(config, None)?;
        self.baseline.read(config)?;
        self.rules.check_with(config)
    }

    /// The options that leave rules or findings out.
    fn limits(&self) -> BTreeSet<String> {
        let severity = self.min_severity.map(|least| format!("--min-severity {}", least.as_str()));
        self.rules.asked().chain(severity).collect()
    }

    /// True if a format is asked for that tells more than findings.
    fn tells_more(&self) -> bool {
        self.output_dir.is_some() || self.format.iter().any(|sink| wants_dossier(sink.format))
    }

    /// The sinks, with `-o` applied; a table on standard output if no format was chosen.
    fn sinks(&self, output: Option<&Path>) -> Result<Vec<Sink>, CliError> {
        let json = FORMATS.iter().find(|format| self.json && format.name == "json");
        sinks(&self.format, json, output)
    }

    /// Before any work is done: frameworks that are named exist, and files can be written.
    pub(super) fn check_sinks(&self, output: Option<&Path>) -> Result<(), CliError> {
        self.rules.check()?;
        let sinks = self.sinks(output)?;
        self.output_dir.as_deref().map_or(Ok(()), output_dir::check)?;
        let of_dir: Vec<PathBuf> = self.output_dir.iter().flat_map(|dir| output_dir::files(dir)).collect();
        let files = sinks.iter().filter_map(|sink| sink.file.as_deref());
        output::check_apart(files.chain(of_dir.iter().map(PathBuf::as_path)))?;
        let has_sarif = self.output_dir.is_some() || sinks.iter().any(|sink| sink.format.name == "sarif");
        self.iac.as_deref().map_or(Ok(()), |dir| iac::check(dir, has_sarif))
    }
}

/// The result of the rules, and the exit that follows from it.
pub(super) struct Checked {
    /// How many subjects each rule judged.
    pub(super) results: Vec<RuleResult>,
    /// The cards of all rules, by id.
    cards: Vec<RuleCard>,
    /// The controls of the frameworks that were asked for.
    frameworks: Vec<FrameworkReport<'static>>,
    /// What is told besides findings, if a format asks for it.
    dossier: Option<Dossier>,
    /// The kinds of edge that ways are made of.
    pub(super) followed: &'static [&'static str],
    /// As the formats print it, with filters applied.
    pub(super) set: FindingSet,
    pub(super) exit: Exit,
    is_complete: bool,
}

impl Checked {
    /// Whether everything was read, and every rule judged everything.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// What a format gets.
    pub(super) fn report<'a>(&'a self, names: &'a Names, run: &'a Run, formulas: Formulas, shown: Shown) -> Report<'a> {
        let (results, findings, frameworks, cards) = (&self.results, &self.set, &self.frameworks, &self.cards);
        let (dossier, group_by, sources) = (self.dossier.as_ref(), GroupBy::Rule, None);
        Report { results, findings, frameworks, dossier, cards, names, run, formulas, shown, group_by, sources }
    }
}

/// Runs the rules, writes every format, and returns the exit. `about` are the accounts whose findings count; all if none are given.
pub(super) fn report(
    workspace: &Workspace,
    args: &ReportArgs,
    about: Option<&Members>,
    global: &Global,
    console: &Console,
) -> Result<Exit, CliError> {
    let checked = evaluate(workspace, args, about, console)?;
    let formulas = if args.csv_raw { Formulas::Raw } else { Formulas::Defused };
    let names = workspace.names();
    let run = run_of(workspace).about(checked.set.only_accounts.as_ref()).limited(args.limits());
    let sources = args.iac.as_deref().map(|dir| iac::read(dir, console)).transpose()?;
    let report = Report {
        group_by: args.group_by,
        sources: sources.as_ref(),
        ..checked.report(&names, &run, formulas, args.shown())
    };
    if let Some(dir) = &args.output_dir {
        output_dir::write(dir, &report, console)?;
    }
    for sink in args.sinks(global.output.as_deref())? {
        console.write(sink.file.as_deref(), |style, out| (sink.format.write)(&report, style, out))?;
    }
    let exit = checked.exit;
    console.say(&format!("exit {}: {}", exit.code(), exit_meaning::of(exit, threshold(workspace, args), &checked.set)));
    Ok(exit)
}

fn threshold(workspace: &Workspace, args: &ReportArgs) -> Severity {
    args.fail_on.or(workspace.config.check.fail_on).unwrap_or(Severity::High)
}

/// Findings with waivers and filters applied. Findings of other accounts than those that this is about are left out. A severity
/// hides findings from view, not from the exit code, and never hides what is unknown.
pub(super) fn evaluate(
    workspace: &Workspace,
    args: &ReportArgs,
    about: Option<&Members>,
    console: &Console,
) -> Result<Checked, CliError> {
    evaluate_on(&workspace.graph_of(&args.edges), workspace, args, about, console)
}

/// As [`evaluate`], on a graph that other questions use too.
fn evaluate_on(
    graph: &TrustGraph<'_>,
    workspace: &Workspace,
    args: &ReportArgs,
    about: Option<&Members>,
    console: &Console,
) -> Result<Checked, CliError> {
    let selection = args.rules.selection(workspace)?;
    let waivers = args.waivers.read(&workspace.config, Some(workspace.estate.at()))?;
    let known = args.baseline.read(&workspace.config)?;
    let judged = log::phase("rules", || rules::check(graph, &selection), |judged| judged.findings.len());
    workspace.leave_index(graph);
    let mut assessment = judged.map_err(|e| refused(&e, workspace))?;
    if assessment.rules.is_empty() {
        return Err(args.rules.none_left(&workspace.config));
    }
    if assessment.counts(rules::EXPECTATION).is_some() {
        accepted::warn_of_idle(workspace, console);
    }
    let exists = |rule: &str| rules::card_with(rule, &selection.own).is_some();
    // a waiver has owner and reason: what both accept is waived
    let notices = waived(&waivers, &mut assessment.findings, &assessment.rules, exists, workspace, console);
    let followed = EdgeKinds::followed(graph.has_escalations());
    let compared = |known| accepted::compare(&known, &mut assessment.findings, &assessment.rules, workspace, followed);
    let known = known.map(compared).transpose()?;
    assessment.findings.iter_mut().for_each(Finding::tell_new);
    let frameworks = args.rules.controls(workspace, &assessment)?;
    let told = |frameworks| log::phase("dossier", || Ok::<_, CliError>(dossier(workspace, graph, frameworks)), |_| 1);
    let dossier = match (args.tells_more(), about) {
        (false, _) => None,
        // a control is judged over all accounts
        (true, Some(_)) => Some(told(Vec::new())?),
        (true, None) => Some(told(args.rules.every_control(workspace, &assessment)?)?),
    };
    let mut found = assessment.findings;
    let only: Option<BTreeSet<AccountId>> =
        about.map(|about| about.accounts.iter().map(|ix| workspace.estate.account(*ix).id()).collect());
    if let Some(only) = &only {
        found.retain(|finding| finding.is_about(only));
    }
    // what is not known of the accounts that are asked for is missing in every format
    let ledger = workspace.ledger().with(about.iter().flat_map(|about| &about.gaps));
    let complete = ledger.is_complete() && found.iter().all(|f| f.status != Status::Unknown);
    let fails = |f: &Finding| f.status == Status::Open && f.severity >= threshold(workspace, args);
    let exit = Exit::of(complete, !args.no_fail && found.iter().any(fails));
    let set = FindingSet::new(found, ledger).with_waivers(notices).with_baseline(known).about(only);
    Ok(Checked {
        results: assessment.rules,
        cards: rules::cards_with(&selection.own),
        frameworks,
        dossier,
        followed,
        set: set.of_severity(args.min_severity),
        exit,
        is_complete: complete,
    })
}

/// Applies waivers, and says which of them somebody has to look after.
fn waived(
    waivers: &Waivers,
    found: &mut [Finding],
    results: &[RuleResult],
    exists: impl Fn(&str) -> bool,
    workspace: &Workspace,
    console: &Console,
) -> Vec<WaiverNotice> {
    // a waiver of a rule that does not exist fits nothing; one of a rule that was left out may
    let ran: BTreeSet<&str> = results.iter().map(|result| result.rule.as_str()).collect();
    let counts = |rule: &str| ran.contains(rule) || !exists(rule);
    let mut notices = waivers.apply(found, workspace, counts);
    notices.iter_mut().for_each(|notice| accepted::hide_names(notice, workspace));
    for notice in &notices {
        let unknown = results.iter().any(|result| result.rule == notice.rule && result.counts.unknown > 0);
        console.diagnostic(&config::warning(notice, unknown, waivers.place(notice)), Level::Warning);
    }
    notices
}

/// The waivers that somebody has to look after, from a run of their rules alone, and the rules of which results are unknown.
pub(super) fn run_for_waivers(
    waivers: &Waivers,
    workspace: &Workspace,
) -> Result<(Vec<WaiverNotice>, Vec<String>), CliError> {
    if waivers.list.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let only = waivers.list.iter().map(|waiver| waiver.rule.clone()).collect();
    let selection = RuleSelection { only, ..RuleArgs::default().selection(workspace)? };
    let mut assessment =
        rules::check(&workspace.graph_of(&EdgeKinds::default()), &selection).map_err(|e| refused(&e, workspace))?;
    let notices = waivers.apply(&mut assessment.findings, workspace, |_| true);
    let unknown = assessment.rules.iter().filter(|result| result.counts.unknown > 0);
    Ok((notices, unknown.map(|result| result.rule.clone()).collect()))
}

/// Identifies the run.
pub(super) fn run_of(workspace: &Workspace) -> Run {
    let organization = workspace.estate.organization();
    let management = organization.and_then(|organization| organization.management);
    let organization = organization.map(|o| o.id.clone()).filter(|id| !id.is_empty());
    Run {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        snapshot_digest: workspace.snapshot.digest(),
        category: format!("rolehop/{}", organization.as_deref().unwrap_or("accounts")),
        at: workspace.estate.at(),
        organization,
        management,
    }
}
