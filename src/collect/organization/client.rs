//! The client of an organization: what its calls are made with, and the answers so far.
//!
//! Owns: the caches. The sibling files add the calls. Does not know which parts there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_organizations::Client;
use tokio::sync::OnceCell;

use crate::collect::credentials::base::BaseCredentials;
use crate::facet::Facets;
use crate::ids::AccountId;
use crate::snapshot::account::Tag;
use crate::snapshot::organization::{OrganizationalUnit, Root};

/// The calls of one organization, with what they need.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationClient {
    pub(crate) client: Client,
    /// Signs all calls here.
    pub(crate) base: BaseCredentials,
    /// With the same credentials: IAM reports the organization's features.
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) page_limit: usize,
    pub(crate) facets: Facets,
    /// Selecting accounts may need the tree and the tags before the snapshot does.
    pub(crate) known: Arc<Known>,
}

/// Answers that are fetched once, however often they are needed.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) roots: OnceCell<Vec<Root>>,
    pub(crate) units: OnceCell<Vec<OrganizationalUnit>>,
    pub(crate) parents: OnceCell<BTreeMap<AccountId, String>>,
    pub(crate) tags: OnceCell<BTreeMap<AccountId, Vec<Tag>>>,
}
