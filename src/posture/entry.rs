//! Whether a certain kind of caller can assume a role: the question that facts about trust policies ask the evaluator.
//!
//! Owns: callers that need not exist (some principal of an account, the principal of an ARN, whose own policies allow the call)
//! and what is left of a decision once some facts of the request are fixed. Does not read conditions itself: what counts is whom
//! a test admits, not how it is written.

use std::collections::BTreeSet;

use super::strangers::STRANGERS;
use crate::answer::Verdict;
use crate::arn::Arn;
use crate::eval::{Caller, Credential, Credentials, Outside, Possible, Question, Resource, Trace, Truth, decide};
use crate::graph::Decision;
use crate::ids::{AccountId, PrincipalIx};
use crate::model::{Estate, Presence};
use crate::policy::key::KeyKind;
use crate::policy::operator::Base;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement, sts};

/// Whether a caller can assume the role with some request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Can {
    No,
    /// It depends on data that was not read, or on what AWS does not document.
    Perhaps,
    Yes,
}

/// Facts of a request that are fixed: a key, and its value if the key is present.
pub(crate) type Chosen<'a> = &'a [(KeyKind, Option<&'a str>)];

/// A request that is signed with an access key, without an MFA code.
pub(crate) const WITH_KEY: Chosen<'static> =
    &[(KeyKind::MfaPresent, None), (KeyKind::MfaAge, None), (KeyKind::TokenIssueTime, None)];
/// A request of a session without MFA.
pub(crate) const WITH_SESSION: Chosen<'static> = &[(KeyKind::MfaPresent, Some("false")), (KeyKind::MfaAge, None)];

/// Whether some request makes the formula hold.
pub(crate) fn can(truth: &Truth) -> Can {
    of(&Decision::new(truth.clone()))
}

/// As [`can`], where the formula is decided already.
pub(crate) fn of(decision: &Decision) -> Can {
    match decision.verdict() {
        Verdict::Allowed | Verdict::Conditional => Can::Yes,
        Verdict::Unknown => Can::Perhaps,
        Verdict::Denied => Can::No,
    }
}

/// What is left to decide if these facts hold.
pub(crate) fn with(truth: &Truth, chosen: Chosen<'_>) -> Truth {
    truth.replace(&mut |test| {
        let undecided = || Truth::test((**test).clone());
        let Some((_, value)) = chosen.iter().find(|(kind, _)| *kind == test.key.kind()) else { return undecided() };
        let values: Vec<&str> = value.iter().copied().collect();
        if test.possible == Possible::Opaque && !values.is_empty() {
            // compared with something that is not known either
            return undecided();
        }
        test.holds(&values).map_or_else(undecided, Truth::from)
    })
}

/// Whether a caller whose own policies allow it can assume the role.
pub(crate) fn of_outsider(estate: &Estate, role: PrincipalIx, who: Outside<'_>) -> Truth {
    decided(estate, role, Caller::Outside(who), Credential::OF_USER)
}

/// Whether a principal of the account that no policy was written for, that has no tag and no MFA, can assume the role.
pub(crate) fn of_stranger(estate: &Estate, role: PrincipalIx, id: AccountId) -> Truth {
    let partition = estate.account(estate.principal(role).account()).partition();
    let arn = format!("arn:{partition}:iam::{id}:role/{}", STRANGERS[0].role);
    let truth = with(&of_outsider(estate, role, Outside::Principal(&arn, id)), &[(KeyKind::PrincipalTag, None)]);
    with(&truth, WITH_SESSION)
}

/// What is left of a decision about anybody, for a role of an account that no policy was written for, that has no tag and no MFA.
pub(crate) fn of_any(truth: &Truth) -> Truth {
    let [stranger, _] = STRANGERS;
    let arn = stranger.role_arn("aws");
    let stranger = [
        (KeyKind::PrincipalAccount, Some(stranger.account)),
        (KeyKind::PrincipalArn, Some(arn.as_str())),
        (KeyKind::PrincipalTag, None),
    ];
    with(&with(truth, &stranger), WITH_SESSION)
}

/// Whether a caller who signs with one of these credentials can assume the role.
pub(crate) fn decided(estate: &Estate, role: PrincipalIx, caller: Caller<'_>, credentials: Credentials) -> Truth {
    let question = Question::new(estate, &sts::ASSUME_ROLE, caller, credentials, Resource::Principal(role));
    decide(&question, &mut Trace::off())
}

/// Whether a principal of an account can assume the role: some principal of it, those that the trust policy names, those that
/// conditions name, and those that are known.
pub(crate) fn of_account(estate: &Estate, role: PrincipalIx, trust: &Policy, id: AccountId) -> Truth {
    let mut truth = of_outsider(estate, role, Outside::Account(id));
    let mut arns = BTreeSet::new();
    for statement in assume_allows(trust) {
        arns.extend(statement.entries().filter_map(|entry| arn_of(estate, role, entry)));
        arns.extend(named_by_conditions(statement));
    }
    let known = estate.account_by_id(id).filter(|ix| *estate.account(*ix).presence() == Presence::Collected);
    arns.extend(known.into_iter().flat_map(|ix| estate.principals_of(ix)).map(|ix| estate.arn(ix)));
    for arn in arns.iter().filter(|arn| Arn::parse(arn).and_then(|a| a.account_id()) == Some(id)) {
        if truth == Truth::True {
            break;
        }
        truth = truth.or(of_outsider(estate, role, Outside::Principal(arn, id)));
    }
    truth
}

/// ARNs that `aws:PrincipalArn` is compared with, with wildcards filled in.
fn named_by_conditions(statement: &Statement) -> impl Iterator<Item = String> + '_ {
    let positive = |base: &Base| matches!(base, Base::Compare { negated: false, .. });
    let conditions = statement.conditions.iter().filter(move |c| positive(&c.operator.base));
    let of_principal = conditions.filter(|c| c.key.kind() == KeyKind::PrincipalArn);
    of_principal.flat_map(|c| c.values.iter()).map(|value| value.as_str().replace(['*', '?'], "x"))
}

fn arn_of(estate: &Estate, role: PrincipalIx, entry: &PrincipalEntry) -> Option<String> {
    match entry {
        PrincipalEntry::Identity(arn) => Some(arn.to_string()),
        PrincipalEntry::Session { account, role: name, session } => {
            let partition = estate.account(estate.principal(role).account()).partition();
            Some(format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"))
        }
        _ => None,
    }
}

/// Statements that allow assuming the role.
pub(crate) fn assume_allows(trust: &Policy) -> impl Iterator<Item = &Statement> {
    trust.statements.iter().filter(|s| s.effect == Effect::Allow && s.actions.matches(&sts::ASSUME_ROLE))
}

/// Whether a user, or a role that a user entered, may assume it: nobody else brings MFA.
pub(crate) fn may_bring_mfa(estate: &Estate, role: PrincipalIx) -> bool {
    let trust = estate.principal(role).role().and_then(|facts| facts.trust.parsed());
    let brings = |entry: &PrincipalEntry| !matches!(entry, PrincipalEntry::Service(_) | PrincipalEntry::Federated(_));
    let clauses = |trust| assume_allows(estate.policy(trust)).filter_map(|statement| statement.principal.as_ref());
    trust.is_none_or(|trust| clauses(trust).any(|clause| clause.negated || clause.entries.iter().any(brings)))
}
