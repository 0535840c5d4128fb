//! A row of the table of principals.

use super::who_can::PrincipalKind;

/// A principal, with where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalRow {
    /// ARN, service principal, provider ARN, account id or `*`: as edges name it.
    pub principal: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Of users and roles; of people as they are called.
    pub name: String,
    /// Its account id; empty for services and `*`.
    pub account: String,
    /// Empty where it is not known.
    pub account_name: String,
    /// Path of OU names; empty outside the organization, `not read` where the OUs were not.
    pub ou: String,
}
