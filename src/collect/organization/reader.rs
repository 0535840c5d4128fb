//! The organization's own file: its tree, tags, delegated administrators, features.
//!
//! Owns: which parts there are, and the missing data recorded for a part that cannot be read. The sibling files read
//! the parts. Does not decide what a part means.
//! INVARIANT: a part that could not be read has no key in `organization.json`, never an empty list.

use std::collections::BTreeMap;

use super::accounts::Listing;
use super::client::OrganizationClient;
use super::missing::{Missing, Reason};
use super::policies;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::deadline::Over;
use crate::facet::{Facet, Facets};
use crate::ids::AccountId;
use crate::snapshot::organization::{
    Cut, Organization, OrganizationAccount, OrganizationFile, OrganizationPolicy, OrganizationalUnit, Root,
};

/// A part that is missing.
pub(crate) fn missing(facet: Facet, reason: impl Into<Reason>) -> Missing {
    Missing { facet, reason: reason.into() }
}

/// Every selected part of the organization, missing for the same reason.
pub(crate) fn all_missing(facets: &Facets, reason: &str) -> Vec<Missing> {
    let always = [Facet::Organization, Facet::Guardrails];
    let chosen = facets.iter().filter(|facet| facet.is_of_organization() && !always.contains(facet));
    always.into_iter().chain(chosen).map(|facet| missing(facet, reason)).collect()
}

/// Roots and OUs.
type Tree = (Vec<Root>, Vec<OrganizationalUnit>);

impl OrganizationClient {
    /// Reads everything but the list of accounts, which the caller has. When the time is up, each part that was read is
    /// kept.
    pub(crate) async fn read(
        &self,
        organization: Organization,
        listing: &Listing,
        over: &Over,
    ) -> (OrganizationFile, Vec<Missing>) {
        let mut gaps: Vec<Missing> = Vec::new();
        let mut accounts: Vec<OrganizationAccount> =
            listing.accounts.values().map(|listed| listed.account.clone()).collect();
        let (tree, tags, administrators, features) = futures::join!(
            Box::pin(self.guarded_tree(listing, over)),
            Box::pin(self.if_chosen(Facet::AccountTags, self.tags(listing, over))),
            Box::pin(self.if_chosen(Facet::Delegations, over.or(self.delegated_administrators()))),
            Box::pin(self.if_chosen(Facet::OrganizationFeatures, over.or(self.features()))),
        );
        let (tree, parents, policies) = tree;

        match parents {
            Ok(parents) => {
                accounts.iter_mut().for_each(|account| account.parent_id = parents.get(&account.id).cloned())
            }
            // without its OU, the SCPs that apply to an account are unknown
            Err(error) => gaps.push(missing(Facet::Guardrails, error)),
        }
        if let Some((mut tags, failure)) = tags {
            // other accounts keep theirs: an account whose tags are unknown has no `tags` in the file, rather than an
            // empty list
            accounts.iter_mut().for_each(|account| account.tags = tags.remove(&account.id));
            gaps.extend(failure.map(|error| missing(Facet::AccountTags, error)));
        }
        let administrators = kept(Facet::Delegations, administrators, &mut gaps);
        let enabled_features = kept(Facet::OrganizationFeatures, features, &mut gaps);
        let policies = kept(Facet::Guardrails, policies, &mut gaps);
        let (roots, units) = match tree {
            Ok((roots, units)) => (Some(roots), Some(units)),
            Err(error) => {
                gaps.push(missing(Facet::Organization, error));
                (None, None)
            }
        };
        let file = OrganizationFile {
            organization: Some(organization),
            roots,
            organizational_units: units,
            accounts: Some(accounts),
            policies,
            delegated_administrators: administrators,
            enabled_features,
            cut: Cut::default(),
        };
        if let Some(target) = policies::without_scp(&file) {
            let why = format!("no SCP is attached to `{target}`, where AWS always leaves one: the answers lack some");
            gaps.push(missing(Facet::Guardrails, CallError::own("ListTargetsForPolicy", Kind::BadAnswer, why)));
        }
        (file, gaps)
    }

    /// The tree first: its roots say which policy types are enabled, and its OUs where accounts may be.
    async fn guarded_tree(
        &self,
        listing: &Listing,
        over: &Over,
    ) -> (
        Result<Tree, CallError>,
        Result<BTreeMap<AccountId, String>, CallError>,
        Option<Result<Vec<OrganizationPolicy>, CallError>>,
    ) {
        let roots = match over.or(self.roots()).await {
            Ok(roots) => roots,
            Err(error) => {
                let policies = self.facets.has(Facet::Guardrails).then(|| Err(error.clone()));
                return (Err(error.clone()), Err(error), policies);
            }
        };
        let placed = async {
            let units = over.or(self.units(&roots)).await;
            let parents = match &units {
                Ok(units) => over.or(self.parents(listing, &roots, units)).await,
                Err(error) => Err(error.clone()),
            };
            (units, parents)
        };
        let ((units, parents), policies) =
            futures::join!(placed, self.if_chosen(Facet::Guardrails, over.or(self.policies(&roots))));
        (units.map(|units| (roots, units)), parents, policies)
    }

    /// The result of a data set's calls, or `None` if it is not selected.
    async fn if_chosen<T>(&self, facet: Facet, read: impl Future<Output = T>) -> Option<T> {
        if self.facets.has(facet) { Some(read.await) } else { None }
    }
}

/// The value of a part that was read. A selected part that could not be read is missing data.
fn kept<T>(facet: Facet, read: Option<Result<T, CallError>>, gaps: &mut Vec<Missing>) -> Option<T> {
    read?.map_err(|error| gaps.push(missing(facet, error))).ok()
}
