//! The answer of `who-can` for people: who reaches a target, in counts and groups.

use std::cmp::Reverse;

use super::verdict::Verdict;
use super::via::MfaOfPeople;
use crate::snapshot::ledger::Gap;

/// Who reaches something, by the risk that it stands for: the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// People of Identity Center.
    People,
    /// Roles of Identity Center that such people enter.
    PeopleRoles,
    /// IAM users: long-lived credentials of people and programs.
    Users,
    /// Anybody, and principals of accounts that are not in the snapshot.
    Outsiders,
    /// Whoever is in accounts of the organization that were not read.
    Unread,
    /// People and workloads that an identity provider vouches for.
    Federated,
    /// Services that bring in people or workloads from outside IAM.
    Carriers,
    /// Roles of the snapshot's accounts.
    Roles,
    /// AWS services.
    Services,
    /// Accounts of the organization in which nobody can act: suspended, closed, or not active yet.
    Dormant,
}

/// How many reach a target, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReachCount {
    /// Who they are.
    pub who: Who,
    /// How many of them.
    pub principals: usize,
    /// How many roles of the target they reach together.
    pub roles: usize,
    /// Of users: how many reach a role without MFA, and how many such roles there are; `None` where that is not known.
    pub without_mfa: Option<(usize, usize)>,
}

/// What the principals of a group have in common beside verdict and conditions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupName {
    /// The account that they are in, by id.
    Account(String),
    /// Their name, in so many accounts.
    Name(String, usize),
    /// What leads these people in, in words.
    Via(String),
    /// There is one, by this name.
    Only(String),
    /// Nothing but verdict and conditions; in so many accounts, beside the larger groups of these.
    Others(usize),
}

/// Principals of one sort that reach roles with the same verdict and under the same conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachRow {
    /// Who they are.
    pub who: Who,
    /// What they have in common.
    pub name: GroupName,
    /// How many there are.
    pub principals: usize,
    /// The first few of them, and of the roles: all where there are no more.
    pub examples: (Vec<String>, Vec<String>),
    /// Of a best path to each of the roles.
    pub verdict: Verdict,
    /// Deciding context keys, sorted.
    pub conditions: Vec<String>,
    /// What must be right, in words; empty where nothing must, where they are too many to ask, and of groups that are not shown.
    pub needs: Vec<String>,
    /// True for users who need no MFA.
    pub without_mfa: bool,
    /// Fewest and most calls.
    pub hops: (usize, usize),
    /// Roles that they reach together.
    pub roles: usize,
    /// Accounts of these roles.
    pub accounts: usize,
    /// Fewest and most roles of one of them.
    pub each: (usize, usize),
}

/// What would close most: a trust policy, and the ways that end in the roles that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// ARN of a role that has it.
    pub role: String,
    /// How many roles of the target have it.
    pub copies: usize,
    /// Pairs of a principal and a role that it reaches.
    pub ways: u64,
}

/// How far principals are put together that do not reach quite the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// As far as it takes to come near to this number of groups.
    Near(usize),
    /// Those of one account, and roles of one name: every group.
    Every,
}

/// How much of a summary is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SummarySize {
    /// Groups of which is told what they need.
    pub groups: usize,
    /// Principals and roles that are named of each group.
    pub named: usize,
}

/// The largest of some groups, and the rest of them: one more group is as short as a rest of one.
pub(crate) fn largest<T>(mut groups: Vec<T>, most: usize, size: impl Fn(&T) -> usize) -> (Vec<T>, Vec<T>) {
    groups.sort_by_key(|group| Reverse(size(group)));
    let rest = if groups.len() > most + 1 { groups.split_off(most) } else { Vec::new() };
    (groups, rest)
}

/// Who reaches a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachSummary {
    /// As asked.
    pub target: String,
    /// Options that narrowed it, as they are written; the counts are of what they leave.
    pub asked: Vec<String>,
    /// Roles that the target stands for, and their accounts.
    pub size: (usize, usize),
    /// False if data that the answer needs is missing: then "at least these".
    pub proven: bool,
    /// Where people are among those who reach it.
    pub mfa_of_people: Option<MfaOfPeople>,
    /// By risk; those that are none are left out.
    pub counts: Vec<ReachCount>,
    /// Widest risk first: users without MFA, outsiders, federated, machines; then the surest, then the largest. Where few groups
    /// tell it, the principals of each reach the same roles; else they reach some of them each.
    pub groups: Vec<ReachRow>,
    /// Principals of whom it is unknown whether they reach any of it; they are among the counts.
    pub possible: usize,
    /// Roles of the target that somebody reaches.
    pub reached: usize,
    /// Pairs of a principal and a role that it reaches.
    pub ways: u64,
    /// The trust policies that most ways end in, most first.
    pub closing: Vec<Closing>,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

impl SummarySize {
    /// Every group, each with the principals and roles that a row has room for.
    pub const EVERY: Self = Self { groups: usize::MAX, named: ReachRow::EXAMPLES };
}

impl ReachRow {
    /// Principals and roles of a group that are named at most.
    pub const EXAMPLES: usize = 3;

    /// How wide it is: principals times roles.
    #[must_use]
    pub fn size(&self) -> usize {
        self.principals.saturating_mul(self.roles)
    }
}

impl ReachSummary {
    /// How many principals reach the target, or may.
    #[must_use]
    pub fn principals(&self) -> usize {
        self.counts.iter().map(|count| count.principals).sum()
    }
}
