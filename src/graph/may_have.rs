//! Why a name may be the one of a role or account all the same, though it fits none that was read.
//!
//! Owns: which unread data could hold the name. Only errors ask.

use std::collections::BTreeSet;

use super::names;
use super::target;
use crate::arn::Arn;
use crate::ids::{AccountId, AccountIx};
use crate::model::Estate;
use crate::selection::TargetSpec;
use crate::snapshot::ledger::Gap;

/// What was not read and may have a role or account of this name; nothing where none can have it.
pub(super) fn role_or_account(estate: &Estate, text: &str) -> BTreeSet<Gap> {
    let text = names::as_printed(text);
    let arn = names::arn_of_printed(estate, text);
    if let Some(arn) = Arn::parse(arn.as_deref().unwrap_or(text)) {
        return arn.account_id().map(|id| of_account_id(estate, id)).unwrap_or_default();
    }
    if let Some(id) = AccountId::parse(text) {
        return of_account_id(estate, id);
    }
    match text.split_once('/').filter(|(account, _)| !account.is_empty()) {
        Some((account, _)) => match (names::account(estate, account), AccountId::parse(account)) {
            (Ok(Some(ix)), _) => of_roles(estate, [ix]),
            (_, Some(id)) => of_account_id(estate, id),
            _ => of_account_names(estate, account),
        },
        None => {
            let all = (0..estate.accounts().len()).map(AccountIx::new);
            let mut found = of_roles(estate, all);
            found.extend(of_account_names(estate, text));
            found
        }
    }
}

/// Accounts of which not all roles were read.
fn of_roles(estate: &Estate, accounts: impl IntoIterator<Item = AccountIx>) -> BTreeSet<Gap> {
    let gaps = accounts.into_iter().filter_map(|ix| estate.account(ix).presence().gap());
    gaps.map(|gap| estate.gap(gap).clone()).collect()
}

fn of_account_id(estate: &Estate, id: AccountId) -> BTreeSet<Gap> {
    match estate.account_by_id(id) {
        Some(ix) => of_roles(estate, [ix]),
        None => estate.unlisted().map(|gap| estate.gap(gap).clone()).into_iter().collect(),
    }
}

/// Accounts whose names were not read, and accounts that are not listed.
fn of_account_names(estate: &Estate, name: &str) -> BTreeSet<Gap> {
    let spec = TargetSpec { names: vec![name.to_owned()], ..TargetSpec::default() };
    target::members(estate, name, &spec).gaps
}
