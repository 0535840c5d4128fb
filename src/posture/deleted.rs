//! Principals that a trust policy names and that do not exist.
//!
//! Owns: when a name is known to be dead. Of accounts that were not read completely nothing is said.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal" and "IAM identifiers".

use crate::arn::Arn;
use crate::ids::AccountId;
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

/// Those whom a statement names.
pub(crate) fn names(estate: &Estate, statement: &Statement) -> Vec<Deleted> {
    let mut found: Vec<Deleted> = statement
        .principal
        .iter()
        .flat_map(|clause| &clause.entries)
        .filter_map(|entry| of_entry(estate, entry))
        .collect();
    // a Deny for a name that nobody has waits for nobody
    if statement.effect == Effect::Allow {
        let positive = |base: &Base| matches!(base, Base::Compare { negated: false, .. });
        let conditions = statement.conditions.iter().filter(|c| c.key.kind() == KeyKind::PrincipalArn);
        let values = conditions.filter(|c| positive(&c.operator.base)).flat_map(|c| c.values.iter());
        let arns = values.map(|value| value.as_str()).filter(|arn| !wildcard::has_wildcard(arn) && !arn.contains("${"));
        found.extend(arns.filter(|arn| is_dead(estate, arn)).map(|arn| Deleted::InCondition(arn.to_owned())));
    }
    found
}

fn of_entry(estate: &Estate, entry: &PrincipalEntry) -> Option<Deleted> {
    match entry {
        // access keys and groups are no principals, deleted or not
        PrincipalEntry::DeletedId(id) if id.starts_with("AIDA") || id.starts_with("AROA") => {
            Some(Deleted::Id(id.to_string()))
        }
        PrincipalEntry::Identity(arn) => is_dead(estate, arn).then(|| Deleted::Arn(arn.to_string())),
        PrincipalEntry::Session { account, role, session } => {
            let known = estate.account_by_id(*account).filter(|_| is_read(estate, *account))?;
            let dead = estate.principal_by_name(known, PrincipalType::Role, role).is_none();
            dead.then(|| Deleted::Arn(format!("session {session} of role {account}/{role}")))
        }
        _ => None,
    }
}

fn is_dead(estate: &Estate, arn: &str) -> bool {
    let Some(parsed) = Arn::parse(arn) else { return false };
    let is_principal = parsed.resource.starts_with("role/") || parsed.resource.starts_with("user/");
    let read = parsed.account_id().is_some_and(|id| is_read(estate, id));
    parsed.service == "iam" && is_principal && read && estate.principal_by_arn(arn).is_none()
}

/// Whether all principals of an account are known.
fn is_read(estate: &Estate, id: AccountId) -> bool {
    estate.account_by_id(id).is_some_and(|ix| *estate.account(ix).presence() == Presence::Collected)
}
