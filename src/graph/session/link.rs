//! What a call must bring so that the session it makes is one of a set.
//!
//! Owns: from a formula about the calling session of the next call to one about this call and its own caller: a name is
//! what the call asks for; a tag is what it passes, else what its caller passes on, else the role's own; a source
//! identity is the caller's, else what the call sets.
//! Source: AWS IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles";
//! AWS STS API Reference, AssumeRole.

use std::collections::BTreeSet;

use super::call::SessionCall;
use super::facts::{
    CALL, CALLER, absent, compared_tags, is_there, listed_tags, lists, moved, own_tags_compared, placed,
    reads_requested_identity, reads_requested_tag, reads_session, requested, requested_identity, source_identity,
};
use crate::eval::{Companion, Possible, Test, Truth};
use crate::policy::key::{ContextKey, KeyKind};

/// The call's own decision, its facts in their places: those of the calling session apart from those of the call.
pub(super) fn own(decision: &Truth, by_role: bool) -> Truth {
    let of_caller = |test: &Test| reads_session(test) || own_tags_compared(test).is_some();
    let scope = |test: &Test| if by_role && of_caller(test) { CALLER } else { CALL };
    let mut passed = BTreeSet::new();
    let placed = decision.replace(&mut |test| {
        let compared = compared_tags(test).map(|(passed, _)| passed);
        let is_passed = reads_requested_tag(test).then(|| test.variable.clone());
        passed.extend(is_passed.or(compared).map(|key| ContextKey::new(&format!("aws:PrincipalTag/{}", key.tag()))));
        passed.extend(listed_tags(test));
        placed(test, scope(test))
    });
    if !by_role {
        return placed;
    }
    let own = if decision.has_test(&reads_requested_identity) { keeps_identity(&placed) } else { placed };
    passed.iter().fold(own, |all, tag| all.and(passes(tag).not().or(inherits(tag).not())))
}

/// A session that has a source identity passes none, or the one that it has.
fn keeps_identity(own: &Truth) -> Truth {
    let with = |value: &dyn Fn(&Test) -> Truth| {
        own.replace(&mut |test| {
            if reads_requested_identity(test) { value(test) } else { Truth::test((**test).clone()) }
        })
    };
    let has = has_identity();
    let same = |test: &Test| moved(test, CALLER, source_identity(), Possible::Any { absent: true });
    let passes = with(&absent).or(with(&same));
    has.clone().not().and(own.clone()).or(has.and(passes))
}

fn has_identity() -> Truth {
    is_there(&source_identity(), source_identity(), CALLER)
}

/// The formula `after`, which reads the session that the call makes, as one about the call and its caller. Tests of later
/// calls stay as they are.
pub(super) fn link(after: &Truth, call: &SessionCall<'_>) -> Truth {
    let mut tags = BTreeSet::new();
    let mut identity = false;
    let linked = after.replace(&mut |test| {
        if test.scope != CALLER {
            return Truth::test((**test).clone());
        }
        if let Possible::Issued(issues) = &test.possible {
            return call.given(test, issues);
        }
        if own_tags_compared(test).is_some() {
            return call.compared(test);
        }
        if call.is_escalation() {
            return of_escalation(test, call);
        }
        if let Some(passed) = call.passed() {
            return passed.of_session(test, |test, tag| call.own_tag(test, tag));
        }
        match test.variable.kind() {
            KeyKind::CallerSession => of_name(test),
            KeyKind::SourceIdentity => {
                identity = true;
                of_identity(test, call)
            }
            KeyKind::PrincipalTag => {
                tags.insert(test.variable.clone());
                of_tag(test, &test.variable, call)
            }
            KeyKind::TransitiveTag => {
                let tag = test.key.clone();
                let linked = of_transitive(test, &tag, call);
                tags.insert(tag);
                linked
            }
            _ => Truth::test((**test).clone()),
        }
    });
    let linked = if identity { linked.and(may_set_identity(call)) } else { linked };
    tags.iter().fold(linked, |all, tag| all.and(may_pass(tag, call)))
}

/// Of what is changed or started, the session is new: its name is chosen, its tags are the role's own, and nothing is carried on.
fn of_escalation(test: &Test, call: &SessionCall<'_>) -> Truth {
    match test.variable.kind() {
        KeyKind::CallerSession => of_name(test),
        KeyKind::SourceIdentity | KeyKind::TransitiveTag => absent(test),
        KeyKind::PrincipalTag => call.own_tag(test, &test.variable),
        _ => Truth::test(test.clone()),
    }
}

fn of_name(test: &Test) -> Truth {
    let possible = match &test.possible {
        after @ Possible::After(_) => after.clone(),
        _ => Possible::Any { absent: false },
    };
    moved(test, CALL, ContextKey::new("sts:RoleSessionName"), possible)
}

fn of_identity(test: &Test, call: &SessionCall<'_>) -> Truth {
    let set = moved(test, CALL, requested_identity(), Possible::Any { absent: true });
    if !call.by_role() {
        return set;
    }
    let had = moved(test, CALLER, source_identity(), Possible::Any { absent: true });
    has_identity().and(had).or(has_identity().not().and(set))
}

/// A call sets a source identity only where that is allowed; one that was set before stays.
fn may_set_identity(call: &SessionCall<'_>) -> Truth {
    let sets = is_there(&source_identity(), requested_identity(), CALL);
    let had = if call.by_role() { has_identity() } else { Truth::False };
    had.or(sets.not()).or(call.companion(Companion::SetSourceIdentity))
}

/// `aws:PrincipalTag/…` of the new session.
fn of_tag(test: &Test, tag: &ContextKey, call: &SessionCall<'_>) -> Truth {
    let passed = moved(test, CALL, requested(tag), Possible::Any { absent: true });
    let own = call.own_tag(test, tag);
    let kept = if call.by_role() { kept(test, tag, own) } else { own };
    passes(tag).and(passed).or(passes(tag).not().and(kept))
}

/// What the new session passes on.
fn of_transitive(test: &Test, tag: &ContextKey, call: &SessionCall<'_>) -> Truth {
    let passed = moved(test, CALL, requested(tag), Possible::Any { absent: true });
    let marked = lists(tag, "sts:TransitiveTagKeys");
    let kept = if call.by_role() { kept(test, tag, absent(test)) } else { absent(test) };
    let new = marked.clone().and(passed).or(marked.not().and(absent(test)));
    passes(tag).and(new).or(passes(tag).not().and(kept))
}

/// The test on what the caller passes on, or `else_way` where it passes on nothing.
fn kept(test: &Test, tag: &ContextKey, else_way: Truth) -> Truth {
    let inherited = moved(test, CALLER, ContextKey::transitive(tag), Possible::Any { absent: true });
    inherits(tag).and(inherited).or(inherits(tag).not().and(else_way))
}

fn passes(tag: &ContextKey) -> Truth {
    is_there(tag, requested(tag), CALL)
}

fn inherits(tag: &ContextKey) -> Truth {
    is_there(tag, ContextKey::transitive(tag), CALLER)
}

/// A tag is passed only where that is allowed, and not over one that the caller passes on.
fn may_pass(tag: &ContextKey, call: &SessionCall<'_>) -> Truth {
    if !call.sets_tag(tag) {
        return passes(tag).not();
    }
    let allowed = call.companion(Companion::TagSession);
    let reads_keys = allowed.has_test(&|test| test.variable.kind() == KeyKind::TagKeys);
    let listed = lists(tag, "aws:TagKeys");
    let with = if reads_keys { allowed.and(listed.clone()) } else { allowed };
    let with = if call.by_role() { with.and(inherits(tag).not()) } else { with };
    let without = if reads_keys { passes(tag).not().and(listed.not()) } else { passes(tag).not() };
    without.or(passes(tag).and(with))
}
