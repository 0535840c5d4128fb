//! From what people write to what a question starts at and ends at: principals, roles, accounts, targets.
//!
//! Owns: the order in which a text is understood, and what a target stands for.

use std::collections::{BTreeMap, BTreeSet};

use super::misses;
pub(super) use super::name_error::SelectError;
use super::names::{self, account, principal};
use super::near::{self, Sought};
use super::person_names::{no_namesake, people_group, person};
use super::role_globs;
use super::source::{Source, group_name};
use super::target::{self, Members};
use super::trust_graph::TrustGraph;
use crate::arn::{Arn, Named};
use crate::ids::{AccountId, AccountIx, PeopleGroupIx, PrincipalIx};
use crate::model::{Estate, People, Presence, PrincipalType};
use crate::selection::TargetSpec;
use crate::snapshot::ledger::Gap;

/// What a question ends at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) roles: BTreeSet<PrincipalIx>,
    /// Accounts of which it has every role, or some.
    pub(super) accounts: BTreeSet<AccountIx>,
    /// Accounts that belong to it and could not be read.
    pub(super) unread: BTreeSet<AccountIx>,
    /// Accounts that may belong to it: what the selectors look at was not read.
    pub(super) open: BTreeSet<AccountIx>,
    /// Why more may belong to it.
    pub(super) gaps: BTreeSet<Gap>,
    /// How it is printed.
    pub(super) shown: String,
}

/// Everything that a question may start at under this name, and how it is printed. What lets in outsiders without their name is an edge
/// of theirs in a graph that asks about them (`TrustGraph::asking`).
pub(super) fn sources(graph: &TrustGraph<'_>, text: &str) -> Result<(Vec<Source>, String), SelectError> {
    let estate = graph.estate();
    if AccountId::parse(text).is_some() {
        no_namesake(estate, text)?;
    }
    let text = names::as_printed(text);
    if text == "*" {
        return Ok((vec![Source::Everyone], text.to_owned()));
    }
    if let Some(found) = by_arn(estate, text)? {
        return Ok((found, text.to_owned()));
    }
    if let Some(ix) = account(estate, text)? {
        return Ok((of_account(estate, ix), estate.account(ix).id().to_string()));
    }
    if let Some(id) = AccountId::parse(text) {
        return Ok((vec![Source::Account(id)], text.to_owned()));
    }
    if let Some(entry) = names::trusted_name(estate, text) {
        return Ok((vec![entry], text.to_owned()));
    }
    if let Some(ix) = person(estate, text)? {
        let source = Source::Person(ix);
        let shown = source.name(estate);
        return Ok((vec![source], shown));
    }
    if let Some(ix) = principal(estate, text, None)? {
        return Ok((vec![Source::Principal(ix)], estate.arn(ix)));
    }
    if let (Some(ix), Some(people)) = (people_group(estate, text)?, estate.people()) {
        return Ok((of_group(people, ix), group_name(people, ix)));
    }
    if let Some(arn) = names::arn_of_printed(estate, text).filter(|arn| names::may_exist(estate, arn))
        && let Some(found) = by_arn(estate, &arn)?
    {
        return Ok((found, arn));
    }
    Err(near::unknown(estate, text, Sought::Source))
}

fn of_account(estate: &Estate, ix: AccountIx) -> Vec<Source> {
    let mut found: Vec<Source> = estate.principals_of(ix).map(Source::Principal).collect();
    if *estate.account(ix).presence() != Presence::Collected {
        found.push(Source::Account(estate.account(ix).id()));
    }
    found
}

/// The members of a group as such: what leads on from other groups that they are in is no part of it.
fn of_group(people: &People, ix: PeopleGroupIx) -> Vec<Source> {
    let group = people.group(ix);
    let cohorts = group.cohorts().iter().map(|cohort| Source::Cohort(*cohort));
    cohorts.chain(group.unread().map(|_| Source::PeopleGroup(ix))).collect()
}

fn by_arn(estate: &Estate, text: &str) -> Result<Option<Vec<Source>>, SelectError> {
    let Some(arn) = Arn::parse(text) else { return Ok(None) };
    if let Some(ix) = estate.principal_by_arn(text) {
        return Ok(Some(vec![Source::Principal(ix)]));
    }
    let unknown = || near::unknown(estate, text, Sought::Source);
    let id = arn.account_id();
    let collected = id
        .and_then(|id| estate.account_by_id(id))
        .is_some_and(|ix| *estate.account(ix).presence() == Presence::Collected);
    match (arn.named(), id) {
        (Named::SamlProvider { .. } | Named::OidcProvider { .. }, _) => Ok(Some(vec![Source::Provider(text.into())])),
        (Named::Account, Some(id)) => Ok(Some(match estate.account_by_id(id) {
            Some(ix) => of_account(estate, ix),
            None => vec![Source::Account(id)],
        })),
        (Named::AssumedRole { role, .. }, Some(id)) if collected => {
            let account = estate.account_by_id(id);
            let found = account.and_then(|a| estate.principal_by_name(a, PrincipalType::Role, role));
            found.map(|ix| Some(vec![Source::Principal(ix)])).ok_or_else(unknown)
        }
        (Named::User { .. } | Named::Role { .. } | Named::AssumedRole { .. }, Some(id)) if !collected => {
            Ok(Some(vec![Source::Outsider(text.into(), id)]))
        }
        _ => Err(unknown()),
    }
}

/// The roles that a target, account, unit, tag or role name stands for.
pub(super) fn resolve(
    graph: &TrustGraph<'_>,
    text: &str,
    defined: &BTreeMap<String, TargetSpec>,
) -> Result<Resolved, SelectError> {
    let estate = graph.estate();
    if let Some(spec) = defined.get(text) {
        return from_spec(estate, text, spec, true);
    }
    if let Some(spec) = ad_hoc(text) {
        return from_spec(estate, text, &spec, false);
    }
    named_roles(estate, text, Sought::Target(defined))
}

/// Whether a text is a target's name, or a selector that stands for itself.
pub(super) fn is_selector(text: &str, defined: &BTreeMap<String, TargetSpec>) -> bool {
    defined.contains_key(text) || ad_hoc(text).is_some()
}

/// The accounts that such a text means.
pub(super) fn accounts_meant(
    estate: &Estate,
    text: &str,
    defined: &BTreeMap<String, TargetSpec>,
) -> BTreeSet<AccountId> {
    let own = ad_hoc(text);
    let spec = defined.get(text).or(own.as_ref());
    let members = spec.map(|spec| target::members(estate, text, spec)).unwrap_or_default();
    members.accounts.into_iter().map(|ix| estate.account(ix).id()).collect()
}

/// A selector that stands for itself: `ou:/Workloads/Prod`, `tag:env=prod`, `name:*-prod`.
fn ad_hoc(text: &str) -> Option<TargetSpec> {
    let (kind, value) = text.split_once(':').filter(|(_, value)| !value.trim().is_empty())?;
    match kind {
        "ou" => Some(TargetSpec { ou: vec![value.to_owned()], ..TargetSpec::default() }),
        "name" => Some(TargetSpec { names: vec![value.to_owned()], ..TargetSpec::default() }),
        "tag" => {
            let (key, value) = value.split_once('=')?;
            let tags = BTreeMap::from([(key.to_owned(), vec![value.to_owned()])]);
            Some(TargetSpec { tags, ..TargetSpec::default() })
        }
        _ => None,
    }
}

/// One role, or all of an account.
pub(super) fn role_or_account(estate: &Estate, text: &str) -> Result<Resolved, SelectError> {
    named_roles(estate, text, Sought::Role)
}

fn named_roles(estate: &Estate, text: &str, sought: Sought<'_>) -> Result<Resolved, SelectError> {
    let text = names::as_printed(text);
    // `account/root` is the account, unless it has a role of this name
    let is_role = || matches!(principal(estate, text, Some(PrincipalType::Role)), Ok(Some(_)));
    let root = names::arn_of_printed(estate, text).filter(|arn| arn.ends_with(":root") && !is_role());
    let arn = root.as_deref().and_then(Arn::parse).or_else(|| Arn::parse(text));
    let account_ix = account(estate, text)?.or_else(|| match arn {
        Some(arn) if arn.named() == Named::Account => estate.account_by_id(arn.account_id()?),
        _ => None,
    });
    if let Some(ix) = account_ix {
        let mut resolved = of_accounts(estate, &BTreeSet::from([ix]), &[]);
        resolved.shown = estate.as_shown(text).into_owned();
        return Ok(resolved);
    }
    let unknown = || near::unknown(estate, text, sought);
    if let Some(arn) = arn {
        if let Some(ix) = estate.principal_by_arn(text) {
            let is_role = estate.principal(ix).kind() == PrincipalType::Role;
            let roles = BTreeSet::from([ix]);
            let resolved = Resolved { roles, shown: text.to_owned(), ..Resolved::default() };
            return if is_role { Ok(resolved) } else { Err(SelectError::User(names::short(estate, ix))) };
        }
        let unread = arn.account_id().and_then(|id| estate.account_by_id(id));
        return match unread.filter(|ix| estate.account(*ix).presence().gap().is_some()) {
            Some(ix) => Ok(Resolved { unread: BTreeSet::from([ix]), shown: text.to_owned(), ..Resolved::default() }),
            None => Err(unknown()),
        };
    }
    let ix = principal(estate, text, Some(PrincipalType::Role))?.ok_or_else(unknown)?;
    Ok(Resolved { roles: BTreeSet::from([ix]), shown: estate.arn(ix), ..Resolved::default() })
}

/// The one role of this name.
pub(super) fn one_role(estate: &Estate, text: &str) -> Result<PrincipalIx, SelectError> {
    let resolved = role_or_account(estate, text)?;
    match (
        resolved.roles.first(),
        resolved.roles.len(),
        resolved.unread.first(),
        Arn::parse(text).map(|arn| arn.named()),
    ) {
        (Some(role), 1, ..) => Ok(*role),
        (_, _, Some(account), Some(Named::Role { name, .. })) => Err(near::unread_role(estate, text, *account, name)),
        _ => Err(SelectError::NotARole(text.to_owned())),
    }
}

fn from_spec(estate: &Estate, name: &str, spec: &TargetSpec, configured: bool) -> Result<Resolved, SelectError> {
    let members = target::members(estate, name, spec);
    if members.accounts.is_empty() && members.gaps.is_empty() {
        return Err(misses::empty(estate, name, spec, configured));
    }
    let mut resolved = of_accounts(estate, &members.accounts, &spec.roles);
    // no role at all is a slip too; a role of an account that was not read may yet be one
    if !spec.roles.is_empty() && members.gaps.is_empty() && resolved.roles.is_empty() && resolved.unread.is_empty() {
        return Err(misses::without_roles(estate, name, spec));
    }
    resolved.gaps = members.gaps;
    resolved.open = members.open;
    resolved.shown = if configured { name.to_owned() } else { estate.as_shown(name).into_owned() };
    Ok(resolved)
}

/// Accounts of a target's definition, in order, and why there may be more: for previews.
pub(super) fn accounts_of(
    estate: &Estate,
    spec: &TargetSpec,
    name: &str,
    configured: bool,
) -> Result<Members, SelectError> {
    let found = from_spec(estate, name, spec, configured).map(|_| target::members(estate, name, spec))?;
    // of several that a command line names, one that means nothing is as much a slip as one alone
    match misses::first_idle(estate, spec).filter(|_| !configured) {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// How many roles a target's definition stands for: for previews.
pub(super) fn roles_of(estate: &Estate, spec: &TargetSpec, name: &str) -> usize {
    of_accounts(estate, &target::members(estate, name, spec).accounts, &spec.roles).roles.len()
}

fn of_accounts(estate: &Estate, accounts: &BTreeSet<AccountIx>, globs: &[String]) -> Resolved {
    let mut resolved = Resolved::default();
    for ix in accounts {
        let is_unread = estate.account(*ix).presence().gap().is_some();
        if is_unread {
            resolved.unread.insert(*ix);
        }
        let roles = resolved.roles.len();
        resolved.roles.extend(role_globs::chosen(estate, *ix, globs));
        if globs.is_empty() || is_unread || resolved.roles.len() > roles {
            resolved.accounts.insert(*ix);
        }
    }
    resolved
}
