//! How a principal gets into a role of its own account that is no stronger: an administrator into any, others into those that may do
//! no more. No edge of the graph leads there, so that a question about the two is answered by itself.

use super::escalation::{EscalationCall, edge, truth};
use crate::answer::Verdict;
use crate::escalation::{Binding, Escalations, WayIx, attempts_on};
use crate::eval::Trace;
use crate::graph::edge::{Edge, Escalation};
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// The surest way of a principal into a role of its account: by the role's trust policy, by what runs with it, as itself with more
/// policies, or as somebody whom it makes. `None` where it is in another account, or is kept from all of them.
pub(crate) fn without_gain(facts: &Escalations<'_>, by: PrincipalIx, role: PrincipalIx) -> Option<Edge> {
    let estate = facts.estate();
    let (own, target) = (estate.principal(by), estate.principal(role));
    if own.account() != target.account() || by == role || facts.is_of_aws(role) {
        return None;
    }
    let from = Source::Principal(by);
    let mut surest: Option<Edge> = None;
    for (way, row) in facts.ways_held(own.class()) {
        let through = match row.binding {
            _ if !row.is_decided() => continue,
            _ if row.makes().is_some() || row.binding == Binding::Role && row.is_direct() => None,
            Binding::PassedRole if facts.lets_in(role, way) => None,
            binding if binding.is_own() => Some(by),
            _ => continue,
        };
        for escalation in calls(facts, by, way, through, role) {
            let call = EscalationCall { from: &from, escalation, to: role };
            let found = edge(estate, from.clone(), escalation, role, truth(estate, call, None, &mut Trace::off()));
            // a role by itself has no MFA
            let found = found.filter(|edge| edge.plain().verdict() != Verdict::Denied);
            surest = surest.into_iter().chain(found).min_by_key(|edge| edge.plain().verdict());
            if surest.as_ref().is_some_and(|edge| edge.plain().verdict() == Verdict::Allowed) {
                return surest;
            }
        }
    }
    surest
}

/// The attempts of a way, about the role or about whom it leads through.
fn calls(
    facts: &Escalations<'_>,
    by: PrincipalIx,
    way: WayIx,
    through: Option<PrincipalIx>,
    role: PrincipalIx,
) -> impl Iterator<Item = Escalation> {
    let attempts = attempts_on(facts.estate(), by, way, through.unwrap_or(role));
    (0..).zip(attempts).map(move |(nth, _)| Escalation { way, through, nth, further: None })
}
