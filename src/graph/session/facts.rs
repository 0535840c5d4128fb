//! What one call of a path leaves to the next: the facts of a session.
//!
//! Owns: which tests read them, and the tests that linking adds. A session has a name, tags, some of which it passes
//! on (transitive ones), and a source identity.
//! Source: AWS IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles".

use crate::eval::{Possible, Test, Truth, compared_with};
pub(super) use crate::graph::passed::{absent, constant};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::{Base, Comparison};

/// The call whose facts a test reads, in a formula about one call: the call itself.
pub(super) const CALL: u32 = 0;
/// The session that calls.
pub(super) const CALLER: u32 = u32::MAX;
/// A session that was made before the path starts.
pub(super) const BEFORE: u32 = u32::MAX - 1;

/// True for tests of what the calling session brings.
pub(super) fn reads_session(test: &Test) -> bool {
    let kinds = [KeyKind::CallerSession, KeyKind::PrincipalTag, KeyKind::TransitiveTag, KeyKind::SourceIdentity];
    test.possible != Possible::Opaque && kinds.contains(&test.variable.kind())
}

/// True for tests of what a session has from its maker.
pub(super) fn reads_maker(test: &Test) -> bool {
    matches!(test.possible, Possible::Issued(_))
}

/// True for tests that depend on what the calling session brings: that is read, or limits what the call may pass.
pub(super) fn depends_on_session(test: &Test) -> bool {
    reads_session(test)
        || reads_requested_identity(test)
        || reads_requested_tag(test)
        || compared_tags(test).is_some()
        || own_tags_compared(test).is_some()
        || !listed_tags(test).is_empty()
}

/// A test that compares a tag that a call passes with one of its caller's session: the first, and the other. Texts that differ
/// in case alone are left out: one does not say what the other is.
pub(super) fn compared_tags(test: &Test) -> Option<(ContextKey, ContextKey)> {
    let other = compared_with(test)?;
    let own = test.key.clone();
    match (own.kind(), other.kind()) {
        _ if !matches!(test.operator.base, Base::Compare { how: Comparison::StringEquals, .. }) => None,
        (KeyKind::RequestTag, KeyKind::PrincipalTag) => Some((own, other)),
        (KeyKind::PrincipalTag, KeyKind::RequestTag) => Some((other, own)),
        _ => None,
    }
}

/// A test that compares two tags of the calling session with each other.
pub(super) fn own_tags_compared(test: &Test) -> Option<(ContextKey, ContextKey)> {
    let other = compared_with(test)?;
    let are_own = [&test.key, &other].into_iter().all(|key| key.kind() == KeyKind::PrincipalTag);
    are_own.then(|| (test.key.clone(), other))
}

/// The tags that a test looks for among the keys that a call passes, or passes on, as session tags.
pub(super) fn listed_tags(test: &Test) -> Vec<ContextKey> {
    let is_list = matches!(test.variable.kind(), KeyKind::TagKeys | KeyKind::TransitiveTagKeys);
    let names = |value: &&String| !value.contains(['*', '?']);
    let values = if is_list && test.possible != Possible::Opaque { test.values.as_slice() } else { &[] };
    let asks = !matches!(test.operator.base, Base::Null);
    values
        .iter()
        .filter(|_| asks)
        .filter(names)
        .map(|name| ContextKey::new(&format!("aws:PrincipalTag/{name}")))
        .collect()
}

/// True for tests of a tag that a call passes.
pub(super) fn reads_requested_tag(test: &Test) -> bool {
    test.possible != Possible::Opaque && test.variable.kind() == KeyKind::RequestTag
}

/// True for tests of the source identity that a call sets.
pub(super) fn reads_requested_identity(test: &Test) -> bool {
    test.possible != Possible::Opaque && test.variable.kind() == KeyKind::RequestedSourceIdentity
}

/// `aws:PrincipalTag/k` of a session is what the call that made it passed as `aws:RequestTag/k`.
pub(super) fn requested(tag: &ContextKey) -> ContextKey {
    ContextKey::new(&format!("aws:RequestTag/{}", tag.tag()))
}

pub(super) fn source_identity() -> ContextKey {
    ContextKey::new("aws:SourceIdentity")
}

pub(super) fn requested_identity() -> ContextKey {
    ContextKey::new("sts:SourceIdentity")
}

/// A test with its fact named and placed otherwise.
pub(super) fn moved(test: &Test, scope: u32, variable: ContextKey, possible: Possible) -> Truth {
    Truth::test(Test { scope, variable, possible, ..test.clone() })
}

/// As [`moved`], of the same fact.
pub(super) fn placed(test: &Test, scope: u32) -> Truth {
    moved(test, scope, test.variable.clone(), test.possible.clone())
}

/// That a fact is there; shown as the key that calls read it by.
pub(super) fn is_there(shown: &ContextKey, variable: ContextKey, scope: u32) -> Truth {
    let absent = added(shown, "Null", "true", variable, scope);
    Truth::test(absent).not()
}

/// That a call lists a tag among its keys (`aws:TagKeys`), or among those that it passes on (`sts:TransitiveTagKeys`).
pub(super) fn lists(shown: &ContextKey, list: &str) -> Truth {
    let operator = "ForAnyValue:StringEqualsIgnoreCase";
    let list = ContextKey::new(list);
    Truth::test(Test { key: list.clone(), ..added(shown, operator, shown.tag(), list, CALL) })
}

fn added(shown: &ContextKey, operator: &str, value: &str, variable: ContextKey, scope: u32) -> Test {
    Test { variable, scope, ..Test::of(shown, operator, value) }
}
