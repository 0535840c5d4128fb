//! What a sheet covers, as it was frozen when the sheet was made.

use serde::Serialize;

/// The population: which targets of which snapshot, and how many lines there were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Frozen {
    /// As they were asked for.
    pub targets: Vec<String>,
    /// SHA-256 of the snapshot's manifest; empty for imported data.
    pub snapshot: String,
    /// Id of the organization; empty where it was not read, or the sheet is of an earlier version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub organization: String,
    /// The time as of which the snapshot was judged, RFC 3339.
    pub at: String,
    /// Roles that the targets stand for.
    pub roles: usize,
    /// People who reach one of them.
    pub people: usize,
    /// Pairs of a person and a role.
    pub lines: usize,
    /// Others who reach one: roles, services and providers, which nobody signs for here.
    pub machines: usize,
    /// What was not read and could add to the lines; a sheet that has any is not whole.
    pub missing: Vec<String>,
    /// Kinds of edge that the configuration asked for and no line rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_followed: Vec<String>,
    /// Over lines and population: see `seal`.
    pub seal: String,
}
