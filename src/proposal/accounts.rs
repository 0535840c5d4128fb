//! Accounts that seem to hold people's users, and outside accounts that are trusted.
//!
//! Owns: the counts, and what makes an account look like the one for people. Whom a trust policy admits is decided in `posture`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::parts::{Identity, Outside, words};
use crate::ids::{AccountId, AccountIx};
use crate::model::{Document, Estate, Presence};
use crate::posture::entry::{Can, can};
use crate::posture::external::externals;

/// Words in the names of accounts in which people are managed.
const NAMES: &[&str] =
    &["identity", "identities", "iam", "security", "users", "people", "login", "sso", "access", "bastion"];

/// Accounts that hold more than half of all users, or at least a tenth of them under a name that says so.
pub(super) fn identity(estate: &Estate) -> Vec<Identity> {
    let mut users = BTreeMap::<AccountIx, usize>::new();
    estate.users().for_each(|ix| *users.entry(estate.principal(ix).account()).or_default() += 1);
    let of: usize = users.values().sum();
    let mut found: Vec<Identity> = users
        .into_iter()
        .map(|(ix, users)| {
            let account = estate.account(ix);
            let named = words(account.name()).any(|word| NAMES.contains(&word.as_str()));
            Identity { id: account.id(), name: account.name().to_owned(), users, of, named }
        })
        .filter(|one| one.users * 2 > of || (one.named && one.users * 10 >= of))
        .collect();
    found.sort_by_key(|one| (Reverse(one.users), one.id));
    found
}

/// Outside accounts of which some principal can assume a role.
pub(super) fn outside(estate: &Estate) -> Vec<Outside> {
    let mut trusts = BTreeMap::<AccountId, (usize, String)>::new();
    for role in estate.roles() {
        let principal = estate.principal(role);
        let Some(Document::Parsed(trust)) = principal.role().map(|facts| facts.trust) else { continue };
        for external in externals(estate, role, estate.policy(trust), &BTreeSet::new()) {
            if can(&external.truth) == Can::No {
                continue;
            }
            let account = estate.account(principal.account());
            let label = account.shown();
            let entry = trusts.entry(external.id).or_insert_with(|| (0, format!("{label}/{}", principal.name())));
            entry.0 += 1;
        }
    }
    let mut found: Vec<Outside> = trusts
        .into_iter()
        .map(|(id, (trusts, example))| {
            let account = estate.account_by_id(id).map(|ix| estate.account(ix));
            let name = account.map_or_else(String::new, |account| account.name().to_owned());
            let read = account.is_some_and(|account| *account.presence() == Presence::Collected);
            Outside { id, name, read, trusts, example }
        })
        .collect();
    found.sort_by_key(|one| (Reverse(one.trusts), one.id));
    found
}
