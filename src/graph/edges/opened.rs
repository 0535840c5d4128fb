//! Ways into a role through AWS's services for people, from the accounts that administer them.
//!
//! Owns: which of them are edges. They lead from one account into all others, so that an administrator of its own account, who is no
//! source of other ways, is one of these. What policies say of any role is decided once.

use super::escalation::{EscalationCall, attempt, credentials, edge};
use crate::answer::Verdict;
use crate::escalation::{Escalations, Opener, attempts_on};
use crate::eval::{Trace, Truth};
use crate::graph::edge::{Edge, Escalation};
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// Every such edge into a role that is not denied; of each source one that is sure, if there is one.
pub(super) fn into(facts: &Escalations<'_>, role: PrincipalIx) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    if facts.openers().is_empty() || !facts.may_be_opened(role) {
        return edges;
    }
    for opener in facts.openers() {
        let from = opener.climber.alike.map_or(Source::Principal(opener.climber.by), Source::Class);
        let is_settled = edges
            .iter()
            .rev()
            .take_while(|edge| edge.from == from)
            .any(|edge| edge.free().verdict() == Verdict::Allowed);
        if is_settled || !is_worth_it(facts, opener, role) {
            continue;
        }
        let nths = 0..attempts_on(facts.estate(), opener.climber.by, opener.way, role).len();
        for nth in nths.filter_map(|nth| u16::try_from(nth).ok()) {
            let escalation = Escalation { way: opener.way, through: None, nth };
            let truth = truth(facts, opener, EscalationCall { from: &from, escalation, to: role });
            edges.extend(edge(from.clone(), escalation, role, truth));
        }
    }
    edges
}

/// In its own account only what is stronger counts.
fn is_worth_it(facts: &Escalations<'_>, opener: &Opener, role: PrincipalIx) -> bool {
    let (estate, by) = (facts.estate(), opener.climber.by);
    estate.principal(by).account() != estate.principal(role).account() || facts.is_stronger(role, by)
}

fn truth(facts: &Escalations<'_>, opener: &Opener, call: EscalationCall<'_>) -> Truth {
    let estate = facts.estate();
    let Some(attempt) = attempt(estate, call) else { return Truth::False };
    let allowed = match &opener.of_any {
        Some(truth) => truth.clone(),
        None => attempt.truth(estate, credentials(estate, attempt.by)),
    };
    allowed.and(attempt.lets_in(estate, &mut Trace::off()))
}
