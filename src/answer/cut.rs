//! The answer of `cut`: the fewest removals that close a target.

use serde::Serialize;

use crate::snapshot::ledger::Gap;

/// `rolehop/cut/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutAnswer {
    /// Always [`CutAnswer::SCHEMA`].
    pub schema: &'static str,
    /// As asked.
    pub target: String,
    /// Whether only ways that are open without MFA are closed.
    pub without_mfa: bool,
    /// Whether only ways of roles, providers of programs and the like are closed, not those of people and IAM users.
    pub machines: bool,
    /// Whose ways stay, as asked.
    pub keep: Vec<String>,
    /// Whose ways are closed, as asked; everybody's if empty.
    pub principals: Vec<String>,
    /// The accounts of those whose ways are closed; any if empty.
    pub accounts: Vec<String>,
    /// Ways that are to be closed: pairs of a principal and a role of the target.
    pub ways: u64,
    /// Of these, those that the removals close.
    pub closed: u64,
    /// No fewer removals close them.
    pub at_least: usize,
    /// True where no fewer removals close as much: the search was not given up.
    pub is_smallest: bool,
    /// True where the organization was decided without the removals, and nothing was left that a removal could close.
    pub verified: bool,
    /// How often the organization was decided.
    pub rounds: usize,
    /// What closes most first.
    pub removals: Vec<CutRemoval>,
    /// Other ways, to any role, that all removals together take away.
    pub others: u64,
    /// The same by target.
    pub also: Vec<CutAlso>,
    /// Ways to the target that stay, and why.
    pub stays: Vec<CutWays>,
    /// Kinds of edge that the configuration asks for and no way here takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_followed: Vec<String>,
    /// False if data that the answer needs is missing.
    pub proven: bool,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

/// One removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutRemoval {
    /// `statement`, `inline-policy`, `attachment`, `membership`, `assignment` or `entitlement`.
    pub kind: &'static str,
    /// In words.
    pub what: String,
    /// What a statement says; empty for others.
    pub text: String,
    /// The option of `rolehop what-if` that makes it.
    pub option: &'static str,
    /// The value of the option.
    pub value: String,
    /// Ways to the target that it closes alone, where others stay as they are; `None` if it was not looked at alone.
    pub closes: Option<u64>,
    /// Other ways, to any role, that it takes away alone; `None` if it was not looked at alone.
    pub others: Option<u64>,
    /// The same by target.
    pub also: Vec<CutAlso>,
    /// What to know before it is made: that others allow all that it allows, or that tools of AWS rest on it.
    pub remarks: Vec<String>,
}

/// Ways that are taken away beside those that were to be closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutAlso {
    /// A configured target, or the one that was asked for; `None` for roles of no target.
    pub target: Option<String>,
    /// How many.
    pub ways: u64,
    /// Some of them.
    pub examples: Vec<CutExample>,
}

/// One way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutExample {
    /// Who.
    pub principal: String,
    /// Role ARN.
    pub role: String,
}

/// Ways that stay for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutWays {
    /// Why.
    pub why: CutStay,
    /// Pairs of a principal and a role.
    pub ways: u64,
    /// Who, sorted.
    pub principals: Vec<String>,
    /// Role ARNs.
    pub roles: Vec<String>,
}

/// Why a way stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum CutStay {
    /// `--keep` names who has it.
    Kept,
    /// It needs MFA, and only ways without are closed.
    NeedsMfa,
    /// A role trusts an AWS service.
    Service,
    /// It rests on nothing but what a kept way rests on.
    Shared,
    /// It rests on nothing that can be removed: AWS or Identity Center writes it.
    Fixed,
    /// The search was given up before.
    Left,
    /// Whether it is open is not known, with the removals.
    Unknown,
    /// It is of nobody who was named.
    NotAsked,
}

impl CutStay {
    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// In words, after a number of ways.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Kept => "of those whom --keep names",
            Self::NeedsMfa => "open with MFA alone",
            Self::Service => "of AWS services that roles trust",
            Self::Shared => "resting on nothing but what --keep needs: narrow the statement instead",
            Self::Fixed => "resting on nothing that can be removed: AWS or Identity Center writes it",
            Self::Left => "left open by a search that was given up",
            Self::Unknown => "not known to be open or closed",
            Self::NotAsked => "of others than those who were named",
        }
    }
}

impl CutAnswer {
    /// Name and version of the JSON form.
    pub const SCHEMA: &'static str = "rolehop/cut/v1";
}
