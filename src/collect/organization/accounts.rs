//! Which accounts there are: DescribeOrganization and ListAccounts.
//!
//! Owns: the list, its plausibility, and which accounts are left out because they are closed. Does not know the OUs of
//! the accounts or which policies apply to them (`reader`).
//! INVARIANT: a list that was returned is the whole list: half an organization is never scanned unnoticed.

use std::collections::BTreeMap;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types as sdk;

use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::text::one_line;
use crate::collect::aws::text::time;
use crate::facet::Service;
use crate::ids::AccountId;
use crate::selection::is_unit_id;
use crate::snapshot::organization::{Organization, OrganizationAccount};

/// Whether there is an organization.
#[derive(Debug)]
pub(crate) enum Membership {
    /// The account is in no organization.
    Alone,
    /// It is in this one.
    In(Organization),
}

/// An account of the list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) account: OrganizationAccount,
    /// Why it is not read; `None` if it is.
    pub(crate) skipped: Option<String>,
    /// Root and OUs in the account's own path, from the top; empty if it has none.
    pub(crate) units: Vec<String>,
}

/// The list, by account id.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) accounts: BTreeMap<AccountId, Listed>,
    /// Entries without a valid account id.
    pub(crate) rejected: Vec<String>,
    /// States that this version does not know.
    pub(crate) notes: Vec<String>,
}

/// DescribeOrganization.
pub(crate) async fn membership(client: &Client) -> Result<Membership, CallError> {
    const OPERATION: &str = "DescribeOrganization";
    let answer = match client.describe_organization().send().await {
        Ok(answer) => answer,
        Err(error) => {
            let error = CallError::of(OPERATION, &error);
            let alone = error.code.as_deref() == Some("AWSOrganizationsNotInUseException");
            return if alone { Ok(Membership::Alone) } else { Err(error) };
        }
    };
    let found = answer.organization.filter(|organization| organization.id().is_some_and(|id| !id.is_empty()));
    let found = found.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "the answer has no organization"))?;
    Ok(Membership::In(Organization {
        id: found.id.unwrap_or_default(),
        arn: found.arn,
        feature_set: found.feature_set.map(|set| set.as_str().to_owned()),
        master_account_id: found.master_account_id.as_deref().and_then(AccountId::parse),
    }))
}

/// ListAccounts, to the last page.
pub(crate) async fn list(client: &Client, page_limit: usize) -> Result<Listing, CallError> {
    const OPERATION: &str = "ListAccounts";
    let accounts = pages::all(Service::Organizations, OPERATION, page_limit, |token| async move {
        let answer = client.list_accounts().set_next_token(token).send().await;
        let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
        Ok((answer.accounts.unwrap_or_default(), Next::Token(answer.next_token)))
    })
    .await?;
    let mut listing = Listing::default();
    for account in accounts {
        add(&mut listing, &account);
    }
    Ok(listing)
}

fn add(listing: &mut Listing, account: &sdk::Account) {
    let Some(id) = account.id().and_then(AccountId::parse) else {
        listing.rejected.push(one_line(account.id().unwrap_or("")));
        return;
    };
    let state = account.state().map(|state| state.as_str());
    let status = account.status().map(|status| status.as_str());
    let (skipped, unknown) = judge(state.or(status));
    if unknown {
        let state = one_line(state.or(status).unwrap_or_default());
        listing
            .notes
            .push(format!("account {id} has the state `{state}`, which is not known here; it is read all the same"));
    }
    let units = account.paths().first().map(|path| units_of(path, id)).unwrap_or_default();
    listing.accounts.insert(
        id,
        Listed {
            account: OrganizationAccount {
                id,
                name: account.name().unwrap_or_default().to_owned(),
                arn: account.arn().map(str::to_owned),
                parent_id: units.last().cloned(),
                paths: None,
                tags: None,
                state: state.map(str::to_owned),
                status: status.map(str::to_owned),
                joined_method: account.joined_method().map(|method| method.as_str().to_owned()),
                joined_timestamp: account.joined_timestamp().and_then(time),
            },
            skipped,
            units,
        },
    );
}

/// Why an account in this state is not read, and whether the state is a new one.
fn judge(state: Option<&str>) -> (Option<String>, bool) {
    match state {
        None | Some("ACTIVE") => (None, false),
        Some("SUSPENDED") => (Some("suspended".to_owned()), false),
        Some("PENDING_CLOSURE") => (Some("about to be closed".to_owned()), false),
        Some("CLOSED") => (Some("closed".to_owned()), false),
        Some("PENDING_ACTIVATION") => (Some("not yet active".to_owned()), false),
        Some(_) => (None, true),
    }
}

/// `o-1/r-1/ou-1/111122223333/` is in `r-1` and `ou-1`. That the path ends in the account is checked.
fn units_of(path: &str, id: AccountId) -> Vec<String> {
    let own = id.to_string();
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != own);
    let units: Vec<String> = parts.skip(1).map(str::to_owned).collect();
    let is_way = !units.is_empty() && units.iter().all(|unit| is_unit_id(unit));
    if is_way { units } else { Vec::new() }
}

/// Why the list cannot be right, or `None`: the management account and the caller's account are always in it.
pub(crate) fn implausible(listing: &Listing, organization: &Organization, caller: AccountId) -> Option<String> {
    let listed = listing.accounts.len();
    let lacks = |id: AccountId, what: &str| {
        let missing = !listing.accounts.contains_key(&id);
        missing.then(|| {
            format!("Organizations returned {listed} accounts without {what} {id}, which is always in the list")
        })
    };
    let management = organization.master_account_id.and_then(|id| lacks(id, "the management account"));
    management.or_else(|| lacks(caller, "the caller's own account"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    #[test]
    fn state_wins_over_status_and_closed_accounts_are_skipped() {
        let mut listing = Listing::default();
        let account = |id: &str| sdk::Account::builder().id(id);
        add(&mut listing, &account("000000000001").state("ACTIVE".into()).status("SUSPENDED".into()).build());
        add(&mut listing, &account("000000000002").status("SUSPENDED".into()).build());
        add(&mut listing, &account("000000000003").state("FROZEN".into()).build());
        add(&mut listing, &account("000000000004").build());
        add(&mut listing, &account("000000000001").state("CLOSED".into()).build());
        add(&mut listing, &account("12345678901").build());
        let skipped: Vec<_> = listing.accounts.values().map(|listed| listed.skipped.as_deref()).collect();
        assert_eq!(skipped, [Some("closed"), Some("suspended"), None, None], "an account listed twice counts once");
        assert_eq!(listing.notes.len(), 1);
        assert_eq!(listing.rejected, ["12345678901"]);
    }

    #[test]
    fn the_units_are_read_from_the_path() {
        let account = id("111122223333");
        assert_eq!(units_of("o-1/r-1/ou-1/ou-2/111122223333/", account), ["r-1", "ou-1", "ou-2"]);
        assert_eq!(units_of("o-1/r-1/111122223333/", account), ["r-1"]);
        assert_eq!(units_of("o-1/r-1/ou-1/", account), ["r-1", "ou-1"]);
        assert!(units_of("o-1/", account).is_empty() && units_of("o-1/r-1/x/", account).is_empty());
    }

    #[test]
    fn a_list_without_the_management_or_the_callers_account_is_implausible() {
        let organization = Organization { master_account_id: Some(id("000000000001")), ..Organization::default() };
        let mut listing = Listing::default();
        assert!(implausible(&listing, &organization, id("000000000002")).unwrap().contains("management"));
        add(&mut listing, &sdk::Account::builder().id("000000000001").build());
        assert!(implausible(&listing, &organization, id("000000000002")).unwrap().contains("caller"));
        assert_eq!(implausible(&listing, &organization, id("000000000001")), None);
    }
}
