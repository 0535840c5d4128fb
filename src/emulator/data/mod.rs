//! The served data and its callers: the files of a snapshot, the organization, callers and sessions.

pub(crate) mod caller;
pub(crate) mod files;
pub(crate) mod index;
pub(crate) mod organization;
pub(crate) mod people;
pub(crate) mod reports;
pub(crate) mod sessions;
pub(crate) mod value;
