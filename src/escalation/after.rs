//! What a principal can do once it has gone a way.
//!
//! Owns: the question whether the sessions that a way gives enter a role: by AssumeRole, or by a changed trust policy of a role of the same
//! account, or through a service for people where they changed themselves; a boundary or a Deny may be gone. A new session carries no MFA, no tags and no source identity.

use std::sync::Arc;

use super::access;
use super::actions::UPDATE_TRUST;
use super::attempt::Attempt;
use super::attempts::attempts_on;
use super::making::{MadeDoes, TagsGiven, tags_of};
use super::rewritten;
use super::table::{Way, WayIx, ways};
use super::target::Gain;
use crate::eval::{
    Added, Caller, Credential, Credentials, Made, Question, Resource, Test, Trace, Truth, decide, settle_test,
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
    /// They let themselves in through a service for people, on this way.
    Opens(WayIx),
}

impl Entry {
    /// What they do before they have sessions of the role.
    #[must_use]
    pub fn first_action(self) -> Option<&'static Action> {
        match self {
            Self::Assumes => None,
            Self::ChangesTrust => Some(&UPDATE_TRUST),
            Self::Opens(way) => Some(way.way().first_action()),
        }
    }
}

/// Whether the sessions that an attempt gives enter a role, and how; what was met is recorded. Where their policies are known not to speak
/// of changed trust policies, nobody is asked about them.
#[must_use]
pub fn enters<'e>(
    estate: &'e Estate,
    attempt: &Attempt<'e>,
    role: PrincipalIx,
    credentials: Credentials,
    may_change_trust: bool,
    trace: &mut Trace,
) -> (Truth, Entry) {
    let never = (Truth::False, Entry::Assumes);
    if let Some((made, added)) = attempt.made(!attempt.tags_to_enter(estate, credentials, role).is_empty()) {
        return enters_as(estate, Entrant::made(attempt, made, added), role, trace);
    }
    attempt.then(estate, credentials, may_change_trust).map_or(never, |then| then.enters(estate, role, trace))
}

/// Who has sessions once an attempt succeeded, and all that counts for the roles that these enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Then<'e> {
    of: PrincipalIx,
    credentials: Credentials,
    added: Added<'e>,
    /// Its sessions are not the caller's own.
    is_new: bool,
    may_change_trust: bool,
    may_open: bool,
}

impl<'e> Then<'e> {
    /// Whether they enter a role, and how; what was met is recorded.
    pub fn enters(self, estate: &'e Estate, role: PrincipalIx, trace: &mut Trace) -> (Truth, Entry) {
        let Self { of, credentials, added, is_new, may_change_trust, may_open } = self;
        if of == role {
            return (Truth::False, Entry::Assumes);
        }
        let entrant = || Entrant { caller: Caller::Principal(of), credentials, added, is_new, may_change_trust };
        let opened = if may_open { opens(estate, of, added, credentials, role) } else { None };
        let Some((opening, opened)) = opened else { return enters_as(estate, entrant(), role, trace) };
        let (entered, _) = enters_as(estate, entrant(), role, &mut Trace::off());
        if entered == Truth::True {
            return enters_as(estate, entrant(), role, trace);
        }
        if trace.is_on() {
            _ = opening.record(estate, credentials, trace).and(opening.lets_in(estate, trace));
        }
        (entered.or(opened), Entry::Opens(opening.way))
    }
}

/// How somebody who has these policies beside its own lets itself into a role through a service for people that its account administers;
/// the surest way.
fn opens<'e>(
    estate: &'e Estate,
    of: PrincipalIx,
    added: Added<'e>,
    credentials: Credentials,
    role: PrincipalIx,
) -> Option<(Attempt<'e>, Truth)> {
    if !access::may_be_opened(estate, role) {
        return None;
    }
    let ways = ways().filter(|(_, way)| way.opens.is_some());
    let attempts = ways.flat_map(|(way, _)| attempts_on(estate, of, way, role));
    let mut found = None;
    for attempt in attempts.map(|attempt| Attempt { added, ..attempt }) {
        let truth = attempt.lets_in(estate, &mut Trace::off()).and(attempt.truth(estate, credentials));
        if truth == Truth::True {
            return Some((attempt, truth));
        }
        if truth != Truth::False && found.is_none() {
            found = Some((attempt, truth));
        }
    }
    found
}

/// Whether a principal that an attempt makes enters a role, without tags and with those that its maker gives it.
pub(super) fn made_enters(estate: &Estate, attempt: &Attempt<'_>, role: PrincipalIx) -> MadeDoes {
    MadeDoes::of(|is_tagged| {
        let made = attempt.made(is_tagged);
        made.map_or(Truth::False, |(made, added)| {
            enters_as(estate, Entrant::made(attempt, made, added), role, &mut Trace::off()).0
        })
    })
}

impl<'e> Attempt<'e> {
    /// Whose sessions the caller has then, and what these have that their policies now do not give; `None` where that is no principal of
    /// the estate.
    fn has_then(&self) -> Option<(PrincipalIx, Added<'e>)> {
        Some(match self.target.gain {
            // its tags are what they are changed to
            Gain::Is(of) if self.way.way().retags().is_some() => (of, Added::Retagged),
            Gain::Is(of) => (of, Added::Nothing),
            Gain::AnyPolicy(of, replaced) => (of, Added::Anything(replaced)),
            Gain::Unbounded(of) => (of, Added::Unbounded),
            Gain::Joins(of, group) => (of, Added::Policies(&group.policies)),
            Gain::JoinsWithAny(of, group, replaced) => (of, Added::AnythingAmong(&group.policies, replaced)),
            Gain::Freed(of, policy) => (of, Added::Without(policy)),
            Gain::Leaves(of, group) => (of, Added::Left(&group.name)),
            Gain::Retagged(of) => (of, Added::Retagged),
            Gain::Makes(_) | Gain::Organization => return None,
        })
    }

    /// Who enters roles then; `None` for who is made, who is no principal yet.
    #[must_use]
    pub fn then(&self, estate: &Estate, credentials: Credentials, may_change_trust: bool) -> Option<Then<'e>> {
        let (of, added) = self.has_then()?;
        let way = self.way.way();
        let is_new = of != self.by;
        let credentials = if is_new { of_new(estate.principal(of).kind(), way) } else { credentials };
        let may_open = way.binding.is_own() && way.retags().is_none();
        Some(Then { of, credentials, added, is_new, may_change_trust, may_open })
    }

    /// What the caller has then that its policies do not give now: something where it changes itself.
    #[must_use]
    pub fn gives_itself(&self) -> Added<'e> {
        self.has_then().filter(|(of, _)| *of == self.by).map_or(Added::Nothing, |(_, added)| added)
    }

    /// The same, by a caller who has that.
    #[must_use]
    pub fn having(self, added: Added<'e>) -> Self {
        Self { added, ..self }
    }

    /// With what the caller signs for a user whom it takes over.
    #[must_use]
    pub fn credentials_then(&self) -> Credentials {
        of_new(PrincipalType::User, self.way.way())
    }

    /// Whether a principal can be made, by whoever signs so, that enters a role.
    #[must_use]
    pub fn makes_one_that_enters(&self, estate: &'e Estate, signed: Credentials, role: PrincipalIx) -> Truth {
        let does = made_enters(estate, self, role);
        self.makes_one_that(estate, signed, &self.making(estate, signed), &does)
    }

    /// The tags that its maker must give a new principal so that it enters a role; none where none are needed, or none is made.
    #[must_use]
    pub fn tags_to_enter(&self, estate: &'e Estate, signed: Credentials, role: PrincipalIx) -> TagsGiven {
        if self.made(false).is_none() {
            return TagsGiven::new();
        }
        let does = made_enters(estate, self, role);
        self.tags_so_that(estate, signed, &self.making(estate, signed), &does)
    }

    /// What gives the new principal its tags, and whether its maker may; what was met is recorded.
    pub fn record_tagging(
        &self,
        estate: &'e Estate,
        signed: Credentials,
        trace: &mut Trace,
    ) -> Option<&'static Action> {
        _ = decide(&self.tagging(estate, signed)?, trace);
        self.made(false).map(|(made, _)| tags_of(made.kind))
    }
}

/// Whose sessions enter a role.
struct Entrant<'e> {
    caller: Caller<'e>,
    credentials: Credentials,
    added: Added<'e>,
    /// Its sessions are not the caller's own.
    is_new: bool,
    may_change_trust: bool,
}

impl<'e> Entrant<'e> {
    /// Who is made on a way; what its policies speak of is for the evaluator to say.
    fn made(attempt: &Attempt<'_>, made: Made<'e>, added: Added<'e>) -> Self {
        let credentials = of_new(made.kind, attempt.way.way());
        Self { caller: Caller::Made(made), credentials, added, is_new: true, may_change_trust: true }
    }
}

/// With what somebody signs who was made, or whose credentials were.
fn of_new(kind: PrincipalType, way: &Way) -> Credentials {
    match kind {
        PrincipalType::User if way.gives_password() => Credential::UserSession.alone(),
        PrincipalType::User => Credential::AccessKey.alone(),
        PrincipalType::Role => Credential::RoleSession.alone(),
    }
}

fn enters_as(estate: &Estate, of: Entrant<'_>, role: PrincipalIx, trace: &mut Trace) -> (Truth, Entry) {
    let arn: Arc<str> = estate.arn(role).into();
    let question = |action| {
        Question::of(estate, action, of.caller, Resource::Principal(role), &arn)
            .signed(of.credentials)
            .by_made_session(true)
            .with_added(of.added)
    };
    let new = |truth: Truth| {
        if of.is_new { truth.replace(&mut |test| of_new_session(estate, of.caller, of.added, test)) } else { truth }
    };
    let assumes = |trace: &mut Trace| new(decide(&question(&sts::ASSUME_ROLE), trace));
    let account = estate.principal(role).account();
    let is_own = question(&sts::ASSUME_ROLE).caller_account() == Some(account);
    if !is_own || !of.may_change_trust {
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
fn of_new_session(estate: &Estate, of: Caller<'_>, added: Added<'_>, test: &Arc<Test>) -> Truth {
    let values: Vec<&str> = match (test.variable.kind(), of) {
        (KeyKind::PrincipalTag, Caller::Principal(of)) if added != Added::Retagged => {
            match estate.principal(of).tag(test.variable.tag()) {
                TagOf::Value(value) => vec![value],
                TagOf::Absent => Vec::new(),
                TagOf::Unread => return Truth::test((**test).clone()),
            }
        }
        // tags that its maker gives it, or that are changed, are for who does so to choose
        (KeyKind::PrincipalTag, _) => return Truth::test((**test).clone()),
        (KeyKind::SourceIdentity | KeyKind::TransitiveTag, _) => Vec::new(),
        _ => return settle_test((**test).clone()),
    };
    test.holds(&values).map_or_else(|| Truth::test((**test).clone()), Truth::from)
}
