//! Whom a resource-based policy names, seen from one caller: a role's trust policy, or any other resource's policy.
//!
//! Owns: the difference between being named, being everyone, and belonging to an account that is trusted as a whole.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal", "NotPrincipal", "Policy evaluation logic".

use std::sync::Arc;

use super::context::RequestContext;
use super::residual::{Truth, Unclear};
use super::statement::{self, WithoutResource};
use super::trace::Trace;
use crate::answer::Layer;
use crate::arn::{Arn, Named};
use crate::ids::AccountId;
use crate::policy::principal::{PrincipalClause, PrincipalEntry};
use crate::policy::{Effect, Policy, Statement};

/// How a caller is granted: it decides which of the caller's own policies must allow as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResourceTruth {
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

/// What AWS makes of `NotPrincipal` in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotPrincipal {
    /// Trust policies: not supported, so what it does is not known.
    Unsupported,
    /// Other resources: literal.
    Literal,
    /// As literal, but a Deny applies to every caller with a permissions boundary, listed or not.
    Bounded,
}

/// A resource-based policy and how to read it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResourceBased<'a> {
    pub(super) policy: &'a Policy,
    pub(super) layer: Layer,
    /// For people.
    pub(super) label: &'a str,
    pub(super) without: WithoutResource,
    pub(super) not_principal: NotPrincipal,
}

/// How one entry of a principal element meets the caller.
enum Match {
    Not,
    Named,
    /// Only the session of this name.
    Session(Truth),
    Everyone,
    Delegated,
}

impl ResourceTruth {
    /// No grant, no denial.
    pub(super) fn nothing() -> Self {
        let no = || Truth::False;
        Self { named: no(), session: no(), everyone: no(), delegated: no(), denied: no() }
    }

    /// True where no statement grants in any way.
    pub(super) fn grants_nothing(&self) -> bool {
        [&self.named, &self.session, &self.everyone, &self.delegated].iter().all(|t| **t == Truth::False)
    }

    /// In whatever way.
    pub(super) fn any(&self) -> Truth {
        self.named.clone().or(self.session.clone()).or(self.everyone.clone()).or(self.delegated.clone())
    }

    fn add(slot: &mut Truth, truth: Truth) {
        *slot = std::mem::replace(slot, Truth::False).or(truth);
    }

    fn grant(&mut self, meets: Match, matched: &Truth) {
        match meets {
            Match::Not => {}
            Match::Named => Self::add(&mut self.named, matched.clone()),
            Match::Session(name) => Self::add(&mut self.session, matched.clone().and(name)),
            Match::Everyone => Self::add(&mut self.everyone, matched.clone()),
            Match::Delegated => Self::add(&mut self.delegated, matched.clone()),
        }
    }
}

/// What a resource-based policy says of the caller.
pub(super) fn truth(based: ResourceBased<'_>, facts: &impl RequestContext, trace: &mut Trace) -> ResourceTruth {
    let mut found = ResourceTruth::nothing();
    for statement in &based.policy.statements {
        let Some(clause) = &statement.principal else { continue };
        let met = met(clause, statement.effect, facts, based.not_principal);
        if met == Truth::False {
            trace.pass_over(based.layer, based.label, statement, || "it does not name the caller".to_owned());
            continue;
        }
        let matched = statement::truth(statement, facts, based.without);
        if matched == Truth::False {
            trace
                .pass_over(based.layer, based.label, statement, || statement::why_not(statement, facts, based.without));
            if trace.is_on() && statement.effect == Effect::Allow && statement.actions.matches(facts.action()) {
                let why = unsatisfied(statement, facts, based.without);
                trace.note(based.layer, based.label, why, &Truth::False);
            }
            continue;
        }
        let whole = matched.clone().and(met.clone());
        trace.record(based.layer, based.label, statement, &whole);
        match statement.effect {
            Effect::Deny => ResourceTruth::add(&mut found.denied, whole),
            Effect::Allow if clause.negated => ResourceTruth::add(&mut found.everyone, whole),
            Effect::Allow => clause.entries.iter().for_each(|e| found.grant(entry(e, facts), &matched)),
        }
    }
    found
}

/// Why an Allow that names the caller grants nothing.
fn unsatisfied(statement: &Statement, facts: &impl RequestContext, without: WithoutResource) -> String {
    format!("statement {} names the caller, but {}", statement.index, statement::why_not(statement, facts, without))
}

/// Whether the principal element speaks of the caller.
fn met(clause: &PrincipalClause, effect: Effect, facts: &impl RequestContext, not_principal: NotPrincipal) -> Truth {
    let any = clause.entries.iter().fold(Truth::False, |any, e| {
        any.or(match entry(e, facts) {
            Match::Not => Truth::False,
            Match::Named | Match::Delegated if clause.negated && leads_to_another(e, &clause.entries, facts) => {
                Truth::False
            }
            Match::Session(name) => name,
            Match::Named | Match::Everyone | Match::Delegated => Truth::True,
        })
    });
    if !clause.negated {
        return any;
    }
    match not_principal {
        NotPrincipal::Bounded if effect == Effect::Deny => Truth::True,
        NotPrincipal::Bounded | NotPrincipal::Literal => any.not(),
        NotPrincipal::Unsupported => {
            let why: Arc<str> = "`NotPrincipal` is not supported in trust policies".into();
            any.not().and(Truth::unclear(Unclear::Undocumented(why)))
        }
    }
}

/// Whether an entry of `NotPrincipal` is there for the sake of another: beside a session its role and its account have to be
/// listed, beside a user or role its account, and they spare nobody else.
fn leads_to_another(entry: &PrincipalEntry, all: &[PrincipalEntry], facts: &impl RequestContext) -> bool {
    match entry {
        PrincipalEntry::Account { id, .. } => !facts.is_root() && all.iter().any(|other| is_of_account(other, *id)),
        PrincipalEntry::Identity(arn) => {
            let Some(arn) = Arn::parse(arn) else { return false };
            let Named::Role { name, .. } = arn.named() else { return false };
            all.iter().any(|other| {
                matches!(other, PrincipalEntry::Session { account, role, .. }
                    if arn.account_id() == Some(*account) && **role == *name)
            })
        }
        _ => false,
    }
}

/// Whether an entry names a user, role or session of an account.
fn is_of_account(entry: &PrincipalEntry, id: AccountId) -> bool {
    match entry {
        PrincipalEntry::Identity(arn) | PrincipalEntry::FederatedUser(arn) => {
            Arn::parse(arn).and_then(|arn| arn.account_id()) == Some(id)
        }
        PrincipalEntry::Session { account, .. } => *account == id,
        _ => false,
    }
}

fn entry(entry: &PrincipalEntry, facts: &impl RequestContext) -> Match {
    let when = |holds: bool, meets: Match| if holds { meets } else { Match::Not };
    match entry {
        PrincipalEntry::Everyone => when(facts.is_anybody(), Match::Everyone),
        PrincipalEntry::Account { id, partition } => {
            when(facts.belongs_to(*id, partition.as_deref()), Match::Delegated)
        }
        PrincipalEntry::Identity(arn) => when(facts.is_named(arn), Match::Named),
        PrincipalEntry::Session { account, role, session } => {
            facts.is_session(*account, role, session).map_or(Match::Not, Match::Session)
        }
        PrincipalEntry::FederatedUser(arn) => when(facts.is_federated_user(arn), Match::Session(Truth::True)),
        PrincipalEntry::Service(name) => when(facts.is_service(name), Match::Named),
        PrincipalEntry::Federated(name) => when(facts.is_provider(name), Match::Named),
        PrincipalEntry::DeletedId(_) | PrincipalEntry::Nobody(_) => Match::Not,
    }
}
