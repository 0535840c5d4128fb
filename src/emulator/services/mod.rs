//! The operations of each service.

pub(crate) mod authorization_details;
pub(crate) mod cloudtrail;
pub(crate) mod credential_report;
pub(crate) mod iam;
pub(crate) mod organizations;
pub(crate) mod sts;
mod trust;
pub(crate) mod users;
