//! `manifest.json`: what a snapshot is, when it was taken, and how each listed account ended.
//!
//! Owns: the format version and the digests that later reads are checked against. Absent in imported data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ledger::{Gap, Ledger};
use super::share::Share;
use crate::facet::Facets;
use crate::ids::AccountId;

/// The snapshot format that this build writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// The settings of a collection that must be equal for two of them to be parts of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The role that was assumed in each account.
    pub role_name: String,
    /// The data sets to read.
    pub facets: Facets,
    /// Whether a session policy limited each session to read calls.
    pub session_policy: bool,
    /// The Regions whose trails were read, `all` for every enabled one; empty if trails were not, or if an earlier version read them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trail_regions: Vec<String>,
}

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format version; a newer one than [`FORMAT`] is refused.
    pub format: u32,
    /// Name and version of the writer.
    pub tool: String,
    /// When collection started; the evaluation time of every answer unless another is given.
    pub started: Timestamp,
    /// When it ended; absent in a snapshot that was interrupted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// The collecting identity's ARN, from GetCallerIdentity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Set if the endpoint was overridden: such data is no evidence about AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// How it was read; absent in snapshots of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// The account list that this snapshot is a part of; absent if the accounts were discovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Every listed account and how it ended.
    pub ledger: Ledger,
    /// Missing data of the organization itself; the account of each entry is empty. One entry makes the snapshot
    /// incomplete, as one in the ledger does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// When each account was read.
    #[serde(default)]
    pub read_at: BTreeMap<AccountId, Timestamp>,
    /// SHA-256 of each file as stored, in hexadecimal, by path relative to the snapshot.
    pub files: BTreeMap<String, String>,
}
