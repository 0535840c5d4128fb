//! Which rules run, and with which settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::RuleError;
use super::own::OwnRules;
use crate::config::Expectation;
use crate::graph::query::Targets;
use crate::severity::Severity;

/// Settings of one rule.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// On or off; on if not given.
    pub enabled: Option<bool>,
    /// Overrides the card's severity.
    pub severity: Option<Severity>,
    /// Overrides the card's defaults.
    pub parameters: toml::Table,
}

/// Which rules run, and how.
#[derive(Clone, Debug, Default)]
pub struct RuleSelection {
    /// Only these; all if empty.
    pub only: Vec<String>,
    /// Not these.
    pub skip: Vec<String>,
    /// Settings by rule id.
    pub settings: BTreeMap<String, RuleSettings>,
    /// Rules of the user.
    pub own: Arc<OwnRules>,
    /// Who may reach what.
    pub expectations: Vec<Expectation>,
    /// The targets that expectations name.
    pub targets: Targets,
    /// Whether the configuration answers for the MFA of people, which AWS does not see.
    pub mfa_of_people_is_claimed: bool,
}

/// Keys of `[rules.ID]` that every rule has.
pub(super) const OF_EVERY_RULE: [&str; 2] = ["severity", "enabled"];

impl RuleSettings {
    /// Reads `[rules.ID]` of a configuration.
    ///
    /// # Errors
    /// If `enabled` is not a boolean or `severity` is not a severity. Parameters are checked when the rules run.
    pub fn read(rule: &str, table: &toml::Table) -> Result<Self, RuleError> {
        let mut parameters = table.clone();
        let refused = |key, wanted| RuleError::Setting { rule: rule.to_owned(), key, wanted };
        let enabled = match parameters.remove("enabled") {
            Some(value) => Some(value.as_bool().ok_or_else(|| refused("enabled", "true or false"))?),
            None => None,
        };
        let severity = match parameters.remove("severity") {
            Some(value) => {
                Some(value.try_into().map_err(|_| refused("severity", "info, low, medium, high or critical"))?)
            }
            None => None,
        };
        Ok(Self { enabled, severity, parameters })
    }
}

impl RuleSelection {
    /// Settings of one rule, the defaults if none are given.
    pub(super) fn settings_of(&self, rule: &str) -> RuleSettings {
        self.settings.get(rule).cloned().unwrap_or_default()
    }

    /// True if the rule is to run.
    pub(super) fn runs(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|id| id == rule);
        let enabled = self.settings.get(rule).and_then(|settings| settings.enabled) != Some(false);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip) && enabled
    }

    /// Every rule that is named anywhere.
    pub(super) fn named(&self) -> impl Iterator<Item = &String> {
        self.only.iter().chain(&self.skip).chain(self.settings.keys())
    }
}
