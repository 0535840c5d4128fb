//! Which accounts are read: the organization's list, the scope, and what is left out.
//!
//! Owns: the plan and its ledger before anything is read. Only the scope *organization* needs Organizations.
//! INVARIANT: each listed account has one ledger entry from the beginning.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use tokio::time::Instant;

use super::connect;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::credentials::load::{Base, Identity};
use crate::collect::error::Cause;
use crate::collect::options::{CollectOptions, Progress, Scope};
use crate::collect::organization::accounts::{self, Listing, Membership};
use crate::collect::organization::client::OrganizationClient;
use crate::collect::organization::missing::Missing;
use crate::collect::organization::reader;
use crate::collect::organization::select;
use crate::facet::Facet;
use crate::ids::AccountId;
use crate::selection::Selector;
use crate::snapshot::ledger::{AccountState, Ledger};
use crate::snapshot::organization::{Organization, OrganizationFile};

/// What is to be read, and what is known about the organization before that.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// `None` if the account is in no organization.
    pub(crate) organization: Option<Organization>,
    /// Whether there may be an organization that could not be read.
    pub(crate) unknown_organization: bool,
    pub(crate) listing: Listing,
    pub(crate) missing: Vec<Missing>,
    pub(crate) ledger: Ledger,
    pub(crate) targets: Vec<AccountId>,
}

impl Plan {
    /// What is known about the organization before its structure has been read; `None` if there is none.
    pub(crate) fn outline(&self) -> Option<OrganizationFile> {
        let listed = self.listing.accounts.values().map(|listed| listed.account.clone()).collect();
        (self.organization.is_some() || self.unknown_organization).then(|| OrganizationFile {
            organization: self.organization.clone(),
            accounts: (!self.unknown_organization).then_some(listed),
            ..OrganizationFile::default()
        })
    }
}

/// What Organizations says.
enum Discovered {
    Alone,
    Listed(Organization, Listing),
    Unlisted(Organization, CallError),
}

/// Waits no longer than `until`, if given: a run that does not need the list must not spend all its time waiting for
/// it.
async fn discovered(reader: &OrganizationClient, until: Option<Instant>) -> Result<Discovered, CallError> {
    let listed = async {
        let organization = match accounts::membership(&reader.client).await? {
            Membership::Alone => return Ok(Discovered::Alone),
            Membership::In(organization) => organization,
        };
        Ok(match accounts::list(&reader.client, reader.page_limit).await {
            Ok(listing) => Discovered::Listed(organization, listing),
            Err(error) => Discovered::Unlisted(organization, error),
        })
    };
    let Some(until) = until else { return listed.await };
    tokio::time::timeout_at(until, listed).await.unwrap_or_else(|_| {
        let why = "not read before half of the time to the deadline was over";
        Err(CallError::own("ListAccounts", Kind::Deadline, why))
    })
}

/// Which accounts are read. Only the scope *organization* needs Organizations; the others continue without it and
/// record missing data, from `half_way` to the deadline on if it has not answered by then.
pub(crate) async fn make(
    options: &CollectOptions,
    progress: &dyn Progress,
    reader: &OrganizationClient,
    identity: &Identity,
    base: &Base,
    half_way: Option<Instant>,
) -> Result<Plan, Cause> {
    let whole = options.scope == Scope::Organization;
    let discovery = |error| Cause::Discovery { error, identity: identity.arn.clone() };
    let mut plan = Plan::default();
    if options.share.as_ref().is_some_and(|share| !share.reads_organization()) {
        // only one share reads the organization: its quotas are too low for all of them
        plan.missing = reader::all_missing(&options.facets, "left to the part that reads the organization");
        plan.unknown_organization = true;
        choose(&mut plan, options, identity);
        return Ok(plan);
    }
    match discovered(reader, half_way.filter(|_| !whole)).await {
        Ok(Discovered::Alone) => {
            progress.note("the account is in no organization: only it is read, and there are no SCPs or RCPs");
        }
        Ok(Discovered::Listed(organization, listing)) => {
            if let Some(why) = accounts::implausible(&listing, &organization, identity.account) {
                if whole {
                    return Err(Cause::AccountList { why, endpoint: base.endpoint.clone() });
                }
                plan.missing.push(reader::missing(Facet::Organization, why));
            }
            listing.notes.iter().for_each(|note| progress.note(note));
            plan.listing = listing;
            if whole {
                narrow(&mut plan.listing, options, progress, reader, identity).await?;
            }
            plan.organization = Some(organization);
        }
        Ok(Discovered::Unlisted(_, error)) | Err(error) if whole => return Err(discovery(error)),
        Ok(Discovered::Unlisted(organization, error)) => {
            plan.missing.push(reader::missing(Facet::Organization, error));
            plan.organization = Some(organization);
            plan.unknown_organization = true;
        }
        Err(error) => {
            plan.missing.push(reader::missing(Facet::Organization, error));
            plan.unknown_organization = true;
        }
    }
    for rejected in &plan.listing.rejected {
        let reason = format!("an entry of the account list has the id `{rejected}`, which names no account");
        plan.missing.push(reader::missing(Facet::Organization, reason));
    }
    choose(&mut plan, options, identity);
    Ok(plan)
}

/// Leaves out unselected accounts; an error if none is left.
async fn narrow(
    listing: &mut Listing,
    options: &CollectOptions,
    progress: &dyn Progress,
    reader: &OrganizationClient,
    identity: &Identity,
) -> Result<(), Cause> {
    let discovery = |error| Cause::Discovery { error, identity: identity.arn.clone() };
    let open = |listing: &Listing| listing.accounts.values().filter(|listed| listed.skipped.is_none()).count();
    let listed = open(listing);
    let notes = select::narrow(listing, &options.selection, reader).await.map_err(discovery)?;
    if listed > 0 && open(listing) == 0 {
        let option = |name: &str, list: &[Selector]| list.iter().map(|s| format!("{name} {s}")).collect::<Vec<_>>();
        let selection = &options.selection;
        let selectors = [option("--include", &selection.include), option("--exclude", &selection.exclude)].concat();
        return Err(Cause::NothingSelected { listed, selectors: selectors.join(" ") });
    }
    notes.iter().for_each(|note| progress.note(note));
    Ok(())
}

fn choose(plan: &mut Plan, options: &CollectOptions, identity: &Identity) {
    let wanted: Option<BTreeSet<AccountId>> = match &options.scope {
        Scope::Organization if plan.organization.is_some() => None,
        Scope::Organization | Scope::ThisAccount => Some(BTreeSet::from([identity.account])),
        Scope::Accounts(accounts) => Some(accounts.iter().copied().collect()),
    };
    for (id, listed) in &plan.listing.accounts {
        let outside = wanted.as_ref().is_some_and(|wanted| !wanted.contains(id));
        let skipped = match &listed.skipped {
            // the other shares do not know the organization, and cannot distinguish a closed account from one that
            // refuses
            Some(reason) if options.share.is_some() => Some(reason.clone()),
            None if outside && options.share.is_some() => continue,
            _ if outside => Some("outside the scope of this scan".to_owned()),
            reason => reason.clone(),
        };
        match skipped {
            Some(reason) => plan.ledger.set(*id, AccountState::Skipped { reason }),
            None => plan.targets.push(*id),
        }
    }
    let listed = &plan.listing.accounts;
    plan.targets.extend(wanted.iter().flatten().filter(|id| !listed.contains_key(id)));
    // stable: without sizes, the order is by id
    plan.targets.sort_by_key(|id| Reverse(options.sizes.get(id).copied().unwrap_or(u64::MAX)));
    for id in &plan.targets {
        // replaced when the account ends; until then it is not complete
        plan.ledger.add_gap(*id, Facet::AuthorizationDetails, "not read");
    }
}

/// See [`super::list`].
pub(crate) async fn list(options: &CollectOptions, progress: &dyn Progress) -> Result<Vec<(AccountId, String)>, Cause> {
    let (_, base, clients, identity) = connect::identified(options).await?;
    let reader = connect::organization(options, &base, &clients);
    let client = &reader.client;
    let discovery = |error| Cause::Discovery { error, identity: identity.arn.clone() };
    let organization = match accounts::membership(client).await.map_err(discovery)? {
        Membership::Alone => return Ok(vec![(identity.account, String::new())]),
        Membership::In(organization) => organization,
    };
    let mut listing = accounts::list(client, options.tuning.page_limit).await.map_err(discovery)?;
    if let Some(why) = accounts::implausible(&listing, &organization, identity.account) {
        return Err(Cause::AccountList { why, endpoint: base.endpoint });
    }
    narrow(&mut listing, options, progress, &reader, &identity).await?;
    let open = listing.accounts.into_iter().filter(|(_, listed)| listed.skipped.is_none());
    Ok(open.map(|(id, listed)| (id, listed.account.name)).collect())
}
