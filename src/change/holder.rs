//! Who has a policy or is a member: a user, role or group of IAM, a person or group of Identity Center.

use super::error::ChangeError;
use super::people;
use crate::graph::query::{account_name, account_named, sources_named};
use crate::graph::{Source, TrustGraph};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Attached, Estate, Group, PrincipalType};
use crate::snapshot::edit::Holder;

/// A holder of policies that the snapshot has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'e> {
    Principal(PrincipalIx),
    Group(AccountIx, &'e Group),
}

impl<'e> Found<'e> {
    pub(super) fn account(self, estate: &Estate) -> AccountIx {
        match self {
            Self::Principal(ix) => estate.principal(ix).account(),
            Self::Group(account, _) => account,
        }
    }

    pub(super) fn holder(self, estate: &Estate) -> Holder {
        match self {
            Self::Principal(ix) => holder_of(estate, ix),
            Self::Group(_, group) => Holder::Group(group.name.as_str().into()),
        }
    }

    /// Its own policies, and of a user those of groups as well; not the boundary.
    pub(super) fn policies(self, estate: &'e Estate) -> &'e [Attached] {
        match self {
            Self::Principal(ix) => estate.class(estate.principal(ix).class()).policies(),
            Self::Group(_, group) => &group.policies,
        }
    }

    /// As every command takes it.
    pub(super) fn shown(self, estate: &Estate) -> String {
        format!("{}/{}", account_name(estate, self.account(estate)), self.holder(estate))
    }
}

pub(super) fn holder_of(estate: &Estate, ix: PrincipalIx) -> Holder {
    let principal = estate.principal(ix);
    match principal.kind() {
        PrincipalType::User => Holder::User(principal.name().into()),
        PrincipalType::Role => Holder::Role(principal.name().into()),
    }
}

/// The user, role or group of IAM of this name: as other commands take it, a group as `account/group/NAME` or by ARN.
pub(super) fn find<'e>(graph: &TrustGraph<'e>, text: &str) -> Result<Found<'e>, ChangeError> {
    let estate = graph.estate();
    if let Some((account, name)) = as_group(estate, text)? {
        return group(estate, account, name, text);
    }
    match sources_named(graph, text)?.as_slice() {
        [Source::Principal(ix)] => Ok(Found::Principal(*ix)),
        _ => Err(ChangeError::refused(
            format!("`{text}` is no user, role or group of IAM"),
            text,
            "only these have policies and trust policies",
            "name one as `account/role/NAME`, `account/user/NAME` or `account/group/NAME`",
        )),
    }
}

/// The account, if one is named, and the name of what is written as a group of IAM.
fn as_group<'t>(estate: &Estate, text: &'t str) -> Result<Option<(Option<AccountIx>, &'t str)>, ChangeError> {
    if let Some(rest) = text.strip_prefix("arn:") {
        let Some((before, name)) = rest.split_once(":group/") else { return Ok(None) };
        let id = before.rsplit(':').next().unwrap_or_default();
        return Ok(Some((account_named(estate, id)?, name.rsplit('/').next().unwrap_or(name))));
    }
    let Some((account, name)) = text.split_once("/group/") else {
        return Ok(text.strip_prefix("group/").map(|name| (None, name)));
    };
    let Some(ix) = account_named(estate, account)? else {
        let names = estate.accounts().iter().map(|account| account.shown_name());
        return Err(ChangeError::unknown(format!("no account is called `{account}`"), text, account, names));
    };
    Ok(Some((Some(ix), name)))
}

fn group<'e>(estate: &'e Estate, account: Option<AccountIx>, name: &str, text: &str) -> Result<Found<'e>, ChangeError> {
    let fits = |ix: &AccountIx| account.is_none_or(|own| own == *ix);
    let all = || estate.indexed_accounts().filter(move |(ix, _)| fits(ix));
    let groups = || all().flat_map(|(ix, account)| account.facts().groups.iter().map(move |group| (ix, group)));
    let found: Vec<(AccountIx, &Group)> = groups().filter(|(_, group)| group.name == name).collect();
    match found.as_slice() {
        [(ix, group)] => Ok(Found::Group(*ix, group)),
        [] => {
            let there = groups().map(|(_, group)| group.name.as_str());
            Err(ChangeError::unknown(format!("no group of IAM is called `{name}`"), text, name, there))
        }
        many => {
            let names: Vec<String> =
                many.iter().map(|(ix, _)| format!("{}/group/{name}", account_name(estate, *ix))).collect();
            Err(ChangeError::ambiguous(text, many.len(), &names))
        }
    }
}

/// The members of a group of IAM or of Identity Center, and the group itself where not all of them are known; `None` where the text
/// names no group.
///
/// # Errors
/// Where the group is not there, or the name fits more than one.
pub fn group_members(graph: &TrustGraph<'_>, text: &str) -> Result<Option<Vec<Source>>, ChangeError> {
    let estate = graph.estate();
    if let Some(name) = text.strip_prefix("group ") {
        return people::members(estate, name, text).map(Some);
    }
    let Some((account, name)) = as_group(estate, text)? else { return Ok(None) };
    let Found::Group(ix, group) = group(estate, account, name, text)? else { return Ok(None) };
    let is_member = |ix: &PrincipalIx| {
        let principal = estate.principal(*ix);
        principal.kind() == PrincipalType::User && principal.groups().iter().any(|own| **own == *group.name)
    };
    Ok(Some(estate.principals_of(ix).filter(is_member).map(Source::Principal).collect()))
}
