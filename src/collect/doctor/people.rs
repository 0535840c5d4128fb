//! Whether IAM Identity Center and the account access manager can be read.
//!
//! Owns: the lines about them.

use super::check::{Check, Health, of_facet};
use crate::collect::aws::clients::Clients;
use crate::collect::aws::error::CallError;
use crate::collect::credentials::load::{Base, Identity};
use crate::collect::options::CollectOptions;
use crate::collect::people::probe;
use crate::collect::people::read::is_key_denied;
use crate::collect::run::{connect, people};
use crate::facet::{Facet, PeopleFacet};
use crate::ids::AccountId;

/// A line for each data set of people that is selected.
pub(super) async fn checks(
    options: &CollectOptions,
    clients: &Clients,
    base: &Base,
    identity: &Identity,
    management: Option<AccountId>,
) -> Vec<Check> {
    let chosen: Vec<PeopleFacet> = options.facets.of_people().collect();
    if chosen.is_empty() {
        return Vec::new();
    }
    let who = if options.people.role.is_some() { "the role of `--identity-center-role`" } else { "the caller" };
    let client = match connect::people(options, clients, base, identity).await {
        Ok(client) => client,
        Err(error) => return chosen.into_iter().map(|facet| refused(facet, error.clone(), who)).collect(),
    };
    let whose = people::whose(options, clients, identity, management);
    let place = match probe::place(&client, whose).await {
        Ok(place) => place,
        Err(error) => return chosen.into_iter().map(|facet| refused(facet, error.clone(), who)).collect(),
    };
    let mut checks = Vec::new();
    for facet in chosen {
        checks.push(match probe::probe(&client, facet, &place).await {
            Ok(found) => Check::new(Health::Ok, Facet::from(facet).as_str(), found, ""),
            Err(error) => refused(facet, error, who),
        });
    }
    checks
}

fn refused(facet: PeopleFacet, error: CallError, who: &str) -> Check {
    let key = is_key_denied(&error).then(|| format!("allow `kms:Decrypt` on the key of IAM Identity Center to {who}"));
    let mut check = of_facet(facet.into(), &Err(error), who);
    check.next = key.unwrap_or(check.next);
    check
}
