//! Which rules run: those of rolehop, of frameworks, of the user.
//!
//! Owns: how options and configuration select rules. Does not know how results are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::CliError;
use super::headings::SELECTION;
use super::workspace::Workspace;
use crate::config::Config;
use crate::finding::{Assessment, ControlEvidence, Framework, FrameworkReport};
use crate::nearest::nearest;
use crate::rules::{self, OwnRules, RuleError, RuleSelection, RuleSettings};

/// Which rules run.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = SELECTION)]
pub(super) struct RuleArgs {
    /// Run only these rules
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rule: Vec<String>,
    /// Run only the rules of these families, e.g. quotas
    #[arg(long, value_name = "FAMILY", value_delimiter = ',', conflicts_with = "framework")]
    only: Vec<String>,
    /// Skip these rules
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    skip_rule: Vec<String>,
    /// Show every control of these frameworks, and run their rules only
    #[arg(long, value_name = "ID", value_delimiter = ',', conflicts_with = "rule")]
    framework: Vec<String>,
    #[command(flatten)]
    own: OwnRulesArgs,
}

/// Where rules of the user are.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct OwnRulesArgs {
    /// Directory with rules of your own
    #[arg(long, value_name = "DIR", env = "ROLEHOP_RULES")]
    rules: Option<PathBuf>,
}

impl OwnRulesArgs {
    /// The rules of the directory that is named; none if none is.
    pub(super) fn read(&self) -> Result<OwnRules, CliError> {
        self.rules.as_deref().map_or_else(|| Ok(OwnRules::default()), read)
    }

    /// As [`OwnRulesArgs::read`], else those of the configuration.
    fn read_with(&self, config: &Config) -> Result<OwnRules, CliError> {
        if self.rules.is_some() { self.read() } else { of_config(config) }
    }
}

/// The rules of the directory that the configuration names, which is beside its file.
pub(super) fn of_config(config: &Config) -> Result<OwnRules, CliError> {
    let Some(dir) = &config.check.rules_dir else { return Ok(OwnRules::default()) };
    let beside = config.path.as_deref().and_then(Path::parent);
    read(&beside.map_or_else(|| dir.clone(), |beside| beside.join(dir)))
}

/// The rules of a directory.
pub(super) fn read(dir: &Path) -> Result<OwnRules, CliError> {
    OwnRules::read(dir, |id| rules::card(id).is_some()).map_err(|error| CliError::new(error.diagnostic(None)))
}

impl RuleArgs {
    /// Before any work is done: families and frameworks that are named exist, and rules of the user can be used.
    pub(super) fn check(&self) -> Result<(), CliError> {
        self.frameworks()?;
        let unknown = self.only.iter().find(|family| !rules::families().contains(family.as_str()));
        unknown.map_or(Ok(()), |family| Err(no_family(family)))?;
        self.own.read().map(|_| ())
    }

    /// As [`RuleArgs::check`], with the rules that a configuration names.
    #[cfg(feature = "aws")]
    pub(super) fn check_with(&self, config: &Config) -> Result<(), CliError> {
        self.own.read_with(config).map(|_| ())
    }

    /// True if controls are asked for.
    pub(super) fn has_frameworks(&self) -> bool {
        !self.framework.is_empty()
    }

    fn frameworks(&self) -> Result<Vec<&'static Framework>, CliError> {
        rules::verify().map_err(|error| CliError::new(error.diagnostic(None)))?;
        let mut named = BTreeSet::new();
        let once = self.framework.iter().filter(|id| named.insert(*id));
        once.map(|id| rules::framework(id).ok_or_else(|| no_framework(id, "--framework"))).collect()
    }

    /// The rules that run, with their settings.
    pub(super) fn selection(&self, workspace: &Workspace) -> Result<RuleSelection, CliError> {
        let mut settings = BTreeMap::new();
        for (id, table) in &workspace.config.rules {
            settings.insert(id.clone(), RuleSettings::read(id, table).map_err(|e| refused(&e, workspace))?);
        }
        let of_frameworks: BTreeSet<&str> = self.frameworks()?.iter().flat_map(|framework| framework.rules()).collect();
        let of_families = self.only.iter().flat_map(|family| rules::of_family(family));
        let chosen = of_frameworks.into_iter().chain(of_families).map(str::to_owned);
        let only = self.rule.iter().cloned().chain(chosen).collect();
        let own = Arc::new(self.own.read_with(&workspace.config)?);
        let expectations = workspace.config.expect.clone();
        let targets = workspace.config.targets.clone();
        let mfa_of_people_is_claimed = workspace.config.people.mfa.is_some();
        let skip = self.skip_rule.clone();
        Ok(RuleSelection { only, skip, settings, own, expectations, targets, mfa_of_people_is_claimed })
    }

    /// The options that choose among rules, each with one of its values.
    pub(super) fn asked(&self) -> impl Iterator<Item = String> {
        let given = self.lists();
        given.into_iter().flat_map(|(option, list)| list.iter().map(move |value| format!("{option} {value}")))
    }

    fn lists(&self) -> [(&'static str, &[String]); 4] {
        [
            ("--rule", &self.rule),
            ("--only", &self.only),
            ("--framework", &self.framework),
            ("--skip-rule", &self.skip_rule),
        ]
    }

    /// The error of a selection that leaves no rule: that nothing was judged must not read as clean.
    pub(super) fn none_left(&self, config: &Config) -> CliError {
        let is_disabled = config.rules.values().any(|table| table.get("enabled") == Some(&toml::Value::Boolean(false)));
        let given = self
            .lists()
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(option, list)| format!("{option} {}", list.join(",")));
        let place: Vec<String> = given.chain(is_disabled.then(|| "`enabled` under [rules]".to_owned())).collect();
        CliError::usage(
            "no rule is left that could run",
            place.join(", "),
            "what is chosen is skipped or disabled as well, or is not configured",
            "name a rule that runs: `rolehop rules list` shows them",
        )
    }

    /// How the controls of every framework came out, or of those that were asked for.
    pub(super) fn every_control(
        &self,
        workspace: &Workspace,
        assessment: &Assessment,
    ) -> Result<Vec<FrameworkReport<'static>>, CliError> {
        if self.has_frameworks() {
            return self.controls(workspace, assessment);
        }
        let evidence = ControlEvidence::new(assessment, rules::cards(), &workspace.config.rules);
        Ok(rules::frameworks().iter().map(|framework| framework.report(&evidence)).collect())
    }

    /// How the controls of the frameworks that were asked for came out.
    pub(super) fn controls(
        &self,
        workspace: &Workspace,
        assessment: &Assessment,
    ) -> Result<Vec<FrameworkReport<'static>>, CliError> {
        let evidence = ControlEvidence::new(assessment, rules::cards(), &workspace.config.rules);
        Ok(self.frameworks()?.into_iter().map(|framework| framework.report(&evidence)).collect())
    }
}

/// No family has this name.
fn no_family(name: &str) -> CliError {
    let known: Vec<&str> = rules::families().into_iter().collect();
    let next =
        nearest(name, &known).map_or_else(|| "name one of them".to_owned(), |near| format!("did you mean `{near}`?"));
    CliError::usage(format!("no family of rules `{name}`"), "--only", &format!("known are {}", known.join(", ")), &next)
}

/// No framework has this id, which was given there.
pub(super) fn no_framework(id: &str, place: &str) -> CliError {
    let known: Vec<&str> = rules::frameworks().iter().map(|framework| framework.id.as_str()).collect();
    let next = nearest(id, &known)
        .map_or_else(|| "`rolehop rules frameworks` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
    let why = format!("known are {}", known.join(", "));
    CliError::usage(format!("no framework `{id}`"), place, &why, &next)
}

/// Where a rule's table of the configuration, or a setting of it, stands.
pub(super) fn place(config: &Config, rule: &str, setting: Option<&str>) -> String {
    let table = format!("rules.{rule}");
    let key = setting.map_or_else(|| table.clone(), |setting| format!("{table}.{setting}"));
    config.place_of(&key).map_or_else(|| format!("[{table}]"), |place| format!("{place}: [{table}]"))
}

/// The error, with the file that the settings are in.
pub(super) fn refused(error: &RuleError, workspace: &Workspace) -> CliError {
    let config = &workspace.config;
    let mut diagnostic = error.diagnostic(config.path.as_deref());
    let place = match (error, error.setting()) {
        (RuleError::Expectation { at, .. }, _) => config.place_of(&format!("expect[{at}].target")),
        // an option may name a rule as well
        (_, Some((rule, setting))) if config.rules.contains_key(rule) => Some(place(config, rule, setting)),
        _ => None,
    };
    diagnostic.place = place.unwrap_or(diagnostic.place);
    CliError::new(diagnostic)
}
