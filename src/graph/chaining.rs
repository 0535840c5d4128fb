//! A path as one question: what the calls of a chain share.
//!
//! Each call decides what the next one brings: the session's name, its tags, a source identity that stays. Owns: one
//! formula for a whole path, in which a fact of one call that is the same as a fact of another has one name. Paths that
//! read nothing of the sort never come here. Source: AWS IAM User Guide, "Passing session tags in AWS STS", "Monitor
//! and control actions taken with assumed roles"; AWS STS API Reference, AssumeRole.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::edge::{Edge, EdgeKind, Hop};
use super::edges::EdgeCall;
use super::mode::Mode;
use super::signing;
use super::source::Source;
use crate::answer::PrincipalKind;
use crate::eval::{Companion, Possible, Test, Truth, Unclear, allows, settle, settled, witnesses};
use crate::ids::PrincipalIx;
use crate::model::{Document, Estate, PrincipalType};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::Operator;

/// Session tags that one hop may read: each subset of them may have been passed. A path with more is too large to be
/// settled, and its answer unknown (`None` of [`truth`], which the search takes for a search given up).
const MAX_TAGS: usize = 6;

/// Facts of sessions that were made before the path starts, or that no call of it is known to make.
const BEFORE: u32 = u32::MAX;

/// True where a decision reads what an earlier call of a path decides.
pub(super) fn reads_session(edge: &Edge) -> bool {
    let reads = |test: &Test| {
        let kinds = [KeyKind::CallerSession, KeyKind::PrincipalTag, KeyKind::SourceIdentity];
        kinds.contains(&test.variable.kind())
    };
    edge.decisions().any(|d| d.has_test(&reads))
}

/// True where an edge reads more of earlier calls than the name of its caller's session.
pub(super) fn reads_far(edge: &Edge) -> bool {
    let reads = |test: &Test| matches!(test.variable.kind(), KeyKind::PrincipalTag | KeyKind::SourceIdentity);
    edge.decisions().any(|d| d.has_test(&reads))
}

/// True where one formula for the whole path can differ from one a hop.
pub(super) fn is_linked(hops: &[Hop]) -> bool {
    hops.iter().skip(1).any(|hop| reads_session(&hop.edge))
}

/// Sources with a path on which one call reads what an earlier one decides: backwards from the roles whose next call
/// does. `edges` are those into each principal.
pub(super) fn linked_sources(estate: &Estate, edges: &[Vec<Edge>]) -> BTreeSet<Source> {
    let is_role = |ix: &PrincipalIx| estate.principal(*ix).kind() == PrincipalType::Role;
    let readers = edges.iter().flatten().filter(|edge| reads_session(edge));
    let mut frontier: Vec<PrincipalIx> =
        readers.flat_map(|edge| edge.from.members(estate)).copied().filter(is_role).collect();
    let mut met: BTreeSet<PrincipalIx> = frontier.iter().copied().collect();
    let mut linked = BTreeSet::new();
    while let Some(role) = frontier.pop() {
        for edge in edges.get(role.get()).into_iter().flatten() {
            if !matches!(edge.from, Source::Class(_) | Source::Principal(_)) {
                linked.insert(edge.from.clone());
                continue;
            }
            for member in edge.from.members(estate) {
                linked.insert(Source::Principal(*member));
                if is_role(member) && met.insert(*member) {
                    frontier.push(*member);
                }
            }
        }
    }
    linked
}

/// As [`truth`], with MFA among what it asks for where a user who carries none would not come through.
pub(super) fn joint(estate: &Estate, hops: &[Hop], mode: Mode) -> Option<Truth> {
    let whole = truth(estate, hops, mode)?;
    let of_user = hops.first().is_some_and(|s| s.from.kind(estate) == PrincipalKind::User);
    let needs_mfa = of_user && mode == Mode::Mfa && truth(estate, hops, Mode::Plain) == Some(Truth::False);
    Some(if needs_mfa { whole.and(signing::mfa()) } else { whole })
}

/// The formula of a whole path; `None` where it is too large to be settled.
pub(super) fn truth(estate: &Estate, hops: &[Hop], mode: Mode) -> Option<Truth> {
    let chain = Chain { estate, hops, mode };
    if hops.iter().skip(1).any(|hop| tags_read(&hop.edge.in_mode(mode).truth()).len() > MAX_TAGS) {
        return None;
    }
    let reads_identity = hops.iter().skip(1).any(|hop| {
        let reads = |test: &Test| test.variable.kind() == KeyKind::SourceIdentity;
        hop.edge.in_mode(mode).has_test(&reads)
    });
    if !reads_identity {
        return settled(&chain.given(Identity::Unread));
    }
    let setters = (0..hops.len().saturating_sub(1)).map(Identity::SetBy);
    let ways = std::iter::once(Identity::Before).chain(setters).map(|identity| chain.given(identity));
    settled(&ways.fold(Truth::False, Truth::or))
}

/// Where the source identity of a path's sessions is from. It is set once and stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Identity {
    /// No call reads it.
    Unread,
    /// The session that the path starts with has one, or none.
    Before,
    /// This call sets it.
    SetBy(usize),
}

/// Names that sessions can have, as far as the edges of a question tell them apart: then the name of a session is a
/// number, and whether a path can be is a matter of sets of them.
#[derive(Debug)]
pub(super) struct Names {
    samples: Vec<String>,
}

/// A set of names, a bit each.
pub(super) type NameSet = u64;

impl Names {
    /// `None` where there are too many to tell apart.
    pub(super) fn new<'a>(edges: impl Iterator<Item = &'a Edge>) -> Option<Self> {
        let mut truths = Vec::new();
        for edge in edges {
            truths.extend(edge.decisions().map(|decision| decision.truth()));
        }
        let mut tests: Vec<&Test> =
            truths.iter().flat_map(|t| t.tests()).filter(|t| is_name(t)).map(AsRef::as_ref).collect();
        tests.sort();
        tests.dedup();
        let samples = if tests.is_empty() { vec!["any".to_owned()] } else { witnesses(&tests)? };
        (samples.len() <= NameSet::BITS as usize).then_some(Self { samples })
    }

    /// Every name.
    pub(super) fn all(&self) -> NameSet {
        (0..self.samples.len()).fold(0, |all, at| all | (1 << at))
    }

    /// By name of the calling session the names that the new one can have.
    pub(super) fn relation(&self, truth: &Truth) -> Vec<NameSet> {
        if !truth.has_test(&is_name) {
            let open = if settle(truth.clone()) == Truth::False { 0 } else { self.all() };
            return vec![open; self.samples.len()];
        }
        let allows = |caller: &str, new: &str| {
            let given = truth.replace(&mut |test| match (test.variable.kind(), &test.possible) {
                (_, Possible::Opaque) => Truth::test((**test).clone()),
                (KeyKind::CallerSession, Possible::After(prefix)) => constant(test, &[&format!("{prefix}{caller}")]),
                (KeyKind::CallerSession, _) => constant(test, &[caller]),
                (KeyKind::RoleSessionName, _) => constant(test, &[new]),
                _ => Truth::test((**test).clone()),
            });
            settle(given) != Truth::False
        };
        let names = |caller: &String| {
            let fits = self.samples.iter().enumerate().filter(|(_, new)| allows(caller, new));
            fits.fold(0, |all, (at, _)| all | (1 << at))
        };
        self.samples.iter().map(names).collect()
    }
}

fn is_name(test: &Test) -> bool {
    let kinds = [KeyKind::CallerSession, KeyKind::RoleSessionName];
    kinds.contains(&test.variable.kind()) && test.possible != Possible::Opaque
}

struct Chain<'a> {
    estate: &'a Estate,
    hops: &'a [Hop],
    mode: Mode,
}

impl Chain<'_> {
    /// The formula, the source identity being from there.
    fn given(&self, identity: Identity) -> Truth {
        let mut all = Truth::True;
        for (at, hop) in self.hops.iter().enumerate() {
            let own = hop.edge.in_mode(self.mode).truth();
            all = all.and(self.of_tags(at, &self.of_identity(at, &own, identity), identity));
            if all == Truth::False {
                return all;
            }
        }
        match identity {
            Identity::SetBy(at) => {
                let set =
                    presence(&ContextKey::new("aws:SourceIdentity"), ContextKey::new("sts:SourceIdentity"), at).not();
                all.and(set).and(self.companion(at, Companion::SetSourceIdentity))
            }
            Identity::Before | Identity::Unread => all,
        }
    }

    /// A call that does not set the source identity passes none, or the one that is there.
    fn of_identity(&self, at: usize, truth: &Truth, identity: Identity) -> Truth {
        let passed =
            |test: &Test| test.variable.kind() == KeyKind::RequestedSourceIdentity && test.possible != Possible::Opaque;
        let may_be_any = matches!(identity, Identity::Unread) || identity == Identity::SetBy(at);
        if may_be_any || !truth.has_test(&passed) {
            return truth.clone();
        }
        let with = |value: &dyn Fn(&Test) -> Truth| {
            truth.replace(&mut |test| if passed(test) { value(test) } else { Truth::test((**test).clone()) })
        };
        let there = ContextKey::new("aws:SourceIdentity");
        let none_there = presence(&there, there.clone(), at);
        let same = with(&|test| Truth::test(Test { variable: there.clone(), ..test.clone() }));
        let all = with(&absent).or(same.and(none_there.clone().not()));
        // no later call reads what the last one sets
        let is_last = identity == Identity::Before && at + 1 == self.hops.len();
        if is_last { all.or(truth.clone().and(none_there)) } else { all }
    }

    /// Each tag of the calling role that a hop reads is the role's own, or was passed by the call before.
    fn of_tags(&self, at: usize, truth: &Truth, identity: Identity) -> Truth {
        let tags: Vec<ContextKey> = if at > 0 { tags_read(truth).into_iter().collect() } else { Vec::new() };
        let mut any = Truth::False;
        // every subset of the tags that were read may have been passed
        for chosen in 0..(1_u32 << tags.len()) {
            let passed: BTreeSet<&ContextKey> =
                tags.iter().enumerate().filter(|(n, _)| chosen & (1 << n) != 0).map(|(_, tag)| tag).collect();
            let mut way = truth.replace(&mut |test| self.linked(at, test, identity, &passed));
            if !passed.is_empty() {
                way = way.and(self.companion(at - 1, Companion::TagSession));
            }
            for tag in &tags {
                let absent = presence(tag, requested(tag), at - 1);
                way = way.and(if passed.contains(tag) { absent.not() } else { absent });
            }
            any = any.or(way);
        }
        any
    }

    /// A test with its fact named as the call that decides it names it.
    fn linked(&self, at: usize, test: &Arc<Test>, identity: Identity, passed: &BTreeSet<&ContextKey>) -> Truth {
        let of = |scope: u32, variable: ContextKey, possible: Possible| {
            Truth::test(Test { scope, variable, possible, ..(**test).clone() })
        };
        // a fact that is passed is there: `presence` says so beside the test
        let passed_on = Possible::Any { absent: true };
        let opaque = test.possible == Possible::Opaque;
        match test.variable.kind() {
            KeyKind::CallerSession if at > 0 => {
                let possible = if let Possible::After(_) = test.possible {
                    test.possible.clone()
                } else {
                    Possible::Any { absent: false }
                };
                of(scope(at - 1), ContextKey::new("sts:RoleSessionName"), possible)
            }
            KeyKind::SourceIdentity if identity != Identity::Unread && !opaque => match identity {
                Identity::SetBy(by) if by < at => of(scope(by), ContextKey::new("sts:SourceIdentity"), passed_on),
                Identity::SetBy(_) => absent(test),
                _ if at == 0 || self.may_start_with(Companion::SetSourceIdentity) => {
                    of(BEFORE, test.variable.clone(), test.possible.clone())
                }
                _ => absent(test),
            },
            KeyKind::PrincipalTag if at > 0 && !opaque => {
                if passed.contains(&test.variable) {
                    return of(scope(at - 1), requested(&test.variable), passed_on);
                }
                // a tag that was passed as transitive further up rides along
                let rides = (0..at - 1).any(|up| self.companion(up, Companion::TagSession) != Truth::False)
                    || self.may_start_with(Companion::TagSession);
                if rides {
                    return of(BEFORE, test.variable.clone(), test.possible.clone());
                }
                self.own_tag(at, test)
            }
            _ => of(scope(at), test.variable.clone(), test.possible.clone()),
        }
    }

    /// The test on the calling role's own tag.
    fn own_tag(&self, at: usize, test: &Arc<Test>) -> Truth {
        let Some(Source::Principal(role)) = self.hops.get(at).map(|s| &s.from) else { return absent(test) };
        let role = self.estate.principal(*role);
        if let Some(gap) = role.tags_gap() {
            return Truth::gap(gap);
        }
        let own = role.tags().iter().find(|t| t.key.eq_ignore_ascii_case(test.variable.tag()));
        own.map_or_else(|| absent(test), |tag| constant(test, &[tag.value.as_str()]))
    }

    /// Whether the session that the path starts from can have been given such facts before.
    fn may_start_with(&self, companion: Companion) -> bool {
        match self.hops.first().map(|s| &s.from) {
            Some(Source::Principal(ix)) if self.estate.principal(*ix).kind() == PrincipalType::Role => {
                let role = self.estate.principal(*ix).role();
                if companion == Companion::SetSourceIdentity {
                    return self.estate.sets_source_identity() != Ok(false);
                }
                role.is_none_or(|facts| match facts.trust {
                    Document::Parsed(ix) => {
                        let statements = &self.estate.policy(ix).statements;
                        statements.iter().any(|s| s.actions.matches(companion.action()))
                    }
                    Document::Missing(_) => true,
                })
            }
            _ => false,
        }
    }

    /// Whether a call may carry what the companion lets it carry; its tests belong to that call.
    fn companion(&self, at: usize, companion: Companion) -> Truth {
        let Some(hop) = self.hops.get(at) else { return Truth::False };
        // a call that makes no session by itself passes nothing on
        if hop.edge.kind.action().service() != "sts" {
            return Truth::False;
        }
        let call = EdgeCall::of(hop);
        let credentials = signing::of_hop(self.estate, hop.from.caller(self.estate), self.mode, at);
        let made = at > 0 && matches!(self.hops.get(at - 1), Some(s) if s.edge.kind == EdgeKind::AssumeRole);
        let question = call.question(self.estate, credentials, made);
        let scope = scope(at);
        allows(&question, companion).replace(&mut |test| Truth::test(Test { scope, ..(**test).clone() }))
    }
}

/// The scope of the facts of one call: its place on the path.
fn scope(at: usize) -> u32 {
    u32::try_from(at).ok().filter(|at| *at != BEFORE).unwrap_or_else(|| unreachable!("a path of 2^32 calls"))
}

/// Tags of the calling session that a decision reads.
fn tags_read(truth: &Truth) -> BTreeSet<ContextKey> {
    let is_tag = |test: &&Arc<Test>| test.variable.kind() == KeyKind::PrincipalTag;
    truth.tests().into_iter().filter(is_tag).map(|test| test.variable.clone()).collect()
}

/// `aws:PrincipalTag/k` of a session is what the call that made it passed as `aws:RequestTag/k`.
fn requested(tag: &ContextKey) -> ContextKey {
    ContextKey::new(&format!("aws:RequestTag/{}", tag.tag()))
}

/// That a call passes no such fact; shown as the key that later calls read it by.
fn presence(shown: &ContextKey, variable: ContextKey, at: usize) -> Truth {
    Truth::test(Test {
        key: shown.clone(),
        operator: Operator::parse("Null"),
        values: vec!["true".to_owned()],
        undecided: vec![shown.clone()],
        variable,
        scope: scope(at),
        possible: Possible::Any { absent: true },
        exact: None,
    })
}

fn absent(test: &Test) -> Truth {
    constant(test, &[])
}

fn constant(test: &Test, values: &[&str]) -> Truth {
    let why = || Truth::unclear(Unclear::Undocumented(format!("`{}` is not known", test.operator).into()));
    test.holds(values).map_or_else(why, Truth::from)
}
