//! Escalations by those who change themselves first, and take over a user of their account then.
//!
//! Owns: such ways into roles of other accounts, which may let in that user and nobody else. In its own account whoever may do
//! anything changes the trust policy of the role. INVARIANT: only users whom some other account tells from the rest are asked about.

use super::climbs::Finder;
use super::escalation::{EscalationCall, truth};
use crate::escalation::{Raised, attempts_on, taking_over};
use crate::eval::Trace;
use crate::graph::edge::{Edge, Escalation};
use crate::graph::source::Source;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::PrincipalType;

impl Finder<'_, '_> {
    /// Adds the ways from other accounts.
    pub(super) fn change_first(&self, edges: &mut Vec<Edge>) {
        let own = self.estate.principal(self.role).account();
        for account in self.trusted(own).into_iter().filter(|account| *account != own) {
            let users = self.told_apart(account);
            if users.is_empty() {
                continue;
            }
            for raised in self.facts.raised(account).changing_themselves() {
                edges.extend(users.iter().flat_map(|user| self.changing(raised, *user)));
            }
        }
    }

    /// The users of an account whom other accounts tell from the rest, and this role may let in: by name, or as they are.
    fn told_apart(&self, account: AccountIx) -> Vec<PrincipalIx> {
        let is_user = |ix: &PrincipalIx| self.estate.principal(*ix).kind() == PrincipalType::User;
        let users: Vec<PrincipalIx> = self.facts.told_abroad(account).filter(is_user).collect();
        if users.is_empty() {
            return users;
        }
        let (named, callers) = (&self.candidates().principals, self.callers(account));
        let may_enter =
            |user: &PrincipalIx| named.contains(user) || callers.contains(&self.estate.principal(*user).class());
        users.into_iter().filter(may_enter).collect()
    }

    /// The ways of somebody who changes itself, and takes over a user then.
    fn changing(&self, raised: &Raised, user: PrincipalIx) -> Vec<Edge> {
        let (estate, by) = (self.estate, raised.climber.by);
        let sources = self.gaining(raised.climber, Some(by));
        if by == user || sources.is_empty() {
            return Vec::new();
        }
        let first = Escalation { way: raised.way, through: Some(by), nth: raised.nth, further: None };
        let from = Source::Principal(by);
        let mut found = Vec::new();
        for way in taking_over() {
            let attempts = attempts_on(estate, by, way, user).into_iter();
            for (nth, _) in (0..).zip(attempts) {
                let escalation = first.and_then(Escalation { way, through: Some(user), nth, further: None });
                let call = EscalationCall { from: &from, escalation, to: self.role };
                let truth = truth(estate, call, None, &mut Trace::off());
                found.extend(sources.iter().filter_map(|from| self.decided(from.clone(), escalation, truth.clone())));
            }
        }
        found
    }
}
