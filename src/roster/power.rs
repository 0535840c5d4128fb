//! What a role can do, in one word.

use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::posture::entry::Can;
use crate::posture::escalation::{Climb, Climbs, Reached};
use crate::posture::power::Powers;
use crate::review::Power;

/// The powers of roles, each class of them decided once.
pub(super) struct RolePowers<'e> {
    estate: &'e Estate,
    powers: Powers<'e>,
    climbs: Climbs<'e>,
}

impl<'e> RolePowers<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        Self { estate, powers: Powers::new(estate), climbs: Climbs::new(estate) }
    }

    /// The most that a role can do; a power that conditions leave open is there.
    pub(super) fn of(&self, role: PrincipalIx) -> Power {
        let power = self.powers.of(self.estate.principal(role).class());
        match (power.administrator.can(), power.writes.can()) {
            (Can::Yes, _) => Power::Admin,
            _ if self.is_one_step_below(role) => Power::AdminInOneStep,
            (Can::Perhaps, _) | (_, Can::Perhaps) => Power::Unknown,
            (Can::No, Can::Yes) => Power::Write,
            (Can::No, Can::No) => Power::Read,
        }
    }

    /// Whether a role surely becomes an administrator by one way to escalate.
    fn is_one_step_below(&self, role: PrincipalIx) -> bool {
        let climbs = self.climbs.of(self.estate.principal(role).account(), &self.powers);
        let leads_up = |climb: &Climb<'_>| {
            climb.can == Can::Yes && climb.reached == Reached::Administrator && climb.attempt.is_about_what_exists()
        };
        climbs.iter().any(|climb| leads_up(climb) && climb.by.contains(&role))
    }
}
