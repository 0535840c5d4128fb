//! What rules of several families tell alike.
//!
//! Owns: the words for a way through roles, and for a power that is not known.

use super::context::Context;
use super::outcome::{Found, Outcome, because, some_of};
use crate::graph::{Hop, Source, query};
use crate::ids::PrincipalIx;
use crate::posture::power::Fact;

/// A way that starts at a user or role: `says` is told of the first, then how far the way is. `None` if it starts at anybody else.
pub(super) fn of_way(cx: &Context<'_>, hops: &[Hop], says: impl FnOnce(PrincipalIx) -> String) -> Option<Found> {
    let start = hops.first().map(|hop| &hop.from)?;
    let Source::Principal(first) = *start else { return None };
    let far = if hops.len() > 1 { format!(" in {} hops", hops.len()) } else { String::new() };
    Some(Found {
        message: format!("{}{far}{}", says(first), by_escalation(hops)),
        evidence: hops.iter().flat_map(|hop| query::evidence(cx.estate, hop, start)).collect(),
        path: std::iter::once(first).chain(hops.iter().map(|hop| hop.edge.to)).map(|ix| cx.estate.arn(ix)).collect(),
        ..Found::default()
    })
}

/// ` by pass-role-lambda`: the ways to escalate among these hops; empty where there are none.
pub(super) fn by_escalation(hops: &[Hop]) -> String {
    let kinds: Vec<&str> =
        hops.iter().filter(|hop| hop.edge.kind.is_escalation()).map(|hop| hop.edge.kind.as_str()).collect();
    if kinds.is_empty() { String::new() } else { format!(" by {}", some_of(&kinds)) }
}

/// One line for all principals of an account of which a power is not known for the same reason.
pub(super) fn unknown_power(cx: &Context<'_>, fact: &Fact, whether: &str, of: &str, outcome: &mut Outcome) {
    let why = because(&fact.why_unknown(cx.estate));
    outcome.unknown_among(format!("{why} (whether {whether}, of"), format!("{of})"));
}
