//! Rules about whom trust policies let in.

use std::collections::{BTreeMap, BTreeSet};

use super::aws_made;
use super::context::{CheckContext, Found, trust_evidence};
use super::entry::{self, Can};
use super::formula;
use crate::answer::Verdict;
use crate::arn::Arn;
use crate::eval::{Test, Truth};
use crate::graph::Source;
use crate::ids::{AccountId, GapIx, PrincipalIx};
use crate::policy::key::KeyKind;
use crate::policy::operator::{Base, Comparison, Quantifier};
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Pinned, Policy, Statement, pinned_accounts};
use crate::wildcard;

/// A role that anybody can assume.
pub(super) fn trust_any_principal(cx: &mut CheckContext<'_, '_>) {
    for (role, trust) in cx.trusts() {
        if !entry::assume_allows(trust).any(lets_strangers_in) {
            continue;
        }
        let edges = cx.graph.incoming(role);
        let Some(edge) = edges.iter().find(|e| e.from == Source::Everyone) else { continue };
        if edge.free().verdict() == Verdict::Unknown {
            let why = entry::unclear(cx, &edge.free().truth());
            cx.unknown_principal(role, &why);
            continue;
        }
        if !formula::can_hold(&edge.free().truth(), &stranger_can) {
            continue;
        }
        let conditions: Vec<String> = edge.free().conditions().into_iter().collect();
        let message = if conditions.is_empty() {
            "anybody with an AWS account can assume it".to_owned()
        } else {
            format!("anybody with an AWS account can assume it: {} does not pin who", conditions.join(", "))
        };
        let evidence = entry::assume_allows(trust).filter(|s| lets_strangers_in(s)).map(trust_evidence).collect();
        cx.principal(role, Found { message, evidence, ..Found::default() });
    }
}

/// Whether somebody whom the policy did not have in mind can meet a test, or with `turned` its opposite.
fn stranger_can(test: &Test, turned: bool) -> bool {
    if test.undecided.iter().all(|key| is_no_pin(key.kind(), key.lower())) {
        return true;
    }
    let meets = match test.operator.base {
        // a stranger chooses whether to have an organisation
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

const PARTITIONS: [&str; 4] = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"];

/// Accounts, organizations and ids of strangers, two of each: a pattern that fits both names no certain one.
const STRANGERS: [(&str, &str, &str); 2] = [
    ("739205816443", "o-q7x2m4k9zt", "AIDAQ7X2M4K9ZTLWB5VN"),
    ("284617093358", "o-b5v8n3r6yw", "AIDAB5V8N3R6YWKJH4TP"),
];

/// Whether a pattern leaves open whose it is: whatever stranger comes, something of theirs fits.
fn names_no_owner(kind: KeyKind, arn_parts: bool, pattern: &str) -> bool {
    STRANGERS.iter().all(|(account, organization, id)| match kind {
        KeyKind::PrincipalAccount => wildcard::matches(pattern, account),
        KeyKind::PrincipalOrgId => wildcard::matches(pattern, organization),
        KeyKind::PrincipalOrgPaths => wildcard::meet(pattern, &format!("{organization}/*")),
        KeyKind::UserId => {
            let role = id.replacen("AIDA", "AROA", 1);
            wildcard::matches(pattern, id) || wildcard::meet(pattern, &format!("{role}:*"))
        }
        // parts of an ARN are compared one by one
        KeyKind::PrincipalArn if arn_parts => {
            pattern.split(':').nth(4).is_some_and(|part| wildcard::matches(part, account))
        }
        KeyKind::PrincipalArn => {
            PARTITIONS.iter().any(|partition| wildcard::meet(pattern, &format!("arn:{partition}:iam::{account}:*")))
        }
        _ => {
            let own = ["o-", "vpc-", "vpce-"].iter().find_map(|prefix| pattern.strip_prefix(prefix));
            own.unwrap_or(pattern).chars().all(|c| matches!(c, '*' | '?'))
        }
    })
}

/// Names everybody, or everybody but a few.
fn lets_strangers_in(statement: &Statement) -> bool {
    statement.principal.iter().any(|c| c.negated || c.entries.contains(&PrincipalEntry::Everyone))
}

/// Keys that the caller chooses, or that are too weak to tell one caller from another.
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

/// A role that trusts an account which is neither in the organization nor allowed.
pub(super) fn external_account_not_allowed(cx: &mut CheckContext<'_, '_>) {
    if cx.estate.organization().is_none() {
        return;
    }
    let allowed = cx.list("allowed_accounts");
    for (role, trust) in cx.trusts() {
        let mut unknown = BTreeSet::new();
        for outsider in outsiders(cx, role, trust, &allowed) {
            match (entry::can(&outsider.truth), outsider.membership) {
                (Can::No, _) => {}
                (_, Some(gap)) => unknown.extend([cx.reason(gap)]),
                (Can::Perhaps, None) => unknown.extend(entry::unclear(cx, &outsider.truth)),
                (Can::Yes, None) => {
                    let id = outsider.id;
                    let message = format!("trusts account {id}, which is not in the organization and not allowed");
                    cx.principal(role, outsider.found(message));
                }
            }
        }
        cx.unknown_principal(role, &unknown);
    }
}

/// External ids that nobody agreed on, two of each form: a test that lets both of a form through asks for no certain one.
const STRANGE_IDS: [[&str; 2]; 4] = [
    ["4a1fd9c2-5b3e-4f60-8a7d-c19e2b80f3d6", "e70b3816-92ac-4d1b-b5f4-08d6a1c73e29"],
    ["481920375566", "730264918825"],
    ["Kq", "x7"],
    ["Zp4vTq8mWc2nRb6yLs0dHf3gJk9tXe1a", "b7UoQ5iAr2NwE8xMy4VhC6lPz1SkD3jG"],
];

/// A role that an outside account enters without an external id, or with any.
pub(super) fn external_trust_without_external_id(cx: &mut CheckContext<'_, '_>) {
    let own = cx.list("own_accounts");
    for (role, trust) in cx.trusts() {
        let mut unknown = BTreeSet::new();
        for outsider in outsiders(cx, role, trust, &own) {
            let with = |id: Option<&str>| entry::can(&entry::with(&outsider.truth, &[(KeyKind::ExternalId, id)]));
            let without = with(None);
            let any = STRANGE_IDS.iter().map(|form| form.iter().map(|id| with(Some(id))).min());
            let any = any.flatten().max().unwrap_or(Can::No);
            if let (Some(gap), true) = (outsider.membership, without.max(any) > Can::No) {
                unknown.insert(cx.reason(gap));
                continue;
            }
            let id = outsider.id;
            let message = match (without, any) {
                (Can::Yes, _) => format!("account {id} enters without an external id"),
                (_, Can::Yes) => format!("account {id} enters with any external id"),
                (Can::No, Can::No) => continue,
                _ => {
                    unknown.extend(entry::unclear(cx, &outsider.truth));
                    continue;
                }
            };
            cx.principal(role, outsider.found(message));
        }
        cx.unknown_principal(role, &unknown);
    }
}

/// An outside account that a trust speaks of.
struct Outsider<'p> {
    id: AccountId,
    /// The statement that shows it best.
    statement: &'p Statement,
    /// The way in for anybody of it.
    truth: Truth,
    /// Why it may be of the organization after all.
    membership: Option<GapIx>,
}

impl Outsider<'_> {
    fn found(&self, message: String) -> Found {
        Found {
            message,
            discriminator: self.id.to_string(),
            evidence: vec![trust_evidence(self.statement)],
            ..Found::default()
        }
    }
}

/// Outside accounts that a trust speaks of, in order; without those that are `known` not to be strangers.
fn outsiders<'p>(
    cx: &CheckContext<'_, '_>,
    role: PrincipalIx,
    trust: &'p Policy,
    known: &[String],
) -> Vec<Outsider<'p>> {
    let estate = cx.estate;
    let principal = estate.principal(role);
    // which account an organization is run from cannot be told without it: what its own tools make is no vendor's
    if estate.organization().is_none() && aws_made::is_of_organization(principal.name()) {
        return Vec::new();
    }
    let home = estate.account(principal.account()).id();
    let mut statements = BTreeMap::<AccountId, &Statement>::new();
    let asks = |s: &Statement| s.conditions.iter().any(|c| c.key.kind() == KeyKind::ExternalId);
    for statement in entry::assume_allows(trust) {
        for id in entry::entries(statement).filter_map(account_of).chain(pinned(statement)) {
            let best = statements.entry(id).or_insert(statement);
            if asks(best) && !asks(statement) {
                *best = statement;
            }
        }
    }
    let stranger = |id: &AccountId| *id != home && !known.contains(&id.to_string()) && is_outside(cx, *id);
    let found = statements.into_iter().filter(|(id, _)| stranger(id));
    let outsider = |(id, statement)| Outsider {
        id,
        statement,
        truth: entry::of_account(cx, role, trust, id),
        membership: match estate.account_by_id(id) {
            Some(ix) => estate.account(ix).membership_gap(),
            None => estate.unlisted(),
        },
    };
    found.map(outsider).collect()
}

/// Neither a member nor, without an organization, among those given.
fn is_outside(cx: &CheckContext<'_, '_>, id: AccountId) -> bool {
    let organized = cx.estate.organization().is_some();
    cx.estate.account_by_id(id).is_none_or(|ix| organized && !cx.estate.account(ix).is_member())
}

/// Accounts to which a condition pins an Allow for everybody.
fn pinned(statement: &Statement) -> BTreeSet<AccountId> {
    if !lets_strangers_in(statement) {
        return BTreeSet::new();
    }
    // whom it may be meant for: each is asked about
    pinned_accounts(statement, Pinned::Mentioned).unwrap_or_default()
}

fn account_of(entry: &PrincipalEntry) -> Option<AccountId> {
    match entry {
        PrincipalEntry::Account { id, .. } | PrincipalEntry::Session { account: id, .. } => Some(*id),
        PrincipalEntry::Identity(arn) | PrincipalEntry::FederatedUser(arn) => Arn::parse(arn)?.account_id(),
        _ => None,
    }
}
