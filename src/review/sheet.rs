//! The sheet: its lines, what could not be put on one, and the population as it was frozen.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::line::Line;

/// A review before or after it was filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// Always [`Sheet::SCHEMA`].
    pub schema: &'static str,
    /// What it covers.
    pub frozen: Frozen,
    /// In order of person, target, account and role.
    pub lines: Vec<Line>,
    /// What belongs to nobody, and nobody's access: in order.
    pub loose_ends: Vec<LooseEnd>,
}

/// The population: which targets of which snapshot, and how many lines there were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Frozen {
    /// As they were asked for.
    pub targets: Vec<String>,
    /// SHA-256 of the snapshot's manifest; empty for imported data.
    pub snapshot: String,
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
    /// [`seal`] of the lines.
    pub seal: String,
}

/// What is left over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LooseEnd {
    /// What kind of thing.
    pub kind: LooseKind,
    /// What it is about: a name or ARN.
    pub subject: String,
    /// A sentence.
    pub note: String,
}

/// The kinds of loose ends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::IntoStaticStr, strum::EnumString,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum LooseKind {
    /// Assigned, and not in the identity store.
    UnknownPrincipal,
    /// Assigned, and disabled: it cannot sign in.
    DisabledUser,
    /// Assigned, and the account has no such role.
    NoRole,
    /// A role of Identity Center that nobody is assigned to.
    LeftOver,
    /// Whom it stands for is not known.
    Unmatched,
}

impl LooseKind {
    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Sheet {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/review/v1";

    /// A sheet of these lines, sorted, counted and sealed. `frozen` says the rest.
    #[must_use]
    pub fn new(frozen: Frozen, mut lines: Vec<Line>, mut loose_ends: Vec<LooseEnd>) -> Self {
        let order = |line: &Line| {
            let Line { person, id, target, account, role, .. } = line;
            (person.to_lowercase(), id.clone(), target.clone(), account.clone(), role.clone())
        };
        lines.sort_by_cached_key(order);
        loose_ends.sort();
        loose_ends.dedup();
        let mut people: Vec<&str> = lines.iter().map(|line| line.id.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        let frozen = Frozen { people: people.len(), lines: lines.len(), seal: seal(&lines), ..frozen };
        Self { schema: Self::SCHEMA, frozen, lines, loose_ends }
    }
}

/// SHA-256 over who reaches what with which power, whatever the order of lines and whatever a spreadsheet does to numbers and dates. It
/// shows that lines were lost or changed on the way; it is no signature.
#[must_use]
pub(super) fn seal(lines: &[Line]) -> String {
    let mut parts: Vec<[&str; 5]> = lines
        .iter()
        .map(|line| [&*line.id, &line.target, &line.role, line.power.as_str(), line.verdict.as_str()])
        .collect();
    parts.sort_unstable();
    let mut hash = Sha256::new();
    for part in parts.iter().flatten() {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
