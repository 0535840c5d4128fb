//! Which data sets a collection reads, and the words that name them.
//!
//! Owns: the words for groups, and the rule that what is always read cannot be left out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::descriptor::{Group, When};
use super::table::{AccountFacet, Facet, Owner, PeopleFacet};

/// A set of data sets: those that a collection reads, or those that a file has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facets(BTreeSet<Facet>);

/// Words that stand for several data sets.
const GROUPS: [&str; 6] = ["core", "credentials", "organization", "default", "last-used", "cloudtrail"];

/// Every data set that can be named: first those that are always read, then those of the groups, and last those that are only
/// read if they are named.
fn all() -> Vec<Facet> {
    let mut facets: Vec<Facet> =
        Facet::ALL.iter().copied().filter(|facet| facet.descriptor().when != When::Inherent).collect();
    facets.sort_by_key(|facet| {
        let descriptor = facet.descriptor();
        let no_group = descriptor.group.is_none();
        (descriptor.when == When::OnRequest, descriptor.when != When::Always, no_group, descriptor.group)
    });
    facets
}

fn is_always_read(facet: Facet) -> bool {
    facet.descriptor().when == When::Always
}

fn is_default(facet: Facet) -> bool {
    matches!(facet.descriptor().when, When::Always | When::ByDefault)
}

/// The data sets of a group, if the word names one.
fn group(word: &str) -> Option<Vec<Facet>> {
    let of = |fits: &dyn Fn(Facet) -> bool| Some(all().into_iter().filter(|facet| fits(*facet)).collect());
    let in_group = |group: Group| of(&|facet| facet.descriptor().group == Some(group));
    match word {
        "all" => Some(all()),
        "core" => of(&is_always_read),
        "default" => of(&is_default),
        "credentials" => in_group(Group::Credentials),
        "organization" => in_group(Group::Organization),
        "last-used" => in_group(Group::LastUsed),
        "cloudtrail" => in_group(Group::CloudTrail),
        _ => None,
    }
}

/// A word that names neither a data set nor a group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no data set; known are {}", Facets::words().join(", "))]
pub struct UnknownFacet {
    /// The word.
    pub word: String,
}

impl Default for Facets {
    fn default() -> Self {
        Self(all().into_iter().filter(|facet| is_default(*facet)).collect())
    }
}

impl FromIterator<Facet> for Facets {
    fn from_iter<T: IntoIterator<Item = Facet>>(facets: T) -> Self {
        Self(facets.into_iter().collect())
    }
}

impl Facets {
    /// The data sets and groups that `words` name, and those that are always read.
    ///
    /// # Errors
    /// If a word names nothing.
    pub fn named<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownFacet> {
        let mut chosen: BTreeSet<Facet> = all().into_iter().filter(|facet| is_always_read(*facet)).collect();
        for word in words {
            chosen.extend(meaning(word)?);
        }
        Ok(Self(chosen))
    }

    /// Leaves out the data sets and groups that `words` name, except those that are always read.
    ///
    /// # Errors
    /// If a word names nothing.
    pub fn without<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownFacet> {
        for word in words {
            let out = meaning(word)?;
            self.0.retain(|facet| is_always_read(*facet) || !out.contains(facet));
        }
        Ok(self)
    }

    /// Adds one.
    pub fn add(&mut self, facet: Facet) {
        self.0.insert(facet);
    }

    /// Leaves one out.
    pub fn remove(&mut self, facet: Facet) {
        self.0.remove(&facet);
    }

    /// Adds those of another.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    /// True if the data set is in it.
    #[must_use]
    pub fn has(&self, facet: Facet) -> bool {
        self.0.contains(&facet)
    }

    /// True if everything that `other` reads of accounts is read. What belongs to the organization is read once in every run.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.of_accounts().all(|facet| self.has(facet))
    }

    /// Those of accounts; the others belong to the organization.
    pub fn of_accounts(&self) -> impl Iterator<Item = Facet> {
        self.iter().filter(|facet| !facet.is_of_organization())
    }

    /// The same, by their type.
    pub fn account_facets(&self) -> impl Iterator<Item = AccountFacet> {
        self.iter().filter_map(|facet| match facet.owner() {
            Owner::Account(facet) => Some(facet),
            Owner::Organization(_) | Owner::People(_) => None,
        })
    }

    /// Those of the organization's people.
    pub fn of_people(&self) -> impl Iterator<Item = PeopleFacet> {
        self.iter().filter_map(|facet| match facet.owner() {
            Owner::People(facet) => Some(facet),
            Owner::Account(_) | Owner::Organization(_) => None,
        })
    }

    /// True if it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = Facet> {
        self.0.iter().copied()
    }

    /// Every word that names data sets: groups first.
    #[must_use]
    pub fn words() -> Vec<&'static str> {
        let facets = all().into_iter().map(Facet::as_str);
        ["all"].into_iter().chain(GROUPS).chain(facets).collect()
    }
}

fn meaning(word: &str) -> Result<Vec<Facet>, UnknownFacet> {
    let one = || all().into_iter().find(|facet| facet.as_str() == word).map(|facet| vec![facet]);
    group(word).or_else(one).ok_or_else(|| UnknownFacet { word: word.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_single_facets_can_be_named_and_left_out() {
        let chosen = Facets::named(["credentials", "trails"]).unwrap();
        assert!(chosen.has(Facet::AccessKeys) && chosen.has(Facet::Trails) && chosen.has(Facet::AuthorizationDetails));
        assert!(!chosen.has(Facet::Guardrails));
        let fewer = Facets::default().without(["credentials", "core"]).unwrap();
        assert!(!fewer.has(Facet::CredentialReport) && fewer.has(Facet::AuthorizationDetails));
        assert!(Facets::default().covers(&fewer) && !fewer.covers(&Facets::default()));
        assert!(
            fewer.covers(&Facets::named(["core", "trails", "account-tags"]).unwrap()),
            "tags are no account's own facet"
        );
        assert!(Facets::named(["sso"]).unwrap_err().to_string().contains("credentials"));
    }

    #[test]
    fn tags_of_accounts_are_read_only_where_they_are_asked_for() {
        assert!(!Facets::default().has(Facet::AccountTags));
        for asked in ["account-tags", "organization", "all"] {
            assert!(Facets::named([asked]).unwrap().has(Facet::AccountTags), "{asked}");
        }
    }

    #[test]
    fn every_word_has_a_meaning() {
        for word in Facets::words() {
            assert!(Facets::named([word]).is_ok(), "{word}");
        }
        let all = Facets::named(["all"]).unwrap();
        assert!(all.has(Facet::LastAccessed) && all.covers(&Facets::default()));
    }
}
