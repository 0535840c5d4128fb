//! The sheet: its lines, what could not be put on one, and the population as it was frozen.

use serde::Serialize;

use super::line::Line;
use super::population::Frozen;
use super::seal::seal;
use crate::answer::PrincipalKind;

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
        // how many are in a group that was not read is not known
        let are_known = lines.iter().filter(|line| line.kind != PrincipalKind::Group);
        let mut people: Vec<&str> = are_known.map(|line| line.id.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        let mut frozen = Frozen { people: people.len(), lines: lines.len(), ..frozen };
        frozen.seal = seal(&frozen, &lines);
        Self { schema: Self::SCHEMA, frozen, lines, loose_ends }
    }
}
