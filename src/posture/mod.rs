//! Effective facts about roles, users and accounts: what their policies amount to, for rules and reports.
//!
//! Owns: who counts as external, whether a role requires an external id and whether that can be guessed, whether a trust policy admits
//! anyone or names nobody, whom identity providers send, on whose behalf services call, what an MFA condition enforces, how people reach
//! a role without MFA, how environments and accounts are connected, which roles assume each other, what a class of principals has the power to
//! do, what a policy gives by itself, who holds it, what takes it back and what gives it as well, where people are managed, who has a password, which roles AWS's
//! own tools made, how much of each quota is used. Does not know what a rule makes of a fact, nor how it is printed.
//! INVARIANT: a fact that depends on data that was not read is `Perhaps`, with the reasons, never a plain yes or no.

pub(crate) mod anyone;
pub(crate) mod aws_made;
pub(crate) mod circles;
pub(crate) mod console_users;
pub(crate) mod crossing;
pub(crate) mod deleted;
pub(crate) mod deputy;
pub(crate) mod entry;
pub(crate) mod escalation;
pub(crate) mod external;
pub(crate) mod external_id;
pub(crate) mod federation;
mod formula;
pub(crate) mod github;
pub(crate) mod grants;
pub(crate) mod guarded;
pub(crate) mod held;
pub(crate) mod hubs;
pub(crate) mod identity_accounts;
pub(crate) mod issuers;
mod mention;
pub(crate) mod mfa;
pub(crate) mod outgoing;
pub(crate) mod power;
pub(crate) mod quotas;
pub(crate) mod redundant;
pub(crate) mod repositories;
pub(crate) mod resource_types;
pub(crate) mod standing;
mod strangers;
mod strong;
mod subject_template;
pub(crate) mod unknown;
pub(crate) mod wide_grants;
pub(crate) mod without_mfa;
