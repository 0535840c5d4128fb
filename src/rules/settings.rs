//! The settings of a configuration, looked at before any rule runs.
//!
//! Owns: everything that is wrong with them, not only the first, and the words that a setting takes. What is right is decided where
//! rules read their parameters.

use std::collections::BTreeMap;

use super::error::RuleError;
use super::own::OwnRules;
use super::parameters::{merged, none};
use super::registry;
use super::selection::{OF_EVERY_RULE, RuleSettings};
use crate::finding::RuleCard;

/// Text that no setting takes.
const NO_WORD: &str = "\u{0}";

/// What is wrong with `[rules.ID]`.
#[derive(Clone, Debug)]
pub struct SettingProblem {
    /// The id as it is written.
    pub rule: String,
    /// The key; `None` if it is the id that is wrong.
    pub key: Option<String>,
    /// What is wrong.
    pub error: RuleError,
}

/// Everything that is wrong with the settings of rules, by rule and key.
///
/// # Errors
/// If a card cannot be used.
pub fn setting_problems(
    settings: &BTreeMap<String, toml::Table>,
    own: &OwnRules,
) -> Result<Vec<SettingProblem>, RuleError> {
    let mut problems = Vec::new();
    for (id, table) in settings {
        let Some((card, rule)) = registry::rules()?.find(|(card, _)| card.id == *id) else {
            let of_config = Some(registry::expectation()?).filter(|card| card.id == *id);
            match own.card(id).or(of_config) {
                Some(card) => problems.extend(of_user(card, table)),
                None => {
                    let error = registry::unknown(id, own);
                    problems.push(SettingProblem { rule: id.clone(), key: None, error });
                }
            }
            continue;
        };
        for (key, value) in table {
            let alone: toml::Table = std::iter::once((key.clone(), value.clone())).collect();
            let read = if OF_EVERY_RULE.contains(&key.as_str()) {
                RuleSettings::read(id, &alone).map(|_| ())
            } else {
                merged(card, rule, &alone).map(|_| ())
            };
            problems.extend(read.err().map(|error| SettingProblem { rule: id.clone(), key: Some(key.clone()), error }));
        }
    }
    Ok(problems)
}

/// What is wrong with the settings of a user's rule or of expectations, which have no parameters.
fn of_user(card: &RuleCard, table: &toml::Table) -> Vec<SettingProblem> {
    let problem = |(key, value): (&String, &toml::Value)| {
        let alone: toml::Table = std::iter::once((key.clone(), value.clone())).collect();
        let read = RuleSettings::read(&card.id, &alone).and_then(|read| none(card, &read.parameters));
        let error = read.err()?;
        Some(SettingProblem { rule: card.id.clone(), key: Some(key.clone()), error })
    };
    table.iter().filter_map(problem).collect()
}

/// The words that a setting of a rule takes; none if it is no such setting.
#[must_use]
pub fn setting_words(card: &RuleCard, key: &str) -> Vec<String> {
    let Some((_, rule)) = registry::rules().ok().and_then(|mut rules| rules.find(|(other, _)| other.id == card.id))
    else {
        return Vec::new();
    };
    let alone = std::iter::once((key.to_owned(), toml::Value::String(NO_WORD.to_owned()))).collect();
    match merged(card, rule, &alone) {
        // the parser names the words that are known after the one that is not
        Err(RuleError::Value { why, .. }) => why.split('`').skip(3).step_by(2).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_setting_is_found_and_words_are_those_of_the_parser() {
        let settings = toml::from_str(
            "[role-unusd]\nx = 1\n[role-unused]\nday = 3\ndays = \"x\"\nenabled = 1\nseverity = \"hihg\"\n\
             [user-near-group-limit]\nheadroom = -5\n[account-near-quota]\npercent = 300\n[expectation]\nseverity = \"low\"\nenabled = true\ndays = 1\n[human-path-without-mfa]\naccess = \"wrte\"\n[external-account-not-allowed]\nallowed_accounts = [\"1\"]\n",
        );
        let found = setting_problems(&settings.unwrap(), &OwnRules::default()).unwrap();
        let found: Vec<String> =
            found.iter().map(|p| format!("{} {}", p.error.diagnostic(None).code.as_str(), p.error)).collect();
        insta::assert_snapshot!(found.join("\n"), @r"
        E313 setting `percent` of rule `account-near-quota` is not understood
        E311 rule `expectation` has no setting `days`
        E313 setting `allowed_accounts` of rule `external-account-not-allowed` is not understood
        E313 setting `access` of rule `human-path-without-mfa` is not understood
        E310 no rule `role-unusd`
        E311 rule `role-unused` has no setting `day`
        E312 setting `days` of rule `role-unused` is string, not integer
        E300 `enabled` of rule `role-unused` is not understood
        E300 `severity` of rule `role-unused` is not understood
        E313 setting `headroom` of rule `user-near-group-limit` is not understood
        ");
        let words = |rule, key| setting_words(registry::card(rule).unwrap(), key);
        assert_eq!(words("human-path-without-mfa", "access"), ["write", "any"]);
        assert!(words("role-unused", "days").is_empty());
    }
}
