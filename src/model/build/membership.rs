//! Whether the list of an organization's accounts is complete.
//!
//! Owns: the evidence that it is not. Does not know the consequences for an account (`build`) or a condition (`eval`).

use crate::ids::AccountId;
use crate::snapshot::organization::OrganizationFile;

/// Why there may be accounts that are not listed.
pub(super) fn unread(file: &OrganizationFile, management: Option<AccountId>) -> Option<String> {
    let Some(accounts) = &file.accounts else {
        return Some("the list of accounts was not collected".to_owned());
    };
    if accounts.is_empty() {
        return Some("the list of accounts is empty, which no organization's is".to_owned());
    }
    // every organization has a management account, and ListAccounts includes it
    let lacking = management.filter(|id| accounts.iter().all(|account| account.id != *id));
    file.cut.accounts.then(|| match lacking {
        Some(id) => format!("the list of accounts lacks the management account {id}: it was cut"),
        None => "the list of accounts was cut".to_owned(),
    })
}
