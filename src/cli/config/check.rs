//! `rolehop config check`: what is wrong with a configuration, and what it matches.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cli::accepted::{self, WaiverArgs, Waivers};
use crate::cli::arguments::Global;
use crate::cli::check::run_for_waivers;
use crate::cli::error::CliError;
use crate::cli::output::Console;
use crate::cli::places::{self, Place};
use crate::cli::rule_args;
use crate::cli::workspace::Workspace;
use crate::config::{Config, Expectation, Waiver, warning};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::finding::WaiverNotice;
use crate::graph::query;
use crate::report::escape::escape;
use crate::report::terminal::diagnostic::Level;
use crate::report::terminal::findings;
use crate::report::terminal::names::plural;
use crate::rules::{self, OwnRules};

pub(super) fn run(file: Option<&Path>, global: &Global, console: &Console) -> Result<Exit, CliError> {
    let path = file.map(Path::to_owned).or_else(|| places::file_of_question(global)).ok_or_else(none)?;
    let config = match Config::read_whole(&path) {
        Ok(config) => config,
        Err(problems) => {
            problems.iter().for_each(|problem| console.diagnostic(&problem.diagnostic(), Level::Error));
            return Ok(refused(problems.len(), &path, console));
        }
    };
    let at = global.at.unwrap_or_else(Timestamp::now);
    let (waivers, unusable) = match WaiverArgs::default().read_whole(&config, Some(at)) {
        Ok(waivers) => (waivers, Vec::new()),
        Err(problems) => (Waivers::of(&config), problems),
    };
    let mut problems = of_rules(&config, &waivers)?;
    problems.extend(unusable);
    let Some(snapshot) = snapshot(global, &config, console)? else {
        say(&problems, console);
        warn(&Waiver::calendar(&waivers.list, at), &[], &waivers, console);
        return finish(&problems, &path, "nothing was compared with a snapshot: there is none", console);
    };
    let shown = snapshot.display().to_string();
    let workspace = Workspace::at(Place { snapshot, config }, global, console)?;
    problems.extend(of_targets(&workspace));
    problems.extend(of_expectations(&workspace));
    say(&problems, console);
    if problems.is_empty() {
        console.write(global.output.as_deref(), |style, out| {
            table(&workspace, style, out)?;
            idle(&workspace).iter().try_for_each(|text| writeln!(out, "{}", escape(text)))
        })?;
        accepted::warn_of_idle(&workspace, console);
        let (notices, unknown) = run_for_waivers(&waivers, &workspace)?;
        warn(&notices, &unknown, &waivers, console);
    }
    finish(&problems, &path, &format!("compared with {shown}"), console)
}

fn none() -> CliError {
    CliError::new(Diagnostic::new(
        Code::ConfigNotRead,
        "there is no configuration to check",
        "rolehop.toml",
        "neither the working directory nor one above it has this file, and none was named",
        "`rolehop config init` writes one; `rolehop config check FILE` names one",
    ))
}

/// The snapshot, if there is one; one that is named must be there.
fn snapshot(global: &Global, config: &Config, console: &Console) -> Result<Option<PathBuf>, CliError> {
    match places::snapshot_with(global, config, false, console) {
        Err(none) if none.diagnostic.code == Code::NoSnapshot => Ok(None),
        found => found.map(Some),
    }
}

fn say(problems: &[Diagnostic], console: &Console) {
    problems.iter().for_each(|problem| console.diagnostic(problem, Level::Error));
}

fn finish(problems: &[Diagnostic], path: &Path, how: &str, console: &Console) -> Result<Exit, CliError> {
    if !problems.is_empty() {
        return Ok(refused(problems.len(), path, console));
    }
    console.say(&format!("{}: nothing is wrong; {how}", path.display()));
    Ok(Exit::Clean)
}

fn refused(count: usize, path: &Path, console: &Console) -> Exit {
    console.say(&format!("{}: {}", path.display(), plural(count, "problem")));
    Exit::Usage
}

/// Ids and settings that no rule has, in `[rules]` and in waivers.
fn of_rules(config: &Config, waivers: &Waivers) -> Result<Vec<Diagnostic>, CliError> {
    let refused = |error: &rules::RuleError| CliError::new(error.diagnostic(None));
    let file = config.path.as_deref();
    let (own, unusable) = match rule_args::of_config(config) {
        Ok(own) => (own, None),
        Err(error) => (OwnRules::default(), Some(*error.diagnostic)),
    };
    let mut found: Vec<Diagnostic> = rules::setting_problems(&config.rules, &own)
        .map_err(|error| refused(&error))?
        .into_iter()
        .map(|problem| {
            let place = rule_args::place(config, &problem.rule, problem.key.as_deref());
            Diagnostic { place, ..problem.error.diagnostic(file) }
        })
        .collect();
    let exists = |id: &str| rules::card_with(id, &own).is_some();
    if let Some(unusable) = unusable {
        // which ids it would have is not known
        found.retain(|problem| problem.code != Code::NotFound);
        found.push(unusable);
        return Ok(found);
    }
    for (waiver, place) in waivers.of_unknown_rules(exists) {
        let error = rules::unknown(&waiver.rule, &own).diagnostic(file);
        let place = place.map_or_else(|| "[[waivers]]".to_owned(), |place| format!("{place}: [[waivers]]"));
        found.push(Diagnostic { code: Code::BadWaiver, place, why: "it would accept nothing".to_owned(), ..error });
    }
    Ok(found)
}

fn place(config: &Config, key: &str, table: &str) -> String {
    config.place_of(key).map_or_else(|| table.to_owned(), |place| format!("{place}: {table}"))
}

/// Targets that match no account.
fn of_targets(workspace: &Workspace) -> Vec<Diagnostic> {
    let config = &workspace.config;
    let targets = config.targets.iter();
    let empty = targets.filter_map(|(name, spec)| {
        let error = query::target_accounts(&workspace.estate, name, spec).err()?;
        Some(Diagnostic {
            place: place(config, &format!("targets.{name}"), &format!("[targets.{name}]")),
            ..error.diagnostic()
        })
    });
    empty.collect()
}

/// Expectations of targets that do not exist.
fn of_expectations(workspace: &Workspace) -> Vec<Diagnostic> {
    let config = &workspace.config;
    let graph = workspace.graph();
    let refused = |(at, expectation): (usize, &Expectation)| {
        let error = query::check_target(&graph, &expectation.target, workspace.targets()).err()?.diagnostic();
        let place = place(config, &format!("expect[{at}].target"), "[[expect]]");
        Some(Diagnostic { code: Code::BadExpectation, place, ..error })
    };
    config.expect.iter().enumerate().filter_map(refused).collect()
}

/// What each target matches.
fn table(
    workspace: &Workspace,
    style: &crate::report::terminal::style::Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let config = &workspace.config;
    if config.targets.is_empty() {
        return writeln!(out, "no targets are defined; `[targets.prod]` defines one");
    }
    let rows = config.targets.iter().map(|(name, spec)| {
        let members = query::target_accounts(&workspace.estate, name, spec).unwrap_or_default();
        let least = if members.gaps.is_empty() { "" } else { "at least " };
        let roles = query::target_roles(&workspace.estate, name, spec);
        vec![name.clone(), format!("{least}{}", members.accounts.len()), format!("{least}{roles}")]
    });
    findings::plain_table(&["TARGET", "ACCOUNTS", "ROLES"], rows, style, out)
}

/// Selectors of targets and of the scan that match nothing.
fn idle(workspace: &Workspace) -> Vec<String> {
    let config = &workspace.config;
    let mut found: Vec<String> = Vec::new();
    for (name, spec) in &config.targets {
        found
            .extend(query::idle_selectors(&workspace.estate, spec).iter().map(|idle| format!("target {name}: {idle}")));
    }
    let lists = [("include", &config.scan.include), ("exclude", &config.scan.exclude)];
    // without an organization a scan may yet find the accounts
    for (key, list) in lists.into_iter().filter(|_| workspace.estate.organization().is_some()) {
        let spec = list.iter().collect();
        let idle = query::idle_selectors(&workspace.estate, &spec);
        found.extend(idle.iter().map(|idle| format!("scan: {key}: {idle}")));
    }
    found
}

/// Waivers that somebody has to look after; `unknown` are rules with results that are.
fn warn(notices: &[WaiverNotice], unknown: &[String], waivers: &Waivers, console: &Console) {
    let unknown: BTreeSet<&String> = unknown.iter().collect();
    for notice in notices {
        console.diagnostic(&warning(notice, unknown.contains(&notice.rule), waivers.place(notice)), Level::Warning);
    }
}
