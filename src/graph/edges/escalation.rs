//! One escalation into a role: every action of its way, and for those that lead through somebody the way into the role then.

use std::sync::Arc;

use crate::answer::Verdict;
use crate::escalation::{
    Attempt, Entry, Gain, TagsChanged, attempts_on, best_signed, enters, for_ways, needs_mfa, without_mfa,
};
use crate::eval::{Added, Credential, Credentials, Trace, Truth};
use crate::graph::decision::Decision;
use crate::graph::edge::{Decided, Edge, EdgeKind, Escalation};
use crate::graph::mode::Mode;
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::{Estate, PrincipalType};

/// Who escalates, how, and into which role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EscalationCall<'a> {
    pub(crate) from: &'a Source,
    pub(crate) escalation: Escalation,
    pub(crate) to: PrincipalIx,
}

/// The edge of an escalation that is not denied: MFA is never carried on. What a role does with MFA alone, it does for a user who
/// entered it with some.
pub(super) fn edge(
    estate: &Estate,
    from: Source,
    escalation: Escalation,
    to: PrincipalIx,
    truth: Truth,
) -> Option<Edge> {
    let free = Decision::new(truth.clone());
    if free.verdict() == Verdict::Denied {
        return None;
    }
    let by_mfa = if from.is_of_roles(estate) && needs_mfa(&truth) {
        (Decision::new(without_mfa(&truth)), free.clone())
    } else {
        (free.clone(), Decision::new(Truth::False))
    };
    let decided = Decided { free, by_mfa: Some(by_mfa), issued: None };
    Some(Edge { from, to, kind: EdgeKind::Escalation(escalation), decided: Arc::new(decided) })
}

/// With what a principal signs: whatever it has.
pub(super) fn credentials(estate: &Estate, by: PrincipalIx) -> Credentials {
    match estate.principal(by).kind() {
        PrincipalType::User => for_ways(signing::credentials(estate.principal(by).sign_in().ways, Mode::Free)),
        PrincipalType::Role => Credential::OF_ROLE,
    }
}

/// The attempt behind an edge, and who makes it.
pub(crate) fn attempt<'e>(estate: &'e Estate, call: EscalationCall<'_>) -> Option<Attempt<'e>> {
    let by = *call.from.members(estate).first()?;
    let target = call.escalation.through.unwrap_or(call.to);
    attempts_on(estate, by, call.escalation.way, target).into_iter().nth(call.escalation.nth.into())
}

/// Whether an escalation succeeds, signed as is asked or in any way; what was met is recorded.
pub(crate) fn truth(
    estate: &Estate,
    call: EscalationCall<'_>,
    signed: Option<Credentials>,
    trace: &mut Trace,
) -> Truth {
    having(estate, call, Added::Nothing, signed, trace)
}

/// As [`truth`], by a caller who has that beside its own policies.
fn having(
    estate: &Estate,
    call: EscalationCall<'_>,
    added: Added<'_>,
    signed: Option<Credentials>,
    trace: &mut Trace,
) -> Truth {
    let Some(attempt) = attempt(estate, call).map(|attempt| attempt.having(added)) else { return Truth::False };
    let signed = signed.unwrap_or_else(|| credentials(estate, attempt.by));
    if let Some((who, then)) = call.escalation.then() {
        let first = attempt.record(estate, signed, trace).and(attempt.lets_in(estate, trace));
        let then = EscalationCall { from: &Source::Principal(who), escalation: then, to: call.to };
        let signed = if who == attempt.by { signed } else { attempt.credentials_then() };
        return first.and(having(estate, then, attempt.gives_itself(), Some(signed), trace));
    }
    if attempt.way.way().makes().is_some() {
        return made(estate, &attempt, call.to, signed, trace);
    }
    let truth = attempt.record(estate, signed, trace).and(attempt.lets_in(estate, trace));
    if trace.is_on() && truth != Truth::False && !matches!(attempt.target.gain, Gain::Is(of) if of == call.to) {
        _ = enters(estate, &attempt, call.to, signed, true, trace);
    }
    let enters = |signed| enters(estate, &attempt, call.to, signed, true, &mut Trace::off()).0;
    entered(estate, &attempt, truth, call.to, signed, enters)
}

/// Whether a principal can be made that enters a role.
fn made(estate: &Estate, attempt: &Attempt<'_>, role: PrincipalIx, signed: Credentials, trace: &mut Trace) -> Truth {
    if trace.is_on() {
        _ = attempt.record(estate, signed, trace);
        if !attempt.tags_to_enter(estate, signed, role).is_empty() {
            _ = attempt.record_tagging(estate, signed, trace);
        }
        _ = enters(estate, attempt, role, signed, true, trace);
    }
    attempt.makes_one_that_enters(estate, signed, role)
}

/// The tags that a way changes so that it leads into the role; none on other ways.
pub(crate) fn tags_changed(estate: &Estate, call: EscalationCall<'_>) -> TagsChanged {
    let attempt = attempt(estate, call).filter(|attempt| attempt.way.way().retags().is_some());
    let Some(attempt) = attempt else { return TagsChanged::new() };
    let signed = credentials(estate, attempt.by);
    let enters_then = call.escalation.through.is_some();
    let then = enters_then.then(|| enters(estate, &attempt, call.to, signed, true, &mut Trace::off()).0);
    attempt.tags_changed(estate, signed, then.as_ref())
}

/// How the sessions that a way gives enter a role, where they are not the role's own.
pub(crate) fn entry(estate: &Estate, call: EscalationCall<'_>) -> Option<Entry> {
    let is_other = |attempt: &Attempt<'_>| attempt.target.gain.principal() != Some(call.to);
    let attempt = attempt(estate, call).filter(|attempt| is_other(attempt) && call.escalation.then().is_none())?;
    let signed = credentials(estate, attempt.by);
    Some(enters(estate, &attempt, call.to, signed, true, &mut Trace::off()).1)
}

/// Whether an attempt that succeeds so far leads into a role, whose sessions enter it or not, whatever the caller signs with.
pub(super) fn entered(
    estate: &Estate,
    attempt: &Attempt<'_>,
    truth: Truth,
    role: PrincipalIx,
    signed: Credentials,
    enters: impl Fn(Credentials) -> Truth,
) -> Truth {
    match attempt.target.gain {
        Gain::Is(of) if of == role => truth,
        _ if truth == Truth::False => truth,
        _ => {
            let then = best_signed(signed, enters);
            // the same tags must do for both
            if attempt.way.way().retags().is_some() {
                attempt.retags_and(estate, signed, &then)
            } else {
                truth.and(then)
            }
        }
    }
}
