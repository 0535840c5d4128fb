//! Compares what was read of an account with AWS's own counts (GetAccountSummary).
//!
//! Owns: which counts can be compared, and when a difference cannot be explained by concurrent changes. A list that
//! lost entries in transit is well-formed and looks complete: only a count reveals it.
//! Source: IAM API Reference, GetAccountSummary. `Policies` counts customer managed policies. Whether `Roles` counts
//! service-linked roles and `MFADevicesInUse` the root user's devices is not documented: both readings are accepted.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::details::{Details, is_aws_managed};
use super::outcome::Failure;
use crate::arn::{Arn, Named};
use crate::collect::aws::error::{CallError, Kind};
use crate::facet::Facet;

/// MFA devices that a root user can have.
const ROOT_DEVICES: i64 = 8;

/// The summary as AWS sends it.
pub(crate) type Summary = BTreeMap<String, i64>;

/// A count of what was read; a range if AWS's definition is not fully documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    key: &'static str,
    what: &'static str,
    facet: Facet,
    read: RangeInclusive<i64>,
}

/// The counts of what was read. `devices` counts the devices of users, if every user was read.
pub(crate) fn counts(details: &Details, devices: Option<usize>, summary: &Summary) -> Vec<Count> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let exact = |count: usize| number(count)..=number(count);
    let own_policies = details.policies.keys().filter(|arn| !is_aws_managed(arn)).count();
    let service_linked = |arn: &&String| {
        let named = Arn::parse(arn).map(|arn| arn.named());
        matches!(named, Some(Named::Role { path, .. }) if path.starts_with("/aws-service-role/"))
    };
    let without_linked = details.roles.keys().filter(|arn| !service_linked(arn)).count();
    let of_details = Facet::AuthorizationDetails;
    let count = |key, what, facet, read| Count { key, what, facet, read };
    let mut counts = vec![
        count("Users", "users", of_details, exact(details.users.len())),
        count("Groups", "groups", of_details, exact(details.groups.len())),
        count("Roles", "roles", of_details, number(without_linked)..=number(details.roles.len())),
        count("Policies", "customer managed policies", of_details, exact(own_policies)),
    ];
    if let Some(devices) = devices {
        let users = number(devices);
        let root = if summary.get("AccountMFAEnabled").is_some_and(|enabled| *enabled > 0) { ROOT_DEVICES } else { 0 };
        counts.push(count("MFADevicesInUse", "MFA devices of users", Facet::MfaDevices, users..=users + root));
    }
    counts
}

/// The counts that differ between the summary and what was read.
pub(crate) fn differing(counts: Vec<Count>, summary: &Summary) -> Vec<Count> {
    counts.into_iter().filter(|count| summary.get(count.key).is_some_and(|said| !count.read.contains(said))).collect()
}

/// The missing data that remains after the summary was read again. If entries were added or deleted in the meantime,
/// the count lies between the two summaries.
pub(crate) fn gaps(differing: &[Count], before: &Summary, after: Option<&Summary>) -> Vec<Failure> {
    let failure = |count: &Count| {
        let said = [Some(before), after].into_iter().flatten().filter_map(|summary| summary.get(count.key)).copied();
        let (least, most) = said.fold((i64::MAX, i64::MIN), |(least, most), n| (least.min(n), most.max(n)));
        if *count.read.end() >= least && *count.read.start() <= most {
            return None;
        }
        let read = *count.read.end();
        let said = after.and_then(|summary| summary.get(count.key)).unwrap_or(&least);
        let why = format!("{read} {} were read, but the account summary counts {said}", count.what);
        Some(Failure { facet: count.facet, error: CallError::own("GetAccountSummary", Kind::BadAnswer, why) })
    };
    differing.iter().filter_map(failure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(users: i64) -> Summary {
        Summary::from([("Users".to_owned(), users), ("Groups".to_owned(), 0)])
    }

    fn gaps_of(read: usize, before: i64, after: i64) -> usize {
        let mut details = Details::default();
        for n in 0..read {
            details.users.insert(format!("u{n}"), aws_sdk_iam::types::UserDetail::builder().build());
        }
        let differing = differing(counts(&details, None, &summary(before)), &summary(before));
        gaps(&differing, &summary(before), Some(&summary(after))).len()
    }

    #[test]
    fn a_count_that_differs_is_a_gap_unless_it_changed_meanwhile() {
        assert_eq!(gaps_of(3, 3, 3), 0);
        assert_eq!(gaps_of(3, 4, 4), 1, "one was lost");
        assert_eq!(gaps_of(4, 3, 3), 1, "one was invented");
        assert_eq!(gaps_of(4, 3, 4), 0, "one came before the lists were read");
        assert_eq!(gaps_of(4, 3, 5), 0, "one came before and one after");
        assert_eq!(gaps_of(4, 5, 7), 1, "more came, but five were there from the start");
    }

    #[test]
    fn readings_that_aws_does_not_document_are_both_accepted() {
        let mut details = Details::default();
        let role = || aws_sdk_iam::types::RoleDetail::builder().build();
        details.roles.insert("arn:aws:iam::111122223333:role/app".into(), role());
        let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
        details.roles.insert(linked.into(), role());
        for (said, differs) in [(0, true), (1, false), (2, false), (3, true)] {
            let summary = Summary::from([("Roles".to_owned(), said)]);
            let counts = counts(&details, None, &summary);
            assert_eq!(!differing(counts, &summary).is_empty(), differs, "{said}");
        }
        for (root, said, differs) in [(0, 1, true), (1, 1, false), (1, 9, true)] {
            let summary = Summary::from([("AccountMFAEnabled".to_owned(), root), ("MFADevicesInUse".to_owned(), said)]);
            assert_eq!(!differing(counts(&details, Some(0), &summary), &summary).is_empty(), differs, "{root} {said}");
        }
    }
}
