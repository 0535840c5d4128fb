//! People: what IAM Identity Center, its identity store and the account access manager list.
//!
//! Owns: the data sets `identity-center` and `account-access`: where the instance is, and which calls are asked for what. All calls
//! share one rate, which is the three services' own. Does not know which role a permission set became (`model::people`).
//! INVARIANT: whatever was not asked, or not answered, is named in the file as unread and is missing data in the manifest.

pub(crate) mod assignments;
pub(crate) mod client;
pub(crate) mod directory;
pub(crate) mod draft;
pub(crate) mod entitlements;
pub(crate) mod instances;
pub(crate) mod permission_sets;
pub(crate) mod probe;
pub(crate) mod read;
pub(crate) mod units;
