//! What to generate, and the valid range of each number.

use super::error::GenerateError;

/// What to generate. Everything else follows from these four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Accounts of the organization; the first three are management, identity (the hub) and delivery (CI).
    pub accounts: usize,
    /// Roles in every account. Below a dozen, only the first of the baseline roles.
    pub roles_per_account: usize,
    /// IAM users of the hub account.
    pub hub_users: usize,
    /// Another seed gives another organization of the same size.
    pub seed: u64,
}

impl Spec {
    /// The maximum number of accounts: what AWS allows one organization to grow to.
    pub const MAX_ACCOUNTS: usize = 50_000;
    /// The maximum number of roles in an account, AWS's own upper limit.
    pub const MAX_ROLES: usize = 10_000;
    /// The maximum number of users in an account, AWS's own limit.
    pub const MAX_USERS: usize = 5_000;

    /// An organization of this size with a typical number of hub users, from 40 for a small one to 400 for the largest.
    #[must_use]
    pub fn new(accounts: usize, roles_per_account: usize) -> Self {
        Self { accounts, roles_per_account, hub_users: (accounts * 3).clamp(40, 400), seed: 1 }
    }

    pub(super) fn check(&self) -> Result<(), GenerateError> {
        let limits = [
            ("accounts", self.accounts, 1, Self::MAX_ACCOUNTS),
            ("roles per account", self.roles_per_account, 0, Self::MAX_ROLES),
            ("hub users", self.hub_users, 0, Self::MAX_USERS),
        ];
        for (what, value, least, most) in limits {
            if value < least || value > most {
                return Err(GenerateError::OutOfRange { what, value, least, most });
            }
        }
        Ok(())
    }
}
