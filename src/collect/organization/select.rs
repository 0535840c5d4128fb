//! Which of the listed accounts a run reads.
//!
//! Owns: the selection applied to the list. Accounts that it leaves out stay in the list, with the reason, for the
//! ledger.
//! INVARIANT: if the accounts of an OU or the tags of an account are unknown, no account is included or excluded by
//! guessing: that is an error.

use std::collections::BTreeMap;

use super::accounts::Listing;
use super::client::OrganizationClient;
use crate::collect::aws::error::CallError;
use crate::ids::AccountId;
use crate::selection::{Candidate, Selection};
use crate::snapshot::ou_path::OuPath;

/// Marks accounts outside the selection as skipped. Returns notes for the log: selectors that match no account.
pub(crate) async fn narrow(
    listing: &mut Listing,
    selection: &Selection,
    reader: &OrganizationClient,
) -> Result<Vec<String>, CallError> {
    if selection.selectors().next().is_none() {
        return Ok(Vec::new());
    }
    let ou_paths = ou_paths(listing, selection, reader).await?;
    let tags = if selection.has_tags() { reader.tags_of_open(listing).await? } else { BTreeMap::new() };
    let nowhere = OuPath::default();
    let mut idle: Vec<_> = selection.selectors().collect();
    for (id, listed) in &mut listing.accounts {
        let OuPath { ids: units, names: unit_names } = ou_paths.get(id).unwrap_or(&nowhere);
        let tags: Vec<(String, String)> =
            tags.get(id).into_iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        let account = Candidate { id: *id, name: &listed.account.name, units, unit_names, tags: &tags };
        idle.retain(|selector| !selector.fits(account));
        if listed.skipped.is_none() {
            listed.skipped = selection.leaves_out(account);
        }
    }
    Ok(idle.into_iter().map(|selector| format!("`{selector}` fits no account of the organization")).collect())
}

/// The OU paths of the accounts, as far as the selection needs them. The list itself has the ids; names take extra
/// calls, and so do ids if an account has no path.
async fn ou_paths(
    listing: &Listing,
    selection: &Selection,
    reader: &OrganizationClient,
) -> Result<BTreeMap<AccountId, OuPath>, CallError> {
    let in_list = || listing.accounts.values().all(|listed| !listed.units.is_empty());
    if selection.has_unit_paths() || (selection.has_units() && !in_list()) {
        return reader.ou_paths(listing).await;
    }
    Ok(listing
        .accounts
        .iter()
        .map(|(id, listed)| (*id, OuPath { ids: listed.units.clone(), names: Vec::new() }))
        .collect())
}
