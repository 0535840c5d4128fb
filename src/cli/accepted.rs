//! What a run of the rules lets pass: findings that waivers accept, and those of the baseline.
//!
//! Owns: the options, which file they name, and errors about these files. Does not know which findings a waiver fits (`config`) or what
//! a baseline has (`finding`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::arguments::EDGE_KINDS;
use super::error::CliError;
use super::headings::SELECTION;
use super::output::Console;
use super::workspace::Workspace;
use crate::config::{Accounts, Config, ConfigError, Waiver};
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::{BadBaseline, Baseline, BaselineResult, Finding, KnownFinding, RuleResult, Status, WaiverNotice};
use crate::ids::Scope;
use crate::model::{Account, Estate, Presence};
use crate::report::terminal::diagnostic::Level;
use crate::rules;
use crate::selection::Selector;

/// `--waivers`.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = SELECTION)]
pub(super) struct WaiverArgs {
    /// Waivers in a file of their own, beside those of the configuration
    #[arg(long, value_name = "FILE", env = "ROLEHOP_WAIVERS")]
    waivers: Option<PathBuf>,
    /// Ignore waivers
    #[arg(long)]
    no_waivers: bool,
}

/// The waivers of a run, of the configuration first.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    pub(super) list: Vec<Waiver>,
    /// Of each, where it stands, and where its rule does.
    places: Vec<[Option<String>; 2]>,
}

impl WaiverArgs {
    /// Those of the configuration, and of the file that is named, else of the one that the configuration names. As of a time, none may
    /// last longer than the configuration allows.
    pub(super) fn read(&self, config: &Config, at: Option<Timestamp>) -> Result<Waivers, CliError> {
        self.read_whole(config, at).map_err(|problems| {
            let more = problems.len().saturating_sub(1);
            let Some(first) = problems.into_iter().next() else { unreachable!("what cannot be read has a problem") };
            let all = format!("{}; `rolehop config check` says what else is wrong: {more} more", first.next);
            CliError::new(if more > 0 { Diagnostic { next: all, ..first } } else { first })
        })
    }

    /// As [`WaiverArgs::read`], with everything that is wrong.
    pub(super) fn read_whole(&self, config: &Config, at: Option<Timestamp>) -> Result<Waivers, Vec<Diagnostic>> {
        if self.no_waivers {
            return Ok(Waivers::default());
        }
        let configured = || config.check.waivers_file.as_deref().map(|file| beside(config, file));
        let file = self.waivers.clone().or_else(configured);
        let of_file = file.map(|file| Config::read_waivers(&file)).transpose();
        let of_file = of_file.map_err(|problems| problems.iter().map(unreadable).collect::<Vec<_>>())?;
        let mut all = Waivers::of(config);
        if let Some(of_file) = of_file {
            let Waivers { list, places } = Waivers::of(&of_file);
            all.list.extend(list);
            all.places.extend(places);
        }
        // of an old snapshot the day is long past: a waiver of today may be longer from there
        let most = config.check.max_waiver_days.unwrap_or(Waiver::MAX_DAYS);
        let long = at.into_iter().flat_map(|at| {
            let at = at.max(Timestamp::now());
            let all = all.list.iter().zip(&all.places);
            all.filter_map(move |(waiver, [place, _])| waiver.too_long(most, at, place.clone()))
        });
        let long: Vec<Diagnostic> = long.collect();
        if long.is_empty() { Ok(all) } else { Err(long) }
    }
}

fn unreadable(problem: &ConfigError) -> Diagnostic {
    let diagnostic = problem.diagnostic();
    let ConfigError::Io { .. } = problem else { return diagnostic };
    let next = "name an existing file with `--waivers` or `waivers_file` in [check], or leave it out";
    Diagnostic { what: "cannot read the file of waivers".to_owned(), next: next.to_owned(), ..diagnostic }
}

impl Waivers {
    /// Those of one file.
    pub(super) fn of(config: &Config) -> Self {
        let places = (0..config.waivers.len()).map(|index| {
            let key = format!("waivers[{index}]");
            [config.place_of(&key), config.place_of(&format!("{key}.rule"))]
        });
        Self { list: config.waivers.clone(), places: places.collect() }
    }

    /// Those whose rule is none of these, each with the place of its rule.
    pub(super) fn of_unknown_rules(
        &self,
        exists: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&Waiver, Option<&str>)> {
        let all = self.list.iter().zip(&self.places);
        all.filter(move |(waiver, _)| !exists(&waiver.rule)).map(|(waiver, [_, place])| (waiver, place.as_deref()))
    }

    /// Marks what they accept; returns those that somebody has to look after. `ran` says whether a rule did.
    pub(super) fn apply(
        &self,
        findings: &mut [Finding],
        workspace: &Workspace,
        ran: impl Fn(&str) -> bool,
    ) -> Vec<WaiverNotice> {
        let estate = &workspace.estate;
        Waiver::apply(&self.list, findings, estate.at(), ran, &AccountsOf(estate))
    }

    /// Where the waiver of a notice stands.
    pub(super) fn place(&self, notice: &WaiverNotice) -> Option<String> {
        self.places.get(notice.index).and_then(|[place, _]| place.clone())
    }
}

/// What an estate knows of accounts. Names are those that waivers use, also where others are shown.
struct AccountsOf<'e>(&'e Estate);

impl AccountsOf<'_> {
    fn account(&self, scope: &Scope) -> Option<&Account> {
        let Scope::Account(id) = *scope else { return None };
        self.0.account_by_id(id).map(|ix| self.0.account(ix))
    }
}

impl Accounts for AccountsOf<'_> {
    fn lies_in(&self, selector: &Selector, scope: &Scope) -> Option<bool> {
        self.account(scope).map_or(Some(false), |account| account.fits(selector))
    }

    fn name(&self, scope: &Scope) -> Option<&str> {
        self.account(scope).map(Account::name)
    }
}

/// `--baseline`.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = SELECTION)]
pub(super) struct BaselineArgs {
    /// Findings of this baseline are known: gate on new ones
    #[arg(long, value_name = "FILE", env = "ROLEHOP_BASELINE")]
    baseline: Option<PathBuf>,
    /// Ignore the configured baseline
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,
}

impl BaselineArgs {
    /// No baseline, whatever the configuration says.
    pub(super) fn none() -> Self {
        Self { baseline: None, no_baseline: true }
    }

    /// This baseline, whatever the configuration says.
    pub(super) fn at(file: PathBuf) -> Self {
        Self { baseline: Some(file), no_baseline: false }
    }

    /// The file that is named, else that of the configuration, which is beside its file.
    fn file(&self, config: &Config) -> Option<PathBuf> {
        match &self.baseline {
            _ if self.no_baseline => None,
            Some(file) => Some(file.clone()),
            None => config.check.baseline.as_deref().map(|file| beside(config, file)),
        }
    }

    /// The baseline, and the file that it is in.
    pub(super) fn read(&self, config: &Config) -> Result<Option<(Baseline, PathBuf)>, CliError> {
        let next = "`rolehop baseline create -o FILE` makes one; `--no-baseline` goes without";
        self.file(config).map(|file| Ok((read(&file, next)?, file))).transpose()
    }
}

/// A file that the configuration names: it is beside the configuration's own.
pub(super) fn beside(config: &Config, file: &Path) -> PathBuf {
    let dir = config.path.as_deref().and_then(Path::parent);
    dir.map_or_else(|| file.to_owned(), |dir| dir.join(file))
}

/// The baseline of a file, and what to do where it cannot be read.
pub(super) fn read(file: &Path, next: &str) -> Result<Baseline, CliError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let what = "cannot read the baseline";
        CliError::new(Diagnostic::new(Code::BadBaseline, what, file.display().to_string(), error.to_string(), next))
    })?;
    Baseline::parse(&text).map_err(|bad| refused(&bad, file))
}

fn refused(bad: &BadBaseline, file: &Path) -> CliError {
    let next = match bad {
        BadBaseline::NotJson(_) => {
            "if it has marks of a merge, resolve them; else make it anew: `rolehop baseline create -o FILE`"
        }
        BadBaseline::Foreign(_) => "name a file that `rolehop baseline create -o FILE` made",
        BadBaseline::TooNew(_) => "use that version of rolehop, or make it anew: `rolehop baseline create -o FILE`",
        BadBaseline::Damaged(_) => "take it from version control, or make it anew: `rolehop baseline create -o FILE`",
        BadBaseline::OtherOrganization { .. } => "name the baseline of this organization, or another snapshot",
    };
    let what = "the baseline cannot be used";
    CliError::new(Diagnostic::new(Code::BadBaseline, what, file.display().to_string(), bad.to_string(), next))
}

/// Id of the organization, if the snapshot knows it.
pub(super) fn organization(workspace: &Workspace) -> Option<&str> {
    workspace.estate.organization().map(|o| o.id.as_str()).filter(|id| !id.is_empty())
}

/// Marks what the baseline has; `followed` are the kinds of edge that ways are made of. An account that has left the organization has no findings any more; of one that was not asked for nobody
/// can tell.
pub(super) fn compare(
    (baseline, file): &(Baseline, PathBuf),
    findings: &mut [Finding],
    results: &[RuleResult],
    workspace: &Workspace,
    followed: &[&str],
) -> Result<BaselineResult, CliError> {
    baseline.check_organization(organization(workspace)).map_err(|bad| refused(&bad, file))?;
    let ran: BTreeSet<&str> = results.iter().map(|result| result.rule.as_str()).collect();
    let estate = &workspace.estate;
    let unknown = findings.iter().filter(|finding| finding.status == Status::Unknown);
    let lacking: BTreeSet<String> =
        unknown.map(|finding| finding.rule.to_string()).filter(|rule| rules::looks_across(rule)).collect();
    // what was found on kinds of edge that are not followed now may be there still
    let had = |kind: &str| baseline.edges.as_ref().is_none_or(|edges| edges.iter().any(|edge| edge == kind));
    let lost = EDGE_KINDS.iter().any(|kind| had(kind) && !followed.contains(kind));
    let judged = |finding: &KnownFinding| {
        let is_judged = match finding.account {
            Scope::Organization => true,
            Scope::Account(id) => match estate.account_by_id(id) {
                // in an account that cannot be used there is nothing to find any more
                Some(ix) => !matches!(estate.account(ix).presence(), Presence::LeftOut(_)),
                None => estate.organization().is_some() && estate.unlisted().is_none(),
            },
        };
        let rule = finding.rule.as_str();
        let is_judged = is_judged && !rules::lacks_membership(estate, rule, finding.account);
        // of each expectation it is told by itself what is not known
        let is_lacking = finding.expectation.is_none() && lacking.contains(rule);
        ran.contains(rule) && is_judged && !is_lacking && !(lost && rules::follows_ways(rule))
    };
    let general = |rule: &str| rules::card(rule).and_then(|card| card.special_case_of.as_deref());
    Ok(baseline.apply(findings, judged, general))
}

/// Warns of selectors of expectations that name nobody: a slip would be kept by everybody.
pub(super) fn warn_of_idle(workspace: &Workspace, console: &Console) {
    let expectations = &workspace.config.expect;
    for (at, selector) in rules::idle_selectors(&workspace.estate, expectations) {
        let name = expectations.get(at).map_or("", |expectation| expectation.name.as_str());
        let place = workspace.config.place_of(&format!("expect[{at}]"));
        let place = place.unwrap_or_else(|| "[[expect]]".to_owned());
        let what = format!("`{selector}` of an expectation names nobody");
        let why = "nothing in the snapshot has this name; a slip here would go unnoticed";
        let next = "correct or remove it; `rolehop accounts` lists accounts and OUs";
        let place = format!("{place}: `{name}`");
        console.diagnostic(&Diagnostic::new(Code::BadExpectation, what, place, why, next), Level::Warning);
    }
}

/// Selectors of a waiver that begin with the name of an account show the name that may be shown.
pub(super) fn hide_names(notice: &mut WaiverNotice, workspace: &Workspace) {
    let shown = |selector: &str| {
        let (name, rest) = selector.split_once('/').map_or((selector, ""), |(name, _)| selector.split_at(name.len()));
        let account = workspace.estate.accounts().iter().find(|account| !name.is_empty() && account.name() == name);
        account.map_or_else(|| selector.to_owned(), |account| format!("{}{rest}", account.shown()))
    };
    notice.place = notice.place.split(", ").map(shown).collect::<Vec<_>>().join(", ");
    notice.accounts.iter_mut().for_each(|account| *account = shown(account));
}
