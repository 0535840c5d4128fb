//! People as part of a run: what is asked for, and what an earlier run has already.
//!
//! Owns: which data sets of people are read now. Does not know their calls.

use std::sync::Arc;

use super::connect;
use super::plan::Plan;
use super::resume::Earlier;
use crate::collect::aws::clients::Clients;
use crate::collect::credentials::load::{Base, Identity};
use crate::collect::deadline::Over;
use crate::collect::options::{CollectOptions, Progress};
use crate::collect::people::instances::Whose;
use crate::collect::people::read::{self, People, Setting};
use crate::facet::{Facet, PeopleFacet};
use crate::ids::AccountId;
use crate::snapshot::write::Writer;

/// What a run has when it begins to read.
pub(crate) struct Run<'a> {
    pub(crate) options: &'a CollectOptions,
    pub(crate) base: &'a Base,
    pub(crate) clients: &'a Clients,
    pub(crate) identity: &'a Identity,
    pub(crate) plan: &'a Plan,
    pub(crate) earlier: Option<&'a Earlier>,
    pub(crate) writer: Arc<Writer>,
    pub(crate) over: &'a Over,
    pub(crate) progress: &'a dyn Progress,
}

/// Reads the selected data sets of people that an earlier run does not have. Nothing where there is no organization, or it is
/// unknown: then they are missing like its other data sets.
pub(crate) async fn read(run: Run<'_>) -> People {
    let facets = left(run.options, run.earlier);
    let organization = run.plan.organization.as_ref().filter(|_| !run.plan.unknown_organization);
    let Some(organization) = organization.filter(|_| !facets.is_empty()) else { return People::default() };
    let client = run.over.or(connect::people(run.options, run.clients, run.base, run.identity)).await;
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let missing = facets.iter().map(|facet| (Facet::from(*facet), error.clone())).collect();
            return People { missing, ..People::default() };
        }
    };
    let accounts: Vec<AccountId> = run.plan.listing.accounts.keys().copied().collect();
    let setting = Setting {
        facets: &facets,
        whose: whose(run.options, run.clients, run.identity, organization.master_account_id),
        assignments: run.options.people.assignments,
        accounts: &accounts,
        earlier: run.earlier.and_then(|earlier| earlier.identity_center.as_ref()),
        writer: Some(run.writer),
        over: run.over,
        progress: run.progress,
    };
    Box::pin(read::read(&client, &setting)).await
}

/// How the organization's instance is found.
pub(crate) fn whose<'a>(
    options: &'a CollectOptions,
    clients: &'a Clients,
    identity: &'a Identity,
    management: Option<AccountId>,
) -> Whose<'a> {
    let named = options.people.region.as_deref();
    Whose { partition: &identity.partition, region: clients.region(), named, management }
}

fn left(options: &CollectOptions, earlier: Option<&Earlier>) -> Vec<PeopleFacet> {
    let has = |facet: &PeopleFacet| earlier.is_some_and(|earlier| earlier.people.has((*facet).into()));
    options.facets.of_people().filter(|facet| !has(facet)).collect()
}
