//! Escalations through a user who is taken over as it is, and goes a way of its own then.
//!
//! Owns: from a user's way into a role to that of whoever makes its key or password. It signs with that: without MFA. A user whose way
//! leads through the key of another one is taken over as well; of three one after another nobody is asked. INVARIANT: cost follows the
//! ways that users have, and who takes over whom.

use std::collections::BTreeMap;

use super::climbs::Finder;
use super::escalation::{EscalationCall, attempt, credentials, truth};
use crate::escalation::Raised;
use crate::eval::{Credentials, Trace, Truth};
use crate::graph::decision::Decision;
use crate::graph::edge::{Edge, EdgeKind, Escalation};
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::PrincipalType;

impl Finder<'_, '_> {
    /// Adds to the ways of users those of whoever takes them over.
    pub(super) fn take_over(&self, edges: &mut Vec<Edge>) {
        let found: Vec<Edge> = edges.iter().flat_map(|edge| self.taking_over(edge)).collect();
        edges.extend(found);
    }

    fn taking_over(&self, edge: &Edge) -> Vec<Edge> {
        let (estate, users) = (self.estate, edge.from.members(self.estate));
        let EdgeKind::Escalation(then) = edge.kind else { return Vec::new() };
        let Some(first) = users.first().map(|ix| estate.principal(*ix)).filter(|own| own.kind() == PrincipalType::User)
        else {
            return Vec::new();
        };
        let takers = self.facts.raised(first.account()).taking_over(first.class());
        let mut surest = BTreeMap::<PrincipalIx, (&Raised, Decision)>::new();
        for raised in takers.filter(|raised| raised.way.way().retags().is_none()) {
            let (by, user) = (raised.climber.by, raised.through);
            // who has the way itself takes nobody over for it
            if users.contains(&by) || !users.contains(&user) {
                continue;
            }
            let decision = Decision::new(raised.truth.clone());
            if surest.get(&by).is_none_or(|(_, known)| decision.verdict() < known.verdict()) {
                surest.insert(by, (raised, decision));
            }
        }
        let mut known = BTreeMap::<(PrincipalIx, bool), Truth>::new();
        let mut found = Vec::new();
        for (raised, _) in surest.into_values() {
            let sources = self.gaining(raised.climber, Some(raised.through));
            let taking = Escalation { way: raised.way, through: Some(raised.through), nth: raised.nth, further: None };
            let by = Source::Principal(raised.climber.by);
            let call = EscalationCall { from: &by, escalation: taking, to: self.role };
            let Some(attempt) = attempt(estate, call).filter(|_| !sources.is_empty()) else { continue };
            let signed = credentials(estate, attempt.by);
            let taken_over = if signed == attempt.credentials(estate) {
                raised.truth.clone()
            } else {
                attempt.truth(estate, signed)
            };
            let goes = known
                .entry((raised.through, raised.way.way().gives_password()))
                .or_insert_with(|| self.goes(raised.through, then, attempt.credentials_then()));
            let truth = taken_over.and(goes.clone());
            let escalation = taking.and_then(then);
            found.extend(sources.into_iter().filter_map(|from| self.decided(from, escalation, truth.clone())));
        }
        found
    }

    /// Whether a user who signs so goes a way into the role.
    fn goes(&self, user: PrincipalIx, then: Escalation, signed: Credentials) -> Truth {
        let call = EscalationCall { from: &Source::Principal(user), escalation: then, to: self.role };
        truth(self.estate, call, Some(signed), &mut Trace::off())
    }
}
