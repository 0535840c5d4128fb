//! Managed policies that are used but whose text was not in the authorization details.
//!
//! Owns: fetching one by GetPolicy and GetPolicyVersion. AWS managed policies are the same in every account, so one
//! fetch serves the whole organization. Does not know who uses them.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_iam::types as sdk;
use tokio::sync::{Mutex, OnceCell};

use super::details::is_aws_managed;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::credentials::session::Session;

/// AWS managed policies fetched in this run.
#[derive(Debug, Default)]
pub(crate) struct AwsPolicies {
    fetched: Mutex<HashMap<String, Arc<OnceCell<sdk::ManagedPolicyDetail>>>>,
}

impl AwsPolicies {
    /// The policy with its default version.
    pub(crate) async fn get(&self, session: &Session, arn: &str) -> Result<sdk::ManagedPolicyDetail, CallError> {
        if !is_aws_managed(arn) {
            return fetch(session, arn).await;
        }
        let cell = Arc::clone(self.fetched.lock().await.entry(arn.to_owned()).or_default());
        // a failure is not cached: the next account may have the permission that this one lacks
        cell.get_or_try_init(|| fetch(session, arn)).await.cloned()
    }
}

async fn fetch(session: &Session, arn: &str) -> Result<sdk::ManagedPolicyDetail, CallError> {
    let answer = session.send("GetPolicy", || session.iam.get_policy().policy_arn(arn).send()).await?;
    let policy = answer.policy.ok_or_else(|| empty("GetPolicy"))?;
    let default = policy.default_version_id.clone().ok_or_else(|| empty("GetPolicy"))?;
    let request = || session.iam.get_policy_version().policy_arn(arn).version_id(&default).send();
    let answer = session.send("GetPolicyVersion", request).await?;
    let version = answer.policy_version.filter(|version| version.document().is_some());
    let mut version = version.ok_or_else(|| empty("GetPolicyVersion"))?;
    version.is_default_version = true;
    version.version_id.get_or_insert_with(|| default.clone());
    Ok(sdk::ManagedPolicyDetail::builder()
        .arn(arn)
        .set_policy_name(policy.policy_name)
        .set_policy_id(policy.policy_id)
        .set_path(policy.path)
        .default_version_id(default)
        // counts belong to one account, and this copy serves all accounts
        .is_attachable(policy.is_attachable)
        .set_create_date(policy.create_date)
        .set_update_date(policy.update_date)
        .policy_version_list(version)
        .build())
}

fn empty(operation: &'static str) -> CallError {
    CallError::own(operation, Kind::BadAnswer, "the answer has no policy")
}
