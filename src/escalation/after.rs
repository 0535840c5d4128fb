//! What a principal can do once it has gone a way.
//!
//! Owns: the question whether the sessions that a way gives enter a role: by AssumeRole, or by a changed trust policy of a role of the same
//! account; a boundary or a Deny may be gone. A new session carries no MFA, no tags and no source identity.

use std::sync::Arc;

use super::actions::UPDATE_TRUST;
use super::attempt::Attempt;
use super::rewritten;
use super::target::Gain;
use crate::eval::{
    Added, Caller, Credential, Credentials, Question, Resource, Test, Trace, Truth, decide, settle_test,
};
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType};
use crate::policy::TagOf;
use crate::policy::action::Action;
use crate::policy::key::KeyKind;
use crate::policy::sts;

/// How the sessions that an attempt gives enter a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// They assume it.
    Assumes,
    /// They change its trust policy first.
    ChangesTrust,
}

impl Entry {
    /// What they do to the role before they assume it.
    #[must_use]
    pub fn first_action(self) -> Option<&'static Action> {
        match self {
            Self::Assumes => None,
            Self::ChangesTrust => Some(&UPDATE_TRUST),
        }
    }
}

/// Whether the sessions that an attempt gives enter a role, and how; what was met is recorded. Where their policies are known not to speak
/// of changed trust policies, nobody is asked about them.
#[must_use]
pub fn enters(
    estate: &Estate,
    attempt: &Attempt<'_>,
    role: PrincipalIx,
    credentials: Credentials,
    may_change_trust: bool,
    trace: &mut Trace,
) -> (Truth, Entry) {
    let never = (Truth::False, Entry::Assumes);
    let (of, added) = match attempt.target.gain {
        Gain::Is(of) => (of, Added::Nothing),
        Gain::AnyPolicy(of, replaced) => (of, Added::Anything(replaced)),
        Gain::Unbounded(of) => (of, Added::Unbounded),
        Gain::Joins(of, group) => (of, Added::Policies(&group.policies)),
        Gain::JoinsWithAny(of, group, replaced) => (of, Added::AnythingAmong(&group.policies, replaced)),
        Gain::Freed(of, policy) => (of, Added::Without(policy)),
        Gain::Organization => return never,
    };
    if of == role {
        return never;
    }
    let is_new = of != attempt.by;
    let credentials = match estate.principal(of).kind() {
        _ if !is_new => credentials,
        PrincipalType::User if attempt.way.way().gives_password() => Credential::UserSession.alone(),
        PrincipalType::User => Credential::AccessKey.alone(),
        PrincipalType::Role => Credential::RoleSession.alone(),
    };
    let arn: Arc<str> = estate.arn(role).into();
    let question = |action| {
        Question::of(estate, action, Caller::Principal(of), Resource::Principal(role), &arn)
            .signed(credentials)
            .by_made_session(true)
            .with_added(added)
    };
    let new = |truth: Truth| if is_new { truth.replace(&mut |test| of_new_session(estate, of, test)) } else { truth };
    let assumes = |trace: &mut Trace| new(decide(&question(&sts::ASSUME_ROLE), trace));
    let is_own = estate.principal(of).account() == estate.principal(role).account();
    if !is_own || !may_change_trust {
        return (assumes(trace), Entry::Assumes);
    }
    let assumed = assumes(&mut Trace::off());
    if assumed == Truth::True {
        return (assumes(trace), Entry::Assumes);
    }
    let changed = rewritten::changing(question(&UPDATE_TRUST), role);
    let changes = |trace: &mut Trace| {
        let changed = decide(&changed, trace);
        new(changed.and(rewritten::lets_in(question(&sts::ASSUME_ROLE), None, trace)))
    };
    let is_changed = changes(&mut Trace::off());
    // of two that depend on something the first is told
    let by_change = is_changed == Truth::True || assumed == Truth::False && is_changed != Truth::False;
    if trace.is_on() {
        _ = if by_change { changes(trace) } else { assumes(trace) };
    }
    (assumed.or(is_changed), if by_change { Entry::ChangesTrust } else { Entry::Assumes })
}

/// A test on what a session of a principal brings, where nobody passed anything to it.
fn of_new_session(estate: &Estate, of: PrincipalIx, test: &Arc<Test>) -> Truth {
    let own = estate.principal(of);
    let values: Vec<&str> = match test.variable.kind() {
        KeyKind::PrincipalTag => match own.tag(test.variable.tag()) {
            TagOf::Value(value) => vec![value],
            TagOf::Absent => Vec::new(),
            TagOf::Unread => return Truth::test((**test).clone()),
        },
        KeyKind::SourceIdentity | KeyKind::TransitiveTag => Vec::new(),
        _ => return settle_test((**test).clone()),
    };
    test.holds(&values).map_or_else(|| Truth::test((**test).clone()), Truth::from)
}
