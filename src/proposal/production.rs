//! OUs, tags and names that look like production.
//!
//! Owns: which words mean production, and which take it back.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::{By, Except, Pick, Production, words};
use crate::graph::query::{target_accounts, unit_paths};
use crate::ids::AccountIx;
use crate::model::{Account, Estate};
use crate::selection::TargetSpec;

/// Words that mean production.
const PRODUCTION: &[&str] = &["prod", "production", "prd"];

/// Words that take it back: `non-prod`, `pre-production`, `prod-sandbox`.
const OTHERWISE: &[&str] =
    &["non", "not", "no", "pre", "test", "dev", "staging", "sandbox", "playground", "demo", "copy"];

/// Keys of tags that say which stage an account is of.
const KEYS: &[&str] = &["env", "environment", "stage"];

/// Everything that looks like production.
pub(super) fn production(estate: &Estate) -> Production {
    let units = unit_paths(estate);
    // what was not read of an organization is missing for an account that may be in it
    let is_unlisted = |account: &Account| account.membership_gap().is_some() || estate.organization().is_none();
    let members = || estate.accounts().iter().filter(|account| account.is_member() || is_unlisted(account));
    let mut found = Production {
        tags_unread: members().filter(|account| account.tags().is_none()).count(),
        units_unread: members().filter(|account| account.units_gap().is_some() || is_unlisted(account)).count(),
        ..Production::default()
    };
    let by_unit = of_units(&units).into_iter().map(|path| (By::Ou, path));
    let by_tag = of_tags(estate).into_iter().map(|(key, value)| (By::Tag(key), value));
    let by_name = globs(estate).into_iter().map(|glob| (By::Name, glob));
    let (mut matched, mut said) = (BTreeSet::new(), BTreeSet::new());
    for (by, value) in by_unit.chain(by_tag).chain(by_name) {
        let accounts = accounts_of(estate, &by, &value);
        let new = accounts.difference(&matched).count();
        // a glob that adds nothing to OUs and tags is noise
        if accounts.is_empty() || (by == By::Name && new == 0) {
            continue;
        }
        found.picks.push(Pick { by, value, accounts: accounts.len(), new });
        if found.picks.last().is_some_and(|pick| pick.by != By::Name) {
            said.extend(accounts.iter().copied());
        }
        matched.extend(accounts);
    }
    let otherwise = matched.iter().filter(|ix| says_otherwise(estate.account(**ix).name()));
    let except = otherwise.map(|ix| {
        let account = estate.account(*ix);
        Except { id: account.id(), name: account.name().to_owned(), by_name_only: !said.contains(ix) }
    });
    found.except = except.collect();
    found.units = units;
    found
}

fn is_production(text: &str) -> bool {
    words(text).any(|word| PRODUCTION.contains(&word.as_str())) && !says_otherwise(text)
}

fn says_otherwise(text: &str) -> bool {
    words(text).any(|word| OTHERWISE.contains(&word.as_str()))
}

/// OUs whose own name looks like production; those below such an OU are included in it.
fn of_units(units: &BTreeSet<String>) -> Vec<String> {
    let own = |path: &str| path.rsplit('/').next().is_some_and(is_production);
    let mut found: Vec<String> = Vec::new();
    for path in units.iter().filter(|path| own(path)) {
        if !found.iter().any(|above| path.starts_with(&format!("{above}/"))) {
            found.push(path.clone());
        }
    }
    found
}

fn of_tags(estate: &Estate) -> BTreeSet<(String, String)> {
    let tags = estate.accounts().iter().filter_map(Account::tags).flatten();
    let says_stage = |key: &str| KEYS.contains(&key.to_lowercase().as_str());
    let found = tags.filter(|tag| says_stage(&tag.key) && is_production(&tag.value) && is_literal(&tag.value));
    found.map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// Globs on names: `*-prod`, `prod-*`, `*-prod-*`, with the character that divides the words.
fn globs(estate: &Estate) -> BTreeSet<String> {
    let mut globs = BTreeSet::new();
    for name in estate.accounts().iter().map(Account::name).filter(|name| is_production(name)) {
        let mut end = 0;
        for word in name.split(|c: char| !c.is_alphanumeric()) {
            let before = name.get(..end).and_then(|before| before.chars().next_back());
            let after = name.get(end + word.len()..).and_then(|after| after.chars().next());
            end += word.len() + after.map_or(0, char::len_utf8);
            if !PRODUCTION.contains(&word.to_lowercase().as_str()) {
                continue;
            }
            globs.insert(match (before, after) {
                (None, None) => word.to_owned(),
                (Some(before), None) => format!("*{before}{word}"),
                (None, Some(after)) => format!("{word}{after}*"),
                (Some(before), Some(after)) => format!("*{before}{word}{after}*"),
            });
        }
    }
    globs.into_iter().filter(|glob| is_literal(&glob.replace('*', ""))).collect()
}

/// Whether a text is no glob by itself.
fn is_literal(text: &str) -> bool {
    !text.contains(['*', '?'])
}

/// The accounts that the same selector matches as the target of a question.
fn accounts_of(estate: &Estate, by: &By, value: &str) -> BTreeSet<AccountIx> {
    let values = vec![value.to_owned()];
    let none = TargetSpec::default;
    let spec = match by {
        By::Ou => TargetSpec { ou: values, ..none() },
        By::Tag(key) => TargetSpec { tags: BTreeMap::from([(key.clone(), values)]), ..none() },
        By::Name => TargetSpec { names: values, ..none() },
    };
    target_accounts(estate, "", &spec).map(|members| members.accounts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_told_from_what_only_sounds_like_it() {
        for name in ["prod", "Production", "acme-prod", "PRD_core", "Prod EU", "shop.prod.eu"] {
            assert!(is_production(name), "{name}");
        }
        for name in ["nonprod", "NonProd", "non-prod", "pre-production", "products", "prod-sandbox", "reproduction", ""]
        {
            assert!(!is_production(name), "{name}");
        }
        let units = ["/Prod", "/Prod/EU", "/Prod/Prod", "/Work/NonProd", "/Work/Production", "/Productions"];
        assert_eq!(of_units(&units.map(str::to_owned).into()), ["/Prod", "/Work/Production"]);
    }
}
