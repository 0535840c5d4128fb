//! What the MFA conditions of a trust policy enforce.
//!
//! Owns: the result of each MFA test for an access key, for a session without MFA and for one with MFA, and whether people with
//! such credentials can assume the role. Judges a test by whom it admits, not by its operator.
//! Source: AWS IAM User Guide, "Configuring MFA-protected API access", "AWS global condition context keys".

use std::collections::BTreeSet;

use super::entry::{self, Can, Chosen};
use crate::arn::Arn;
use crate::eval::{Outside, Truth};
use crate::ids::{AccountId, PrincipalIx};
use crate::model::Estate;
use crate::policy::condition::Condition;
use crate::policy::key::KeyKind;
use crate::policy::operator::Base;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement, sts};

/// Credentials without MFA: an access key, whose requests have no MFA keys; a session, whose requests have
/// `aws:MultiFactorAuthPresent` `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WithoutMfa {
    pub(crate) keys: bool,
    pub(crate) sessions: bool,
}

/// A statement whose MFA test admits people without MFA.
pub(crate) struct Ineffective<'p> {
    pub(crate) statement: &'p Statement,
    /// With which credentials.
    pub(crate) enters: WithoutMfa,
}

/// The first statement whose MFA test admits people without MFA; every Allow is checked before any Deny.
pub(crate) fn ineffective<'p>(estate: &Estate, role: PrincipalIx, trust: &'p Policy) -> Option<Ineffective<'p>> {
    let relevant = trust.statements.iter().filter(|s| s.actions.matches(&sts::ASSUME_ROLE));
    let (allows, denies): (Vec<&Statement>, Vec<&Statement>) =
        relevant.filter(|s| is_mfa_test(s)).partition(|s| s.effect == Effect::Allow);
    allows.into_iter().chain(denies).find_map(|statement| {
        let enters = entering(estate, role, trust, statement, left_open(statement));
        (enters.keys || enters.sessions).then_some(Ineffective { statement, enters })
    })
}

/// The MFA tests of a statement, as people read them.
pub(crate) fn shown(statement: &Statement) -> String {
    let tests = statement.conditions.iter().filter(|c| is_about_mfa(c)).map(|c| {
        let values = c.values.iter().map(|v| v.as_str()).collect::<Vec<_>>().join(", ");
        format!("{} {} {values}", c.operator, c.key.as_str())
    });
    tests.collect::<Vec<_>>().join(" and ")
}

fn is_about_mfa(condition: &Condition) -> bool {
    matches!(condition.key.kind(), KeyKind::MfaPresent | KeyKind::MfaAge)
}

/// Whether all MFA tests of a statement hold for such a request; `None` if AWS does not say.
fn tests_hold(statement: &Statement, request: Chosen<'_>) -> Option<bool> {
    let mut all = true;
    for condition in statement.conditions.iter().filter(|c| is_about_mfa(c)) {
        let chosen = request.iter().find(|(kind, _)| *kind == condition.key.kind());
        let values: Vec<&str> = chosen.and_then(|(_, value)| *value).into_iter().collect();
        let patterns: Vec<_> = condition.values.iter().map(|v| v.expand(|_| None)).collect();
        all &= condition.operator.holds(&patterns, &values)?;
    }
    Some(all)
}

/// Whether a statement is meant to keep out people without MFA: an Allow that MFA of some age satisfies, or a Deny that it escapes.
fn is_mfa_test(statement: &Statement) -> bool {
    if !statement.conditions.iter().any(is_about_mfa) {
        return false;
    }
    let holds = |age: &String| {
        let request: Chosen<'_> = &[(KeyKind::MfaPresent, Some("true")), (KeyKind::MfaAge, Some(age))];
        tests_hold(statement, request) == Some(true)
    };
    let ages = ages(statement);
    match statement.effect {
        Effect::Allow => ages.iter().any(holds),
        Effect::Deny => !ages.iter().all(holds),
    }
}

/// Seconds since MFA that the tests of a statement tell apart: none, and those around each value that they compare with.
fn ages(statement: &Statement) -> BTreeSet<String> {
    let of_age = statement.conditions.iter().filter(|c| c.key.kind() == KeyKind::MfaAge).flat_map(|c| &c.values);
    let values = of_age.filter_map(|value| value.as_str().trim().parse::<u64>().ok());
    let around = values.flat_map(|value| [value.saturating_sub(1), value, value.saturating_add(1)]);
    around.chain([0]).map(|age| age.to_string()).collect()
}

/// The credentials without MFA that the tests of a statement admit.
fn left_open(statement: &Statement) -> WithoutMfa {
    let open = |request| {
        let holds = tests_hold(statement, request);
        holds == Some(statement.effect == Effect::Allow)
    };
    WithoutMfa { keys: open(entry::WITH_KEY), sessions: open(entry::WITH_SESSION) }
}

/// The subset of `open` with which people whom a statement names can really assume the role: other statements may prevent it.
fn entering(estate: &Estate, role: PrincipalIx, trust: &Policy, statement: &Statement, open: WithoutMfa) -> WithoutMfa {
    let mut found = WithoutMfa { keys: false, sessions: false };
    if !open.keys && !open.sessions {
        return found;
    }
    for way_in in people(estate, role, trust, statement) {
        found.keys |= open.keys && entry::can(&entry::with(&way_in, entry::WITH_KEY)) > Can::No;
        found.sessions |= open.sessions && entry::can(&entry::with(&way_in, entry::WITH_SESSION)) > Can::No;
        if found == open {
            break;
        }
    }
    found
}

/// Whether the people of a statement can assume the role: users by name, some principal of an account, anyone. A Deny for
/// everyone concerns those whom the Allows admit.
fn people<'a>(
    estate: &'a Estate,
    role: PrincipalIx,
    trust: &'a Policy,
    statement: &'a Statement,
) -> impl Iterator<Item = Truth> + 'a {
    let of_everybody = statement.effect == Effect::Deny && statement.entries().any(|e| *e == PrincipalEntry::Everyone);
    let allows = entry::assume_allows(trust).filter(move |_| of_everybody);
    let own = Some(statement).into_iter().filter(move |_| !of_everybody);
    allows.chain(own).flat_map(move |statement| {
        let named = statement.entries().flat_map(move |e| ways_of(estate, role, e));
        let by_condition =
            named_users(statement).map(move |(arn, id)| entry::of_outsider(estate, role, Outside::Principal(&arn, id)));
        named.chain(by_condition)
    })
}

fn ways_of(estate: &Estate, role: PrincipalIx, entry: &PrincipalEntry) -> Vec<Truth> {
    let of_account = |id| entry::of_outsider(estate, role, Outside::Account(id));
    match entry {
        PrincipalEntry::Account { id, .. } => vec![of_account(*id)],
        PrincipalEntry::Everyone => estate.accounts().iter().map(|account| of_account(account.id())).collect(),
        PrincipalEntry::Identity(arn) if arn.contains(":user/") => {
            let id = Arn::parse(arn).and_then(|parsed| parsed.account_id());
            id.map(|id| entry::of_outsider(estate, role, Outside::Principal(arn, id))).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Users that `aws:PrincipalArn` names one by one.
fn named_users(statement: &Statement) -> impl Iterator<Item = (String, AccountId)> + '_ {
    let positive = |c: &&Condition| matches!(c.operator.base, Base::Compare { negated: false, .. });
    let conditions = statement.conditions.iter().filter(|c| c.key.kind() == KeyKind::PrincipalArn).filter(positive);
    let values = conditions.flat_map(|c| c.values.iter()).map(|v| v.as_str()).filter(|arn| arn.contains(":user/"));
    values.filter_map(|arn| Some((arn.to_owned(), Arn::parse(arn)?.account_id()?)))
}
