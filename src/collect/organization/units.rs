//! Roots, OUs, and which accounts they contain.
//!
//! Owns: the tree's calls, each made once however often its answer is needed: selecting accounts may need them first,
//! the snapshot always does. Does not know which policies are attached to it (`policies`).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types as sdk;

use super::accounts::Listing;
use super::client::OrganizationClient;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::facet::Service;
use crate::ids::AccountId;
use crate::snapshot::organization::{OrganizationalUnit, PolicyTypeStatus, Root};
use crate::snapshot::ou_path::{OuPath, ou_path};

impl OrganizationClient {
    /// The OU path of each account. Requests nothing that [`Self::read`] would request again.
    pub(crate) async fn ou_paths(&self, listing: &Listing) -> Result<BTreeMap<AccountId, OuPath>, CallError> {
        let roots = self.roots().await?;
        let units = self.units(&roots).await?;
        let parents = self.parents(listing, &roots, &units).await?;
        let units: BTreeMap<&str, &OrganizationalUnit> = units.iter().map(|unit| (unit.id.as_str(), unit)).collect();
        let listed = |id: &str| units.get(id).map(|unit| (unit.parent_id.as_str(), unit.name.as_str()));
        Ok(parents.iter().map(|(id, parent)| (*id, ou_path(parent, listed))).collect())
    }

    pub(crate) async fn roots(&self) -> Result<Vec<Root>, CallError> {
        self.known.roots.get_or_try_init(|| self.ask_for_roots()).await.cloned()
    }

    pub(crate) async fn units(&self, roots: &[Root]) -> Result<Vec<OrganizationalUnit>, CallError> {
        self.known.units.get_or_try_init(|| self.ask_for_units(roots)).await.cloned()
    }

    pub(crate) async fn parents(
        &self,
        listing: &Listing,
        roots: &[Root],
        units: &[OrganizationalUnit],
    ) -> Result<BTreeMap<AccountId, String>, CallError> {
        self.known.parents.get_or_try_init(|| self.ask_for_parents(listing, roots, units)).await.cloned()
    }

    async fn ask_for_roots(&self) -> Result<Vec<Root>, CallError> {
        const OPERATION: &str = "ListRoots";
        let roots = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
            let answer =
                self.base.send(OPERATION, || self.client.list_roots().set_next_token(token.clone()).send()).await?;
            Ok((answer.roots.unwrap_or_default(), Next::Token(answer.next_token)))
        })
        .await?;
        if roots.is_empty() {
            return Err(CallError::own(OPERATION, Kind::BadAnswer, "the organization has no root"));
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

    /// Breadth first; an organization has at most five levels of OUs, and a cycle of ids is cut.
    async fn ask_for_units(&self, roots: &[Root]) -> Result<Vec<OrganizationalUnit>, CallError> {
        const OPERATION: &str = "ListOrganizationalUnitsForParent";
        let mut parents: Vec<String> = roots.iter().map(|root| root.id.clone()).collect();
        let mut units: BTreeMap<String, OrganizationalUnit> = BTreeMap::new();
        while let Some(parent) = parents.pop() {
            let parent_id = &parent;
            let page = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
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
                let id = unit.id.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "an OU has no id"))?;
                let entry = OrganizationalUnit {
                    id: id.clone(),
                    name: unit.name.unwrap_or_default(),
                    arn: unit.arn,
                    parent_id: parent.clone(),
                };
                if units.insert(id.clone(), entry).is_none() {
                    parents.push(id);
                }
                if units.len() > pages::MOST_UNITS {
                    let why = format!("more than {} OUs, which no organization has", pages::MOST_UNITS);
                    return Err(CallError::own(OPERATION, Kind::Pagination, why));
                }
            }
        }
        Ok(units.into_values().collect())
    }

    /// The OU of each account: from its path if every account has one, otherwise by listing each OU.
    async fn ask_for_parents(
        &self,
        listing: &Listing,
        roots: &[Root],
        units: &[OrganizationalUnit],
    ) -> Result<BTreeMap<AccountId, String>, CallError> {
        const OPERATION: &str = "ListAccountsForParent";
        let known: BTreeSet<&str> =
            roots.iter().map(|root| root.id.as_str()).chain(units.iter().map(|unit| unit.id.as_str())).collect();
        let from_path = |(id, listed): (&AccountId, &super::accounts::Listed)| {
            listed.units.last().filter(|parent| known.contains(parent.as_str())).map(|parent| (*id, parent.clone()))
        };
        if let Some(parents) = listing.accounts.iter().map(from_path).collect() {
            return Ok(parents);
        }
        let mut parents = BTreeMap::new();
        for parent in known {
            let accounts = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
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
            Some(id) => Err(CallError::own(OPERATION, Kind::BadAnswer, format!("account {id} is in no OU"))),
            None => Ok(parents),
        }
    }
}

fn policy_type(summary: &sdk::PolicyTypeSummary) -> PolicyTypeStatus {
    PolicyTypeStatus {
        kind: summary.r#type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        status: summary.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
    }
}
