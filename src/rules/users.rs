//! Rules about IAM users.

use std::collections::BTreeSet;

use super::context::{CheckContext, Found};
use super::organization::is_default_admin_role;
use crate::answer::Verdict;
use crate::facet::Facet;
use crate::ids::AccountIx;
use crate::model::PrincipalType;
use crate::wildcard;

/// Groups a user can be in; AWS does not raise it.
const GROUPS_PER_USER: i64 = 10;

/// An IAM user in an account that is not meant to hold users.
pub(super) fn iam_user_outside_identity_accounts(cx: &mut CheckContext<'_, '_>) {
    let accounts = cx.accounts_with(Facet::AuthorizationDetails);
    let named = cx.list("identity_accounts");
    let allowed = cx.list("allowed_users");
    let identity: BTreeSet<AccountIx> = if named.is_empty() {
        inferred(cx)
    } else {
        let fits = |ix: &AccountIx| {
            let account = cx.estate.account(*ix);
            named.iter().any(|n| *n == account.id().to_string() || *n == account.name())
        };
        (0..cx.estate.accounts().len()).map(AccountIx::new).filter(fits).collect()
    };
    // names that fit no account leave no account for users: said with the names, not passed over
    if identity.is_empty() && named.is_empty() {
        return;
    }
    let names = identity.iter().map(|ix| {
        let account = cx.estate.account(*ix);
        if account.name().is_empty() { account.id().to_string() } else { account.name().to_owned() }
    });
    let how = if named.is_empty() { "inferred from who enters other accounts" } else { "configured" };
    let names: Vec<String> = if identity.is_empty() { named.clone() } else { names.collect() };
    let how = if identity.is_empty() { "configured, but no account is called so" } else { how };
    let message = format!("users belong into {} ({how})", names.join(", "));
    for account in accounts.into_iter().filter(|ix| !identity.contains(ix)) {
        for ix in cx.estate.principals_of(account) {
            let principal = cx.estate.principal(ix);
            if principal.kind() == PrincipalType::User
                && !allowed.iter().any(|glob| wildcard::matches(glob, principal.name()))
            {
                cx.principal(ix, Found { message: message.clone(), ..Found::default() });
            }
        }
    }
}

/// Accounts whose users enter roles of other accounts, default organization roles left aside.
fn inferred(cx: &CheckContext<'_, '_>) -> BTreeSet<AccountIx> {
    let estate = cx.estate;
    let mut found = BTreeSet::new();
    for edge in cx.graph.all().iter().flatten() {
        let role = estate.principal(edge.to);
        if is_default_admin_role(role.name()) || edge.free().verdict() > Verdict::Conditional {
            continue;
        }
        let users =
            edge.from.members(estate).iter().map(|m| estate.principal(*m)).filter(|p| p.kind() == PrincipalType::User);
        found.extend(users.map(|p| p.account()).filter(|account| *account != role.account()));
    }
    found
}

/// A user in almost as many groups as AWS allows.
pub(super) fn user_near_group_limit(cx: &mut CheckContext<'_, '_>) {
    let headroom = cx.number("headroom");
    for account in cx.accounts_with(Facet::AuthorizationDetails) {
        let summary = cx.estate.account(account).facts().summary.as_ref();
        let quota = summary.and_then(|s| s.get("GroupsPerUserQuota")).copied().unwrap_or(GROUPS_PER_USER);
        for ix in cx.estate.principals_of(account) {
            let groups = i64::try_from(cx.estate.principal(ix).groups().len()).unwrap_or(i64::MAX);
            if cx.estate.principal(ix).kind() == PrincipalType::User && groups > 0 && groups >= quota - headroom {
                let room = quota - groups;
                let message = format!("in {groups} of {quota} groups, room for {room} more");
                cx.principal(ix, Found { message, ..Found::default() });
            }
        }
    }
}
