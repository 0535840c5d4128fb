//! Conjunctions taken apart: parts that share no fact are independent of each other.
//!
//! Owns: grouping the parts of a conjunction by the facts that they share. A path of many calls is such a conjunction:
//! together its worlds are too many to try, group by group they are few.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::possible::Possible;
use super::request;
use super::test::Test;
use super::truth::{Residual, Truth};
use crate::policy::key::{ContextKey, KeyKind};

/// What two parts can share: a fact of a call, or an atom that stands for itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shared<'a> {
    Fact(u32, &'a ContextKey),
    /// The tags of a call, by whichever key (`tags`).
    Tags(u32),
    /// The way of a call through the network, by whichever key (`request`).
    Network(u32),
    /// What kind of principal calls, and its name (`request`).
    Kind(u32),
    Atom(&'a Residual),
}

/// The source identity that a session has and the one that its call sets are one fact: the call sets none, or the same.
static IDENTITY: LazyLock<ContextKey> = LazyLock::new(|| ContextKey::new("aws:SourceIdentity"));

/// True for tests of the source identity that a call sets.
pub(super) fn sets_identity(test: &Test) -> bool {
    test.variable.kind() == KeyKind::RequestedSourceIdentity
}

/// What a test is about; opaque tests stand for themselves.
pub(super) fn fact(test: &Test) -> Option<(u32, &ContextKey)> {
    let key = if sets_identity(test) { &IDENTITY } else { &test.variable };
    (test.possible != Possible::Opaque).then_some((test.scope, key))
}

/// Everything that a formula is about, as often as it stands there.
pub(super) fn about<'a>(residual: &'a Residual, found: &mut Vec<Shared<'a>>) {
    match residual {
        Residual::Test { test, .. } => match fact(test) {
            Some((scope, key)) => found.push(shared(scope, key)),
            None => {
                // a comparison says something of both facts
                found.extend(test.undecided.iter().map(|key| shared(test.scope, key)));
                found.push(Shared::Atom(residual));
            }
        },
        Residual::Unclear(_) => found.push(Shared::Atom(residual)),
        Residual::All(parts) | Residual::Any(parts) => parts.iter().for_each(|part| about(part, found)),
    }
}

fn shared(scope: u32, key: &ContextKey) -> Shared<'_> {
    match key.kind() {
        _ if is_of_tags(key) => Shared::Tags(scope),
        _ if request::is_of_network(key) => Shared::Network(scope),
        _ if request::is_of_kind(key) => Shared::Kind(scope),
        _ => Shared::Fact(scope, key),
    }
}

fn is_of_tags(key: &ContextKey) -> bool {
    matches!(key.kind(), KeyKind::RequestTag | KeyKind::TagKeys | KeyKind::TransitiveTagKeys)
}

/// The parts in groups that share nothing of what `counts`, in order of their first part.
pub(super) fn groups<'a>(parts: &'a [Residual], counts: &impl Fn(&Shared<'a>) -> bool) -> Vec<Vec<&'a Residual>> {
    let mut group_of: Vec<usize> = (0..parts.len()).collect();
    let mut owners = BTreeMap::<Shared<'a>, usize>::new();
    for (at, part) in parts.iter().enumerate() {
        let mut shared = Vec::new();
        about(part, &mut shared);
        for one in shared.into_iter().filter(counts) {
            let owner = *owners.entry(one).or_insert(at);
            let (a, b) = (root(&group_of, owner), root(&group_of, at));
            if let Some(slot) = group_of.get_mut(a.max(b)) {
                *slot = a.min(b);
            }
        }
    }
    let mut groups = BTreeMap::<usize, Vec<&Residual>>::new();
    for (at, part) in parts.iter().enumerate() {
        groups.entry(root(&group_of, at)).or_default().push(part);
    }
    groups.into_values().collect()
}

fn root(group_of: &[usize], mut at: usize) -> usize {
    while let Some(up) = group_of.get(at).copied().filter(|up| *up != at) {
        at = up;
    }
    at
}

/// The conjunction of a group.
pub(super) fn all_of(group: &[&Residual]) -> Truth {
    group.iter().fold(Truth::True, |all, part| all.and(Truth::Depends((*part).clone())))
}
