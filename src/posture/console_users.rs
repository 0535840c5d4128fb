//! How many users of an account sign in to the console with a password.
//!
//! Owns: what the credential report says of passwords. An account without users has no such user, whatever was read.

use crate::ids::AccountIx;
use crate::model::{Estate, Presence, PrincipalType};
use crate::snapshot::credential_report::Cell;

/// Users with a password; `None` if that is not known.
pub(crate) fn console_users(estate: &Estate, account: AccountIx) -> Option<usize> {
    let facts = estate.account(account).facts();
    let Some(report) = &facts.credential_report else { return (!may_have_users(estate, account)).then_some(0) };
    let passwords = || report.users().map(|row| row.password.enabled);
    match passwords().filter(|enabled| enabled.is_true()).count() {
        0 if passwords().any(|enabled| matches!(enabled, Cell::Absent | Cell::Unreadable)) => None,
        count => Some(count),
    }
}

/// False if the users of an account were read and there are none.
pub(crate) fn may_have_users(estate: &Estate, account: AccountIx) -> bool {
    let mut principals = estate.principals_of(account).map(|ix| estate.principal(ix).kind());
    *estate.account(account).presence() != Presence::Collected || principals.any(|kind| kind == PrincipalType::User)
}
