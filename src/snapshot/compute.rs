//! What runs with roles: functions, instances, stacks, projects, tasks, notebooks, endpoints, state machines.
//!
//! Owns: the data set `compute`, by account, which of its lists are whole, and of which accounts. Does not know how it was read (`import`).
//! INVARIANT: a list that was not read, or not to its end, is never an empty list: "nothing runs with this role" is said of whole lists alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::AccountId;
use crate::regions;

/// Where it lies in a snapshot.
pub const FOLDER: &str = "compute";

/// The data set, by account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compute {
    /// Accounts of which something was read.
    pub accounts: BTreeMap<AccountId, AccountCompute>,
    /// SHA-256 of each file, by its path in the snapshot, with `/` between folders.
    pub files: BTreeMap<String, String>,
}

/// Of which accounts of a snapshot the data set tells, each list in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Every list was read to its end, in every Region.
    pub complete: Vec<AccountId>,
    /// Something was read, with the kinds of thing whose lists are not whole.
    pub incomplete: Vec<(AccountId, Vec<&'static str>)>,
    /// Nothing was read.
    pub absent: Vec<AccountId>,
    /// Accounts of the data set that the snapshot does not have.
    pub unlisted: Vec<AccountId>,
}

/// The kinds of thing whose lists can be read to their end: those of tasks never tell what will run.
const LISTED: [&str; 7] = [
    "cloudformation:stack",
    "codebuild:project",
    "ec2:instance",
    "glue:devEndpoint",
    "lambda:function",
    "sagemaker:notebook-instance",
    "states:stateMachine",
];

impl Compute {
    /// Of which of these accounts it tells; each has its partition with it.
    #[must_use]
    pub fn coverage<'a>(&self, accounts: impl Iterator<Item = (AccountId, &'a str)>) -> Coverage {
        let mut coverage = Coverage::default();
        let mut unlisted: BTreeSet<AccountId> = self.accounts.keys().copied().collect();
        for (id, partition) in accounts {
            unlisted.remove(&id);
            match self.accounts.get(&id).map(|of| of.unread(partition)) {
                None => coverage.absent.push(id),
                Some(unread) if unread.is_empty() => coverage.complete.push(id),
                Some(unread) => coverage.incomplete.push((id, unread)),
            }
        }
        coverage.unlisted = unlisted.into_iter().collect();
        coverage
    }
}

/// What runs in one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountCompute {
    /// The Regions that the account has enabled, if they were read.
    pub regions: Option<BTreeSet<String>>,
    /// By kind (`lambda:function`) the Regions whose list was read to its end.
    pub whole: BTreeMap<String, BTreeSet<String>>,
    /// By ARN the name of the role that it runs with, without path.
    pub things: BTreeMap<String, String>,
}

impl AccountCompute {
    /// The kinds of thing whose lists are not whole.
    #[must_use]
    pub fn unread(&self, partition: &str) -> Vec<&'static str> {
        LISTED.into_iter().filter(|kind| !self.is_whole(kind, partition)).collect()
    }

    /// Whether every Region of the account was read for things of this kind.
    #[must_use]
    pub fn is_whole(&self, kind: &str, partition: &str) -> bool {
        let read = self.whole.get(kind);
        let has = |region: &str| read.is_some_and(|read| read.contains(region));
        match &self.regions {
            Some(enabled) if !enabled.is_empty() => enabled.iter().all(|region| has(region)),
            _ => regions::of(partition).iter().all(|region| has(region)),
        }
    }
}

/// `lambda:function` of `arn:aws:lambda:eu-west-1:111122223333:function:app`; `None` for what is no such ARN.
#[must_use]
pub fn kind_of(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2)?;
    let resource = parts.nth(2)?;
    let (kind, name) = resource.split_once([':', '/'])?;
    (!name.is_empty()).then(|| format!("{service}:{kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_thing_is_its_service_and_the_first_word_of_its_resource() {
        let kind = |arn| kind_of(arn).unwrap_or_default();
        assert_eq!(kind("arn:aws:lambda:eu-west-1:111122223333:function:app"), "lambda:function");
        assert_eq!(kind("arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-1"), "ec2:instance");
        assert_eq!(kind("arn:{partition}:ecs:{region}:{account}:task/{name}/{name}"), "ecs:task");
        assert_eq!((kind("arn:aws:sns:eu-west-1:1:topic"), kind("x")), (String::new(), String::new()));
    }

    #[test]
    fn an_account_is_complete_incomplete_or_absent() {
        let id = |text: &str| AccountId::parse(text).unwrap();
        let regions = BTreeSet::from(["eu-west-1".to_owned()]);
        let whole = LISTED.iter().map(|kind| ((*kind).to_owned(), regions.clone())).collect();
        let complete = AccountCompute { regions: Some(regions), whole, ..AccountCompute::default() };
        let mut part = complete.clone();
        part.whole.remove("ec2:instance");
        let accounts = [("111111111111", complete.clone()), ("222222222222", part), ("999999999999", complete)];
        let compute = Compute {
            accounts: accounts.into_iter().map(|(account, of)| (id(account), of)).collect(),
            ..Compute::default()
        };
        let all = ["111111111111", "222222222222", "333333333333"].map(|account| (id(account), "aws"));
        let expected = Coverage {
            complete: vec![id("111111111111")],
            incomplete: vec![(id("222222222222"), vec!["ec2:instance"])],
            absent: vec![id("333333333333")],
            unlisted: vec![id("999999999999")],
        };
        assert_eq!(compute.coverage(all.into_iter()), expected);
    }

    #[test]
    fn a_list_is_whole_where_every_region_of_the_account_was_read() {
        let mut of = AccountCompute::default();
        assert!(!of.is_whole("lambda:function", "aws"));
        of.whole.entry("lambda:function".to_owned()).or_default().insert("eu-west-1".to_owned());
        assert!(!of.is_whole("lambda:function", "aws"), "other Regions are open");
        of.regions = Some(BTreeSet::from(["eu-west-1".to_owned()]));
        assert!(of.is_whole("lambda:function", "aws") && !of.is_whole("ec2:instance", "aws"));
        of.regions = Some(BTreeSet::new());
        assert!(!of.is_whole("lambda:function", "aws"), "a list without Regions tells none");
        of.regions = None;
        let all = regions::of("aws-cn").iter().map(|region| (*region).to_owned()).collect();
        of.whole.insert("ec2:instance".to_owned(), all);
        assert!(of.is_whole("ec2:instance", "aws-cn"));
    }
}
