//! Who may let itself into roles of other accounts, where a service for people is administered.
//!
//! Owns: who these are, an administrator of its own account among them, and that what policies say of any role is asked once.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{self, administers};
use super::attempt::Attempt;
use super::attempts::attempts_on;
use super::choice::speaking;
use super::facts::Escalations;
use super::raised::{Climber, Opener, Raised};
use super::table::{Way, WayIx};
use crate::eval::Truth;
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::policy::Statement;

impl<'e> Escalations<'e> {
    /// All of them, by account and class.
    #[must_use]
    pub fn openers(&self) -> &[Opener] {
        self.openers.get_or_init(|| self.classes_where(Some(true)).flat_map(|class| self.openers_of(class)).collect())
    }

    /// Of the accounts of which nobody read whether they administer such a service, the classes that hold what it takes, or may give
    /// it to themselves; none where no role may be opened.
    #[must_use]
    pub fn unread_openers(&self) -> &BTreeSet<ClassIx> {
        self.unread_openers.get_or_init(|| {
            if !self.estate().roles().any(|role| self.may_be_opened(role)) {
                return BTreeSet::new();
            }
            let opens =
                |class: ClassIx| !self.openers_of(class).is_empty() || !self.raised_openers_of(class).is_empty();
            self.classes_where(None).filter(|class| opens(*class)).collect()
        })
    }

    /// Those who may once they have changed themselves, or a group of theirs: where they do so surely, by the first such way.
    pub fn raised_openers(&self) -> &[Raised] {
        self.raised_openers
            .get_or_init(|| self.classes_where(Some(true)).flat_map(|class| self.raised_openers_of(class)).collect())
    }

    /// The classes of the accounts that administer such a service, or of which nobody read whether they do.
    fn classes_where(&self, administering: Option<bool>) -> impl Iterator<Item = ClassIx> + '_ {
        let accounts = (0..self.estate().accounts().len()).map(AccountIx::new);
        let accounts = accounts.filter(move |account| administers(self.estate(), *account) == administering);
        accounts.flat_map(|account| self.estate().classes_of(account))
    }

    fn raised_openers_of(&self, class: ClassIx) -> Vec<Raised> {
        let gives =
            |way: &Way| way.binding.is_own() && !way.lifts_own_limit() && way.retags().is_none() && way.is_decided();
        let mut found = BTreeMap::<PrincipalIx, Vec<Raised>>::new();
        for (ix, way) in self.ways_held(class).into_iter().filter(|(_, way)| gives(way)) {
            for climber in self.climbers(class, way) {
                let known = found.entry(climber.by).or_default();
                for (nth, attempt) in (0..).zip(attempts_on(self.estate(), climber.by, ix, climber.by)) {
                    if known.iter().any(|raised| raised.truth == Truth::True) {
                        break;
                    }
                    let truth = attempt.truth(self.estate(), attempt.credentials(self.estate()));
                    if truth != Truth::False {
                        known.push(Raised {
                            climber,
                            way: ix,
                            through: climber.by,
                            nth,
                            truth,
                            may_change_trust: false,
                        });
                    }
                }
            }
        }
        let best = |all: Vec<Raised>| match all.iter().position(|raised| raised.truth == Truth::True) {
            Some(at) => all.into_iter().skip(at).take(1).collect(),
            None => all,
        };
        found.into_values().flat_map(best).collect()
    }

    fn openers_of(&self, class: ClassIx) -> Vec<Opener> {
        let of = |(ix, way): (WayIx, &'static Way)| {
            let tells = speaking(self.estate(), class, way).into_iter().any(tells_resources);
            let of_any = |by| self.of_any(by, ix);
            let opener = |climber: Climber| {
                let of_any = (!tells).then(|| of_any(climber.by));
                Opener { climber, way: ix, of_any }
            };
            let is_open = |opener: &Opener| opener.of_any != Some(Truth::False);
            self.climbers(class, way).map(opener).filter(is_open).collect::<Vec<_>>()
        };
        let ways = self.ways_held(class).into_iter().filter(|(_, way)| way.opens.is_some());
        ways.flat_map(of).collect()
    }

    /// Whether a principal is allowed the actions of a way on something that may be there.
    fn of_any(&self, by: PrincipalIx, way: WayIx) -> Truth {
        // what it is about does not matter
        let attempt = Attempt::of_organization(self.estate(), by, way).into_iter().next();
        attempt.map_or(Truth::False, |attempt| attempt.truth(self.estate(), attempt.credentials(self.estate())))
    }

    /// True for roles into which such ways may lead.
    #[must_use]
    pub fn may_be_opened(&self, role: PrincipalIx) -> bool {
        access::may_be_opened(self.estate(), role)
    }
}

/// Whether a statement may allow or deny one request and not another.
fn tells_resources(statement: &Statement) -> bool {
    let is_any = statement
        .resources
        .as_ref()
        .is_none_or(|clause| !clause.negated && clause.patterns.iter().all(|text| text.as_str() == "*"));
    !is_any || !statement.conditions.is_empty()
}
