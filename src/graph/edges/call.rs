//! The call behind an edge.
//!
//! Owns: the one way from an edge to the question that decides it, so that a proof asks what the decision asked.

use std::sync::Arc;

use super::escalation::{self, EscalationCall};
use super::people::{self, PeopleCall};
use crate::escalation::ACCOUNT_ACCESS;
use crate::eval::{Caller, Credentials, Question, Resource, Trace, Truth, decide};
use crate::graph::edge::{EdgeKind, Hop};
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// Who calls, how, and which role is assumed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EdgeCall<'a> {
    pub(crate) from: &'a Source,
    pub(crate) kind: EdgeKind,
    pub(crate) to: PrincipalIx,
}

impl<'a> EdgeCall<'a> {
    /// The call of one hop of a path.
    pub(crate) fn of(hop: &'a Hop) -> Self {
        Self { from: &hop.from, kind: hop.edge.kind, to: hop.edge.to }
    }

    /// The question that decides it, signed with one of these credentials; `made` where an earlier call made the
    /// caller's session.
    pub(crate) fn question(self, estate: &'a Estate, credentials: Credentials, made: bool) -> Question<'a> {
        self.question_of(estate, &estate.arn(self.to).into()).signed(credentials).by_made_session(made)
    }

    /// The question itself, of a role with this ARN; with which credentials it is signed, is open.
    pub(crate) fn question_of(self, estate: &'a Estate, arn: &Arc<str>) -> Question<'a> {
        let resource = match self.kind {
            // each of its actions is a question of its own (`escalation`)
            EdgeKind::Escalation(_) => Resource::Principal(self.to),
            kind => (kind.row().resource)(estate, self.to),
        };
        Question::of(estate, self.kind.action(), self.caller(estate), resource, arn)
    }

    /// The same as a way to escalate, if it is one.
    pub(crate) fn escalation(self) -> Option<EscalationCall<'a>> {
        let EdgeKind::Escalation(escalation) = self.kind else { return None };
        Some(EscalationCall { from: self.from, escalation, to: self.to })
    }

    /// The same as a call for people.
    pub(super) fn for_people(self) -> PeopleCall<'a> {
        PeopleCall { from: self.from, kind: self.kind, to: self.to }
    }

    /// True where something asks AWS to make the call for its people.
    pub(crate) fn is_arranged(self, estate: &Estate) -> bool {
        estate.people().is_some_and(|people| people::is_arranged(people, self.for_people()))
    }

    /// Who makes it: for people AWS does.
    pub(crate) fn caller(self, estate: &'a Estate) -> Caller<'a> {
        match self.kind {
            EdgeKind::Assignment => Caller::Provider(people::provider_of(estate, self.to).unwrap_or_default()),
            EdgeKind::Entitlement => Caller::Service(ACCOUNT_ACCESS),
            _ => self.from.caller_of(estate, self.to),
        }
    }

    /// The service or provider that makes the session; none for a principal that assumes the role.
    pub(crate) fn maker(self, estate: &'a Estate) -> Option<&'a str> {
        if let EdgeKind::Escalation(escalation) = self.kind {
            let last = escalation.then().map_or(escalation, |(_, then)| then);
            if last.through.is_none() {
                return last.way.way().service.as_deref();
            }
        }
        match self.caller(estate) {
            Caller::Service(name) | Caller::Provider(name) => Some(name),
            _ => None,
        }
    }

    /// As [`EdgeCall::question`], decided.
    pub(crate) fn decide(self, estate: &'a Estate, credentials: Credentials, made: bool) -> Truth {
        if let Some(call) = self.escalation() {
            return escalation::truth(estate, call, Some(credentials), &mut Trace::off());
        }
        self.truth(estate, &self.question(estate, credentials, made), &mut Trace::off())
    }

    /// The decision of its question, recorded.
    pub(crate) fn truth(self, estate: &Estate, question: &Question<'_>, trace: &mut Trace) -> Truth {
        if self.kind.is_for_people() {
            return people::truth(estate, self.for_people(), question, trace);
        }
        decide(question, trace).and(people::unread_of(estate, self.to, self.from))
    }
}
