//! What many principals ask of their account, worked out once for each account: else the cost would be principals times principals.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::id_vec::IdVec;
use crate::ids::AccountIx;
use crate::model::{Estate, PrincipalType};
use crate::snapshot::credential_report::{Cell, CredentialReport, CredentialRow};

/// What the credential report says of a user.
#[derive(Clone, Copy)]
pub(super) struct Credentials {
    pub(super) password: Cell<bool>,
    pub(super) mfa: Cell<bool>,
    pub(super) keys: [Cell<bool>; 2],
}

/// By account.
pub(super) struct Memo(IdVec<AccountIx, OfOne>);

#[derive(Default)]
struct OfOne {
    /// Users and roles.
    counts: OnceLock<(usize, usize)>,
    /// By user name.
    credentials: OnceLock<HashMap<Box<str>, Credentials>>,
}

impl Memo {
    pub(super) fn new(estate: &Estate) -> Self {
        Self(estate.accounts().iter().map(|_| OfOne::default()).collect())
    }

    /// How many users, and how many roles.
    pub(super) fn counts(&self, estate: &Estate, account: AccountIx) -> (usize, usize) {
        *self.0[account].counts.get_or_init(|| {
            let kinds = estate.principals_of(account).map(|ix| estate.principal(ix).kind());
            kinds.fold((0, 0), |(users, roles), kind| match kind {
                PrincipalType::User => (users + 1, roles),
                PrincipalType::Role => (users, roles + 1),
            })
        })
    }

    /// What the credential report says of a user; `None` if it was not read or does not list the user.
    pub(super) fn credentials(&self, estate: &Estate, account: AccountIx, user: &str) -> Option<Credentials> {
        let by_user = self.0[account].credentials.get_or_init(|| {
            let report = estate.account(account).facts().credential_report.as_ref();
            report.into_iter().flat_map(CredentialReport::users).map(|row| (row.user.clone(), told(row))).collect()
        });
        by_user.get(user).copied()
    }
}

fn told(row: &CredentialRow) -> Credentials {
    Credentials { password: row.password.enabled, mfa: row.mfa_active, keys: row.access_keys.map(|key| key.active) }
}
