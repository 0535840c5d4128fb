//! The snapshot: a directory of plain JSON files that one half of rolehop writes and the other reads.
//!
//! Owns: layout, file shapes, ledger and missing data, reading (plain or zstd) and atomic writing. Does not know what a
//! policy means.
//! INVARIANT: missing data is recorded with its reason, never as an empty list.

pub mod account;
pub mod account_access;
pub mod account_summary;
pub mod activity;
mod atomic;
pub mod compute;
pub mod credential;
pub mod credential_report;
pub mod dates;
mod digest;
pub mod edit;
mod error;
mod files;
pub mod identity_center;
pub mod identity_provider;
mod import;
mod journal;
pub mod ledger;
mod limits;
mod lock;
pub mod manifest;
pub mod merge;
#[cfg(feature = "object-store")]
pub mod object_store;
pub mod organization;
pub(crate) mod ou_path;
mod overlay;
pub mod password_policy;
mod read;
mod recall;
pub(crate) mod records;
pub mod share;
mod stamp;
mod tags;
pub mod trail;
pub mod write;

pub(crate) use atomic::write_beside;
#[cfg(feature = "aws")]
pub(crate) use digest::hex_digest;
pub use error::{Refusal, SnapshotError, WriteError};
#[cfg(feature = "aws")]
pub(crate) use files::{is_of_organization, is_of_people};
pub use read::Snapshot;
pub use recall::manifest_of;
