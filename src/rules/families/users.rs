//! Rules about IAM users.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::ids::{AccountIx, PrincipalIx};
use crate::posture::identity_accounts::{self, IdentityAccounts};
use crate::rules::context::Context;
use crate::rules::judge::Judge;
use crate::rules::outcome::{Found, Outcome, because};
use crate::rules::rule::{Row, Rule, card_file};
use crate::wildcard;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::prepared(
        card_file!("users/iam-user-outside-identity-accounts"),
        Homes::new,
        Judge::User(iam_user_outside_identity_accounts),
    ),
    &Row::new(card_file!("users/user-near-group-limit"), Judge::User(user_near_group_limit)),
];

/// Groups that a user can be in, if the account summary does not say; AWS does not raise it.
const GROUPS_PER_USER: i64 = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Places {
    /// Ids or names.
    identity_accounts: Vec<String>,
    /// Globs.
    allowed_users: Vec<String>,
}

/// The accounts in which people are managed; an account of one partition is no home for users of another.
struct Homes {
    places: Places,
    /// Configured or inferred.
    accounts: IdentityAccounts,
}

/// Whether users belong in an account.
enum Belong {
    Yes,
    Unknown(BTreeSet<String>),
    /// With the reason.
    No(String),
}

/// An IAM user in an account that is not meant to hold users.
fn iam_user_outside_identity_accounts(cx: &Context<'_>, homes: &Homes, ix: PrincipalIx, outcome: &mut Outcome) {
    let user = cx.estate.principal(ix);
    if homes.places.allowed_users.iter().any(|glob| wildcard::matches(glob, user.name())) {
        return;
    }
    match homes.belong(cx, user.account()) {
        Belong::Yes => {}
        Belong::No(message) => outcome.found(Found::saying(message)),
        Belong::Unknown(why) => {
            outcome.unknown_among(format!("{} (whether users belong here, of", because(&why)), "users)");
        }
    }
}

impl Homes {
    fn new(cx: &Context<'_>, places: Places) -> Self {
        let accounts = (0..cx.estate.accounts().len()).map(AccountIx::new);
        let certain: BTreeSet<AccountIx> = accounts.filter(|ix| places.name(cx, *ix)).collect();
        let mut accounts = IdentityAccounts { certain, ..IdentityAccounts::default() };
        if places.identity_accounts.is_empty() || !accounts.certain.is_empty() {
            let settled = accounts.certain.iter().map(|ix| cx.estate.account(*ix).partition()).collect();
            let inferred = identity_accounts::infer(cx.graph, &settled);
            accounts.certain.extend(inferred.certain);
            accounts.possible = inferred.possible;
        }
        Self { places, accounts }
    }

    fn belong(&self, cx: &Context<'_>, account: AccountIx) -> Belong {
        let IdentityAccounts { certain, possible } = &self.accounts;
        let named = &self.places.identity_accounts;
        let partition = |ix: &AccountIx| cx.estate.account(*ix).partition();
        let own = partition(&account);
        if certain.contains(&account) {
            return Belong::Yes;
        }
        if certain.is_empty() && !named.is_empty() {
            // names that match no account leave no account for users: reported with the names, not ignored
            let names = named.join(", ");
            return Belong::No(format!(
                "IAM users belong in account {names} (identity_accounts, but no account has this name)"
            ));
        }
        if let Some(why) = possible.get(&account) {
            return Belong::Unknown(why.clone());
        }
        let homes: Vec<AccountIx> = certain.iter().copied().filter(|ix| partition(ix) == own).collect();
        if homes.is_empty() {
            let others = possible.iter().filter(|(ix, _)| partition(ix) == own);
            let why: BTreeSet<String> = others.flat_map(|(_, why)| why.iter().cloned()).collect();
            return if why.is_empty() { Belong::Yes } else { Belong::Unknown(why) };
        }
        let configured = homes.iter().any(|ix| self.places.name(cx, *ix));
        let how = if configured { "identity_accounts" } else { "inferred from who can assume roles in other accounts" };
        let names: Vec<String> = homes.iter().map(|ix| cx.account_name(*ix)).collect();
        Belong::No(format!("IAM users belong in account {} ({how})", names.join(", ")))
    }
}

impl Places {
    /// True if the configuration names the account.
    fn name(&self, cx: &Context<'_>, ix: AccountIx) -> bool {
        let account = cx.estate.account(ix);
        self.identity_accounts.iter().any(|name| *name == account.id().to_string() || *name == account.name())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    headroom: i64,
}

/// A user in almost as many groups as AWS allows.
fn user_near_group_limit(cx: &Context<'_>, limit: &Limit, ix: PrincipalIx, outcome: &mut Outcome) {
    let user = cx.estate.principal(ix);
    if !user.knows_groups() {
        return outcome.unknown_because(&["the user's groups were not read".to_owned()].into());
    }
    let summary = cx.estate.account(user.account()).facts().summary;
    let quota = summary.and_then(|summary| summary.groups_per_user).map_or(GROUPS_PER_USER, i64::from);
    let groups = i64::try_from(user.groups().len()).unwrap_or(i64::MAX);
    if groups > 0 && groups >= quota - limit.headroom {
        let room = quota - groups;
        outcome.found(Found::saying(format!("in {groups} of {quota} groups, room for {room} more")));
    }
}
