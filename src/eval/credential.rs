//! How a caller may have signed.
//!
//! Owns: the ways to sign, and what each says of MFA. Does not know which of them a caller has (`model::Ways`).
//! Source: AWS IAM User Guide, "Configuring MFA-protected API access".

/// How a caller may have signed: it decides what the request says about MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Credential {
    /// A user's access key.
    AccessKey,
    /// A user's access key, in a call that itself carries an MFA code: it counts for that call alone.
    AccessKeyWithCode,
    /// A user's session (GetSessionToken, console) without MFA.
    UserSession,
    /// A user's session with MFA.
    UserSessionWithMfa,
    /// A role session, of which no MFA is known.
    RoleSession,
    /// A role session that inherited MFA from the user's session it started from.
    RoleSessionWithMfa,
}

/// The credentials that are possible for one question.
pub type Credentials = &'static [Credential];

impl Credential {
    /// Whatever a user can sign with, MFA device included.
    pub const OF_USER: Credentials =
        &[Self::AccessKey, Self::AccessKeyWithCode, Self::UserSession, Self::UserSessionWithMfa];
    /// Whatever a role session can be, further down a path too.
    pub const OF_ROLE: Credentials = &[Self::RoleSession, Self::RoleSessionWithMfa];

    /// The credential as the only one.
    #[must_use]
    pub fn alone(self) -> Credentials {
        match self {
            Self::AccessKey => &[Self::AccessKey],
            Self::AccessKeyWithCode => &[Self::AccessKeyWithCode],
            Self::UserSession => &[Self::UserSession],
            Self::UserSessionWithMfa => &[Self::UserSessionWithMfa],
            Self::RoleSession => &[Self::RoleSession],
            Self::RoleSessionWithMfa => &[Self::RoleSessionWithMfa],
        }
    }

    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access-key",
            Self::AccessKeyWithCode => "access-key-with-mfa-code",
            Self::UserSession => "session-without-mfa",
            Self::UserSessionWithMfa => "session-with-mfa",
            Self::RoleSession => "role-session",
            Self::RoleSessionWithMfa => "role-session-with-mfa",
        }
    }

    /// True where the request says that MFA was used.
    #[must_use]
    pub fn has_mfa(self) -> bool {
        matches!(self, Self::AccessKeyWithCode | Self::UserSessionWithMfa | Self::RoleSessionWithMfa)
    }

    /// True where the session that is made carries MFA on: a code in the call itself counts for that call alone.
    #[must_use]
    pub fn carries_mfa(self) -> bool {
        matches!(self, Self::UserSessionWithMfa | Self::RoleSessionWithMfa)
    }

    /// True for long-term keys: their requests do not say since when a session is.
    #[must_use]
    pub fn is_long_term(self) -> bool {
        matches!(self, Self::AccessKey | Self::AccessKeyWithCode)
    }
    /// The values that `aws:MultiFactorAuthPresent` has with it; an empty list is an absent key.
    pub(super) fn mfa_present(self) -> Vec<Vec<String>> {
        match self {
            Self::AccessKey => vec![Vec::new()],
            Self::UserSession => vec![vec!["false".to_owned()]],
            // AWS does not say whether the key is false or absent here
            Self::RoleSession => vec![vec!["false".to_owned()], Vec::new()],
            Self::AccessKeyWithCode | Self::UserSessionWithMfa | Self::RoleSessionWithMfa => {
                vec![vec!["true".to_owned()]]
            }
        }
    }
}
