//! The facets of an organization: which file tries which.
//!
//! Owns: the table of probes. The match is over all facets of organizations: a new one that is not tried does not compile.

use super::client::OrganizationClient;
use super::{account_tags, delegations, features, policies};
use crate::collect::aws::probe::Permitted;
use crate::facet::OrganizationFacet;
use crate::ids::AccountId;

/// Tries a facet of the organization once; `own` is the account of the base credentials.
pub(crate) async fn probe(facet: OrganizationFacet, organization: &OrganizationClient, own: AccountId) -> Permitted {
    match facet {
        // whoever got here has read the list of accounts
        OrganizationFacet::Organization => Ok(()),
        OrganizationFacet::Guardrails => policies::probe(organization).await,
        OrganizationFacet::AccountTags => account_tags::probe(organization, own).await,
        OrganizationFacet::Delegations => delegations::probe(organization).await,
        OrganizationFacet::OrganizationFeatures => features::probe(organization).await,
    }
}
