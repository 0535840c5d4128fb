//! Accounts that were not read: whether somebody could assume a role there that is not known.
//!
//! Owns: what the side that was read says of that: without an Allow that could name a role there, or against a Deny of
//! all, nobody can. INVARIANT: what is not known never closes a path.
//! Source: AWS IAM User Guide, "Cross-account policy evaluation logic"; AWS Organizations User Guide, "SCP evaluation".

use std::collections::BTreeSet;

use crate::graph::search::forward;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{AccountId, AccountIx, ClassIx, PrincipalIx};
use crate::model::{Account, Attached, Document, Estate, Guardrails, Presence};
use crate::policy::text::Text;
use crate::policy::{Effect, Policy, Statement, sts};
use crate::snapshot::ledger::Gap;
use crate::wildcard;

/// Gaps of the accounts that some of these sources, or a role that they may become, could reach without that being
/// known.
pub(super) fn gaps(graph: &TrustGraph<'_>, sources: &[Source]) -> BTreeSet<Gap> {
    let estate = graph.estate();
    let gap = |ix| estate.account(ix).presence().gap().map(|gap| estate.gap(gap).clone());
    entered(graph, sources).into_iter().filter_map(gap).collect()
}

/// Why it is not known whether some of these services and identity providers enter one of these roles: its trust policy was not read.
/// A provider enters roles of its own account; one that has none, of any.
pub(super) fn unread_trusts(
    estate: &Estate,
    sources: &[Source],
    roles: impl Iterator<Item = PrincipalIx>,
) -> BTreeSet<Gap> {
    let vouching: Vec<&Source> =
        sources.iter().filter(|source| matches!(source, Source::Service(_) | Source::Provider(_))).collect();
    let may_enter = |role: &PrincipalIx| {
        let own = estate.principal(*role).account();
        vouching.iter().any(|source| source.home(estate).is_none_or(|home| home == own))
    };
    let roles = roles.filter(may_enter);
    roles.filter_map(|role| estate.unread_trust(role)).map(|gap| estate.gap(gap).clone()).collect()
}

/// The accounts that were not read in which some of these sources, or a role that they may become, could assume a role:
/// from what is known, or from another account that was not read.
pub(super) fn entered(graph: &TrustGraph<'_>, sources: &[Source]) -> BTreeSet<AccountIx> {
    let estate = graph.estate();
    let unread: Vec<AccountIx> = estate.unread_accounts().map(|(ix, _)| ix).collect();
    if unread.is_empty() {
        return BTreeSet::new();
    }
    let callers = callers(graph, sources);
    let enters = |ix: &AccountIx| callers.may_enter(estate, *ix);
    let (mut found, mut closed): (Vec<_>, Vec<_>) = unread.into_iter().partition(enters);
    let mut next = 0;
    while let Some(from) = found.get(next).copied() {
        // a principal there may do what its SCPs allow
        let leads_on = |to: &AccountIx| guardrails_allow(estate, estate.account(from).scps(), estate.account(*to).id());
        let (opened, left): (Vec<_>, Vec<_>) = closed.into_iter().partition(leads_on);
        found.extend(opened);
        closed = left;
        next += 1;
    }
    found.into_iter().collect()
}

/// The accounts of these sources, and of every role that they may become: there they may change whom they like, without assuming a role.
pub(super) fn homes(graph: &TrustGraph<'_>, sources: &[Source]) -> BTreeSet<AccountIx> {
    let estate = graph.estate();
    let reached = forward::reached(graph, sources).into_iter().map(|r| estate.principal(r.role).account());
    sources.iter().filter_map(|source| source.home(estate)).chain(reached).collect()
}

/// The classes of these sources, and of every role that they may become.
pub(super) fn classes(graph: &TrustGraph<'_>, sources: &[Source]) -> BTreeSet<ClassIx> {
    becoming(graph, sources).classes
}

/// Who may call.
struct Callers {
    classes: BTreeSet<ClassIx>,
    /// Somebody whose policies are not at hand, or who needs none.
    others: bool,
}

fn callers(graph: &TrustGraph<'_>, sources: &[Source]) -> Callers {
    let estate = graph.estate();
    let mut found = becoming(graph, sources);
    // in their own account a trust that names them is enough
    let at_home = |class| estate.account(estate.class(class).account()).presence().gap().is_some();
    found.classes.retain(|class| at_home(*class) || graph.may_assume_something(*class));
    found
}

/// These sources, and every role that they may become.
fn becoming(graph: &TrustGraph<'_>, sources: &[Source]) -> Callers {
    let estate = graph.estate();
    let reached = forward::reached(graph, sources).into_iter().map(|r| Source::Principal(r.role));
    let mut found = Callers { classes: BTreeSet::new(), others: false };
    for source in sources.iter().cloned().chain(reached) {
        match source {
            Source::Principal(ix) => {
                found.classes.insert(estate.principal(ix).class());
            }
            Source::Class(class) => {
                found.classes.insert(class);
            }
            Source::Classes(group) | Source::Roles(group) => found.classes.extend(group.classes()),
            _ => found.others = true,
        }
    }
    found
}

impl Callers {
    fn may_enter(&self, estate: &Estate, account: AccountIx) -> bool {
        let there = estate.account(account);
        self.others || self.classes.iter().any(|class| may_call(estate, *class, there))
    }
}

fn may_call(estate: &Estate, class: ClassIx, there: &Account) -> bool {
    let own = estate.class(class);
    let here = estate.account(own.account());
    let at_home = here.id() == there.id();
    if partition(estate, there).is_some_and(|partition| partition != here.partition()) {
        return false;
    }
    let identity = documents(estate, own.policies());
    let boundary = documents(estate, own.boundary());
    let allows = |document: &Option<&Policy>| match document {
        Some(policy) => policy.statements.iter().any(|s| may_allow(s, there.id())),
        None => true,
    };
    let is_denied = identity.iter().chain(&boundary).flatten().any(|p| denies_all(p));
    if is_denied || !(at_home || identity.iter().any(allows) && boundary.iter().all(allows)) {
        return false;
    }
    // service-linked roles are exempt
    let bound = own.members().iter().all(|m| !estate.principal(*m).is_service_linked());
    !bound || guardrails_allow(estate, here.scps(), there.id())
}

/// Where it is not known whether they apply at all, they keep nobody from anything.
fn guardrails_allow(estate: &Estate, scps: &Guardrails, there: AccountId) -> bool {
    if scps.unknown().is_some() {
        return true;
    }
    scps.levels().iter().all(|level| {
        let documents = || level.iter().map(|g| parsed(estate, g.document));
        let allowed = documents()
            .any(|document| document.is_none_or(|policy| policy.statements.iter().any(|s| may_allow(s, there))));
        allowed && !documents().flatten().any(denies_all)
    })
}

/// What is not read is `None`.
fn documents<'e>(estate: &'e Estate, attached: impl IntoIterator<Item = &'e Attached>) -> Vec<Option<&'e Policy>> {
    attached.into_iter().map(|a| parsed(estate, a.document)).collect()
}

fn parsed(estate: &Estate, document: Document) -> Option<&Policy> {
    match document {
        Document::Parsed(ix) => Some(estate.policy(ix)),
        Document::Missing(_) => None,
    }
}

/// An Allow that could be about a role of this account.
fn may_allow(statement: &Statement, account: AccountId) -> bool {
    let speaks_of = |text: &Text| may_be_in(text.as_str(), account);
    let resources = statement.resources.as_ref();
    statement.effect == Effect::Allow
        && statement.actions.matches(&sts::ASSUME_ROLE)
        && resources.is_none_or(|r| r.negated || r.patterns.iter().any(speaks_of))
}

/// Whether a pattern could fit a role of the account; a part that a variable fills in may be anything.
fn may_be_in(pattern: &str, account: AccountId) -> bool {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let [_, _, service, _, id, rest] = parts.as_slice() else { return true };
    let fits = |part: &str, text: &str| part.contains("${") || wildcard::matches(part, text);
    let is_role = rest.contains("${") || wildcard::has_wildcard(rest) || rest.starts_with("role/");
    fits(service, "iam") && fits(id, &account.to_string()) && is_role
}

/// A Deny of every call, whatever it carries.
fn denies_all(policy: &Policy) -> bool {
    let all = |statement: &Statement| {
        statement.resources.as_ref().is_some_and(|r| !r.negated && r.patterns.iter().any(|p| p.as_str() == "*"))
    };
    let denies =
        |s: &&Statement| s.effect == Effect::Deny && s.conditions.is_empty() && s.actions.matches(&sts::ASSUME_ROLE);
    policy.statements.iter().filter(denies).any(all)
}

/// Accounts of one organization are of one partition; of others that were not read none is known.
fn partition<'e>(estate: &'e Estate, account: &Account) -> Option<&'e str> {
    let read = |a: &&Account| a.is_member() && *a.presence() == Presence::Collected;
    let known = estate.accounts().iter().find(read).map(Account::partition);
    known.filter(|_| account.is_member())
}
