//! The families of rules, one file each: functions and their rows.

pub(super) mod credentials;
pub(super) mod groups;
pub(super) mod mfa;
pub(super) mod organization;
pub(super) mod passwords;
pub(super) mod quotas;
pub(super) mod roles;
pub(super) mod root;
pub(super) mod trust;
pub(super) mod users;
