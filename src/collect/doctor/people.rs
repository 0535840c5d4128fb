//! Whether IAM Identity Center and the account access manager can be read.
//!
//! Owns: the lines about them.

use super::check::{Check, Health, of_facet};
use crate::collect::aws::clients::Clients;
use crate::collect::aws::error::CallError;
use crate::collect::credentials::load::{Base, Identity};
use crate::collect::options::CollectOptions;
use crate::collect::people::probe::probe;
use crate::collect::people::read::is_key_denied;
use crate::collect::run::{connect, people};
use crate::facet::Facet;
use crate::ids::AccountId;

/// A line for each data set of people that is selected.
pub(super) async fn checks(
    options: &CollectOptions,
    clients: &Clients,
    base: &Base,
    identity: &Identity,
    management: Option<AccountId>,
) -> Vec<Check> {
    let chosen = [Facet::IdentityCenter, Facet::AccountAccess].into_iter().filter(|facet| options.facets.has(*facet));
    let chosen: Vec<Facet> = chosen.collect();
    if chosen.is_empty() {
        return Vec::new();
    }
    let who = if options.people.role.is_some() { "the role of `--identity-center-role`" } else { "the caller" };
    let client = match connect::people(options, clients, base, identity).await {
        Ok(client) => client,
        Err(error) => return chosen.into_iter().map(|facet| refused(facet, error.clone(), who)).collect(),
    };
    let mut checks = Vec::new();
    for facet in chosen {
        let whose = people::whose(options, clients, identity, management);
        checks.push(match probe(&client, facet, whose).await {
            Ok(found) => Check::new(Health::Ok, facet.as_str(), found, ""),
            Err(error) => refused(facet, error, who),
        });
    }
    checks
}

fn refused(facet: Facet, error: CallError, who: &str) -> Check {
    let key = is_key_denied(&error).then(|| format!("allow `kms:Decrypt` on the key of IAM Identity Center to {who}"));
    let mut check = of_facet(facet, &Err(error), who);
    check.next = key.unwrap_or(check.next);
    check
}
