//! What a request is signed with.
//!
//! Owns: the ways to sign that a user has, and what they say of MFA. A role session has MFA only if the session that
//! created it had.
//! Source: AWS IAM User Guide, "Configuring MFA-protected API access".

use super::calls::World;
use super::organization::Principal;

/// The credential that a request is signed with; it decides three context keys at once.
pub const CREDENTIAL: &str = "credential";

pub const ACCESS_KEY: &str = "access key";
/// A code that is passed to the call itself counts for that call only; the session that it creates has no MFA.
pub const ACCESS_KEY_WITH_CODE: &str = "access key, and an MFA code in the call";
pub const USER_SESSION: &str = "session of a user";
pub const USER_SESSION_WITH_MFA: &str = "session of a user with MFA";
pub const ROLE_SESSION: &str = "role session";
/// Whether a role session without MFA has the value `false` or no value is not documented: both are tried.
pub const ROLE_SESSION_SILENT: &str = "role session that says nothing of MFA";
pub const ROLE_SESSION_WITH_MFA: &str = "role session that inherited MFA";

/// Which credentials the caller may use: what counts is whether later hops still have MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrying {
    Anything,
    Mfa,
    NoMfa,
}

/// The ways to sign that a user has: all if they are unknown, and for a user who has none today.
pub fn ways_to_sign(who: &Principal<'_>) -> Vec<&'static str> {
    let all = vec![ACCESS_KEY, ACCESS_KEY_WITH_CODE, USER_SESSION, USER_SESSION_WITH_MFA];
    match who.held {
        Some(held) if !held.key && held.password && held.device => vec![USER_SESSION_WITH_MFA],
        Some(held) if !held.key && held.password => vec![USER_SESSION, USER_SESSION_WITH_MFA],
        // a key also gets sessions; with a device, sessions with MFA too
        _ => all,
    }
}

impl Carrying {
    pub fn fits(self, credential: &str) -> bool {
        let has_mfa = matches!(credential, USER_SESSION_WITH_MFA | ROLE_SESSION_WITH_MFA);
        match self {
            Self::Anything => true,
            Self::Mfa => has_mfa,
            Self::NoMfa => !has_mfa,
        }
    }
}

/// Whether the caller can sign so: a user only in its own ways, with or without MFA as is asked for.
pub fn is_signed(world: &World, who: &Principal<'_>, what: Carrying) -> bool {
    match world.get(CREDENTIAL) {
        Some(Some(credential)) if who.is_user => {
            ways_to_sign(who).contains(&credential.as_str()) && what.fits(credential)
        }
        _ => true,
    }
}
