//! Which features of IAM the organization has enabled, central root access among them.
//!
//! Owns: the facet `organization-features`.

use super::client::OrganizationClient;
use crate::collect::aws::error::CallError;
use crate::collect::aws::probe::{Permitted, permitted};

/// How ListOrganizationsFeatures says that there are none.
const NO_FEATURES: &[&str] = &["ServiceAccessNotEnabled", "OrganizationNotInAllFeaturesMode"];

impl OrganizationClient {
    /// Central root access and its kin. Where IAM has no trusted access to the organization there are none, nor where the
    /// organization has not all features ("Centrally manage root access", IAM User Guide).
    pub(crate) async fn features(&self) -> Result<Vec<String>, CallError> {
        const OPERATION: &str = "ListOrganizationsFeatures";
        let answer = match self.base.send(OPERATION, || self.iam.list_organizations_features().send()).await {
            Err(error) if error.is_any(NO_FEATURES) => return Ok(Vec::new()),
            answer => answer?,
        };
        let mut features: Vec<String> =
            answer.enabled_features().iter().map(|feature| feature.as_str().to_owned()).collect();
        features.sort();
        features.dedup();
        Ok(features)
    }
}

/// Whether it may be read. That there are none is only said to somebody who is allowed to ask.
pub(super) async fn probe(organization: &OrganizationClient) -> Permitted {
    let answer = organization.iam.list_organizations_features().send().await;
    match permitted("ListOrganizationsFeatures", answer) {
        Err(error) if error.is_any(NO_FEATURES) => Ok(()),
        result => result,
    }
}
