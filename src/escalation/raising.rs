//! How those who may change somebody, or take over a user, are found.
//!
//! Owns: one class on one way. All of a class are found by the first of them, but those who turn on it, whom the second finds.

use std::collections::BTreeMap;

use super::actions::{OF_TRUST, UPDATE_TRUST};
use super::attempt::Attempt;
use super::attempts::attempts_on;
use super::facts::Escalations;
use super::raised::{Climber, Raised, RaisedIn};
use super::table::{Binding, WayIx};
use super::target::Gain;
use crate::eval::{Replaced, Trace, Truth};
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::PrincipalType;

impl<'e> Escalations<'e> {
    /// Those of an account who may change somebody, themselves included, or become a user, so that they enter roles then.
    #[must_use]
    pub fn raised(&self, account: AccountIx) -> &RaisedIn {
        self.raised[account].get_or_init(|| {
            let mut found = RaisedIn::default();
            for (class, ways) in self.climbing(account) {
                // sessions of a role that it gives by itself are an edge of their own; who is made is no principal yet
                let raising = ways.iter().filter(|way| !way.way().is_direct() && way.way().makes().is_none());
                let is_passed = |way: &&WayIx| way.way().binding == Binding::ChangedRole;
                let (passing, others): (Vec<&WayIx>, Vec<&WayIx>) = raising.partition(is_passed);
                // a role that is changed is passed to services last: nobody is asked about one that is entered anyway
                for way in others.into_iter().chain(passing) {
                    self.raised_by(*class, *way, &mut found);
                }
            }
            found
        })
    }

    /// Those of an account whom trust policies of other accounts, or policies of the organization, tell from the rest, in order.
    pub(crate) fn told_abroad(&self, account: AccountIx) -> impl Iterator<Item = PrincipalIx> + '_ {
        self.strengths.abroad_of(account)
    }

    fn raised_by(&self, class: ClassIx, way: WayIx, found: &mut RaisedIn) {
        // tags of users count for what is done to them where something of the caller reads them
        let may_matter = way.way().retags().is_none() || self.reads_changed_tags(way.way(), class, None);
        if way.way().binding == Binding::User && !may_matter {
            return;
        }
        for climber in self.climbers(class, way.way()) {
            if self.is_administrator(class) && !way.way().binding.is_own() && !self.changes_anybody(class, way) {
                let others = self.counting_abroad(class).into_iter();
                let others = others.filter(|ix| *ix != climber.by && !self.is_of_aws(*ix));
                let attempts = others.flat_map(|ix| attempts_on(self.estate(), climber.by, way, ix)).collect();
                self.raise(climber, attempts, way, found);
                continue;
            }
            self.raise(climber, self.attempts(climber.by, way), way, found);
            // the others of a class may turn on the one that stands for them
            let others = climber.alike.map(|class| self.estate().class(class).members());
            if let Some([first, second, ..]) = others {
                let climber = Climber { by: *second, ..climber };
                self.raise(climber, attempts_on(self.estate(), *second, way, *first), way, found);
            }
        }
    }

    fn raise(&self, climber: Climber, attempts: Vec<Attempt<'e>>, way: WayIx, found: &mut RaisedIn) {
        let by = climber.by;
        let mut places = BTreeMap::<PrincipalIx, u16>::new();
        for attempt in attempts {
            let Some(through) = attempt.target.gain.principal() else { continue };
            let next = places.entry(through).or_default();
            let nth = *next;
            *next = next.saturating_add(1);
            let class = self.estate().principal(through).class();
            let is_changed = matches!(attempt.target.gain, Gain::AnyPolicy(..) | Gain::Unbounded(_)) && through != by;
            if is_changed && self.enters_at_will(class) {
                continue;
            }
            let replaces = replaces_inline(attempt.target.gain);
            let is_passed = way.way().binding == Binding::ChangedRole;
            if is_passed && replaces.is_some_and(|replaces| found.is_surely_changed(by, through, replaces)) {
                continue;
            }
            let lets_in = attempt.lets_in(self.estate(), &mut Trace::off());
            let truth = lets_in.and(attempt.truth(self.estate(), attempt.credentials(self.estate())));
            if let Some(replaces) = replaces.filter(|_| truth == Truth::True) {
                found.add_surely_changed(by, through, replaces);
            }
            if truth.assuming(true) != Truth::False {
                let is_user = self.estate().principal(through).kind() == PrincipalType::User;
                let as_it_is = is_user && matches!(attempt.target.gain, Gain::Is(_));
                let may_change_trust = !as_it_is || self.held(class).has_all(*OF_TRUST);
                let raised = Raised { climber, way, through, nth, truth, may_change_trust };
                found.add(raised, as_it_is.then_some(class));
            }
        }
    }

    /// Whether a change of its policies would let a class enter no more roles: it is taken over, and not changed.
    fn enters_at_will(&self, class: ClassIx) -> bool {
        self.is_administrator(class)
            && self.strengths.asks_for_any_role(class)
            && self.strengths.does_to_any(PrincipalType::Role, class, &UPDATE_TRUST)
    }
}

/// Of a way that gives a principal any policy, whether that takes the place of its inline ones; `None` for other ways.
fn replaces_inline(gain: Gain<'_>) -> Option<bool> {
    match gain {
        Gain::AnyPolicy(_, Replaced::Nothing) => Some(false),
        Gain::AnyPolicy(_, Replaced::Inline) => Some(true),
        _ => None,
    }
}
