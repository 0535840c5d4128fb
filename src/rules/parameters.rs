//! Merges a card's defaults and the configuration's settings into the parameters of a rule.
//!
//! Owns: what is rejected. INVARIANT: a key that the card does not have, or a value that the rule cannot read, is an error: none
//! is ignored or taken as zero.

use super::error::RuleError;
use super::rule::Rule;
use super::selection::OF_EVERY_RULE;
use crate::finding::RuleCard;

/// The card's parameters, overridden by those given.
///
/// # Errors
/// If a key is not on the card, or a value does not fit.
pub(super) fn merged(card: &RuleCard, rule: &dyn Rule, given: &toml::Table) -> Result<toml::Table, RuleError> {
    for (key, value) in given {
        let Some(default) = card.parameters.get(key) else {
            let known = card.parameters.keys().map(String::as_str).chain(OF_EVERY_RULE);
            return Err(RuleError::UnknownSetting {
                rule: card.id.clone(),
                key: key.clone(),
                known: known.map(str::to_owned).collect(),
            });
        };
        if !value.same_type(default) {
            return Err(RuleError::WrongType {
                rule: card.id.clone(),
                key: key.clone(),
                found: value.type_str(),
                wanted: default.type_str(),
            });
        }
        if let Some(why) = out_of_range(key, value) {
            return Err(RuleError::Value { rule: card.id.clone(), key: key.clone(), why });
        }
    }
    let mut parameters = card.parameters.clone();
    parameters.extend(given.clone());
    rule.check_parameters(parameters.clone()).map_err(|error| refused(card, &error))?;
    Ok(parameters)
}

/// Why no rule takes a number: days, counts and room are not negative, and a hundred percent are all.
fn out_of_range(key: &str, value: &toml::Value) -> Option<String> {
    let most = if key == "percent" { 100 } else { i64::from(u32::MAX) };
    let number = value.as_integer().filter(|number| !(0..=most).contains(number))?;
    Some(match most {
        100 => format!("{number} is not a whole number from 0 to 100"),
        _ if number < 0 => format!("{number} is not a whole number from 0"),
        _ => format!("{number} is too large"),
    })
}

/// Rules of users have no parameters.
///
/// # Errors
/// If one is given.
pub(super) fn none(card: &RuleCard, given: &toml::Table) -> Result<(), RuleError> {
    let Some(key) = given.keys().next() else { return Ok(()) };
    let known = OF_EVERY_RULE.map(str::to_owned).to_vec();
    Err(RuleError::UnknownSetting { rule: card.id.clone(), key: key.clone(), known })
}

/// The parser's message about a rule's parameters, with the key that it is about.
fn refused(card: &RuleCard, error: &toml::de::Error) -> RuleError {
    let whole = error.to_string();
    let key = whole.split("in `").nth(1).and_then(|rest| rest.split('`').next()).unwrap_or_default();
    RuleError::Value { rule: card.id.clone(), key: key.to_owned(), why: error.message().to_owned() }
}
