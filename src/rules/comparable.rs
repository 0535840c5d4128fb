//! What a rule reads and was not read, for comparisons: a finding of one side alone is no change where it rests on such data.

use std::collections::BTreeSet;

use super::registry::{card, expectation};
use crate::facet::Facet;
use crate::finding::RuleCard;
use crate::ids::Scope;
use crate::model::{Account, Estate};

/// A card of the built-in rules, expectations among them.
fn card_of(id: &str) -> Option<&'static RuleCard> {
    card(id).or_else(|| expectation().ok().filter(|card| card.id == id))
}

/// Whether what a rule finds in one account rests on the data of others.
#[must_use]
pub fn looks_across(id: &str) -> bool {
    card_of(id).is_some_and(|card| card.across)
}

/// Rules that judge ways of the kinds that are asked for; others judge assumptions alone, or no way.
const OF_WAYS: [&str; 3] = ["expectation", "lower-environment-reaches-higher", "management-account-reachable"];

/// Whether what a rule finds depends on which kinds of edge are followed. Rules of the user may ask who reaches a target.
#[must_use]
pub fn follows_ways(id: &str) -> bool {
    card_of(id).is_none() || OF_WAYS.contains(&id)
}

/// Whether what a rule finds may be another where the organization was not read: its SCPs and RCPs, and whom trust policies mean by it.
#[must_use]
pub fn rests_on_organization(id: &str) -> bool {
    let rests = |facet: &Facet| *facet == Facet::AuthorizationDetails || facet.is_of_organization();
    card_of(id).is_none_or(|card| card.facets.iter().any(rests))
}

/// The data sets of a rule that are not known of the account that a finding is in. Of an account that is in no organization, nothing
/// of one is lacking, and nothing at all of one that cannot be used: there is nothing to find in it.
#[must_use]
pub fn lacks(estate: &Estate, id: &str, scope: Scope) -> BTreeSet<Facet> {
    let (Some(card), Some(account)) = (card_of(id), account_of(estate, scope)) else { return BTreeSet::new() };
    let facets = card.facets.iter().copied().filter(|_| account.out_of_use().is_none());
    facets.filter(|facet| is_lacking(account, *facet)).collect()
}

/// True for a rule about the organization, where it is not known whether the account that a finding is in belongs to it, or, of its
/// management account, which others do.
#[must_use]
pub fn lacks_membership(estate: &Estate, id: &str, scope: Scope) -> bool {
    let is_about_it = |card: &RuleCard| card.facets.iter().any(|facet| facet.is_of_organization());
    let is_open = |account: &Account| {
        account.membership_gap().is_some() || (account.is_management() && estate.unlisted().is_some())
    };
    card_of(id).is_some_and(is_about_it)
        && (estate.organization().is_none() || account_of(estate, scope).is_some_and(is_open))
}

fn account_of(estate: &Estate, scope: Scope) -> Option<&Account> {
    scope.account().and_then(|id| estate.account_by_id(id)).map(|ix| estate.account(ix))
}

fn is_lacking(account: &Account, facet: Facet) -> bool {
    match facet {
        Facet::Organization => account.membership_gap().is_some() || account.units_gap().is_some(),
        _ if facet.is_of_organization() && !account.is_member() => account.membership_gap().is_some(),
        _ => !account.has(facet),
    }
}
