//! What runs with roles: functions, instances, stacks, projects, tasks, notebooks, endpoints, state machines.
//!
//! Owns: the data set `compute`, by account, and which of its lists are whole. Does not know how it was read (`import`).
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
