//! What to generate, and the valid range of each number.

use super::error::GenerateError;

/// What to generate. Everything else follows from these numbers; a share of 0 leaves its shape out and nothing else changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Accounts of the organization; the first three are management, identity (the hub) and delivery (CI).
    pub accounts: usize,
    /// Roles in every account. Below a dozen and a half, only the first of the baseline roles.
    pub roles_per_account: usize,
    /// IAM users of the hub account.
    pub hub_users: usize,
    /// Another seed gives another organization of the same size.
    pub seed: u64,
    /// Percent of team roles, grants and hub users whose access depends on the tag `team` of the caller's session.
    pub abac: usize,
    /// Percent of operator roles that pin the session name to the name of the calling user.
    pub session_names: usize,
    /// Percent of operator and data roles that ask for a source identity.
    pub source_identity: usize,
    /// Permission sets of Identity Center in every account.
    pub sso_sets: usize,
    /// People of Identity Center; with none, its data set was not read.
    pub people: usize,
    /// Percent of accounts with a role that trusts everybody of the organization: `*` with a condition.
    pub any_principal: usize,
}

impl Spec {
    /// The maximum number of accounts: what AWS allows one organization to grow to.
    pub const MAX_ACCOUNTS: usize = 50_000;
    /// The maximum number of roles in an account, AWS's own upper limit.
    pub const MAX_ROLES: usize = 10_000;
    /// The maximum number of users in an account, AWS's own limit.
    pub const MAX_USERS: usize = 5_000;
    /// The maximum number of permission sets in an account, AWS's own default limit.
    pub const MAX_SSO_SETS: usize = 50;

    /// The maximum number of people, AWS's own default limit of users of an identity store.
    pub const MAX_PEOPLE: usize = 100_000;

    /// An organization of this size with a typical number of hub users, from 40 for a small one to 400 for the largest, and a
    /// realistic share of each shape.
    #[must_use]
    pub fn new(accounts: usize, roles_per_account: usize) -> Self {
        Self {
            accounts,
            roles_per_account,
            hub_users: (accounts * 3).clamp(40, 400),
            seed: 1,
            abac: 10,
            session_names: 3,
            source_identity: 2,
            sso_sets: 4,
            people: 0,
            any_principal: 20,
        }
    }

    /// The same without any policy that reads what a session was given: tags, name, source identity.
    #[must_use]
    pub fn without_sessions(self) -> Self {
        Self { abac: 0, session_names: 0, source_identity: 0, ..self }
    }

    /// What a call of AssumeRole may carry where identity policies allow for it.
    pub(super) fn companions(&self) -> Vec<&'static str> {
        let both = [("sts:TagSession", self.abac), ("sts:SetSourceIdentity", self.source_identity)];
        both.into_iter().filter(|(_, share)| *share > 0).map(|(action, _)| action).collect()
    }

    pub(super) fn check(&self) -> Result<(), GenerateError> {
        let limits = [
            ("accounts", self.accounts, 1, Self::MAX_ACCOUNTS),
            ("roles per account", self.roles_per_account, 0, Self::MAX_ROLES),
            ("hub users", self.hub_users, 0, Self::MAX_USERS),
            ("percent of attribute-based access", self.abac, 0, 100),
            ("percent of session names", self.session_names, 0, 100),
            ("percent of source identities", self.source_identity, 0, 100),
            ("permission sets", self.sso_sets, 0, Self::MAX_SSO_SETS),
            ("people", self.people, 0, Self::MAX_PEOPLE),
            ("percent of accounts with a role for any principal", self.any_principal, 0, 100),
        ];
        for (what, value, least, most) in limits {
            if value < least || value > most {
                return Err(GenerateError::OutOfRange { what, value, least, most });
            }
        }
        Ok(())
    }
}
