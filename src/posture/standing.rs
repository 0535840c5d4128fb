//! What principals are in their accounts: administrators, one step below, or neither.
//!
//! Owns: what counts as one step: a way to escalate that surely leads to administrator, over what is known to be there. Does not know how
//! answers tell it.

use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::posture::escalation::{Climb, Climbs, Reached};
use crate::posture::power::Powers;

/// The standing of principals, each class and account of them decided once.
pub(crate) struct Standings<'e> {
    estate: &'e Estate,
    powers: Powers<'e>,
    climbs: Climbs<'e>,
}

impl<'e> Standings<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Self {
        Self { estate, powers: Powers::new(estate), climbs: Climbs::new(estate) }
    }

    /// What principals can do.
    pub(crate) fn powers(&self) -> &Powers<'e> {
        &self.powers
    }

    /// Whether a principal certainly is an administrator, under conditions or without.
    pub(crate) fn is_administrator(&self, ix: PrincipalIx) -> bool {
        self.powers.of(self.estate.principal(ix).class()).administrator.is_certain()
    }

    /// The first way by which a principal that is no administrator surely becomes one.
    pub(crate) fn step_up(&self, ix: PrincipalIx) -> Option<&Climb<'e>> {
        let climbs = self.climbs.of(self.estate.principal(ix).account(), &self.powers);
        steps_up(climbs, ix).find(|climb| climb.is_sure())
    }
}

/// The ways by which a principal becomes an administrator, or may become one, over what is known to be there.
pub(crate) fn steps_up<'c, 'e>(climbs: &'c [Climb<'e>], ix: PrincipalIx) -> impl Iterator<Item = &'c Climb<'e>> {
    let leads_up = move |climb: &&Climb<'_>| {
        climb.reached == Reached::Administrator && climb.attempt.is_about_what_exists() && climb.by.contains(&ix)
    };
    climbs.iter().filter(leads_up)
}
