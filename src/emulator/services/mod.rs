//! The operations of each service.

pub(crate) mod account_access;
pub(crate) mod authorization_details;
pub(crate) mod cloudtrail;
pub(crate) mod credential_report;
pub(crate) mod iam;
pub(crate) mod identity_store;
pub(crate) mod organizations;
mod paged;
mod people;
pub(crate) mod sso_admin;
pub(crate) mod sts;
mod trust;
pub(crate) mod users;
