//! Ways into a role through AWS's services for people, from the accounts that administer them.
//!
//! Owns: which of them are edges, of those too who give themselves the policies first. They lead from one account into all others, so that an administrator of its own account, who is no
//! source of other ways, is one of these. What policies say of any role is decided once, and what a role lets in once an account.

use std::collections::{BTreeMap, BTreeSet};

use super::escalation::{EscalationCall, attempt, credentials, edge, entered};
use crate::answer::Verdict;
use crate::escalation::{Attempt, Escalations, WayIx, attempts_on, enters};
use crate::eval::{Trace, Truth};
use crate::graph::edge::{Edge, Escalation};
use crate::graph::source::Source;
use crate::ids::{AccountIx, PrincipalIx};

/// Every such edge into a role that is not denied; of each source one that is sure, if there is one.
pub(super) fn into(facts: &Escalations<'_>, role: PrincipalIx) -> Vec<Edge> {
    if !facts.may_be_opened(role) {
        return Vec::new();
    }
    let estate = facts.estate();
    let mut known = BTreeMap::<(WayIx, AccountIx), Vec<(Truth, Attempt<'_>)>>::new();
    let (mut edges, mut settled) = (Vec::new(), BTreeSet::new());
    for opener in facts.openers() {
        let (by, way) = (opener.climber.by, opener.way);
        let from = opener.climber.alike.map_or(Source::Principal(by), Source::Class);
        if settled.contains(&from) || !is_worth_it(facts, by, role) {
            continue;
        }
        // the same for all of the account but who goes the way
        let attempts = known.entry((way, estate.principal(by).account())).or_insert_with(|| {
            let lets_in = |attempt: &Attempt<'_>| attempt.lets_in(estate, &mut Trace::off());
            let attempts = attempts_on(estate, by, way, role).into_iter();
            attempts.map(|attempt| (lets_in(&attempt), attempt)).collect()
        });
        for (nth, (lets_in, attempt)) in (0..).zip(attempts) {
            let allowed = match &opener.of_any {
                Some(truth) => truth.clone(),
                None => attempt.gone_by(by).truth(estate, credentials(estate, by)),
            };
            let found = edge(
                estate,
                from.clone(),
                Escalation { way, through: None, nth, further: None },
                role,
                allowed.and(lets_in.clone()),
            );
            if found.as_ref().is_some_and(|edge| edge.free().verdict() == Verdict::Allowed) {
                settled.insert(from.clone());
            }
            edges.extend(found);
        }
    }
    for raised in facts.raised_openers() {
        let by = raised.climber.by;
        let from = raised.climber.alike.map_or(Source::Principal(by), Source::Class);
        if settled.contains(&from) || !is_worth_it(facts, by, role) {
            continue;
        }
        let escalation = Escalation { way: raised.way, through: Some(raised.through), nth: raised.nth, further: None };
        let Some(attempt) = attempt(estate, EscalationCall { from: &from, escalation, to: role }) else { continue };
        let (signed, truth) = (credentials(estate, by), raised.truth.clone());
        let truth = if signed == attempt.credentials(estate) { truth } else { attempt.truth(estate, signed) };
        let enters = |signed| enters(estate, &attempt, role, signed, false, &mut Trace::off()).0;
        let truth = entered(estate, &attempt, truth, role, signed, enters);
        edges.extend(edge(estate, from, escalation, role, truth));
    }
    edges
}

/// In its own account only what is stronger counts.
fn is_worth_it(facts: &Escalations<'_>, by: PrincipalIx, role: PrincipalIx) -> bool {
    let estate = facts.estate();
    estate.principal(by).account() != estate.principal(role).account() || facts.is_stronger(role, by)
}
