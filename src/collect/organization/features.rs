//! Which features of IAM the organization has enabled, central root access among them.
//!
//! Owns: the data set `organization-features`.

use super::client::OrganizationClient;
use crate::collect::aws::error::CallError;
use crate::collect::aws::probe::{Permitted, permitted};

/// The error codes with which ListOrganizationsFeatures reports that no feature is enabled.
const NO_FEATURES: &[&str] = &["ServiceAccessNotEnabled", "OrganizationNotInAllFeaturesMode"];

impl OrganizationClient {
    /// Central root access and similar features. There are none if IAM has no trusted access to the organization, or if
    /// the organization does not have all features enabled ("Centrally manage root access", IAM User Guide).
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

/// Whether the data set may be read. Only a caller with permission learns that no feature is enabled.
pub(super) async fn probe(organization: &OrganizationClient) -> Permitted {
    let answer = organization.iam.list_organizations_features().send().await;
    match permitted("ListOrganizationsFeatures", answer) {
        Err(error) if error.is_any(NO_FEATURES) => Ok(()),
        result => result,
    }
}
