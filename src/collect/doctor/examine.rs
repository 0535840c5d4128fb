//! Checks everything that a collection needs before it runs: credentials, discovery, the role in a sample of accounts,
//! and each data set's permissions.
//!
//! Owns: what is tried and how the answers are judged. Reads as little as possible: one call for each data set, with a
//! page of one entry if the call has pages. Does not know how it is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;

use super::check::{Check, Health, of_facet};
use super::people;
use crate::collect::account::facets;
use crate::collect::aws::error::CallError;
use crate::collect::aws::probe::Permitted;
use crate::collect::aws::record;
use crate::collect::credentials::load::{self, Identity};
use crate::collect::credentials::session::{Entry, Session};
use crate::collect::deadline;
use crate::collect::error::{Cause, CollectError};
use crate::collect::options::CollectOptions;
use crate::collect::organization;
use crate::collect::organization::accounts::{self, Membership};
use crate::collect::organization::client::OrganizationClient;
use crate::collect::organization::select;
use crate::collect::run::connect::{self, entry, identified};
use crate::facet::{Facet, Owner};
use crate::ids::AccountId;

/// Accounts that are examined concurrently.
const SIDE_BY_SIDE: usize = 8;
/// Calls that it takes to assume the role in an account.
const CALLS_TO_ENTER: u64 = 2;

/// The results in one account of the sample.
struct Examined {
    id: AccountId,
    /// Whether the role could be assumed.
    entered: Result<(), CallError>,
    denied: BTreeMap<Facet, CallError>,
    users: u64,
}

/// Checks everything. Accounts that are named replace the sample of `size`.
///
/// # Errors
/// If a collection could not even start.
pub async fn examine(options: &CollectOptions, named: &[AccountId], size: usize) -> Result<Vec<Check>, CollectError> {
    let deadline = options.deadline.map(|limit| tokio::time::Instant::now() + limit);
    let looked = Box::pin(look(options, named, size));
    Ok(deadline::before(deadline, options.deadline, "what doctor looks at", looked).await?)
}

async fn look(options: &CollectOptions, named: &[AccountId], size: usize) -> Result<Vec<Check>, Cause> {
    let (_, base, clients, identity) = identified(options).await?;
    let mut checks = vec![
        Check::new(Health::Ok, "credentials", format!("{} via {}", identity.arn, base.source), ""),
        Check::new(Health::Ok, "STS", format!("answers in region {}", clients.region()), ""),
    ];
    let ahead = clients.flow().traffic().ahead();
    checks.push(match load::clock_off(ahead) {
        None => Check::new(Health::Ok, "clock", format!("within {} s of AWS's", ahead.unsigned_abs().max(1)), ""),
        Some(off) => {
            let next = "set the clock (NTP): the calls are corrected for it, what else signs for AWS is not";
            Check::new(Health::Warn, "clock", off, next)
        }
    });
    if let Some(endpoint) = &base.endpoint {
        let finding = format!("calls go to {endpoint} and not to AWS");
        checks.push(Check::new(Health::Info, "endpoint", finding, "unset AWS_ENDPOINT_URL for a real scan"));
    }
    let reader = connect::organization(options, &base, &clients);
    let found = discovery(&reader, options, &identity, &mut checks).await;
    let accounts = &found.open;
    let management = found.management;
    checks.extend(named.iter().filter_map(|id| found.shut.get(id).map(|why| of_shut(*id, why))));
    if management.is_some() && !options.facets.has(Facet::AccountTags) {
        let next =
            "`--facets account-tags` reads them, ten accounts a second, and so does a target or a selector by tags";
        let finding = "not read: no target of the configuration and no selector needs them";
        checks.push(Check::new(Health::Info, Facet::AccountTags.as_str(), finding, next));
    }
    if management.is_some() {
        for (facet, probed) in organization_facets(&reader, options, &identity).await {
            checks.push(of_facet(facet, &probed, "the caller"));
        }
        checks.extend(Box::pin(people::checks(options, &clients, &base, &identity, management)).await);
    }
    let readable = |id: &&AccountId| !found.shut.contains_key(id);
    let sample = if named.is_empty() {
        spread(accounts, size, management)
    } else {
        named.iter().filter(readable).copied().collect()
    };
    let entry = Arc::new(entry(options, clients, &base, &identity));
    let start = Instant::now();
    let examined: Vec<Examined> = futures::stream::iter(
        sample.iter().map(|id| record::account(*id, account(&entry, options, *id), |_| ("examined", 0))),
    )
    .buffer_unordered(SIDE_BY_SIDE)
    .collect()
    .await;
    checks.extend(of_sample(&examined, management, &identity, options));
    checks.push(estimate(&examined, accounts.len().max(sample.len()), start.elapsed(), options));
    Ok(checks)
}

/// What is known about the accounts.
#[derive(Debug, Default)]
struct Found {
    open: Vec<AccountId>,
    /// Accounts that a collection skips, with the reason.
    shut: BTreeMap<AccountId, String>,
    management: Option<AccountId>,
}

impl Found {
    fn only(account: AccountId, management: Option<AccountId>) -> Self {
        Self { open: vec![account], management, ..Self::default() }
    }
}

/// A named account that no collection reads.
fn of_shut(id: AccountId, why: &str) -> Check {
    let finding = format!("account {id} is {why}: a scan skips it, and says so");
    Check::new(Health::Info, "account", finding, "")
}

/// The accounts, and which of them is the management account.
async fn discovery(
    reader: &OrganizationClient,
    options: &CollectOptions,
    identity: &Identity,
    checks: &mut Vec<Check>,
) -> Found {
    const NEXT: &str = "use credentials of the management account or of a delegated administrator, with the policy that \
                        `rolehop doctor --permissions caller` prints; or name accounts with `--accounts`";
    const IDLE: &str = "`rolehop accounts --list` prints the accounts with their names";
    let organization = match accounts::membership(&reader.client).await {
        Ok(Membership::In(organization)) => organization,
        Ok(Membership::Alone) => {
            checks.push(Check::new(Health::Info, "discovery", "the account is in no organization", ""));
            return Found::only(identity.account, None);
        }
        Err(error) => {
            checks.push(Check::new(Health::Warn, "discovery", error.to_string(), NEXT));
            return Found::only(identity.account, None);
        }
    };
    let management = organization.master_account_id;
    match accounts::list(&reader.client, options.tuning.page_limit).await {
        Ok(mut listing) => {
            match select::narrow(&mut listing, &options.selection, reader).await {
                Ok(idle) => {
                    checks.extend(idle.into_iter().map(|note| Check::new(Health::Warn, "discovery", note, IDLE)));
                }
                Err(error) => checks.push(Check::new(Health::Warn, "discovery", error.to_string(), NEXT)),
            }
            if let Some(why) = accounts::implausible(&listing, &organization, identity.account) {
                checks.push(Check::new(Health::Warn, "discovery", why, NEXT));
            }
            let skipped = listing.accounts.iter().filter_map(|(id, listed)| Some((*id, listed.skipped.clone()?)));
            let shut: BTreeMap<AccountId, String> = skipped.collect();
            let open: Vec<AccountId> = listing.accounts.keys().filter(|id| !shut.contains_key(id)).copied().collect();
            let who =
                if management == Some(identity.account) { "management account" } else { "delegated administrator" };
            let listed = listing.accounts.len();
            let id = &organization.id;
            let mut finding = format!("{who} of {id}: {listed} accounts listed, {} of them active", open.len());
            let reasons: BTreeSet<&str> = shut.values().map(String::as_str).collect();
            if !shut.is_empty() {
                let reasons = reasons.into_iter().collect::<Vec<_>>().join(" or ");
                finding.push_str(&format!("; {} {reasons}: a scan skips them", shut.len()));
            }
            checks.push(Check::new(Health::Ok, "discovery", finding, ""));
            Found { open, shut, management }
        }
        Err(error) => {
            checks.push(Check::new(Health::Warn, "discovery", error.to_string(), NEXT));
            Found::only(identity.account, management)
        }
    }
}

async fn organization_facets(
    client: &OrganizationClient,
    options: &CollectOptions,
    identity: &Identity,
) -> Vec<(Facet, Permitted)> {
    let mut probed = Vec::new();
    for facet in options.facets.iter() {
        let Owner::Organization(part) = facet.owner() else { continue };
        probed.push((facet, organization::facets::probe(part, client, identity.account).await));
    }
    probed
}

/// Assumes the role in an account and tries each data set once.
async fn account(entry: &Arc<Entry>, options: &CollectOptions, id: AccountId) -> Examined {
    let mut examined = Examined { id, entered: Ok(()), denied: BTreeMap::new(), users: 0 };
    let session = match Box::pin(Session::open(entry, id)).await {
        Ok(session) => session,
        Err(error) => {
            examined.entered = Err(error);
            return examined;
        }
    };
    if let Ok(answer) = session.iam.get_account_summary().send().await {
        let users = answer.summary_map().and_then(|map| map.get(&aws_sdk_iam::types::SummaryKeyType::Users));
        examined.users = users.and_then(|users| u64::try_from(*users).ok()).unwrap_or_default();
    }
    for facet in options.facets.account_facets() {
        if let Err(error) = Box::pin(facets::probe(facet, &session)).await {
            examined.denied.insert(facet.into(), error);
        }
    }
    examined
}

/// Accounts spread over the list, always including the management account: StackSets do not deploy to it.
fn spread(accounts: &[AccountId], size: usize, management: Option<AccountId>) -> Vec<AccountId> {
    let step = accounts.len().div_ceil(size.max(1)).max(1);
    let mut sample: BTreeSet<AccountId> = accounts.iter().step_by(step).copied().collect();
    sample.extend(management);
    sample.into_iter().collect()
}

fn of_sample(
    examined: &[Examined],
    management: Option<AccountId>,
    identity: &Identity,
    options: &CollectOptions,
) -> Vec<Check> {
    let mut checks = Vec::new();
    let role = &options.role_name;
    let is_management = |account: &&Examined| Some(account.id) == management;
    let refused = |account: &&Examined| account.entered.is_err();
    if let Some(account) = examined.iter().find(is_management).filter(refused) {
        let finding = format!("role {role} cannot be assumed in the management account {}", account.id);
        let next = "StackSets do not deploy there: apply `rolehop doctor --template cfn` to it by hand";
        checks.push(Check::new(Health::Warn, "management", finding, next));
    }
    let others: Vec<&Examined> = examined.iter().filter(|account| !is_management(account)).collect();
    let entered = others.iter().filter(|account| !refused(account)).count();
    let list = |accounts: &[&&Examined]| accounts.iter().map(|a| a.id.to_string()).collect::<Vec<_>>().join(", ");
    if !others.is_empty() {
        let shut: Vec<&&Examined> = others.iter().filter(|account| refused(account)).collect();
        let finding = format!("role {role} assumed in {entered} of {} accounts", others.len());
        checks.push(match shut.first().and_then(|account| account.entered.as_ref().err()) {
            None => Check::new(Health::Ok, "role", finding, ""),
            Some(error) => {
                let next = format!(
                    "deploy `rolehop doctor --template cfn` there, trusting {}; where it is, compare external id and SCPs",
                    identity.arn
                );
                Check::new(Health::Warn, "role", format!("{finding}; not in {}: {error}", list(&shut)), next)
            }
        });
    }
    for facet in options.facets.of_accounts() {
        let denied: Vec<&CallError> = examined.iter().filter_map(|account| account.denied.get(&facet)).collect();
        let Some(first) = denied.first() else { continue };
        let mut check = of_facet(facet, &Err((*first).clone()), role);
        check.finding = format!("{} in {} of {} accounts", check.finding, denied.len(), examined.len());
        checks.push(check);
    }
    if examined.iter().any(|account| account.entered.is_ok())
        && examined.iter().all(|account| account.denied.is_empty())
    {
        let count = options.facets.of_accounts().count();
        checks.push(Check::new(
            Health::Ok,
            "facets",
            format!("all {count} can be read where the role can be assumed"),
            "",
        ));
    }
    checks
}

/// How long a whole collection takes, estimated from the sample.
fn estimate(examined: &[Examined], accounts: usize, took: Duration, options: &CollectOptions) -> Check {
    let entered: Vec<&Examined> = examined.iter().filter(|account| account.entered.is_ok()).collect();
    let users: u64 = entered.iter().map(|account| account.users).sum();
    let users = users.div_ceil(entered.len().max(1) as u64);
    let accounts = accounts as u64;
    let costs = || options.facets.of_accounts().map(|facet| facet.descriptor().cost);
    let of_account: u64 = costs().map(|cost| cost.account).sum();
    let of_user: u64 = costs().map(|cost| cost.user).sum();
    let calls = accounts * (CALLS_TO_ENTER + of_account + of_user * users);
    let probes = entered.len().max(1) as u64 * (options.facets.of_accounts().count() as u64 + 3);
    let a_call = took.as_secs_f64() * SIDE_BY_SIDE.min(entered.len().max(1)) as f64 / probes as f64;
    let reading = calls as f64 * a_call / options.concurrency.max(1) as f64;
    // ListAccounts gives 20 a page at 8 pages a second, tags come one account at a time at 10 a second
    let tags = if options.facets.has(Facet::AccountTags) { accounts as f64 / 10.0 } else { 0.0 };
    let seconds = (accounts as f64 / 160.0) + reading.max(tags);
    let finding = format!("{accounts} accounts, about {calls} calls and {}", in_words(seconds));
    Check::new(Health::Info, "estimate", finding, "")
}

fn in_words(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{} s", seconds.ceil().max(1.0)),
        seconds => format!("{} min", (seconds / 60.0).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_the_list_and_has_the_management_account() {
        let accounts: Vec<AccountId> = (0..1000).map(|n| AccountId::parse(&format!("{n:012}")).unwrap()).collect();
        let management = accounts[777];
        let sample = spread(&accounts, 10, Some(management));
        assert_eq!(sample.len(), 11);
        assert!(sample.contains(&management) && sample.contains(&accounts[0]) && sample.contains(&accounts[900]));
        assert_eq!(spread(&accounts[..3], 10, None).len(), 3);
        assert!(spread(&[], 10, None).is_empty());
    }
}
