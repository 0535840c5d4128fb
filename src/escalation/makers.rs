//! How those who can make principals are found.
//!
//! Owns: those of one account; of names that fare alike one is enough.

use std::collections::{BTreeMap, BTreeSet};

use super::attempt::Attempt;
use super::facts::Escalations;
use super::made_by::{Gains, MadeBy};
use super::naming::{Fares, Naming};
use super::new_principal;
use super::raised::Climber;
use super::table::{Binding, Given, Way, WayIx};
use super::target::{Gain, Making};
use crate::eval::{Bound, Truth};
use crate::ids::{AccountIx, ClassIx};
use crate::model::PrincipalType;

/// What can surely be made: in a group, with a boundary, how its name fares, and whether it may have tags.
type Sure = (PrincipalType, Option<usize>, Option<Box<str>>, Fares, Truth);

impl<'e> Escalations<'e> {
    /// Those of an account who can make a principal, by class and way.
    #[must_use]
    pub fn made(&self, account: AccountIx) -> &[MadeBy] {
        self.made[account].get_or_init(|| {
            self.made_by(account, self.climbing(account).iter().map(|(class, ways)| (*class, ways.as_slice())))
        })
    }

    /// The same of these classes and ways alone.
    #[must_use]
    pub fn made_by<'w>(
        &self,
        account: AccountIx,
        climbing: impl Iterator<Item = (ClassIx, &'w [WayIx])>,
    ) -> Vec<MadeBy> {
        let mut naming = BTreeMap::<PrincipalType, Naming<'_>>::new();
        let mut found = Vec::new();
        for (class, ways) in climbing {
            let gains = self.gains(class);
            let mut sure = BTreeSet::new();
            for (way, kind) in ways.iter().filter_map(|way| Some((*way, way.way().makes()?))) {
                let naming = naming.entry(kind).or_insert_with(|| Naming::of(self.estate(), account, kind));
                for climber in self.climbers(class, way.way()) {
                    let attempts = new_principal::attempts(self.estate(), climber.by, way, naming);
                    // what one way of an administrator makes another makes as well
                    if gains == Gains::Anywhere {
                        sure.clear();
                    }
                    self.add_made((climber, gains), attempts, naming, &mut sure, &mut found);
                }
            }
        }
        found
    }

    /// Whether a way leads to other sessions in an account, as far as it is known what is there.
    #[must_use]
    pub fn leads_on(&self, account: AccountIx, way: &Way) -> bool {
        let is_told = way.is_decided() || way.inventory.is_some() && self.estate().knows_things(account);
        is_told && way.binding != Binding::Organization
    }

    /// Whether a class may be able to make principals.
    pub(super) fn makes(&self, class: ClassIx) -> bool {
        self.ways_held(class).iter().any(|(_, way)| way.makes().is_some())
    }

    /// Whether an administrator changes whomever it likes to get to other accounts: its own policies keep it from there, and it makes nobody.
    pub(super) fn changes_anybody(&self, class: ClassIx, way: WayIx) -> bool {
        let takes_over = way.way().binding == Binding::User && way.way().gives == Given::Nothing;
        !takes_over && !self.strengths.asks_for_any_role(class) && !self.makes(class)
    }

    /// Where principals that somebody of a class makes are more than it is.
    fn gains(&self, class: ClassIx) -> Gains {
        match (self.is_administrator(class), self.strengths.asks_for_any_role(class)) {
            (false, _) => Gains::Anywhere,
            (true, false) => Gains::Abroad,
            (true, true) => Gains::WhereToldApart,
        }
    }

    /// Adds those that are worth a try, and to `sure` what can surely be made.
    fn add_made(
        &self,
        (climber, gains): (Climber, Gains),
        all: Vec<Attempt<'e>>,
        naming: &Naming<'_>,
        sure: &mut BTreeSet<Sure>,
        found: &mut Vec<MadeBy>,
    ) {
        // of names that fare alike, with the same tags, one that can surely be made is enough, and no boundary is needed where none must be
        for (nth, attempt) in all.into_iter().enumerate() {
            let (Gain::Makes(of), Some(new), Ok(nth)) = (attempt.target.gain, &attempt.new, u16::try_from(nth)) else {
                continue;
            };
            let fares = naming.fares(&new.arn);
            let groups = &self.estate().account(of.account).facts().groups;
            let group = of.group.and_then(|of| groups.iter().position(|own| own.arn == of.arn));
            let tags = attempt.may_tag(self.estate(), attempt.credentials(self.estate()));
            let key = |boundary: Option<Box<str>>| (of.kind, group, boundary, fares.clone(), tags.clone());
            if sure.contains(&key(None)) || sure.contains(&key(new.boundary.clone())) {
                continue;
            }
            let makes = attempt.making(self.estate(), attempt.credentials(self.estate()));
            if makes.is_denied(&attempt, self.estate()) {
                continue;
            }
            if makes.plain == Truth::True {
                let boundary = new.boundary.clone().filter(|_| of.bound != Bound::Everything);
                sure.insert(key(boundary));
            }
            let (new, way) = (new.clone(), attempt.way);
            let Making { kind, account, bound, .. } = of;
            found.push(MadeBy { climber, gains, nth, way, new, kind, account, bound, group, makes, fares });
        }
    }
}
