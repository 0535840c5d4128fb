//! The data sets of an organization: which file probes which.
//!
//! Owns: the table of probes. The match covers all data sets of organizations: a new one without a probe does not
//! compile.

use super::client::OrganizationClient;
use super::{account_tags, delegations, features, policies};
use crate::collect::aws::probe::Permitted;
use crate::facet::OrganizationFacet;
use crate::ids::AccountId;

/// Tries a data set of the organization once; `own` is the account of the base credentials.
pub(crate) async fn probe(facet: OrganizationFacet, organization: &OrganizationClient, own: AccountId) -> Permitted {
    match facet {
        // the list of accounts has already been read at this point
        OrganizationFacet::Organization => Ok(()),
        OrganizationFacet::Guardrails => policies::probe(organization).await,
        OrganizationFacet::AccountTags => account_tags::probe(organization, own).await,
        OrganizationFacet::Delegations => delegations::probe(organization).await,
        OrganizationFacet::OrganizationFeatures => features::probe(organization).await,
    }
}
