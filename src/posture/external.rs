//! Outside accounts that a trust policy admits, and whether they need an external id.
//!
//! Owns: which accounts count as external, and what an external id changes for them. Does not know which external accounts are
//! accepted (the settings of a rule).

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{self, Can};
use super::{anyone, aws_made};
use crate::arn::Arn;
use crate::eval::{Outside, Truth};
use crate::ids::{AccountId, GapIx, PrincipalIx};
use crate::model::Estate;
use crate::policy::key::KeyKind;
use crate::policy::principal::PrincipalEntry;
use crate::policy::text::Text;
use crate::policy::{Pinned, Policy, Statement, pinned_accounts};
use crate::wildcard;

/// An external account that a trust policy names.
pub(crate) struct External<'p> {
    pub(crate) id: AccountId,
    /// The statement that shows it best.
    pub(crate) statement: &'p Statement,
    /// Whether some principal of it can assume the role.
    pub(crate) truth: Truth,
    /// Why it may belong to the organization after all.
    pub(crate) membership: Option<GapIx>,
}

/// Whether a caller can assume the role without an external id, and with any.
#[derive(Clone, Copy)]
pub(crate) struct ExternalId {
    pub(crate) without: Can,
    pub(crate) with_any: Can,
}

/// External ids that were agreed on with no one, two of each form: a test that accepts both of a form requires none in
/// particular.
const STRANGE_IDS: [[&str; 2]; 4] = [
    ["4a1fd9c2-5b3e-4f60-8a7d-c19e2b80f3d6", "e70b3816-92ac-4d1b-b5f4-08d6a1c73e29"],
    ["481920375566", "730264918825"],
    ["Kq", "x7"],
    ["Zp4vTq8mWc2nRb6yLs0dHf3gJk9tXe1a", "b7UoQ5iAr2NwE8xMy4VhC6lPz1SkD3jG"],
];

impl External<'_> {
    /// What an external id changes for principals of the account.
    pub(crate) fn external_id(&self) -> ExternalId {
        let with = |id: Option<&str>| entry::can(&entry::with(&self.truth, &[(KeyKind::ExternalId, id)]));
        let of_each_form = STRANGE_IDS.iter().filter_map(|form| form.iter().map(|id| with(Some(id))).min());
        ExternalId { without: with(None), with_any: of_each_form.max().unwrap_or(Can::No) }
    }
}

/// External accounts that a role's trust policy names, in order of id, without the `accepted` ones.
pub(crate) fn externals<'p>(
    estate: &Estate,
    role: PrincipalIx,
    trust: &'p Policy,
    accepted: &BTreeSet<AccountId>,
) -> Vec<External<'p>> {
    let principal = estate.principal(role);
    // without the organization, its management account is not known: roles that its own tools made are not a vendor's
    if estate.organization().is_none() && aws_made::is_of_organization(principal.name()) {
        return Vec::new();
    }
    let home = estate.account(principal.account()).id();
    let mut statements = BTreeMap::<AccountId, &Statement>::new();
    for statement in entry::assume_allows(trust) {
        for id in named_accounts(statement) {
            let best = statements.entry(id).or_insert(statement);
            if statement_asks_for_id(best) && !statement_asks_for_id(statement) {
                *best = statement;
            }
        }
    }
    let is_stranger = |id: &AccountId| *id != home && !accepted.contains(id) && is_external(estate, *id);
    let named = statements.into_iter().filter(|(id, _)| is_stranger(id));
    let external = |(id, statement)| External {
        id,
        statement,
        truth: entry::of_account(estate, role, trust, id),
        membership: is_outside(estate, id).err(),
    };
    named.map(external).collect()
}

/// An organization that a trust policy for everybody names in a condition.
pub(crate) struct OtherOrganization<'p> {
    pub(crate) id: &'p str,
    pub(crate) statement: &'p Statement,
    /// Whether some principal of it can assume the role.
    pub(crate) truth: Truth,
}

/// Other organizations that conditions of a trust policy name, in order of id.
pub(crate) fn organizations<'p>(estate: &Estate, role: PrincipalIx, trust: &'p Policy) -> Vec<OtherOrganization<'p>> {
    let Some(own) = estate.organization() else { return Vec::new() };
    let mut named = named_organizations(estate, role, trust);
    named.retain(|other| other.id != own.id);
    named
}

/// Organizations that conditions of a trust policy for everybody name, in order of id.
pub(crate) fn named_organizations<'p>(
    estate: &Estate,
    role: PrincipalIx,
    trust: &'p Policy,
) -> Vec<OtherOrganization<'p>> {
    let mut named = BTreeMap::<&str, (&Statement, &str)>::new();
    for statement in entry::assume_allows(trust).filter(|statement| anyone::names_everybody(statement)) {
        let of_organization = |kind| matches!(kind, KeyKind::PrincipalOrgId | KeyKind::PrincipalOrgPaths);
        let tests = statement.conditions.iter().filter(|test| of_organization(test.key.kind()));
        for text in tests.flat_map(|test| &test.values).map(Text::as_str) {
            let id = text.split('/').next().unwrap_or_default();
            if id.starts_with("o-") && !wildcard::has_wildcard(id) {
                named.entry(id).or_insert((statement, text));
            }
        }
    }
    let anyone = || entry::of_outsider(estate, role, Outside::Anyone);
    let of = |(id, (statement, text)): (&'p str, (&'p Statement, &'p str))| {
        let path = if text.contains('/') { text.replace(['*', '?'], "x") } else { format!("{id}/r-q7x2/") };
        let chosen = [(KeyKind::PrincipalOrgId, Some(id)), (KeyKind::PrincipalOrgPaths, Some(path.as_str()))];
        OtherOrganization { id, statement, truth: entry::with(&anyone(), &chosen) }
    };
    named.into_iter().map(of).collect()
}

/// Whether a statement of a trust policy tests the external id.
pub(crate) fn asks_for_id(trust: &Policy) -> bool {
    trust.statements.iter().any(statement_asks_for_id)
}

fn statement_asks_for_id(statement: &Statement) -> bool {
    statement.conditions.iter().any(|c| c.key.kind() == KeyKind::ExternalId)
}

/// The accounts that a statement names, or whose principals it does.
pub(crate) fn named_accounts(statement: &Statement) -> BTreeSet<AccountId> {
    statement.entries().filter_map(account_of).chain(pinned(statement)).collect()
}

/// Whether an account belongs to somebody else; why that is not known.
pub(crate) fn is_outside(estate: &Estate, id: AccountId) -> Result<bool, GapIx> {
    let gap = match estate.account_by_id(id) {
        Some(ix) => estate.account(ix).membership_gap(),
        None => estate.unlisted(),
    };
    gap.map_or_else(|| Ok(is_external(estate, id)), Err)
}

/// True for an account that is not a member; without an organization, for one that was not collected.
fn is_external(estate: &Estate, id: AccountId) -> bool {
    let organized = estate.organization().is_some();
    estate.account_by_id(id).is_none_or(|ix| organized && !estate.account(ix).is_member())
}

/// Accounts to which a condition pins an Allow for everyone.
fn pinned(statement: &Statement) -> BTreeSet<AccountId> {
    if !anyone::names_everybody(statement) {
        return BTreeSet::new();
    }
    // those that it may be meant for: each is checked
    pinned_accounts(statement, Pinned::Mentioned).unwrap_or_default()
}

fn account_of(entry: &PrincipalEntry) -> Option<AccountId> {
    match entry {
        PrincipalEntry::Account { id, .. } | PrincipalEntry::Session { account: id, .. } => Some(*id),
        PrincipalEntry::Identity(arn) | PrincipalEntry::FederatedUser(arn) => Arn::parse(arn)?.account_id(),
        _ => None,
    }
}
