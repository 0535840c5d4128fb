//! The pages that cards name as sources.
//!
//! Owns: where they are read. Titles repeat from card to card, so each address stands once, in `rules/data/pages.toml`. INVARIANT: a
//! file that does not parse fails every check, as a card does.

use serde::Deserialize;

use super::error::RuleError;
use super::rule::{CardFile, card_file};
use crate::finding::{PageUrl, Reference, RuleCard};

const FILE: CardFile = card_file!("data/pages");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    pages: Vec<Reference>,
}

impl Pages {
    fn read() -> Result<Self, RuleError> {
        let refused = |error: toml::de::Error| RuleError::Card { file: FILE.path, why: error.message().to_owned() };
        toml::from_str(FILE.text).map_err(refused)
    }

    fn url(&self, title: &str) -> Option<&PageUrl> {
        self.pages.iter().find(|page| page.title == title)?.url.as_ref()
    }
}

/// Gives each reference of the cards the address of its page, where one is known.
///
/// # Errors
/// If the file of the pages cannot be used.
pub(super) fn add_addresses(cards: &mut [RuleCard]) -> Result<(), RuleError> {
    let pages = Pages::read()?;
    for reference in cards.iter_mut().flat_map(|card| &mut card.references) {
        reference.url = pages.url(&reference.title).cloned();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::cards;

    /// Pages that are read nowhere in public, as far as is known.
    const WITHOUT_ADDRESS: usize = 0;

    fn titles(references: &[Reference]) -> BTreeSet<&str> {
        references.iter().map(|page| page.title.as_str()).collect()
    }

    #[test]
    fn every_page_that_a_card_names_is_listed_once_and_no_other() {
        let pages = Pages::read().unwrap().pages;
        let listed = titles(&pages);
        let named: BTreeSet<&str> = cards().iter().flat_map(|card| titles(&card.references)).collect();
        let unlisted: Vec<_> = named.difference(&listed).collect();
        assert!(unlisted.is_empty(), "add these to {}, with their addresses: {unlisted:#?}", FILE.path);
        let unnamed: Vec<_> = listed.difference(&named).collect();
        assert!(unnamed.is_empty(), "no card names these pages of {}: {unnamed:#?}", FILE.path);
        assert_eq!(listed.len(), pages.len(), "a title is listed twice");
        let without: Vec<&str> = pages.iter().filter(|page| page.url.is_none()).map(|page| &*page.title).collect();
        assert_eq!(without.len(), WITHOUT_ADDRESS, "these pages have no address: {without:#?}");
        let urls: BTreeSet<&str> = pages.iter().filter_map(|page| page.url.as_ref()).map(PageUrl::as_str).collect();
        assert_eq!(urls.len() + without.len(), pages.len(), "two titles have one address");
    }

    #[test]
    fn every_rule_has_a_page_to_read() {
        let without: Vec<&str> = cards().iter().filter(|card| card.page().is_none()).map(|card| &*card.id).collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
