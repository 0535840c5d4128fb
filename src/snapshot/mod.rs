//! The snapshot: a directory of plain JSON files that one half of rolehop writes and the other reads.
//!
//! Owns: layout, file shapes, ledger and gaps, reading (plain or zstd) and atomic writing. Does not know what a policy
//! means. INVARIANT: what is missing is a gap with its reason, never an empty list.

pub mod account;
pub mod activity;
pub mod credential;
pub mod dates;
mod error;
mod import;
mod journal;
pub mod ledger;
mod lock;
pub mod manifest;
pub mod merge;
pub mod organization;
pub(crate) mod ou_path;
mod read;
pub mod share;
mod tags;
pub mod write;

pub use error::{SnapshotError, WriteError};
pub use import::Refusal;
pub use read::Snapshot;
#[cfg(feature = "aws")]
pub(crate) use read::hex_digest;
