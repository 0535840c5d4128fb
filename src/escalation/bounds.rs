//! Which permissions boundaries a new principal may be given.
//!
//! Owns: those that are worth a try where a condition asks for one, the widest first. Whoever may do without has none.

use std::collections::BTreeSet;

use super::choice::{speaking, strongest_policies, value_of};
use super::names::policy_arn;
use super::policies::makeable;
use super::table::Way;
use crate::eval::{Bound, Credentials};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Document, Estate};
use crate::policy::key::ContextKey;
use crate::wildcard;

/// Boundaries that are tried at most.
const MAX_BOUNDS: usize = 256;

/// The key that names a boundary in requests.
const KEY: &str = "iam:permissionsboundary";

/// A boundary of a new principal: its ARN, unless it has none, and what it lets through.
pub(super) type Boundary = (Option<Box<str>>, Bound);

/// Those that are worth a try for somebody on a way.
pub(super) fn bounds(estate: &Estate, by: PrincipalIx, way: &'static Way, credentials: Credentials) -> Vec<Boundary> {
    let principal = estate.principal(by);
    let account = estate.account(principal.account());
    let of_caller = |key: &ContextKey| value_of(estate, by, key);
    let asking = speaking(estate, principal.class(), way).into_iter().flat_map(|statement| &statement.conditions);
    let asking: Vec<_> = asking.filter(|test| test.key.lower() == KEY).collect();
    let mut found: Vec<Boundary> = vec![(None, Bound::Everything)];
    if asking.is_empty() {
        return found;
    }
    let asked: BTreeSet<String> =
        asking.iter().flat_map(|test| &test.values).filter_map(|text| text.filled(of_caller)).collect();
    let mut add = |arn: Box<str>, bound: Bound| {
        if found.len() < MAX_BOUNDS && !found.iter().any(|(own, _)| own.as_deref() == Some(&*arn)) {
            found.push((Some(arn), bound));
        }
    };
    add(policy_arn(account, "AdministratorAccess", true).into(), Bound::Everything);
    makeable(estate, by, credentials).into_iter().for_each(|arn| add(arn, Bound::Everything));
    let own = || account.facts().customer_policies.iter().flatten();
    let document = |arn: &str| own().find(|policy| *policy.arn == *arn).and_then(|policy| policy.document);
    let bound = |arn: &str| document(arn).map_or(Bound::Unread, Bound::Document);
    let strongest = strongest_policies(estate, account).into_iter().flatten();
    strongest.filter(|arn| document(arn).is_some()).for_each(|arn| add(arn.clone(), bound(&arn)));
    // those that are asked for by name or pattern, before others
    let is_asked = |arn: &str| asked.iter().any(|pattern| wildcard::matches(pattern, arn));
    for wanted in [true, false] {
        own().filter(|policy| is_asked(&policy.arn) == wanted).for_each(|own| add(own.arn.clone(), bound(&own.arn)));
        let of_aws = asked.iter().filter(|arn| wanted && arn.contains("::aws:") && !wildcard::has_wildcard(arn));
        of_aws.for_each(|arn| add(arn.as_str().into(), of_aws_managed(estate, principal.account(), arn)));
    }
    // whose policies were not listed may have any
    if account.facts().customer_policies.is_none() {
        let id = format!("::{}:policy/", account.id());
        let named = asked.iter().filter(|arn| arn.contains(&id) && !wildcard::has_wildcard(arn));
        named.for_each(|arn| add(arn.as_str().into(), Bound::Unread));
    }
    found
}

/// What a managed policy of AWS's allows, where somebody of the account has it.
fn of_aws_managed(estate: &Estate, account: AccountIx, arn: &str) -> Bound {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let classes = estate.classes_of(account).map(|class| estate.class(class));
    let mut attached = classes.flat_map(|class| class.policies().iter().chain(class.boundary()));
    let known = attached.find(|attached| attached.is_aws_managed && *attached.name == *name);
    match known.map(|attached| attached.document) {
        Some(Document::Parsed(ix)) => Bound::Document(ix),
        _ => Bound::Unread,
    }
}
