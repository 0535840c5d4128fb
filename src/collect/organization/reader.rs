//! The organisation's own file: its tree, tags, delegated administrators, features.
//!
//! Owns: which parts there are, and the gap that stands for a part that cannot be read. Roots and units are read in `tree`, what
//! guards them in `guardrails`. Does not decide what a part means.
//! INVARIANT: a part that could not be read has no key in `organization.json`, never an empty list.

use std::collections::BTreeMap;

use futures::{FutureExt, StreamExt, TryStreamExt};
use serde_json::value::{RawValue, to_raw_value};

use super::accounts::Listing;
use super::client::OrganizationClient;
use super::policies;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::text::time;
use crate::collect::deadline::Over;
use crate::facet::{Facet, Facets, Service};
use crate::ids::{AccountId, Scope};
use crate::snapshot::account::Tag;
use crate::snapshot::ledger::Gap;
use crate::snapshot::organization::{
    Organization, OrganizationAccount, OrganizationFile, OrganizationPolicy, OrganizationalUnit, Root,
};

/// Tag requests in flight: the quota is 10 a second for the organisation.
const TAG_REQUESTS: usize = 4;

/// Accounts in a row whose tags cannot be read, after which no other is asked for.
const TAG_FAILURES: usize = 5;

/// How ListOrganizationsFeatures says that there are none.
pub(crate) const NO_FEATURES: &[&str] = &["ServiceAccessNotEnabled", "OrganizationNotInAllFeaturesMode"];

/// The gap of an organisation's part.
pub(crate) fn gap(facet: Facet, reason: impl std::fmt::Display) -> Gap {
    Gap { scope: Scope::Organization, facet, reason: reason.to_string() }
}

/// The gap of every part of the organization that was to be read, for the same reason.
pub(crate) fn gaps(facets: &Facets, reason: impl std::fmt::Display) -> Vec<Gap> {
    let always = [Facet::Organization, Facet::Guardrails];
    let chosen = facets.iter().filter(|facet| facet.is_of_organization() && !always.contains(facet));
    always.into_iter().chain(chosen).map(|facet| gap(facet, &reason)).collect()
}

/// Roots and units.
type Tree = (Vec<Root>, Vec<OrganizationalUnit>);

impl OrganizationClient {
    /// Reads everything but the list of accounts, which the caller has. When the time is over, what was read is kept, part by part.
    pub(crate) async fn read(
        &self,
        organization: Organization,
        listing: &Listing,
        over: &Over,
    ) -> (OrganizationFile, Vec<Gap>) {
        let mut gaps = Vec::new();
        let mut accounts: Vec<OrganizationAccount> =
            listing.accounts.values().map(|listed| listed.account.clone()).collect();
        let (tree, tags, administrators, features) = futures::join!(
            Box::pin(self.guarded_tree(listing, over)),
            Box::pin(self.if_chosen(Facet::AccountTags, self.tags(listing, over))),
            Box::pin(self.if_chosen(Facet::Delegations, over.or(self.delegated_administrators()))),
            Box::pin(self.if_chosen(Facet::OrganizationFeatures, over.or(self.features()))),
        );
        let (tree, parents, policies) = tree;

        match parents {
            Ok(parents) => {
                accounts.iter_mut().for_each(|account| account.parent_id = parents.get(&account.id).cloned())
            }
            // without its unit an account's chain of SCPs is unknown
            Err(error) => gaps.push(gap(Facet::Guardrails, error)),
        }
        if let Some((mut tags, failure)) = tags {
            // those of other accounts stay: an account whose tags are unknown has none in the file, and not an empty list
            accounts.iter_mut().for_each(|account| account.tags = tags.remove(&account.id));
            gaps.extend(failure.map(|error| gap(Facet::AccountTags, error)));
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
            ..OrganizationFile::default()
        };
        if let Some(target) = policies::without_scp(&file) {
            let why = format!("no SCP is attached to `{target}`, where AWS always leaves one: the answers lack some");
            gaps.push(gap(Facet::Guardrails, CallError::own("ListTargetsForPolicy", Kind::BadAnswer, why)));
        }
        (file, gaps)
    }

    /// The tree first: its roots say which policy types are enabled, its units where accounts may be.
    async fn guarded_tree(
        &self,
        listing: &Listing,
        over: &Over,
    ) -> (
        Result<Tree, CallError>,
        Result<BTreeMap<AccountId, String>, CallError>,
        Option<Result<Vec<OrganizationPolicy>, CallError>>,
    ) {
        let roots = match over.or(self.roots()).await {
            Ok(roots) => roots,
            Err(error) => {
                let policies = self.facets.has(Facet::Guardrails).then(|| Err(error.clone()));
                return (Err(error.clone()), Err(error), policies);
            }
        };
        let placed = async {
            let units = over.or(self.units(&roots)).await;
            let parents = match &units {
                Ok(units) => over.or(self.parents(listing, &roots, units)).await,
                Err(error) => Err(error.clone()),
            };
            (units, parents)
        };
        let ((units, parents), policies) =
            futures::join!(placed, self.if_chosen(Facet::Guardrails, over.or(self.policies(&roots))));
        (units.map(|units| (roots, units)), parents, policies)
    }

    /// What a facet's calls gave, or nothing where it is not to be read.
    async fn if_chosen<T>(&self, facet: Facet, read: impl Future<Output = T>) -> Option<T> {
        if self.facets.has(facet) { Some(read.await) } else { None }
    }

    /// Tags of every account, as far as they can be read, and why not of all. Nobody is asked for ever where everybody is refused:
    /// ten thousand denials would say no more than a few.
    async fn tags(&self, listing: &Listing, over: &Over) -> (BTreeMap<AccountId, Vec<Tag>>, Option<CallError>) {
        let mut tags = self.known.tags.get().cloned().unwrap_or_default();
        let unread: Vec<AccountId> = listing.accounts.keys().filter(|id| !tags.contains_key(id)).copied().collect();
        let mut answers = futures::stream::iter(unread).map(|id| self.tags_of(id)).buffer_unordered(TAG_REQUESTS);
        let (mut failure, mut in_a_row) = (None, 0_usize);
        while in_a_row < TAG_FAILURES {
            match over.or(answers.next().map(Option::transpose)).await {
                Ok(None) => break,
                Ok(Some((id, found))) => {
                    in_a_row = 0;
                    tags.insert(id, found);
                }
                Err(error) => {
                    let is_over = matches!(error.kind, Kind::Deadline | Kind::NotTried);
                    in_a_row = if is_over { TAG_FAILURES } else { in_a_row + 1 };
                    failure.get_or_insert(error);
                }
            }
        }
        let failure = failure.map(|mut error: CallError| {
            let (all, missing) = (listing.accounts.len(), listing.accounts.len() - tags.len());
            error.message = format!("{}; the tags of {missing} of {all} accounts are missing", error.message);
            error
        });
        (tags, failure)
    }

    /// Tags of the accounts that may be read at all, by which they are chosen: where one's are not known, nobody is chosen.
    pub(crate) async fn tags_of_open(&self, listing: &Listing) -> Result<BTreeMap<AccountId, Vec<Tag>>, CallError> {
        let ask = async || {
            let open = listing.accounts.iter().filter(|(_, listed)| listed.skipped.is_none());
            let open: Vec<AccountId> = open.map(|(id, _)| *id).collect();
            let answers = futures::stream::iter(open).map(|id| self.tags_of(id)).buffer_unordered(TAG_REQUESTS);
            answers.try_collect().await
        };
        self.known.tags.get_or_try_init(ask).await.cloned()
    }

    async fn tags_of(&self, id: AccountId) -> Result<(AccountId, Vec<Tag>), CallError> {
        const OPERATION: &str = "ListTagsForResource";
        let own = id.to_string();
        let resource = &own;
        let tags = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
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
        let mut found = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
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
        let services = pages::all(Service::Organizations, OPERATION, self.page_limit, |token| async move {
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
