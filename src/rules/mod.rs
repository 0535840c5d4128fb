//! Rules: a card for people and a pure function each.

use std::collections::BTreeMap;

use crate::card::RuleCard;
use crate::diagnostic::Diagnostic;
use crate::finding::Finding;
use crate::graph::TrustGraph;
use crate::severity::Severity;

/// Settings of one rule.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// On or off.
    pub enabled: Option<bool>,
    /// Instead of the card's.
    pub severity: Option<Severity>,
    /// Instead of the card's defaults.
    pub parameters: toml::Table,
}

/// Which rules run, and how.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these; all where empty.
    pub only: Vec<String>,
    /// Not these.
    pub skip: Vec<String>,
    /// Settings by rule id.
    pub settings: BTreeMap<String, RuleSettings>,
}

/// Placeholder until the rules land.
#[derive(Debug, thiserror::Error)]
#[error("rule")]
pub struct RuleError;

impl RuleError {
    /// Four parts.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new("E310", "rule", "", "", "")
    }
}

/// All cards.
#[must_use]
pub fn cards() -> &'static [RuleCard] {
    &[]
}

/// One card.
#[must_use]
pub fn card(id: &str) -> Option<&'static RuleCard> {
    cards().iter().find(|c| c.id == id)
}

/// Runs the rules.
///
/// # Errors
/// Where a rule or parameter is unknown.
pub fn check(_graph: &TrustGraph<'_>, _selection: &Selection) -> Result<Vec<Finding>, RuleError> {
    Ok(Vec::new())
}
