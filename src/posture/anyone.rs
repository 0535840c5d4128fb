//! Whether anyone can satisfy a trust policy: which of its tests keep strangers out.
//!
//! Owns: which condition keys distinguish callers, and which patterns are specific to no one. Judges a test by whether principals
//! that do not exist pass it, not by how it is written.

use super::formula;
use super::strangers::STRANGERS;
use crate::eval::{Test, Truth};
use crate::policy::Statement;
use crate::policy::key::KeyKind;
use crate::policy::operator::{Base, Comparison, Quantifier};
use crate::policy::principal::PrincipalEntry;
use crate::wildcard;

/// Whether the statement names everyone, or everyone but a few.
pub(crate) fn names_everybody(statement: &Statement) -> bool {
    statement.principal.iter().any(|c| c.negated || c.entries.contains(&PrincipalEntry::Everyone))
}

/// Whether a principal of any AWS account can satisfy what is left of a decision.
pub(crate) fn stranger_can_enter(truth: &Truth) -> bool {
    formula::can_hold(truth, &stranger_can)
}

/// Whether a principal of any AWS account can satisfy it from some network: from a VPC, or through an endpoint, that is named.
pub(crate) fn stranger_can_enter_from_network(truth: &Truth) -> bool {
    let is_of_network = |key: &str| key.starts_with("aws:sourcevpc") || key.starts_with("aws:vpc");
    formula::can_hold(truth, &|test, turned| {
        test.undecided.iter().all(|key| is_of_network(key.lower())) || stranger_can(test, turned)
    })
}

/// Whether a caller that the policy was not written for can satisfy a test or, with `turned`, its negation.
fn stranger_can(test: &Test, turned: bool) -> bool {
    if test.undecided.iter().all(|key| is_no_pin(key.kind(), key.lower())) {
        return true;
    }
    let meets = match test.operator.base {
        // a stranger chooses whether to have an organization
        Base::Null | Base::Unknown(_) => return true,
        Base::Compare { negated: true, .. } => true,
        Base::Compare { how, negated: false } => {
            let in_organization = matches!(test.key.kind(), KeyKind::PrincipalOrgId | KeyKind::PrincipalOrgPaths);
            let without = test.operator.if_exists || test.operator.quantifier == Some(Quantifier::ForAllValues);
            let globs = matches!(how, Comparison::StringLike | Comparison::ArnLike);
            let by_parts = how == Comparison::ArnLike;
            in_organization && without
                || globs && test.values.iter().any(|v| names_no_owner(test.key.kind(), by_parts, v))
        }
    };
    meets != turned
}

/// The partitions whose accounts people have.
pub(super) const PARTITIONS: [&str; 4] = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"];

/// The length of the ids of accounts, and of most organizations.
const ID: usize = 12;
/// From how many open characters on ids fit a pattern that belong to strangers: ten thousand accounts are more than anybody means.
const OPEN: usize = 4;

/// Whether ids of strangers fit a pattern for one.
fn is_open_id(pattern: &str) -> bool {
    let wildcards = pattern.chars().filter(|c| matches!(c, '*' | '?')).count();
    let length = pattern.chars().count();
    let fits = pattern.contains('*') || length == ID;
    wildcards > 0 && fits && ID.saturating_sub(length.saturating_sub(wildcards)) >= OPEN
}

/// Whether a pattern is specific to no owner: whatever the stranger, something of theirs matches, or the id of the owner is open.
fn names_no_owner(kind: KeyKind, arn_parts: bool, pattern: &str) -> bool {
    let id = match kind {
        KeyKind::PrincipalAccount | KeyKind::PrincipalOrgId => Some(pattern),
        KeyKind::PrincipalOrgPaths => pattern.split('/').next(),
        KeyKind::PrincipalArn => pattern.split(':').nth(4),
        _ => None,
    };
    id.is_some_and(is_open_id) || is_of_strangers(kind, arn_parts, pattern)
}

fn is_of_strangers(kind: KeyKind, arn_parts: bool, pattern: &str) -> bool {
    STRANGERS.iter().all(|stranger| match kind {
        KeyKind::PrincipalAccount => wildcard::matches(pattern, stranger.account),
        KeyKind::PrincipalOrgId => wildcard::matches(pattern, stranger.organization),
        KeyKind::PrincipalOrgPaths => wildcard::meet(pattern, &format!("{}/*", stranger.organization)),
        KeyKind::UserId => {
            let role = stranger.user_id.replacen("AIDA", "AROA", 1);
            wildcard::matches(pattern, stranger.user_id) || wildcard::meet(pattern, &format!("{role}:*"))
        }
        // parts of an ARN are compared one by one
        KeyKind::PrincipalArn if arn_parts => {
            pattern.split(':').nth(4).is_some_and(|part| wildcard::matches(part, stranger.account))
        }
        KeyKind::PrincipalArn => {
            let account = stranger.account;
            PARTITIONS.iter().any(|partition| wildcard::meet(pattern, &format!("arn:{partition}:iam::{account}:*")))
        }
        _ => {
            let own = ["o-", "vpc-", "vpce-"].iter().find_map(|prefix| pattern.strip_prefix(prefix));
            own.unwrap_or(pattern).chars().all(|c| matches!(c, '*' | '?'))
        }
    })
}

/// Keys that the caller chooses, or that are too weak to distinguish one caller from another.
fn is_no_pin(kind: KeyKind, lower: &str) -> bool {
    match kind {
        KeyKind::Environment => matches!(lower, "aws:sourceip" | "aws:useragent" | "aws:referer"),
        _ => matches!(
            kind,
            KeyKind::RoleSessionName
                | KeyKind::ExternalId
                | KeyKind::RequestedRegion
                | KeyKind::TagKeys
                | KeyKind::RequestTag
                | KeyKind::TransitiveTagKeys
                | KeyKind::RequestedSourceIdentity
                | KeyKind::SourceIdentity
                | KeyKind::SecureTransport
                | KeyKind::CurrentTime
                | KeyKind::EpochTime
                | KeyKind::MfaPresent
                | KeyKind::MfaAge
                | KeyKind::TokenIssueTime
                | KeyKind::PrincipalType
                | KeyKind::PrincipalTag
                | KeyKind::Username
        ),
    }
}
