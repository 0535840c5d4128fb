//! How many users of an account sign in to the console with a password.
//!
//! Owns: what the credential report says of passwords. An account without users has no such user, whatever was read.

use foldhash::HashSet;

use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Estate, Presence, PrincipalType};
use crate::snapshot::credential_report::Cell;

/// Users with a password; `None` if that is not known.
pub(crate) fn console_users(estate: &Estate, account: AccountIx) -> Option<usize> {
    let facts = estate.account(account).facts();
    let Some(report) = &facts.credential_report else { return (!may_have_users(estate, account)).then_some(0) };
    let passwords = || report.users().map(|row| row.password.enabled);
    match passwords().filter(|enabled| enabled.is_true()).count() {
        0 if passwords().any(|enabled| matches!(enabled, Cell::Absent | Cell::Unreadable)) => None,
        0 if !without_row(estate, account).is_empty() => None,
        count => Some(count),
    }
}

/// The users of an account whom its credential report does not have: it may be hours old. None where there is no report.
pub(crate) fn without_row(estate: &Estate, account: AccountIx) -> Vec<PrincipalIx> {
    let Some(report) = &estate.account(account).facts().credential_report else { return Vec::new() };
    let names: HashSet<&str> = report.users().map(|row| &*row.user).collect();
    let is_missing = |ix: &PrincipalIx| {
        let principal = estate.principal(*ix);
        principal.kind() == PrincipalType::User && !names.contains(principal.name())
    };
    estate.principals_of(account).filter(is_missing).collect()
}

/// False if the users of an account were read and there are none.
pub(crate) fn may_have_users(estate: &Estate, account: AccountIx) -> bool {
    let mut principals = estate.principals_of(account).map(|ix| estate.principal(ix).kind());
    *estate.account(account).presence() != Presence::Collected || principals.any(|kind| kind == PrincipalType::User)
}
