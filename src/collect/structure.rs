//! How the organisation hangs together: roots, units, tags, delegated administrators, features.
//!
//! Owns: each of these parts, and the gap that stands for a part that cannot be read. What guards it is read in `guardrails`.
//! Does not decide what a part means.
//! INVARIANT: a part that could not be read has no key in `organization.json`, never an empty list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types as sdk;
use futures::StreamExt;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::OnceCell;

use super::call::{CallError, Kind};
use super::discover::Listing;
use super::pages::{self, Next};
use super::renewal::BaseCredentials;
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

/// How ListOrganizationsFeatures says that there are none.
pub(super) const NO_FEATURES: &[&str] = &["ServiceAccessNotEnabled", "OrganizationNotInAllFeaturesMode"];

/// Reads one organisation.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) client: Client,
    /// What all calls here are signed with.
    pub(super) base: BaseCredentials,
    /// With the same credentials: features of the organisation are IAM's to tell.
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) page_limit: usize,
    pub(super) facets: Facets,
    /// Roots and units, once they have been read: they may be needed to know who is read at all.
    pub(super) tree: Arc<Known>,
}

/// What is read once, however often it is asked for.
#[derive(Debug, Default)]
pub(super) struct Known {
    roots: OnceCell<Vec<Root>>,
    units: OnceCell<Vec<OrganizationalUnit>>,
    parents: OnceCell<BTreeMap<AccountId, String>>,
}

/// Where an account is: ids of its root and units, and the names of those units, from the top.
pub(super) type Way = (Vec<String>, Vec<String>);

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

    /// The way to each account from the root. Asks for nothing that [`Self::read`] would ask for again.
    pub(super) async fn ways(&self, listing: &Listing) -> Result<BTreeMap<AccountId, Way>, CallError> {
        let roots = self.roots().await?;
        let units = self.units(&roots).await?;
        let parents = self.parents(listing, &roots, &units).await?;
        let units: BTreeMap<&str, &OrganizationalUnit> = units.iter().map(|unit| (unit.id.as_str(), unit)).collect();
        let way = |parent: &str| {
            let (mut ids, mut names, mut at) = (Vec::new(), Vec::new(), parent);
            // a cycle of ids is cut: no way is longer than there are units
            while let Some(unit) = units.get(at).filter(|_| ids.len() <= units.len()) {
                ids.push(unit.id.clone());
                names.push(unit.name.clone());
                at = &unit.parent_id;
            }
            ids.push(at.to_owned());
            ids.reverse();
            names.reverse();
            (ids, names)
        };
        Ok(parents.iter().map(|(id, parent)| (*id, way(parent))).collect())
    }

    async fn roots(&self) -> Result<Vec<Root>, CallError> {
        self.tree.roots.get_or_try_init(|| self.ask_for_roots()).await.cloned()
    }

    async fn units(&self, roots: &[Root]) -> Result<Vec<OrganizationalUnit>, CallError> {
        self.tree.units.get_or_try_init(|| self.ask_for_units(roots)).await.cloned()
    }

    async fn parents(
        &self,
        listing: &Listing,
        roots: &[Root],
        units: &[OrganizationalUnit],
    ) -> Result<BTreeMap<AccountId, String>, CallError> {
        self.tree.parents.get_or_try_init(|| self.ask_for_parents(listing, roots, units)).await.cloned()
    }

    async fn ask_for_roots(&self) -> Result<Vec<Root>, CallError> {
        const OPERATION: &str = "ListRoots";
        let roots = pages::all(OPERATION, self.page_limit, |token| async move {
            let answer =
                self.base.send(OPERATION, || self.client.list_roots().set_next_token(token.clone()).send()).await?;
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
    async fn ask_for_units(&self, roots: &[Root]) -> Result<Vec<OrganizationalUnit>, CallError> {
        const OPERATION: &str = "ListOrganizationalUnitsForParent";
        let mut parents: Vec<String> = roots.iter().map(|root| root.id.clone()).collect();
        let mut units: BTreeMap<String, OrganizationalUnit> = BTreeMap::new();
        while let Some(parent) = parents.pop() {
            let parent_id = &parent;
            let page = pages::all(OPERATION, self.page_limit, |token| async move {
                let request = || {
                    self.client
                        .list_organizational_units_for_parent()
                        .parent_id(parent_id)
                        .set_next_token(token.clone())
                        .send()
                };
                let answer = self.base.send(OPERATION, request).await?;
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
    async fn ask_for_parents(
        &self,
        listing: &Listing,
        roots: &[Root],
        units: &[OrganizationalUnit],
    ) -> Result<BTreeMap<AccountId, String>, CallError> {
        const OPERATION: &str = "ListAccountsForParent";
        let known: BTreeSet<&str> =
            roots.iter().map(|root| root.id.as_str()).chain(units.iter().map(|unit| unit.id.as_str())).collect();
        let from_path = |(id, listed): (&AccountId, &super::discover::Listed)| {
            listed.units.last().filter(|parent| known.contains(parent.as_str())).map(|parent| (*id, parent.clone()))
        };
        if let Some(parents) = listing.accounts.iter().map(from_path).collect() {
            return Ok(parents);
        }
        let mut parents = BTreeMap::new();
        for parent in known {
            let accounts = pages::all(OPERATION, self.page_limit, |token| async move {
                let request =
                    || self.client.list_accounts_for_parent().parent_id(parent).set_next_token(token.clone()).send();
                let answer = self.base.send(OPERATION, request).await?;
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
            let request =
                || self.client.list_tags_for_resource().resource_id(resource).set_next_token(token.clone()).send();
            let answer = self.base.send(OPERATION, request).await?;
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
            let answer = self
                .base
                .send(OPERATION, || self.client.list_delegated_administrators().set_next_token(token.clone()).send())
                .await?;
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
            let request = || {
                self.client
                    .list_delegated_services_for_account()
                    .account_id(account)
                    .set_next_token(token.clone())
                    .send()
            };
            let answer = self.base.send(OPERATION, request).await?;
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

    /// Central root access and its kin. Where IAM has no trusted access to the organisation there are none, nor where the
    /// organisation has not all features ("Centrally manage root access", IAM User Guide).
    async fn features(&self) -> Result<Vec<String>, CallError> {
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
