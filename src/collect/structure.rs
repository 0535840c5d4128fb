//! How the organisation hangs together and what guards it: roots, units, SCPs and RCPs, tags, delegated administrators.
//!
//! Owns: each of these parts and the gap that stands for it where it cannot be read. Does not decide what a part means.
//! INVARIANT: a part that could not be read has no key in `organization.json`, never an empty list.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types as sdk;
use futures::StreamExt;
use serde_json::value::{RawValue, to_raw_value};

use super::call::{CallError, Kind, one_line};
use super::discover::Listing;
use super::documents;
use super::pages::{self, Next};
use super::shape::time;
use crate::facet::{Facet, Facets};
use crate::ids::AccountId;
use crate::snapshot::account::Tag;
use crate::snapshot::ledger::Gap;
use crate::snapshot::organization::{
    Organization, OrganizationAccount, OrganizationFile, OrganizationPolicy, OrganizationalUnit, PolicyTypeStatus, Root,
};

/// Tag requests in flight: the quota is 10 a second for the organisation.
const TAG_REQUESTS: usize = 4;

/// Reads one organisation.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) client: Client,
    /// With the same credentials: features of the organisation are IAM's to tell.
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) page_limit: usize,
    pub(super) facets: Facets,
}

/// The gap of an organisation's part.
pub(super) fn gap(facet: Facet, reason: impl std::fmt::Display) -> Gap {
    Gap { account: String::new(), facet, reason: reason.to_string() }
}

/// Roots and units.
type Tree = (Vec<Root>, Vec<OrganizationalUnit>);

impl Reader {
    /// Reads everything but the list of accounts, which the caller has.
    pub(super) async fn read(&self, organization: Organization, listing: &Listing) -> (OrganizationFile, Vec<Gap>) {
        let mut gaps = Vec::new();
        let mut accounts: Vec<OrganizationAccount> =
            listing.accounts.values().map(|listed| listed.account.clone()).collect();
        let (tree, tags, administrators, features) = futures::join!(
            Box::pin(self.guarded_tree(listing)),
            Box::pin(self.if_chosen(Facet::AccountTags, self.tags(listing))),
            Box::pin(self.if_chosen(Facet::Delegations, self.delegated_administrators())),
            Box::pin(self.if_chosen(Facet::OrganizationFeatures, self.features())),
        );
        let (tree, parents, policies) = tree;

        match parents {
            Ok(parents) => {
                accounts.iter_mut().for_each(|account| account.parent_id = parents.get(&account.id).cloned())
            }
            // without its unit an account's chain of SCPs is unknown
            Err(error) => gaps.push(gap(Facet::Guardrails, error)),
        }
        if let Some(mut tags) = kept(Facet::AccountTags, tags, &mut gaps) {
            accounts.iter_mut().for_each(|account| account.tags = tags.remove(&account.id));
        }
        let administrators = kept(Facet::Delegations, administrators, &mut gaps);
        let enabled_features = kept(Facet::OrganizationFeatures, features, &mut gaps);
        let policies = kept(Facet::Guardrails, policies, &mut gaps);
        let (roots, units) = match tree {
            Ok((roots, units)) => (Some(roots), Some(units)),
            Err(error) => {
                gaps.push(gap(Facet::Organization, error));
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
        };
        (file, gaps)
    }

    /// The tree first: its roots say which policy types are enabled, its units where accounts may be.
    async fn guarded_tree(
        &self,
        listing: &Listing,
    ) -> (
        Result<Tree, CallError>,
        Result<BTreeMap<AccountId, String>, CallError>,
        Option<Result<Vec<OrganizationPolicy>, CallError>>,
    ) {
        let roots = match self.roots().await {
            Ok(roots) => roots,
            Err(error) => {
                let policies = self.facets.has(Facet::Guardrails).then(|| Err(error.clone()));
                return (Err(error.clone()), Err(error), policies);
            }
        };
        let placed = async {
            let units = self.units(&roots).await;
            let parents = match &units {
                Ok(units) => self.parents(listing, &roots, units).await,
                Err(error) => Err(error.clone()),
            };
            (units, parents)
        };
        let ((units, parents), policies) =
            futures::join!(placed, self.if_chosen(Facet::Guardrails, self.policies(&roots)));
        (units.map(|units| (roots, units)), parents, policies)
    }

    /// What a facet's calls gave, or nothing where it is not to be read.
    async fn if_chosen<T>(&self, facet: Facet, read: impl Future<Output = T>) -> Option<T> {
        if self.facets.has(facet) { Some(read.await) } else { None }
    }

    async fn roots(&self) -> Result<Vec<Root>, CallError> {
        const OPERATION: &str = "ListRoots";
        let roots = pages::all(OPERATION, self.page_limit, |token| async move {
            let answer = self.client.list_roots().set_next_token(token).send().await;
            let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
            Ok((answer.roots.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        if roots.is_empty() {
            return Err(CallError::own(OPERATION, Kind::BadAnswer, "the organisation has no root"));
        }
        let root = |root: sdk::Root| {
            let types = |list: Vec<sdk::PolicyTypeSummary>| list.iter().map(policy_type).collect();
            Ok(Root {
                id: root.id.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "a root has no id"))?,
                name: root.name.unwrap_or_default(),
                arn: root.arn,
                policy_types: Some(root.policy_types.map(types).unwrap_or_default()),
            })
        };
        let mut roots: Vec<Root> = roots.into_iter().map(root).collect::<Result<_, _>>()?;
        roots.sort_by(|a, b| a.id.cmp(&b.id));
        roots.dedup_by(|a, b| a.id == b.id);
        Ok(roots)
    }

    /// Breadth first; an organisation is at most five units deep, and a cycle of ids is cut.
    async fn units(&self, roots: &[Root]) -> Result<Vec<OrganizationalUnit>, CallError> {
        const OPERATION: &str = "ListOrganizationalUnitsForParent";
        let mut parents: Vec<String> = roots.iter().map(|root| root.id.clone()).collect();
        let mut units: BTreeMap<String, OrganizationalUnit> = BTreeMap::new();
        while let Some(parent) = parents.pop() {
            let parent_id = &parent;
            let page = pages::all(OPERATION, self.page_limit, |token| async move {
                let request = self.client.list_organizational_units_for_parent().parent_id(parent_id);
                let answer = request.set_next_token(token).send().await;
                let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
                Ok((answer.organizational_units.unwrap_or_default(), Next::Token(answer.next_token)))
            });
            for unit in page.await? {
                let id = unit.id.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "a unit has no id"))?;
                let entry = OrganizationalUnit {
                    id: id.clone(),
                    name: unit.name.unwrap_or_default(),
                    arn: unit.arn,
                    parent_id: parent.clone(),
                };
                if units.insert(id.clone(), entry).is_none() {
                    parents.push(id);
                }
            }
        }
        Ok(units.into_values().collect())
    }

    /// The unit of each account: from its path where every account has one, otherwise by asking each unit.
    async fn parents(
        &self,
        listing: &Listing,
        roots: &[Root],
        units: &[OrganizationalUnit],
    ) -> Result<BTreeMap<AccountId, String>, CallError> {
        const OPERATION: &str = "ListAccountsForParent";
        let known: BTreeSet<&str> =
            roots.iter().map(|root| root.id.as_str()).chain(units.iter().map(|unit| unit.id.as_str())).collect();
        let from_path = |(id, listed): (&AccountId, &super::discover::Listed)| {
            listed.parent.as_ref().filter(|parent| known.contains(parent.as_str())).map(|parent| (*id, parent.clone()))
        };
        if let Some(parents) = listing.accounts.iter().map(from_path).collect() {
            return Ok(parents);
        }
        let mut parents = BTreeMap::new();
        for parent in known {
            let accounts = pages::all(OPERATION, self.page_limit, |token| async move {
                let request = self.client.list_accounts_for_parent().parent_id(parent).set_next_token(token);
                let answer = request.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
                Ok((answer.accounts.unwrap_or_default(), Next::Token(answer.next_token)))
            });
            for account in accounts.await? {
                if let Some(id) = account.id().and_then(AccountId::parse) {
                    parents.insert(id, parent.to_owned());
                }
            }
        }
        match listing.accounts.keys().find(|id| !parents.contains_key(id)) {
            Some(id) => Err(CallError::own(OPERATION, Kind::BadAnswer, format!("account {id} is in no unit"))),
            None => Ok(parents),
        }
    }

    /// SCPs and RCPs with content and targets, where a root has their type enabled.
    async fn policies(&self, roots: &[Root]) -> Result<Vec<OrganizationPolicy>, CallError> {
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
        let summaries = pages::all(OPERATION, self.page_limit, |token| async move {
            let request = self.client.list_policies().filter(kind.clone()).set_next_token(token);
            let answer = request.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
            Ok((answer.policies.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        let mut names = BTreeMap::new();
        for summary in summaries {
            let id = summary.id.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "a policy has no id"))?;
            names.insert(id, summary.name.unwrap_or_default());
        }
        let ids: Vec<&str> = names.keys().map(String::as_str).collect();
        // two quotas of AWS's own each: at the same time costs only the slower one
        let (contents, targets) = futures::join!(self.contents(&ids), self.targets(&ids));
        let policies = names.iter().zip(contents?).zip(targets?).map(|(((id, name), content), target_ids)| {
            let (id, name, kind) = (id.clone(), name.clone(), kind.as_str().to_owned());
            OrganizationPolicy { id, name, kind, content: Some(content), target_ids }
        });
        Ok(policies.collect())
    }

    async fn contents(&self, ids: &[&str]) -> Result<Vec<Box<RawValue>>, CallError> {
        const OPERATION: &str = "DescribePolicy";
        let mut contents = Vec::new();
        for id in ids {
            let answer = self.client.describe_policy().policy_id(*id).send().await;
            let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
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
            let targets = pages::all(OPERATION, self.page_limit, |token| async move {
                let request = self.client.list_targets_for_policy().policy_id(*id).set_next_token(token);
                let answer = request.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
                Ok((answer.targets.unwrap_or_default(), Next::Token(answer.next_token)))
            });
            let missing = || CallError::own(OPERATION, Kind::BadAnswer, "a target has no id");
            let ids: Result<BTreeSet<String>, CallError> =
                targets.await?.into_iter().map(|target| target.target_id.ok_or_else(missing)).collect();
            all.push(ids?.into_iter().collect());
        }
        Ok(all)
    }

    /// Tags of every account. The first failure ends it: ten thousand denials would say no more than one.
    async fn tags(&self, listing: &Listing) -> Result<BTreeMap<AccountId, Vec<Tag>>, CallError> {
        let mut answers =
            futures::stream::iter(listing.accounts.keys().map(|id| self.tags_of(*id))).buffer_unordered(TAG_REQUESTS);
        let mut tags = BTreeMap::new();
        while let Some(answer) = answers.next().await {
            let (id, found) = answer?;
            tags.insert(id, found);
        }
        Ok(tags)
    }

    async fn tags_of(&self, id: AccountId) -> Result<(AccountId, Vec<Tag>), CallError> {
        const OPERATION: &str = "ListTagsForResource";
        let own = id.to_string();
        let resource = &own;
        let tags = pages::all(OPERATION, self.page_limit, |token| async move {
            let request = self.client.list_tags_for_resource().resource_id(resource).set_next_token(token);
            let answer = request.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
            Ok((answer.tags.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        let mut tags: Vec<Tag> = tags.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect();
        tags.sort();
        tags.dedup();
        Ok((id, tags))
    }

    async fn delegated_administrators(&self) -> Result<Vec<Box<RawValue>>, CallError> {
        const OPERATION: &str = "ListDelegatedAdministrators";
        let mut found = pages::all(OPERATION, self.page_limit, |token| async move {
            let answer = self.client.list_delegated_administrators().set_next_token(token).send().await;
            let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
            Ok((answer.delegated_administrators.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        let mut raw = Vec::new();
        for administrator in &found {
            let entry = DelegatedAdministrator {
                id: administrator.id(),
                arn: administrator.arn(),
                name: administrator.name(),
                delegation_enabled_date: administrator.delegation_enabled_date().and_then(time),
                services: self.delegated_services(administrator.id().unwrap_or_default()).await?,
            };
            let entry = to_raw_value(&entry);
            raw.push(entry.map_err(|error| CallError::own(OPERATION, Kind::BadAnswer, error.to_string()))?);
        }
        Ok(raw)
    }

    async fn delegated_services(&self, account: &str) -> Result<Vec<DelegatedService>, CallError> {
        const OPERATION: &str = "ListDelegatedServicesForAccount";
        let services = pages::all(OPERATION, self.page_limit, |token| async move {
            let request = self.client.list_delegated_services_for_account().account_id(account).set_next_token(token);
            let answer = request.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
            Ok((answer.delegated_services.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        let mut services: Vec<DelegatedService> = (services.into_iter())
            .map(|service| DelegatedService {
                delegation_enabled_date: service.delegation_enabled_date().and_then(time),
                service_principal: service.service_principal.unwrap_or_default(),
            })
            .collect();
        services.sort_by(|a, b| a.service_principal.cmp(&b.service_principal));
        services.dedup_by(|a, b| a.service_principal == b.service_principal);
        Ok(services)
    }

    /// Central root access and its kin. Where IAM has no trusted access to the organisation there are none.
    async fn features(&self) -> Result<Vec<String>, CallError> {
        const OPERATION: &str = "ListOrganizationsFeatures";
        let answer = match self.iam.list_organizations_features().send().await {
            Ok(answer) => answer,
            Err(error) => {
                let error = CallError::of(OPERATION, &error);
                let off = error.code.as_deref() == Some("ServiceAccessNotEnabledException");
                return if off { Ok(Vec::new()) } else { Err(error) };
            }
        };
        let mut features: Vec<String> =
            answer.enabled_features().iter().map(|feature| feature.as_str().to_owned()).collect();
        features.sort();
        features.dedup();
        Ok(features)
    }
}

/// The value of a part that was read. A part that was to be read and could not is a gap.
fn kept<T>(facet: Facet, read: Option<Result<T, CallError>>, gaps: &mut Vec<Gap>) -> Option<T> {
    read?.map_err(|error| gaps.push(gap(facet, error))).ok()
}

fn policy_type(summary: &sdk::PolicyTypeSummary) -> PolicyTypeStatus {
    PolicyTypeStatus {
        kind: summary.r#type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        status: summary.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
    }
}

/// Without the e-mail address: it is personal data that no answer needs.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct DelegatedAdministrator<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegation_enabled_date: Option<String>,
    services: Vec<DelegatedService>,
}

/// A service that a delegated administrator runs for the organisation.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct DelegatedService {
    service_principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegation_enabled_date: Option<String>,
}
