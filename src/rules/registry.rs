//! Every rule with its card.
//!
//! Owns: joining the tables of the families, and the controls of frameworks and the addresses of pages with the cards. INVARIANT: a
//! card that does not parse, or does not fit its function, fails every check: no rule is dropped silently.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::error::RuleError;
use super::families::{
    accounts, audit, credentials, cross_account, entitlements, escalation, federation, groups, mfa, organization,
    passwords, people, policies, privilege, quotas, redundant, roles, root, shadowed, stored_credentials, trust, users,
};
use super::frameworks;
use super::own::OwnRules;
use super::pages;
use super::rule::{CardFile, Rule};
use crate::finding::{Control, RuleCard};

const FAMILIES: &[&[&dyn Rule]] = &[
    accounts::RULES,
    audit::RULES,
    credentials::RULES,
    cross_account::RULES,
    entitlements::RULES,
    escalation::RULES,
    federation::RULES,
    groups::RULES,
    mfa::RULES,
    organization::RULES,
    passwords::RULES,
    people::RULES,
    policies::RULES,
    privilege::RULES,
    quotas::RULES,
    roles::RULES,
    root::RULES,
    redundant::RULES,
    shadowed::RULES,
    stored_credentials::RULES,
    trust::RULES,
    users::RULES,
];

/// Cards and their rules, by id, side by side.
struct Registry {
    cards: Vec<RuleCard>,
    rules: Vec<&'static dyn Rule>,
    broken: Option<RuleError>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut parsed: Vec<(RuleCard, &'static dyn Rule)> = Vec::new();
    let mut broken = None;
    for rule in FAMILIES.iter().flat_map(|family| family.iter().copied()) {
        match read(rule) {
            Ok(card) => parsed.push((card, rule)),
            Err(error) => broken = Some(error),
        }
    }
    parsed.sort_by(|a, b| a.0.id.cmp(&b.0.id));
    for (card, rule) in &parsed {
        let judges_the_same =
            |general: &str| parsed.iter().any(|(of, _)| of.id == general && of.subject == card.subject);
        if let Some(general) = card.special_case_of.as_deref().filter(|general| !judges_the_same(general)) {
            let why = format!("no rule `{general}` judges the same subjects");
            broken = Some(RuleError::Card { file: rule.card().path, why });
        }
    }
    let (mut cards, rules): (Vec<RuleCard>, Vec<_>) = parsed.into_iter().unzip();
    if let Err(error) = join_frameworks(&mut cards) {
        broken = Some(error);
    }
    if let Err(error) = pages::add_addresses(&mut cards) {
        broken = Some(error);
    }
    Registry { cards, rules, broken }
});

/// Notes on each card which controls its rule is evidence for.
fn join_frameworks(cards: &mut [RuleCard]) -> Result<(), RuleError> {
    for (file, framework) in frameworks::read_all()? {
        let refused = |why: String| RuleError::Card { file, why };
        if let Some(rule) = framework.rules().into_iter().find(|rule| !cards.iter().any(|card| card.id == *rule)) {
            return Err(refused(format!("no rule `{rule}`")));
        }
        for (rule, setting, ..) in framework.controls.iter().flat_map(Control::limits) {
            let has = |card: &RuleCard| card.parameters.get(setting).is_some_and(toml::Value::is_integer);
            if !cards.iter().any(|card| card.id == rule && has(card)) {
                return Err(refused(format!("rule `{rule}` has no number `{setting}`")));
            }
        }
        for card in cards.iter_mut() {
            let controls: Vec<String> = framework.controls_of(&card.id).map(str::to_owned).collect();
            if !controls.is_empty() {
                card.maps.insert(framework.id.clone(), controls);
            }
        }
    }
    Ok(())
}

fn read(rule: &dyn Rule) -> Result<RuleCard, RuleError> {
    let file = rule.card();
    let refused = |why: String| RuleError::Card { file: file.path, why };
    let card: RuleCard = toml::from_str(file.text).map_err(|error| refused(error.message().to_owned()))?;
    if card.subject != rule.subject() {
        return Err(refused(format!("its function judges {:?}, not {:?}", rule.subject(), card.subject)));
    }
    rule.check_parameters(card.parameters.clone()).map_err(|error| refused(error.message().to_owned()))?;
    Ok(card)
}

/// All cards, by id.
#[must_use]
pub fn cards() -> &'static [RuleCard] {
    &REGISTRY.cards
}

/// The card of expectations, which are a rule of the configuration.
static EXPECTATION: LazyLock<Result<RuleCard, RuleError>> = LazyLock::new(|| {
    // not under `rules/`, where each card has a function that judges one subject
    const FILE: CardFile = CardFile { path: "src/rules/expectation.toml", text: include_str!("expectation.toml") };
    let refused = |error: toml::de::Error| RuleError::Card { file: FILE.path, why: error.message().to_owned() };
    toml::from_str(FILE.text).map_err(refused)
});

/// The card of expectations.
pub(super) fn expectation() -> Result<&'static RuleCard, RuleError> {
    EXPECTATION.as_ref().map_err(Clone::clone)
}

/// The families of rules, in order: the folders that cards stand in.
#[must_use]
pub fn families() -> BTreeSet<&'static str> {
    REGISTRY.rules.iter().map(|rule| family_of(*rule)).collect()
}

/// The ids of a family's rules, in order; none if there is no such family.
pub fn of_family(family: &str) -> impl Iterator<Item = &'static str> {
    let all = REGISTRY.cards.iter().zip(&REGISTRY.rules);
    all.filter(move |(_, rule)| family_of(**rule) == family).map(|(card, _)| card.id.as_str())
}

/// `trust` of `rules/trust/trust-any-principal.toml`.
fn family_of(rule: &dyn Rule) -> &'static str {
    rule.card().path.split('/').nth(1).unwrap_or_default()
}

/// All cards and those of a user's rules, by id.
#[must_use]
pub fn cards_with(own: &OwnRules) -> Vec<RuleCard> {
    let mut all: Vec<RuleCard> = cards().iter().chain(own.cards()).chain(expectation()).cloned().collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// The error about an id that no rule has.
#[must_use]
pub fn unknown(id: &str, own: &OwnRules) -> RuleError {
    let known = cards().iter().chain(own.cards()).map(|card| card.id.clone()).collect();
    RuleError::Unknown { id: id.to_owned(), known }
}

/// One card.
#[must_use]
pub fn card(id: &str) -> Option<&'static RuleCard> {
    cards().iter().find(|c| c.id == id)
}

/// One card, of all rules and those of a user.
#[must_use]
pub fn card_with<'a>(id: &str, own: &'a OwnRules) -> Option<&'a RuleCard> {
    card(id).or_else(|| own.card(id)).or_else(|| expectation().ok().filter(|card| card.id == id))
}

/// All rules with their cards, by id.
///
/// # Errors
/// If a card does not parse or does not fit its function.
pub(super) fn rules() -> Result<impl Iterator<Item = (&'static RuleCard, &'static dyn Rule)>, RuleError> {
    match &REGISTRY.broken {
        Some(error) => Err(error.clone()),
        None => Ok(REGISTRY.cards.iter().zip(REGISTRY.rules.iter().copied())),
    }
}

/// Fails if a card cannot be used.
///
/// # Errors
/// If a card does not parse or does not fit its function.
pub fn verify() -> Result<(), RuleError> {
    rules().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PrincipalIx;
    use crate::rules::context::Context;
    use crate::rules::judge::Judge;
    use crate::rules::outcome::Outcome;
    use crate::rules::rule::{CardFile, NoParameters, Row};

    fn nothing(_: &Context<'_>, _: &NoParameters, _: PrincipalIx, _: &mut Outcome) {}

    #[test]
    fn a_card_that_does_not_fit_its_function_is_refused() {
        let why = |text| {
            let row = Row::new(CardFile { path: "rules/x/y.toml", text }, Judge::Role(nothing));
            read(&row).unwrap_err().diagnostic(None)
        };
        let unparsed = why("id = 1");
        assert_eq!((unparsed.code.as_str(), unparsed.place.as_str()), ("E903", "rules/x/y.toml"));
        let of_users = why(include_str!("../../rules/quotas/user-near-group-limit.toml"));
        assert!(of_users.why.contains("User"), "{of_users:?}");
        let with_parameters = why(include_str!("../../rules/roles/role-unused.toml"));
        assert!(with_parameters.why.contains("days"), "{with_parameters:?}");
    }

    #[test]
    fn every_card_fits_its_rule_and_stands_under_its_own_name() {
        let known: Vec<String> = rules().unwrap().map(|(card, _)| card.id.clone()).collect();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let mut files = Vec::new();
        let families = std::fs::read_dir(root).unwrap().map(|family| family.unwrap().path());
        // what rules read, and what frameworks ask for, are no cards
        for family in families.filter(|family| !family.ends_with("data") && !family.ends_with("frameworks")) {
            for card in std::fs::read_dir(family).unwrap() {
                let path = card.unwrap().path();
                let card: RuleCard = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
                assert_eq!(card.id, path.file_stem().unwrap().to_str().unwrap());
                files.push(card.id);
            }
        }
        files.sort();
        assert_eq!(files, known);
    }
}
