//! The families of rules, one file each: functions and their rows.

pub(super) mod accounts;
pub(super) mod audit;
pub(super) mod credentials;
pub(super) mod cross_account;
pub(super) mod entitlements;
pub(super) mod escalation;
pub(super) mod federation;
pub(super) mod groups;
pub(super) mod mfa;
pub(super) mod organization;
pub(super) mod passwords;
pub(super) mod people;
pub(super) mod policies;
pub(super) mod privilege;
pub(super) mod quotas;
pub(super) mod redundant;
pub(super) mod roles;
pub(super) mod root;
pub(super) mod shadowed;
mod statements;
pub(super) mod stored_credentials;
pub(super) mod trust;
pub(super) mod users;
