//! Principals that a trust policy names and that do not exist.
//!
//! Owns: when a name is known to be dead. Of accounts that were not read completely nobody is known to be dead.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal" and "IAM identifiers".

use std::collections::BTreeSet;

use crate::arn::Arn;
use crate::ids::{AccountId, GapIx};
use crate::model::{Estate, Presence, PrincipalType};
use crate::policy::key::KeyKind;
use crate::policy::operator::Base;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Statement};
use crate::wildcard;

/// A name of nobody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deleted {
    /// What AWS shows in place of a principal that was deleted.
    Id(String),
    /// A user, role or role of a session.
    Arn(String),
    /// A user or role whom an Allow for everybody is pinned to.
    InCondition(String),
}

/// A name in a statement.
struct Mention<'p> {
    /// Of whom, and in which account; none for what AWS shows in place of a deleted one.
    who: Option<(AccountId, Who<'p>)>,
    told: Deleted,
}

#[derive(Clone, Copy)]
enum Who<'p> {
    Arn(&'p str),
    Role(&'p str),
}

/// Those whom a statement names, and who do not exist.
pub(crate) fn names(estate: &Estate, statement: &Statement) -> Vec<Deleted> {
    let is_dead = |mention: &Mention<'_>| {
        mention.who.is_none_or(|(account, who)| is_read(estate, account) && !exists(estate, account, who))
    };
    mentions(statement).into_iter().filter(is_dead).map(|mention| mention.told).collect()
}

/// Why it is not known of some names of a statement whether anybody has them: an account was not read.
pub(crate) fn unread(estate: &Estate, statement: &Statement) -> BTreeSet<GapIx> {
    let accounts = mentions(statement).into_iter().filter_map(|mention| mention.who);
    let gap = |(id, _)| {
        let account = estate.account_by_id(id).map(|ix| estate.account(ix)).filter(|account| account.is_member())?;
        account.presence().is_judged().then(|| account.presence().gap())?
    };
    accounts.filter_map(gap).collect()
}

fn mentions(statement: &Statement) -> Vec<Mention<'_>> {
    let entries = statement.principal.iter().flat_map(|clause| &clause.entries);
    let mut found: Vec<Mention<'_>> = entries.filter_map(of_entry).collect();
    // a Deny for a name that nobody has waits for nobody
    if statement.effect == Effect::Allow {
        let positive = |base: &Base| matches!(base, Base::Compare { negated: false, .. });
        let conditions = statement.conditions.iter().filter(|c| c.key.kind() == KeyKind::PrincipalArn);
        let values = conditions.filter(|c| positive(&c.operator.base)).flat_map(|c| c.values.iter());
        let arns = values.map(|value| value.as_str()).filter(|arn| !wildcard::has_wildcard(arn) && !arn.contains("${"));
        found.extend(arns.filter_map(|arn| of_arn(arn, Deleted::InCondition)));
    }
    found
}

fn of_entry(entry: &PrincipalEntry) -> Option<Mention<'_>> {
    match entry {
        // access keys and groups are no principals, deleted or not
        PrincipalEntry::DeletedId(id) if id.starts_with("AIDA") || id.starts_with("AROA") => {
            Some(Mention { who: None, told: Deleted::Id(id.to_string()) })
        }
        PrincipalEntry::Identity(arn) => of_arn(arn, Deleted::Arn),
        PrincipalEntry::Session { account, role, session } => Some(Mention {
            who: Some((*account, Who::Role(role))),
            told: Deleted::Arn(format!("session {session} of role {account}/{role}")),
        }),
        _ => None,
    }
}

fn of_arn(arn: &str, told: fn(String) -> Deleted) -> Option<Mention<'_>> {
    let parsed = Arn::parse(arn)?;
    let is_principal = parsed.resource.starts_with("role/") || parsed.resource.starts_with("user/");
    let is_told = parsed.service == "iam" && is_principal;
    is_told.then_some(Mention { who: Some((parsed.account_id()?, Who::Arn(arn))), told: told(arn.to_owned()) })
}

fn exists(estate: &Estate, account: AccountId, who: Who<'_>) -> bool {
    match who {
        Who::Arn(arn) => estate.principal_by_arn(arn).is_some(),
        Who::Role(name) => {
            let account = estate.account_by_id(account);
            account.is_some_and(|ix| estate.principal_by_name(ix, PrincipalType::Role, name).is_some())
        }
    }
}

/// Whether all principals of an account are known.
fn is_read(estate: &Estate, id: AccountId) -> bool {
    estate.account_by_id(id).is_some_and(|ix| *estate.account(ix).presence() == Presence::Collected)
}
