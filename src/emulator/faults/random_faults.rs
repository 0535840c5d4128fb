//! Everything that can go wrong, at random rates.
//!
//! Owns: which faults can be drawn, and how often each may happen so that a run still ends.
//! INVARIANT: only faults that a caller can detect: an undetectably shortened list would make every reader wrong.

use super::fault::Fault;
use super::random::Random;
use super::schedule::{Rule, Schedule, When};
use crate::ids::AccountId;

/// The targets of a random rule: whole services, and the calls on which others depend.
const TARGETS: &[&str] = &[
    "iam:",
    "iam:",
    "cloudtrail:",
    "organizations:",
    "AssumeRole",
    "GetCallerIdentity",
    "GetAccountAuthorizationDetails",
    "GetAccountAuthorizationDetails",
    "ListRoles",
    "ListAccessKeys",
    "GetAccessKeyLastUsed",
    "ListMFADevices",
    "ListSSHPublicKeys",
    "GenerateCredentialReport",
    "GetCredentialReport",
    "GetServiceLastAccessedDetails",
    "DescribeTrails",
    "GetEventSelectors",
    "LookupEvents",
    "ListAccounts",
    "ListRoots",
    "ListOrganizationalUnitsForParent",
    "ListPolicies",
    "DescribePolicy",
    "ListTargetsForPolicy",
    "ListTagsForResource",
    "ListDelegatedServicesForAccount",
    "ListOrganizationsFeatures",
];

/// The same for people, whom one account alone is asked for.
const TARGETS_OF_PEOPLE: &[&str] = &[
    "sso:",
    "identitystore:",
    "account-access:",
    "ListInstances",
    "ListPermissionSets",
    "DescribePermissionSet",
    "ListAccountsForProvisionedPermissionSet",
    "ListPermissionSetsProvisionedToAccount",
    "ListAccountAssignments",
    "ListAccountAssignmentsForPrincipal",
    "ListGroupMemberships",
    "ListEntitlements",
];

/// Faults that cost no more than a retry.
const QUICK: &[Fault] = &[
    Fault::Reset,
    Fault::ResetAfter(0.3),
    Fault::ResetAfter(0.9),
    Fault::ShortBody,
    Fault::ChunkWithoutEnd,
    Fault::Cut,
    Fault::Cut,
    Fault::Cut,
    Fault::Garbage,
    Fault::WebPage(200),
    Fault::WebPage(302),
    Fault::WebPage(407),
    Fault::WebPage(502),
    Fault::Gzip,
    Fault::GzipBomb(1 << 24),
    Fault::Status(429),
    Fault::Status(500),
    Fault::Status(502),
    Fault::Status(503),
    Fault::Status(504),
    Fault::RetryAfter(503, "0"),
    Fault::RetryAfter(429, "-5"),
    Fault::Refuse(400, "Throttling"),
    Fault::Refuse(400, "ThrottlingException"),
    Fault::Refuse(400, "TooManyRequestsException"),
    Fault::Refuse(400, "PriorRequestNotComplete"),
    Fault::Refuse(503, "RequestLimitExceeded"),
    Fault::Refuse(403, "AccessDenied"),
    Fault::Refuse(400, "AccessDeniedException"),
    Fault::Refuse(403, "ExpiredToken"),
    Fault::Refuse(400, "ExpiredTokenException"),
    Fault::Refuse(400, "RequestExpired"),
    Fault::Refuse(404, "NoSuchEntity"),
    Fault::Refuse(400, "ResourceNotFoundException"),
    Fault::Refuse(400, "ValidationException"),
    Fault::RefuseCut(404, "NoSuchEntity"),
    Fault::RefuseCut(403, "AccessDenied"),
    Fault::Status(404),
    Fault::Refuse(404, "ReportInProgress"),
    Fault::Refuse(410, "ReportExpired"),
    Fault::Refuse(410, "ReportNotPresent"),
    Fault::Refuse(500, "ServiceFailure"),
    Fault::Refuse(400, "OptInRequired"),
    Fault::NoMarker,
    Fault::SameMarker,
    Fault::MarkerCycle,
    Fault::EmptyPage,
    Fault::RepeatLast,
    Fault::EmptyJson,
    Fault::Twice,
    Fault::WithoutElement("RoleDetailList"),
    Fault::WithoutElement("UserDetailList"),
    Fault::WithoutElement("RoleId"),
    Fault::WithoutElement("UserId"),
    Fault::WithoutElement("PolicyArn"),
    Fault::WithoutElement("Roles"),
    Fault::WithoutElement("AccessKeyMetadata"),
    Fault::WithoutElement("MFADevices"),
    Fault::WithoutElement("SAMLProviderList"),
    Fault::WithoutElement("SummaryMap"),
    Fault::WrongAccount,
    Fault::JobStuck,
    Fault::JobFailed,
];

/// Faults that cost time or memory: once is enough.
const SLOW: &[Fault] =
    &[Fault::BlackHole, Fault::Drip(1), Fault::Oversize(1 << 24), Fault::EndlessPages, Fault::EndlessList];

impl Schedule {
    /// Between one and six faults, from a single failure to a service that never works; each in all accounts or in one
    /// of `accounts`. The seed decides which.
    #[must_use]
    pub fn random(seed: u64, accounts: &[AccountId]) -> Self {
        let mut random = Random(seed);
        let rules = 1 + random.below(6);
        let rule = |_| {
            let rule = rule(&mut random);
            let is_of_people = rule.operations.iter().any(|name| TARGETS_OF_PEOPLE.contains(name));
            let everywhere = random.below(3) == 0 || is_of_people;
            match accounts.first() {
                Some(first) if !everywhere => rule.of(random.pick(accounts, *first)),
                _ => rule,
            }
        };
        Self { seed, rules: (0..rules).map(rule).collect() }
    }
}

fn rule(random: &mut Random) -> Rule {
    let targets = if random.below(4) == 0 { TARGETS_OF_PEOPLE } else { TARGETS };
    let target = random.pick(targets, "iam:");
    if random.below(12) == 0 {
        let when = When::Nth(random.below(4));
        return Rule::always(target, random.pick(SLOW, Fault::BlackHole)).when(when);
    }
    let when = match random.below(6) {
        0 => When::Always,
        1 => When::First(1 + random.below(4)),
        2 => When::Nth(random.below(4)),
        3 => When::After(random.below(3)),
        _ => When::Chance(random.pick(&[0.02, 0.1, 0.3, 0.6], 0.1)),
    };
    Rule::always(target, random.pick(QUICK, Fault::Reset)).when(when)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn random_faults_are_decided_by_their_seed_and_leave_nothing_out() {
        let text = |seed| format!("{:?}", Schedule::random(seed, &[]));
        assert_eq!(text(7), text(7));
        let rules: Vec<Rule> = (0..4000).flat_map(|seed| Schedule::random(seed, &[]).rules).collect();
        let drawn: BTreeSet<String> = rules.iter().map(|rule| format!("{:?}", rule.fault)).collect();
        for fault in QUICK.iter().chain(SLOW) {
            assert!(drawn.contains(&format!("{fault:?}")), "{fault:?} is never drawn");
        }
        let slow = rules.iter().filter(|rule| SLOW.contains(&rule.fault));
        assert!(slow.into_iter().all(|rule| matches!(rule.when, When::Nth(_))));
    }
}
