//! The organization's SCPs and RCPs, each with its text and its targets.
//!
//! Owns: reading them by the cheap calls: one list of targets for each policy; listing the policies of each account
//! would take ten thousand calls. Does not know the tree (`units`) or what a policy means.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types as sdk;
use serde_json::value::RawValue;

use super::client::OrganizationClient;
use crate::collect::aws::documents;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::one_line;
use crate::facet::Service;
use crate::snapshot::organization::{OrganizationFile, OrganizationPolicy, PolicyTypeStatus, Root};

/// A root, OU or open account without any SCP although the policy type is enabled. AWS attaches an SCP everywhere and
/// does not let the last one be detached ("Attaching and detaching service control policies", AWS Organizations User
/// Guide).
pub(crate) fn without_scp(file: &OrganizationFile) -> Option<String> {
    let scp = sdk::PolicyType::ServiceControlPolicy;
    let roots = file.roots.as_ref()?;
    let policies = file.policies.as_ref()?;
    let enabled = |status: &PolicyTypeStatus| status.kind == scp.as_str() && status.status == "ENABLED";
    if !roots.iter().flat_map(|root| root.policy_types.iter().flatten()).any(enabled) {
        return None;
    }
    let scps = policies.iter().filter(|policy| policy.kind == scp.as_str());
    let guarded: BTreeSet<&str> = scps.flat_map(|scp| scp.target_ids.iter().flatten()).map(String::as_str).collect();
    let units = file.organizational_units.iter().flatten().map(|unit| unit.id.clone());
    let accounts = file.accounts.iter().flatten().filter(|account| account.is_open()).map(|a| a.id.to_string());
    let mut all = roots.iter().map(|root| root.id.clone()).chain(units).chain(accounts);
    all.find(|target| !guarded.contains(target.as_str()))
}

/// One call for each policy: their texts together are limited like a list.
const CONTENTS: &str = "DescribePolicy";

impl OrganizationClient {
    /// SCPs and RCPs with content and targets, if a root has the policy type enabled.
    pub(crate) async fn policies(&self, roots: &[Root]) -> Result<Vec<OrganizationPolicy>, CallError> {
        let mut policies = Vec::new();
        for kind in [sdk::PolicyType::ServiceControlPolicy, sdk::PolicyType::ResourceControlPolicy] {
            let enabled = |status: &PolicyTypeStatus| status.kind == kind.as_str() && status.status == "ENABLED";
            if roots.iter().flat_map(|root| root.policy_types.iter().flatten()).any(enabled) {
                policies.extend(self.policies_of(&kind).await?);
            }
        }
        policies.sort_by(|a, b| (&a.kind, &a.id).cmp(&(&b.kind, &b.id)));
        Ok(policies)
    }

    async fn policies_of(&self, kind: &sdk::PolicyType) -> Result<Vec<OrganizationPolicy>, CallError> {
        const OPERATION: &str = "ListPolicies";
        let summaries = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
            let request = || self.client.list_policies().filter(kind.clone()).set_next_token(token.clone()).send();
            let answer = self.base.send(OPERATION, request).await?;
            Ok((answer.policies.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        let mut listed = BTreeMap::new();
        for summary in summaries {
            let id = summary.id.clone();
            let id = id.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "a policy has no id"))?;
            listed.insert(id, summary);
        }
        if listed.len() > pages::MOST_POLICIES {
            let why = format!("more than {} policies, which no organization has", pages::MOST_POLICIES);
            return Err(CallError::own(OPERATION, Kind::Pagination, why));
        }
        let ids: Vec<&str> = listed.keys().map(String::as_str).collect();
        // each has its own AWS quota: run concurrently, they take only as long as the slower one
        let (contents, targets) =
            futures::join!(pages::counted(Service::Organizations, CONTENTS, self.contents(&ids)), self.targets(&ids));
        let contents = contents?;
        let targets = targets?;
        let policy = |((summary, content), target_ids): ((sdk::PolicySummary, _), _)| OrganizationPolicy {
            id: summary.id.unwrap_or_default(),
            name: summary.name.unwrap_or_default(),
            arn: summary.arn,
            description: summary.description.filter(|text| !text.is_empty()),
            aws_managed: Some(summary.aws_managed),
            kind: kind.as_str().to_owned(),
            content: Some(content),
            target_ids: Some(target_ids),
            unknown: None,
        };
        Ok(listed.into_values().zip(contents).zip(targets).map(policy).collect())
    }

    async fn contents(&self, ids: &[&str]) -> Result<Vec<Box<RawValue>>, CallError> {
        const OPERATION: &str = CONTENTS;
        let mut contents = Vec::new();
        for id in ids {
            let answer = self.base.send(OPERATION, || self.client.describe_policy().policy_id(*id).send()).await?;
            let content = answer.policy.and_then(|policy| policy.content);
            let missing = || CallError::own(OPERATION, Kind::BadAnswer, format!("`{}` has no content", one_line(id)));
            contents.push(documents::plain(&content.ok_or_else(missing)?));
        }
        Ok(contents)
    }

    async fn targets(&self, ids: &[&str]) -> Result<Vec<Vec<String>>, CallError> {
        const OPERATION: &str = "ListTargetsForPolicy";
        let mut all = Vec::new();
        for id in ids {
            let targets = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
                let request =
                    || self.client.list_targets_for_policy().policy_id(*id).set_next_token(token.clone()).send();
                let answer = self.base.send(OPERATION, request).await?;
                Ok((answer.targets.unwrap_or_default(), Next::Token(answer.next_token)))
            });
            let missing = || CallError::own(OPERATION, Kind::BadAnswer, "a target has no id");
            let ids: Result<BTreeSet<String>, CallError> =
                targets.await?.into_iter().map(|target| target.target_id.ok_or_else(missing)).collect();
            all.push(ids?.into_iter().collect());
        }
        Ok(all)
    }
}

/// Whether the policies may be read: asks for a page of one entry.
pub(super) async fn probe(organization: &OrganizationClient) -> Permitted {
    let request = organization.client.list_policies().filter(sdk::PolicyType::ServiceControlPolicy).max_results(1);
    permitted("ListPolicies", request.send().await)
}
