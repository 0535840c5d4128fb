//! Rules about whom trust policies let in.

use std::collections::BTreeMap;

use super::context::{CheckContext, Found, trust_evidence};
use super::formula;
use crate::answer::Verdict;
use crate::arn::Arn;
use crate::eval::{Test, Unclear};
use crate::graph::Source;
use crate::ids::{AccountId, PrincipalIx};
use crate::model::Presence;
use crate::policy::action::Action;
use crate::policy::condition::Condition;
use crate::policy::key::KeyKind;
use crate::policy::operator::{Base, Comparison, Quantifier};
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement};

/// A role that anybody can assume.
pub(super) fn trust_any_principal(cx: &mut CheckContext<'_, '_>) {
    for (role, trust) in cx.trusts() {
        if !assume_allows(trust).any(lets_strangers_in) {
            continue;
        }
        let edges = cx.graph.incoming(role);
        let Some(edge) = edges.iter().find(|e| e.from == Source::Everyone) else { continue };
        if edge.free().verdict() == Verdict::Unknown {
            let account = cx.estate.principal(role).account();
            let why = edge.free().unclear().into_iter().map(|unclear| match unclear {
                Unclear::Gap(gap) => cx.estate.gap(gap).reason.to_string(),
                Unclear::Undocumented(what) => what.to_string(),
            });
            let why = format!("cannot be judged: {}", why.collect::<Vec<_>>().join("; "));
            cx.unknown_subject(account, cx.estate.arn(role), why);
            continue;
        }
        if !formula::can_hold(&edge.free().truth(), &stranger_can) {
            continue;
        }
        let conditions: Vec<String> = edge.free().conditions().into_iter().collect();
        let message = if conditions.is_empty() {
            "anybody with an AWS account can assume it".to_owned()
        } else {
            format!("anybody with an AWS account can assume it: {} does not pin who", conditions.join(", "))
        };
        let evidence = assume_allows(trust).filter(|s| lets_strangers_in(s)).map(trust_evidence).collect();
        cx.principal(role, Found { message, evidence, ..Found::default() });
    }
}

/// Whether somebody whom the policy did not have in mind can meet a test, or with `turned` its opposite.
fn stranger_can(test: &Test, turned: bool) -> bool {
    if test.undecided.iter().all(|key| is_no_pin(key.kind(), key.lower())) {
        return true;
    }
    let meets = match test.operator.base {
        // a stranger chooses whether to have an organisation
        Base::Null | Base::Unknown(_) => return true,
        Base::Compare { negated: true, .. } => true,
        Base::Compare { how, negated: false } => {
            let in_organization = matches!(test.key.kind(), KeyKind::PrincipalOrgId | KeyKind::PrincipalOrgPaths);
            let without = test.operator.if_exists || test.operator.quantifier == Some(Quantifier::ForAllValues);
            let globs = matches!(how, Comparison::StringLike | Comparison::ArnLike);
            in_organization && without || globs && test.values.iter().any(|v| names_no_owner(test.key.kind(), v))
        }
    };
    meets != turned
}

/// Whether a pattern leaves open whose it is.
fn names_no_owner(kind: KeyKind, pattern: &str) -> bool {
    let owner = match kind {
        KeyKind::PrincipalArn => pattern.split(':').nth(4).unwrap_or(pattern),
        KeyKind::PrincipalOrgPaths => pattern.split('/').next().unwrap_or(pattern),
        _ => pattern,
    };
    owner.strip_prefix("o-").unwrap_or(owner).chars().all(|c| matches!(c, '*' | '?'))
}

/// Names everybody, or everybody but a few.
fn lets_strangers_in(statement: &Statement) -> bool {
    statement.principal.iter().any(|c| c.negated || c.entries.contains(&PrincipalEntry::Everyone))
}

/// Keys that the caller chooses, or that are too weak to tell one caller from another.
fn is_no_pin(kind: KeyKind, lower: &str) -> bool {
    match kind {
        KeyKind::Environment => matches!(lower, "aws:sourceip" | "aws:useragent" | "aws:referer"),
        _ => matches!(
            kind,
            KeyKind::RoleSessionName
                | KeyKind::ExternalId
                | KeyKind::RequestedRegion
                | KeyKind::TagKeys
                | KeyKind::RequestTag
                | KeyKind::TransitiveTagKeys
                | KeyKind::RequestedSourceIdentity
                | KeyKind::SecureTransport
                | KeyKind::CurrentTime
                | KeyKind::EpochTime
                | KeyKind::MfaPresent
                | KeyKind::MfaAge
                | KeyKind::TokenIssueTime
                | KeyKind::PrincipalType
                | KeyKind::PrincipalTag
                | KeyKind::Username
        ),
    }
}

/// A role that trusts an account which is neither in the organisation nor allowed.
pub(super) fn external_account_not_allowed(cx: &mut CheckContext<'_, '_>) {
    if cx.estate.organization().is_none() {
        return;
    }
    let allowed = cx.list("allowed_accounts");
    for (role, trust) in cx.trusts() {
        for (id, statement) in external(cx, role, trust) {
            if allowed.contains(&id.to_string()) {
                continue;
            }
            let found = Found {
                message: format!("trusts account {id}, which is not in the organisation and not allowed"),
                discriminator: id.to_string(),
                evidence: vec![trust_evidence(statement)],
                ..Found::default()
            };
            cx.principal(role, found);
        }
    }
}

/// A role that an outside account enters without external id.
pub(super) fn external_trust_without_external_id(cx: &mut CheckContext<'_, '_>) {
    let own = cx.list("own_accounts");
    for (role, trust) in cx.trusts() {
        if trust.statements.iter().any(denies_without_external_id) {
            continue;
        }
        let open = assume_allows(trust).filter(|s| !s.conditions.iter().any(requires_external_id));
        let mut reported = BTreeMap::new();
        for statement in open {
            let outside = outside_accounts(cx, role, statement).filter(|id| !own.contains(&id.to_string()));
            for id in outside.filter(|id| !is_shut_out(cx, role, *id)) {
                reported.entry(id).or_insert(statement);
            }
        }
        for (id, statement) in reported {
            let found = Found {
                message: format!("account {id} enters without an external id"),
                discriminator: id.to_string(),
                evidence: vec![trust_evidence(statement)],
                ..Found::default()
            };
            cx.principal(role, found);
        }
    }
}

/// Satisfied only where an external id is passed.
fn requires_external_id(condition: &Condition) -> bool {
    let positive = matches!(condition.operator.base, Base::Compare { negated: false, .. });
    let strict = !condition.operator.if_exists && condition.operator.quantifier != Some(Quantifier::ForAllValues);
    condition.key.kind() == KeyKind::ExternalId && positive && strict
}

/// Turns away everybody who passes no external id.
fn denies_without_external_id(statement: &Statement) -> bool {
    let [only] = &*statement.conditions else { return false };
    let fits_absent = match only.operator.base {
        Base::Null => only.values.iter().any(|v| v.as_str().eq_ignore_ascii_case("true")),
        Base::Compare { negated, .. } => negated || only.operator.if_exists,
        Base::Unknown(_) => false,
    };
    let everybody = entries(statement).any(|e| *e == PrincipalEntry::Everyone);
    let assume = Action::parse("sts:AssumeRole").is_some_and(|action| statement.actions.matches(&action));
    statement.effect == Effect::Deny && assume && everybody && only.key.kind() == KeyKind::ExternalId && fits_absent
}

/// Whether nobody of an account that was not read can enter after all: a Deny or a condition is against it.
fn is_shut_out(cx: &CheckContext<'_, '_>, role: PrincipalIx, id: AccountId) -> bool {
    let account = cx.estate.account_by_id(id).map(|ix| cx.estate.account(ix));
    if account.is_some_and(|a| *a.presence() == Presence::Collected) {
        return false;
    }
    let from_it = |source: &Source| match source {
        Source::Account(from) | Source::Outsider(_, from) => *from == id,
        // pinned to the account by a condition
        Source::Everyone => true,
        _ => false,
    };
    !cx.graph.incoming(role).iter().any(|edge| from_it(&edge.from))
}

/// Outside accounts that a trust lets in, each with its first statement.
fn external<'p>(cx: &CheckContext<'_, '_>, role: PrincipalIx, trust: &'p Policy) -> BTreeMap<AccountId, &'p Statement> {
    let mut found = BTreeMap::new();
    for statement in assume_allows(trust) {
        for id in outside_accounts(cx, role, statement).filter(|id| !is_shut_out(cx, role, *id)) {
            found.entry(id).or_insert(statement);
        }
    }
    found
}

/// Accounts that a statement names and that are neither members nor, without an organisation, among those given.
fn outside_accounts<'a>(
    cx: &'a CheckContext<'_, '_>,
    role: PrincipalIx,
    statement: &'a Statement,
) -> impl Iterator<Item = AccountId> + 'a {
    let organised = cx.estate.organization().is_some();
    let home = cx.estate.account(cx.estate.principal(role).account()).id();
    let named = entries(statement).filter_map(account_of).chain(pinned_accounts(statement));
    named.filter(move |id| *id != home).filter(move |id| match cx.estate.account_by_id(*id) {
        Some(ix) => organised && !cx.estate.account(ix).is_member(),
        None => true,
    })
}

/// Accounts to which a condition pins an Allow for everybody.
fn pinned_accounts(statement: &Statement) -> Vec<AccountId> {
    let mut found = Vec::new();
    for condition in statement.conditions.iter().filter(|_| lets_strangers_in(statement)) {
        let positive = matches!(condition.operator.base, Base::Compare { negated: false, .. });
        let values = condition.values.iter().map(|v| v.as_str()).filter(|_| positive);
        match condition.key.kind() {
            KeyKind::PrincipalAccount => found.extend(values.filter_map(AccountId::parse)),
            KeyKind::PrincipalArn => found.extend(values.filter_map(|v| Arn::parse(v)?.account_id())),
            _ => {}
        }
    }
    found
}

fn account_of(entry: &PrincipalEntry) -> Option<AccountId> {
    match entry {
        PrincipalEntry::Account { id, .. } | PrincipalEntry::Session { account: id, .. } => Some(*id),
        PrincipalEntry::Identity(arn) | PrincipalEntry::FederatedUser(arn) => Arn::parse(arn)?.account_id(),
        _ => None,
    }
}

/// Statements that let somebody assume the role.
fn assume_allows(trust: &Policy) -> impl Iterator<Item = &Statement> {
    let assume = Action::parse("sts:AssumeRole");
    trust
        .statements
        .iter()
        .filter(move |s| s.effect == Effect::Allow && assume.as_ref().is_some_and(|action| s.actions.matches(action)))
}

fn entries(statement: &Statement) -> impl Iterator<Item = &PrincipalEntry> {
    statement.principal.iter().filter(|c| !c.negated).flat_map(|c| &c.entries)
}
