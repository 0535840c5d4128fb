//! The answer of `plan groups`: the fewest groups that let users into the roles that they need, and into no others.

use serde::Serialize;
use serde_json::Value;

use crate::snapshot::ledger::Gap;

/// `rolehop/plan-groups/v1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanAnswer {
    /// Always [`PlanAnswer::SCHEMA`].
    pub schema: &'static str,
    /// Where it is from who needs which roles: `reach`, `last-use`, or a file.
    pub from: String,
    /// Users that are planned for.
    pub users: usize,
    /// Of these, users that the file does not name: they keep what they have.
    pub unnamed: usize,
    /// Pairs of a user and a role that it needs.
    pub pairs: u64,
    /// True where every user gets what it needs and nothing else, within every limit.
    pub exact: bool,
    /// True where the organization was decided with the groups of the plan, and every user reaches what the plan says; and the plan was
    /// checked by itself.
    pub verified: bool,
    /// What the check found wrong; a defect of rolehop.
    pub faults: Vec<String>,
    /// Other ways to let the users in, the better ones first.
    pub alternatives: Vec<PlanAlternative>,
    /// The accounts that have the users.
    pub accounts: Vec<PlanAccount>,
    /// False if data that the answer needs is missing.
    pub proven: bool,
    /// Missing data that matters here.
    pub gaps: Vec<Gap>,
}

/// Another way to let users in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanAlternative {
    /// `identity-center`, `account-wildcard`, `tags` or `policies-of-users`.
    pub way: &'static str,
    /// True where it lets in whom it should and needs no more groups than the plan.
    pub is_better: bool,
    /// Groups that it needs.
    pub groups: Option<usize>,
    /// Pairs of a user and a role that it adds to those that are needed.
    pub adds: u64,
    /// Pairs that are needed and that it does not give.
    pub lacks: u64,
    /// In words.
    pub text: String,
}

/// The groups of one account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanAccount {
    /// Twelve digits.
    pub account: String,
    /// Empty if it has none.
    pub account_name: String,
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// What the account allows.
    pub limits: PlanLimits,
    /// Users that need a role from a group.
    pub users: usize,
    /// Different sets of roles that they need.
    pub needs: usize,
    /// No fewer groups than this many are enough.
    pub at_least: usize,
    /// True where no fewer groups are enough.
    pub is_smallest: bool,
    /// The groups of the plan, by name.
    pub groups: Vec<PlannedGroup>,
    /// Groups that are taken away, by name.
    pub deleted: Vec<String>,
    /// Groups of today that stay as they are, with what the plan leaves alone.
    pub kept: Vec<KeptGroup>,
    /// Where somebody does not get exactly what is needed.
    pub deviations: Vec<PlanDeviation>,
    /// Who reaches more or less after the plan than today.
    pub differences: Vec<PlanDifference>,
}

/// Limits of an account, as `quotas` knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanLimits {
    /// Groups that a user can be in.
    pub groups_per_user: u32,
    /// Groups of the account.
    pub groups: u32,
    /// Characters of all inline policies of a group.
    pub inline_size: u32,
    /// Characters of a managed policy.
    pub managed_size: u32,
    /// Managed policies of a group.
    pub managed_per_group: u32,
    /// Customer managed policies of the account.
    pub managed_policies: u32,
    /// The most groups that a user of the plan is in, with those that stay.
    pub most_groups_of_user: usize,
    /// Groups that the account has after the plan.
    pub groups_after: usize,
    /// Customer managed policies that the account has after the plan.
    pub managed_after: usize,
}

/// What becomes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupFate {
    /// It is made.
    New,
    /// It is there, and so are its policies; members may come and go.
    Stays,
}

impl GroupFate {
    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Stays => "stays",
        }
    }
}

/// A group of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedGroup {
    /// Unique in the account, whatever its case.
    pub name: String,
    /// Whether it is there today.
    pub fate: GroupFate,
    /// ARNs of the roles that it lets its members into.
    pub roles: Vec<String>,
    /// Resources with a wildcard: each stands for all roles of one name that the snapshot has.
    pub wildcards: Vec<PlanWildcard>,
    /// Its policies; none of a group that stays.
    pub policies: Vec<PlannedPolicy>,
    /// Names of its members.
    pub members: Vec<String>,
    /// Of these, those who are not in it today.
    pub joins: Vec<String>,
    /// Names of users who are in it today and leave it.
    pub leaves: Vec<String>,
}

/// A resource with a wildcard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanWildcard {
    /// As the policy has it.
    pub resource: String,
    /// How many roles of the snapshot it stands for.
    pub roles: usize,
}

/// A policy of a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedPolicy {
    /// Of a managed policy: unique in the account.
    pub name: String,
    /// `inline` or `managed`.
    pub kind: &'static str,
    /// Characters, white space not counted.
    pub size: u32,
    /// What it says.
    pub document: Value,
}

/// A group that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptGroup {
    /// Its name.
    pub name: String,
    /// Why the plan leaves it alone.
    pub why: String,
    /// How many users are in it.
    pub members: usize,
}

/// Why somebody does not get exactly what is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviationKind {
    /// The role does not let the user in, whatever groups say: by its trust policy, a boundary, a Deny, an SCP or RCP.
    Refused,
    /// Policies that stay let the user into a role that it does not need.
    Extra,
    /// The user is in too many groups that stay, or needs more roles than its groups have room for.
    NoRoom,
}

impl DeviationKind {
    /// In words, after a number of pairs.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => {
                "needed and refused whatever groups say (trust policy, boundary, Deny, SCP or RCP): `rolehop explain` shows the statement"
            }
            Self::Extra => "not needed, given by what the plan leaves alone: `rolehop path` shows the statement",
            Self::NoRoom => "needed by users who have no room for more groups",
        }
    }

    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Extra => "extra",
            Self::NoRoom => "no-room",
        }
    }
}

/// A user who does not get exactly what is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanDeviation {
    /// Why.
    pub why: DeviationKind,
    /// Name of the user.
    pub user: String,
    /// Role ARNs.
    pub roles: Vec<String>,
}

/// A user who reaches other roles after the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanDifference {
    /// Name of the user.
    pub user: String,
    /// Role ARNs that it does not reach today.
    pub gains: Vec<String>,
    /// Role ARNs that it reaches today only.
    pub loses: Vec<String>,
}

impl PlanAnswer {
    /// The contract of this shape.
    pub const SCHEMA: &'static str = "rolehop/plan-groups/v1";

    /// All groups with the account of each.
    pub fn groups(&self) -> impl Iterator<Item = (&PlanAccount, &PlannedGroup)> {
        self.accounts.iter().flat_map(|account| account.groups.iter().map(move |group| (account, group)))
    }
}
