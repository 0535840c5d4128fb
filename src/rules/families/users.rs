//! Rules about IAM users.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Attached, Origin, Principal};
use crate::posture::identity_accounts::{self, IdentityAccounts};
use crate::posture::quotas;
use crate::rules::context::Context;
use crate::rules::judge::Judge;
use crate::rules::outcome::{Found, Outcome, because};
use crate::rules::rule::{Reads, Row, Rule, card_file};
use crate::wildcard;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::prepared(
        card_file!("users/iam-user-outside-identity-accounts"),
        Homes::new,
        Judge::User(iam_user_outside_identity_accounts),
    )
    .after(Reads::Edges),
    &Row::new(card_file!("quotas/user-near-group-limit"), Judge::User(user_near_group_limit)),
    &Row::new(card_file!("users/user-with-own-policies"), Judge::User(user_with_own_policies)),
    &Row::new(card_file!("users/user-in-no-group"), Judge::User(user_in_no_group)),
];

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
        let configured: BTreeSet<AccountIx> = accounts.filter(|ix| places.name(cx, *ix)).collect();
        let mut accounts = IdentityAccounts::default();
        if places.identity_accounts.is_empty() || !configured.is_empty() {
            let settled = configured.iter().map(|ix| cx.estate.account(*ix).partition()).collect();
            accounts = identity_accounts::infer(cx.graph, &settled);
        }
        accounts.certain.extend(configured);
        Self { places, accounts }
    }

    fn belong(&self, cx: &Context<'_>, account: AccountIx) -> Belong {
        let IdentityAccounts { certain, possible, .. } = &self.accounts;
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
        let unread = self.accounts.unread_besides(account, |ix| partition(&ix) == own);
        let unread: BTreeSet<String> = unread.cloned().collect();
        if !unread.is_empty() {
            return Belong::Unknown(unread);
        }
        let homes: Vec<AccountIx> = certain.iter().copied().filter(|ix| partition(ix) == own).collect();
        if homes.is_empty() {
            let others = possible.iter().filter(|(ix, _)| partition(ix) == own);
            let why: BTreeSet<String> = others.flat_map(|(_, why)| why.iter().cloned()).collect();
            if !why.is_empty() {
                return Belong::Unknown(why);
            }
            let why =
                "people come in by IAM Identity Center, and no account is named for IAM users (identity_accounts)";
            return if have_identity_center(cx) { Belong::No(why.to_owned()) } else { Belong::Yes };
        }
        let configured = homes.iter().any(|ix| self.places.name(cx, *ix));
        let how = if configured { "identity_accounts" } else { "inferred from who can assume roles in other accounts" };
        let names: Vec<String> = homes.iter().map(|ix| cx.account_name(*ix)).collect();
        Belong::No(format!("IAM users belong in account {} ({how})", names.join(", ")))
    }
}

/// True where people of Identity Center are assigned to accounts: by what was read of it, or by the roles that it made.
fn have_identity_center(cx: &Context<'_>) -> bool {
    cx.estate.has_reserved_roles() || cx.estate.people().is_some_and(|people| people.assignments().next().is_some())
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
    let row = quotas::groups_of_user(cx.estate, ix);
    let Ok(groups) = row.used else {
        return outcome.unknown_because(&["the user's groups were not read".to_owned()].into());
    };
    if groups > 0 && i64::from(groups) >= i64::from(row.limit.most) - limit.headroom {
        let (most, room) = (row.limit.most, row.room().unwrap_or_default());
        outcome.found(Found::saying(format!("in {groups} of {most} groups, room for {room} more")));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    /// Globs; managed policies.
    allowed_policies: Vec<String>,
    /// Globs.
    allowed_users: Vec<String>,
}

/// Number of policies that a message names.
const NAMED: usize = 3;

/// A user that has policies besides those of its groups.
fn user_with_own_policies(cx: &Context<'_>, allowed: &Own, ix: PrincipalIx, outcome: &mut Outcome) {
    let user = cx.estate.principal(ix);
    if is_named(&allowed.allowed_users, user) {
        return outcome.not_applicable();
    }
    let usual = |name: &str| allowed.allowed_policies.iter().any(|glob| wildcard::matches(glob, name));
    let own: Vec<String> = own_policies(cx, user)
        .filter(|attached| !attached.stands_for_unread())
        .filter_map(|attached| match attached.origin {
            Origin::Inline => Some(format!("`{}` (inline)", attached.name)),
            Origin::Managed if !usual(&attached.name) => Some(format!("`{}`", attached.name)),
            _ => None,
        })
        .collect();
    if own.is_empty() {
        return outcome.unknown_because(&unread_policies(cx, user));
    }
    let mut message =
        format!("has policies of its own: {}", own.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", "));
    if let more @ 1.. = own.len().saturating_sub(NAMED) {
        message.push_str(&format!(" and {more} more"));
    }
    outcome.found(Found::saying(message));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alone {
    /// Globs.
    allowed_users: Vec<String>,
}

/// A user that no group gives anything. One with policies of its own is for `user-with-own-policies` to tell.
fn user_in_no_group(cx: &Context<'_>, allowed: &Alone, ix: PrincipalIx, outcome: &mut Outcome) {
    let user = cx.estate.principal(ix);
    if is_named(&allowed.allowed_users, user) {
        return outcome.not_applicable();
    }
    if !user.knows_groups() {
        return outcome.unknown_because(&["the user's groups were not read".to_owned()].into());
    }
    if !user.groups().is_empty() {
        return;
    }
    if own_policies(cx, user).any(|attached| !attached.stands_for_unread()) {
        return outcome.not_applicable();
    }
    let unread = unread_policies(cx, user);
    if !unread.is_empty() {
        return outcome.unknown_because(&unread);
    }
    outcome.found(Found::saying("is in no group and has no policy"));
}

fn is_named(globs: &[String], user: &Principal) -> bool {
    globs.iter().any(|glob| wildcard::matches(glob, user.name()))
}

/// Policies of the user itself, and what stands for those that were not read.
fn own_policies<'a>(cx: &Context<'a>, user: &Principal) -> impl Iterator<Item = &'a Attached> {
    let policies = cx.estate.class(user.class()).policies().iter();
    policies.filter(|attached| matches!(attached.origin, Origin::Inline | Origin::Managed))
}

/// Why it is not known which policies a user has itself.
fn unread_policies(cx: &Context<'_>, user: &Principal) -> BTreeSet<String> {
    let unread = own_policies(cx, user).any(|attached| attached.stands_for_unread());
    unread.then(|| "the user was listed without its policies".to_owned()).into_iter().collect()
}
