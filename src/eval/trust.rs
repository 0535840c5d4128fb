//! Whom a trust statement names, seen from one caller.
//!
//! Owns: the difference between being named, being everyone, and belonging to an account that is trusted as a whole.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal", "Policy evaluation logic".

use std::sync::Arc;

use super::describe;
use super::request::{Caller, Outside, Request};
use super::statement::{self, WithoutResource};
use super::trace::Trace;
use super::truth::{Residual, Test, Truth, Unclear};
use crate::answer::Layer;
use crate::arn::{Arn, Named};
use crate::model::{Document, PrincipalType};
use crate::policy::key::ContextKey;
use crate::policy::operator::Operator;
use crate::policy::principal::{PrincipalClause, PrincipalEntry};
use crate::policy::{Effect, Statement};

/// How a caller is granted: it decides which of the caller's own policies must allow as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TrustTruth {
    /// Named by ARN.
    pub(super) named: Truth,
    /// Named as one session.
    pub(super) session: Truth,
    /// Everybody is.
    pub(super) everyone: Truth,
    /// Its account is trusted as a whole.
    pub(super) delegated: Truth,
    /// Denied here.
    pub(super) denied: Truth,
}

/// How one statement's principal element meets the caller.
enum Meets {
    Not,
    Named,
    /// Only the session of this name.
    Session(Truth),
    Everyone,
    Delegated,
    /// `NotPrincipal`: AWS does not support it in trust policies.
    Uncertain,
}

/// What a role's trust policy says of the caller.
pub(super) fn truth(document: Document, request: &Request<'_>, trace: &mut Trace) -> TrustTruth {
    let mut found = TrustTruth {
        named: Truth::False,
        session: Truth::False,
        everyone: Truth::False,
        delegated: Truth::False,
        denied: Truth::False,
    };
    let policy = match document {
        Document::Parsed(ix) => request.estate.policy(ix),
        Document::Missing(gap) => {
            // might trust anybody, might deny anybody
            found.everyone = Truth::gap(gap);
            return found;
        }
    };
    for statement in &policy.statements {
        let meets = meets(statement, request);
        if matches!(meets, Meets::Not) {
            continue;
        }
        let matched = statement::truth(statement, request, WithoutResource::TheRole);
        if matched == Truth::False {
            if statement.effect == Effect::Allow && statement.actions.matches(request.action) && trace.is_on() {
                let why = describe::conditions(&statement.conditions);
                let text = format!("statement {} names the caller, who cannot satisfy {why}", statement.index);
                trace.note(Layer::Trust, "trust policy", text, &Truth::False);
            }
            continue;
        }
        let uncertain = || Truth::unclear(Unclear::Undocumented(not_principal()));
        let matched = match &meets {
            Meets::Session(name) => matched.and(name.clone()),
            Meets::Uncertain => matched.and(uncertain()),
            _ => matched,
        };
        trace.record(Layer::Trust, "trust policy", statement, &matched);
        let slot = match (statement.effect, meets) {
            (Effect::Deny, _) => &mut found.denied,
            (Effect::Allow, Meets::Named) => &mut found.named,
            (Effect::Allow, Meets::Session(_)) => &mut found.session,
            (Effect::Allow, Meets::Delegated) => &mut found.delegated,
            (Effect::Allow, _) => &mut found.everyone,
        };
        *slot = std::mem::replace(slot, Truth::False).or(matched);
    }
    found
}

fn not_principal() -> Arc<str> {
    "`NotPrincipal` is not supported in trust policies".into()
}

fn meets(statement: &Statement, request: &Request<'_>) -> Meets {
    let Some(clause) = &statement.principal else { return Meets::Not };
    if clause.negated {
        let listed = clause.entries.iter().any(|e| !matches!(entry(e, request), Meets::Not));
        return if listed { Meets::Not } else { Meets::Uncertain };
    }
    strongest(clause, request)
}

/// Of several entries that meet the caller the one that asks least of its own policies.
fn strongest(clause: &PrincipalClause, request: &Request<'_>) -> Meets {
    let rank = |m: &Meets| match m {
        Meets::Everyone => 0,
        Meets::Named => 1,
        Meets::Session(_) => 2,
        Meets::Delegated => 3,
        Meets::Uncertain => 4,
        Meets::Not => 5,
    };
    clause.entries.iter().map(|e| entry(e, request)).min_by_key(rank).unwrap_or(Meets::Not)
}

fn entry(entry: &PrincipalEntry, request: &Request<'_>) -> Meets {
    let when = |holds: bool, meets: Meets| if holds { meets } else { Meets::Not };
    match (entry, request.caller) {
        (PrincipalEntry::Everyone, Caller::Principal(_) | Caller::Outside(_)) => Meets::Everyone,
        (PrincipalEntry::Account(id), Caller::Principal(ix)) => {
            let account = request.estate.principal(ix).account();
            when(request.estate.account(account).id() == *id, Meets::Delegated)
        }
        (PrincipalEntry::Account(id), Caller::Outside(Outside::Account(own) | Outside::Principal(_, own))) => {
            when(*id == own, Meets::Delegated)
        }
        (PrincipalEntry::Identity(arn), Caller::Principal(_) | Caller::Outside(Outside::Principal(..))) => {
            when(request.caller_arn() == Some(arn), Meets::Named)
        }
        (PrincipalEntry::Session { account, role, session }, Caller::Principal(ix)) => {
            let principal = request.estate.principal(ix);
            let here = request.estate.account(principal.account()).id() == *account;
            let own = principal.kind() == PrincipalType::Role && principal.name() == &**role;
            when(here && own, Meets::Session(session_is(session)))
        }
        (PrincipalEntry::Session { account, role, session }, Caller::Outside(Outside::Principal(arn, own))) => {
            let named = Arn::parse(arn).map(|a| a.named());
            let same = matches!(named, Some(Named::Role { name, .. }) if name == &**role);
            when(*account == own && same, Meets::Session(session_is(session)))
        }
        (PrincipalEntry::Service(name), Caller::Service(caller)) => when(&**name == caller, Meets::Named),
        (PrincipalEntry::Federated(name), Caller::Provider(caller)) => when(&**name == caller, Meets::Named),
        _ => Meets::Not,
    }
}

/// The caller's session has this name: given by whoever made the session, so not known.
fn session_is(name: &str) -> Truth {
    let key = ContextKey::new("sts:RoleSessionName");
    let test = Test {
        key: key.clone(),
        operator: Operator::parse("StringEquals"),
        values: vec![name.to_owned()],
        undecided: vec![key],
    };
    Truth::Depends(Residual::Test { test: Arc::new(test), negated: false })
}
