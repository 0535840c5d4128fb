//! Rules: a card for people and a pure function each.
//!
//! Owns: the table that binds cards to functions, which rules run, and what a missing facet means. Does not know how
//! findings are printed. INVARIANT: data that a rule needs and that is missing makes its result unknown, never a pass.

mod aws_made;
mod context;
mod credentials;
mod entry;
mod formula;
mod human;
mod mfa;
mod organization;
mod roles;
mod root;
mod trust;
mod users;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use context::CheckContext;

use crate::config::nearest;
use crate::diagnostic::Diagnostic;
use crate::finding::Finding;
use crate::finding::RuleCard;
use crate::graph::TrustGraph;
use crate::severity::Severity;

type Check = fn(&mut CheckContext<'_, '_>);

/// One row a rule: a card that is not there does not compile.
const TABLE: &[(&str, Check)] = &[
    (include_str!("../../rules/credentials/access-key-old.toml"), credentials::access_key_old),
    (include_str!("../../rules/credentials/console-user-without-mfa.toml"), credentials::console_user_without_mfa),
    (include_str!("../../rules/mfa/human-path-without-mfa.toml"), human::human_path_without_mfa),
    (include_str!("../../rules/mfa/mfa-condition-ineffective.toml"), mfa::mfa_condition_ineffective),
    (
        include_str!("../../rules/organization/organization-admin-role-reachable.toml"),
        organization::organization_admin_role_reachable,
    ),
    (include_str!("../../rules/roles/role-unused.toml"), roles::role_unused),
    (include_str!("../../rules/root/root-access-key.toml"), root::root_access_key),
    (include_str!("../../rules/root/root-without-mfa.toml"), root::root_without_mfa),
    (include_str!("../../rules/trust/external-account-not-allowed.toml"), trust::external_account_not_allowed),
    (
        include_str!("../../rules/trust/external-trust-without-external-id.toml"),
        trust::external_trust_without_external_id,
    ),
    (include_str!("../../rules/trust/trust-any-principal.toml"), trust::trust_any_principal),
    (
        include_str!("../../rules/users/iam-user-outside-identity-accounts.toml"),
        users::iam_user_outside_identity_accounts,
    ),
    (include_str!("../../rules/users/user-near-group-limit.toml"), users::user_near_group_limit),
];

/// Cards with their functions, by id. A card that does not parse is caught by a test.
static RULES: LazyLock<(Vec<RuleCard>, Vec<Check>)> = LazyLock::new(|| {
    let mut rules: Vec<(RuleCard, Check)> =
        TABLE.iter().filter_map(|(text, check)| toml::from_str(text).ok().map(|card| (card, *check))).collect();
    rules.sort_by(|a, b| a.0.id.cmp(&b.0.id));
    rules.into_iter().unzip()
});

/// Settings of one rule.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// On or off; on where not given.
    pub enabled: Option<bool>,
    /// Instead of the card's severity.
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

/// Why rules cannot run as asked.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RuleError {
    #[error("no rule `{0}`")]
    Unknown(String),
    #[error("rule `{rule}` has no setting `{key}`")]
    UnknownSetting { rule: String, key: String, known: Vec<String> },
    #[error("setting `{key}` of rule `{rule}` is {found}, not {wanted}")]
    WrongType { rule: String, key: String, found: &'static str, wanted: &'static str },
}

impl RuleError {
    /// The four parts that people are shown.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let suggest = |word: &str, known: &[&str], otherwise: &str| {
            nearest(word, known).map_or_else(|| otherwise.to_owned(), |near| format!("did you mean `{near}`?"))
        };
        match self {
            Self::Unknown(id) => {
                let known: Vec<&str> = cards().iter().map(|c| c.id.as_str()).collect();
                let next = suggest(id, &known, "`rolehop rules list` shows them");
                Diagnostic::new(
                    "E310",
                    self.to_string(),
                    id.clone(),
                    "no rule has this id, so nothing would be checked",
                    next,
                )
            }
            Self::UnknownSetting { rule, key, known } => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let next = suggest(key, &known, &format!("`rolehop rules explain {rule}` lists the settings"));
                Diagnostic::new(
                    "E311",
                    self.to_string(),
                    format!("[rules.{rule}]"),
                    "it would be ignored in silence",
                    next,
                )
            }
            Self::WrongType { rule, .. } => Diagnostic::new(
                "E312",
                self.to_string(),
                format!("[rules.{rule}]"),
                "a setting has the type of its default",
                format!("`rolehop rules explain {rule}` shows the default"),
            ),
        }
    }
}

/// All cards, by id.
#[must_use]
pub fn cards() -> &'static [RuleCard] {
    &RULES.0
}

/// One card.
#[must_use]
pub fn card(id: &str) -> Option<&'static RuleCard> {
    cards().iter().find(|c| c.id == id)
}

/// Runs the chosen rules.
///
/// # Errors
/// Where a rule or setting is not known, or a setting has the wrong type.
pub fn check(graph: &TrustGraph<'_>, selection: &Selection) -> Result<Vec<Finding>, RuleError> {
    for id in selection.only.iter().chain(&selection.skip).chain(selection.settings.keys()) {
        card(id).ok_or_else(|| RuleError::Unknown(id.clone()))?;
    }
    let mut found = Vec::new();
    for (card, check) in RULES.0.iter().zip(&RULES.1) {
        let settings = selection.settings.get(&card.id).cloned().unwrap_or_default();
        check_settings(card, &settings.parameters)?;
        let chosen = selection.only.is_empty() || selection.only.contains(&card.id);
        if !chosen || selection.skip.contains(&card.id) || settings.enabled == Some(false) {
            continue;
        }
        let mut context = CheckContext::new(graph, card, settings);
        check(&mut context);
        found.extend(context.into_findings());
    }
    Ok(found)
}

fn check_settings(card: &RuleCard, given: &toml::Table) -> Result<(), RuleError> {
    for (key, value) in given {
        let Some(default) = card.parameters.get(key) else {
            let known = card.parameters.keys().cloned().chain(["severity".to_owned(), "enabled".to_owned()]).collect();
            return Err(RuleError::UnknownSetting { rule: card.id.clone(), key: key.clone(), known });
        };
        if !value.same_type(default) {
            let (found, wanted) = (value.type_str(), default.type_str());
            return Err(RuleError::WrongType { rule: card.id.clone(), key: key.clone(), found, wanted });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_parses_and_stands_under_its_own_name() {
        assert_eq!(cards().len(), TABLE.len());
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let mut files = Vec::new();
        for family in std::fs::read_dir(root).unwrap() {
            for card in std::fs::read_dir(family.unwrap().path()).unwrap() {
                let path = card.unwrap().path();
                let card: RuleCard = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
                assert_eq!(card.id, path.file_stem().unwrap().to_str().unwrap());
                files.push(card.id);
            }
        }
        files.sort();
        assert_eq!(files, cards().iter().map(|c| c.id.clone()).collect::<Vec<_>>());
    }
}
