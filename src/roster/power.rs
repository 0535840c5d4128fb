//! What a role can do, in one word.

use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::posture::entry::Can;
use crate::posture::standing::Standings;
use crate::review::Power;

/// The powers of roles, each class of them decided once.
pub(super) struct RolePowers<'e> {
    estate: &'e Estate,
    standings: Standings<'e>,
}

impl<'e> RolePowers<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        Self { estate, standings: Standings::new(estate) }
    }

    /// The most that a role can do; a power that conditions leave open is there.
    pub(super) fn of(&self, role: PrincipalIx) -> Power {
        let power = self.standings.powers().of(self.estate.principal(role).class());
        match (power.administrator.can(), power.writes.can()) {
            (Can::Yes, _) => Power::Admin,
            _ if self.standings.step_up(role).is_some() => Power::AdminInOneStep,
            (Can::Perhaps, _) | (_, Can::Perhaps) => Power::Unknown,
            (Can::No, Can::Yes) => Power::Write,
            (Can::No, Can::No) => Power::Read,
        }
    }
}
