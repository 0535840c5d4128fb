//! One row: a subject, how much of a quota it uses, and the limit.
//!
//! Owns: rows in few bytes, since an estate may have millions; how full one is; and what subjects are called. Texts are made when a row is
//! shown.

use std::cmp::Ordering;

use super::quota::{Limit, Quota, Source};
use crate::facet::Facet;
use crate::ids::{AccountIx, GapIx, PrincipalIx};
use crate::model::{Estate, OrganizationPolicies};
use crate::posture::unknown;

/// What has a quota. Positions are those in the lists of the account or of the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The account, or those parts of it that were not read.
    Account(AccountIx),
    Principal(PrincipalIx),
    Group(AccountIx, usize),
    CustomerPolicy(AccountIx, usize),
    /// A root or OU; an account is an account.
    Target(usize),
    OrganizationPolicy(usize),
    /// Those parts of the organization that were not read.
    Organization,
}

/// Why it is not known how much is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// The data set was not read.
    Unread(Facet),
    /// The account summary was read and has no such entry.
    NoEntry,
    /// The data set has nothing about this subject.
    NotIn(Facet),
    Gap(GapIx),
    Scps,
    Rcps,
    /// What an SCP or RCP says was not read, or cannot be.
    Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) quota: Quota,
    pub(crate) subject: Subject,
    pub(crate) used: Result<u32, Why>,
    pub(crate) limit: Limit,
}

/// How full a quota is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Unknown,
    /// More than the limit: it was lowered, or it is a default that no longer holds.
    Over,
    Full,
    Near,
    Room,
}

impl Row {
    /// How many more fit.
    pub(crate) fn room(&self) -> Option<u32> {
        self.used.ok().map(|used| self.limit.most.saturating_sub(used))
    }

    /// How full it is, where `near` percent and more is near.
    pub(crate) fn state(&self, near: u8) -> State {
        let Ok(used) = self.used else { return State::Unknown };
        match used.cmp(&self.limit.most) {
            Ordering::Greater => State::Over,
            Ordering::Equal => State::Full,
            Ordering::Less if u64::from(used) * 100 >= u64::from(near) * u64::from(self.limit.most) => State::Near,
            Ordering::Less => State::Room,
        }
    }

    /// More is used than a default allows: the account must have been given more.
    pub(crate) fn beats_default(&self) -> bool {
        self.limit.source == Source::Default && self.used.is_ok_and(|used| used > self.limit.most)
    }

    /// `10 of 10 groups, room for 0 more`.
    pub(crate) fn sentence(&self) -> String {
        let (most, noun) = (self.limit.most, self.quota.noun());
        let Ok(used) = self.used else { return format!("{noun}: not known") };
        let room = self.limit.most.saturating_sub(used);
        let quality = match self.limit.source {
            _ if self.beats_default() => " (AWS's default; more was granted, and the account does not state how much)",
            Source::Default => " (AWS's default)",
            Source::Summary => "",
        };
        format!("{used} of {most} {noun}, room for {room} more{quality}")
    }

    /// Fullest first; what is not known comes last. Equally full ones are in the order of quotas and subjects.
    pub(crate) fn fullest_first(&self, other: &Self) -> Ordering {
        let by_fill = match (self.used, other.used) {
            (Ok(a), Ok(b)) => {
                let of = |used: u32, most: u32| u64::from(used) * u64::from(most.max(1));
                of(b, self.limit.most).cmp(&of(a, other.limit.most))
            }
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(a), Err(b)) => a.cmp(&b),
        };
        by_fill.then_with(|| (self.quota, self.subject).cmp(&(other.quota, other.subject)))
    }
}

/// The account that a row belongs to, the subject's ARN, and what people call it if that is not in the ARN. What an organization owns
/// belongs to its management account, as in its ARN.
pub(crate) fn subject_of(estate: &Estate, subject: Subject) -> (Option<AccountIx>, String, Option<String>) {
    let root = |ix: AccountIx| {
        let account = estate.account(ix);
        format!("arn:{}:iam::{}:root", account.partition(), account.id())
    };
    let of_organization = |arn: Option<String>, name: Option<String>| {
        let organization = estate.organization();
        let owner = organization.and_then(|o| o.management).and_then(|id| estate.account_by_id(id));
        let arn =
            arn.or_else(|| owner.map(root)).unwrap_or_else(|| organization.map_or_else(String::new, |o| o.id.clone()));
        (owner, arn, name)
    };
    let policies = estate.organization_policies();
    match subject {
        Subject::Account(ix) => (Some(ix), root(ix), None),
        Subject::Principal(ix) => (Some(estate.principal(ix).account()), estate.arn(ix), None),
        Subject::Group(ix, at) => {
            let group = estate.account(ix).facts().groups.get(at);
            (Some(ix), group.map(|group| group.arn.clone()).unwrap_or_default(), None)
        }
        Subject::CustomerPolicy(ix, at) => {
            let policy = estate.account(ix).facts().customer_policies.as_ref().and_then(|list| list.get(at));
            (Some(ix), policy.map(|policy| policy.arn.to_string()).unwrap_or_default(), None)
        }
        Subject::Target(at) => {
            let target = policies.and_then(|policies| policies.targets.get(at));
            of_organization(target.map(|target| target.arn.clone()), target.map(|target| target.name.clone()))
        }
        Subject::OrganizationPolicy(at) => {
            let policy = policies.and_then(|policies| policies.own.get(at));
            of_organization(policy.map(|policy| policy.arn.clone()), policy.map(|policy| policy.name.clone()))
        }
        Subject::Organization => of_organization(None, Some("the organization".to_owned())),
    }
}

impl Why {
    /// The data set that is missing.
    pub(crate) fn facet(self, estate: &Estate) -> Facet {
        match self {
            Self::Unread(facet) | Self::NotIn(facet) => facet,
            Self::NoEntry => Facet::AccountSummary,
            Self::Gap(gap) => estate.gap(gap).facet,
            Self::Scps | Self::Rcps | Self::Content => Facet::Guardrails,
        }
    }

    /// In words.
    pub(crate) fn text(self, estate: &Estate) -> String {
        let of_organization = |reason: fn(&OrganizationPolicies) -> Option<&String>| {
            estate.organization_policies().and_then(reason).cloned().unwrap_or_default()
        };
        match self {
            Self::Unread(facet) => format!("{facet} not read"),
            Self::NoEntry => "the account-summary has no such entry".to_owned(),
            Self::NotIn(facet) => format!("not in the {facet}"),
            Self::Gap(gap) => unknown::reason(estate, gap),
            Self::Scps => of_organization(|policies| policies.scps_unread.as_ref()),
            Self::Rcps => of_organization(|policies| policies.rcps_unread.as_ref()),
            Self::Content => "what the policy says was not read".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(used: u32, most: u32, source: Source) -> Row {
        let subject = Subject::Account(AccountIx::new(0));
        Row { quota: Quota::GroupsPerUser, subject, used: Ok(used), limit: Limit { most, source } }
    }

    #[test]
    fn a_limit_that_is_reached_or_exceeded_has_no_room() {
        let states = [7, 8, 9, 10, 12].map(|used| {
            let row = row(used, 10, Source::Summary);
            (row.state(80), row.room())
        });
        let expected = [State::Room, State::Near, State::Near, State::Full, State::Over];
        let rooms = [3, 2, 1, 0, 0].map(Some);
        assert!(states.into_iter().eq(expected.into_iter().zip(rooms)), "{states:?}");
        assert_eq!(row(0, 10, Source::Summary).state(0), State::Near);
        assert_eq!(row(0, 0, Source::Summary).state(80), State::Full);
        assert_eq!(row(99, 100, Source::Summary).state(100), State::Room);
    }

    #[test]
    fn more_than_a_default_means_that_the_default_does_not_hold() {
        assert!(row(11, 10, Source::Default).beats_default());
        assert!(!row(10, 10, Source::Default).beats_default() && !row(11, 10, Source::Summary).beats_default());
        assert_eq!(row(12, 10, Source::Summary).sentence(), "12 of 10 groups, room for 0 more");
        assert_eq!(row(9, 10, Source::Default).sentence(), "9 of 10 groups, room for 1 more (AWS's default)");
    }

    #[test]
    fn the_fullest_is_first_and_what_is_not_known_last() {
        let unknown = Row { used: Err(Why::NoEntry), ..row(0, 10, Source::Summary) };
        let mut rows = [unknown, row(3, 4, Source::Summary), row(9, 10, Source::Summary), row(2, 0, Source::Summary)];
        rows.sort_by(Row::fullest_first);
        assert_eq!(rows.map(|row| row.used.ok()), [Some(2), Some(9), Some(3), None]);
    }
}
