//! The accounts that edges start in.

use std::collections::BTreeSet;

use super::account::ou_of;
use super::view::Known;
use crate::graph::{Edge, Source};
use crate::ids::{AccountId, AccountIx, PrincipalIx};
use crate::model::Estate;
use crate::rules::context::Context;

/// The accounts of the users and roles that an edge starts at, and of outside principals; services, providers and everybody have none.
pub(super) fn accounts(estate: &Estate, edge: &Edge) -> BTreeSet<AccountId> {
    match &edge.from {
        Source::Account(id) | Source::Outsider(_, id) => BTreeSet::from([*id]),
        from => {
            // those of the role's own account are decided by edges of their own
            let left_out = matches!(from, Source::Roles(_)).then(|| estate.principal(edge.to).account());
            let of_members = accounts_of(estate, from.members(estate));
            of_members.filter(|of| Some(*of) != left_out).map(|of| estate.account(of).id()).collect()
        }
    }
}

/// Their OUs; accounts outside the organization have none.
pub(super) fn ous(cx: &Context<'_>, ids: &BTreeSet<AccountId>) -> Known<BTreeSet<String>> {
    let mut ous = BTreeSet::new();
    for id in ids {
        let Some(account) = cx.estate.account_by_id(*id).map(|ix| cx.estate.account(ix)) else { continue };
        if let Some(gap) = account.membership_gap().or(account.units_gap()) {
            return Err(cx.reason(gap));
        }
        ous.extend(ou_of(account));
    }
    Ok(ous)
}

/// The accounts of principals, which stand together by account.
fn accounts_of<'p>(estate: &'p Estate, mut principals: &'p [PrincipalIx]) -> impl Iterator<Item = AccountIx> + use<'p> {
    std::iter::from_fn(move || {
        let account = estate.principal(*principals.first()?).account();
        let of_account = principals.partition_point(|ix| estate.principal(*ix).account() == account);
        principals = principals.get(of_account..).unwrap_or_default();
        Some(account)
    })
}
