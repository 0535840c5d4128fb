//! One call of a path, as far as it decides what its session brings.
//!
//! Owns: what the estate says of that: whether the call may pass tags or a source identity, the tags that the role has of
//! its own, what a session that was made before the path starts may bring.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::across_lenses::AcrossLenses;
use super::facts::{
    BEFORE, CALL, CALLER, absent, constant, moved, own_tags_compared, placed, reads_maker, reads_session,
};
use crate::eval::{Companion, Issue, Possible, Test, Truth, allows, may_be_tagged, settle_test};
use crate::graph::edge::Edge;
use crate::graph::edges::EdgeCall;
use crate::graph::mode::Mode;
use crate::graph::passed::{Passed, made};
use crate::graph::signing;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::{Base, Comparison};
use crate::policy::session_keys::tagger;

/// A call by a source: who makes it, and of a path of which mode.
#[derive(Debug)]
pub(crate) struct SessionCall<'a> {
    estate: &'a Estate,
    call: EdgeCall<'a>,
    mode: Mode,
    known: Option<&'a AcrossLenses>,
    by_role: bool,
    /// What AWS passes, where it calls for a person.
    passed: Option<Passed<'a>>,
    tags: OnceCell<Truth>,
    identity: OnceCell<Truth>,
}

impl<'a> SessionCall<'a> {
    pub(crate) fn new(estate: &'a Estate, from: &'a Source, edge: &Edge, mode: Mode) -> Self {
        let call = EdgeCall { from, kind: edge.kind, to: edge.to };
        let by_role = from.is_of_roles(estate);
        let passed = Passed::of(estate, from, edge.kind);
        Self { estate, call, mode, known: None, by_role, passed, tags: OnceCell::new(), identity: OnceCell::new() }
    }

    /// The same call, where others have found out what it may carry, or will want to know.
    pub(super) fn sharing(self, known: &'a AcrossLenses) -> Self {
        Self { known: Some(known), ..self }
    }

    /// The call itself.
    pub(super) fn call(&self) -> EdgeCall<'a> {
        self.call
    }

    /// True where a role of the estate calls: it has a session of its own.
    pub(super) fn by_role(&self) -> bool {
        self.by_role
    }

    /// True where the session is made by changing or starting something.
    pub(super) fn is_escalation(&self) -> bool {
        self.call.kind.is_escalation()
    }

    /// What AWS passes, where it calls for a person.
    pub(super) fn passed(&self) -> Option<Passed<'a>> {
        self.passed
    }

    /// Whether the call may carry what the companion lets it carry.
    pub(super) fn companion(&self, companion: Companion) -> Truth {
        let known = match companion {
            Companion::TagSession => &self.tags,
            Companion::SetSourceIdentity => &self.identity,
        };
        known.get_or_init(|| self.carried(companion)).clone()
    }

    fn carried(&self, companion: Companion) -> Truth {
        let Some(known) = self.known else { return self.allowed(companion, self.mode) };
        let EdgeCall { from, kind, to } = self.call;
        let of = |mode| known.carried((from.clone(), kind, to, companion, mode), || self.allowed(companion, mode));
        // what holds whichever way the caller signed holds on a path of any mode
        let free = of(Mode::Free);
        let by_credential = free.keys().iter().any(|key| key.kind().depends_on_credential());
        if by_credential && self.mode != Mode::Free { of(self.mode) } else { free }
    }

    fn allowed(&self, companion: Companion, mode: Mode) -> Truth {
        // a call that makes no session by itself passes nothing on; what AWS passes for a person is known
        if self.call.kind.action().service() != "sts" || self.passed.is_some() {
            return Truth::False;
        }
        let credentials = signing::of_hop(self.estate, self.call.caller(self.estate), mode, usize::from(self.by_role));
        let question = self.call.question(self.estate, credentials, false);
        let of_caller = |test: &Test| reads_session(test) || reads_maker(test);
        let scope = |test: &Test| if self.by_role && of_caller(test) { CALLER } else { CALL };
        allows(&question, companion).replace(&mut |test| placed(test, scope(test)))
    }

    /// The service or provider that makes the session; none for a principal that assumes the role.
    pub(super) fn maker(&self) -> Option<&'a str> {
        self.call.maker(self.estate)
    }

    /// The test on what the new session has from its maker.
    pub(super) fn given(&self, test: &Test, issues: &[Issue]) -> Truth {
        let own: Vec<Issue> = match self.maker() {
            Some(name) => made(self.passed, name, issues),
            None => vec![Issue::nobody()],
        };
        settle_test(Test { possible: Possible::Issued(own.into()), ..test.clone() })
    }

    /// Whether the caller may set this tag at all: services that set tags themselves set no others.
    pub(super) fn sets_tag(&self, tag: &ContextKey) -> bool {
        match self.call.from {
            Source::Service(name) => tagger(name).is_none_or(|tagger| tagger.sets(tag.tag())),
            _ => true,
        }
    }

    /// A test that compares two tags of the new session, where AWS makes it for a person; of other sessions it stays open.
    pub(super) fn compared(&self, test: &Test) -> Truth {
        let (Some(passed), Some((one, other))) = (self.passed, own_tags_compared(test)) else {
            return placed(test, CALL);
        };
        let value = |key: &ContextKey| passed.session_tag(key, || self.own_value(key));
        match (value(&one), value(&other)) {
            (Ok(one), Ok(other)) => {
                // a variable without a value fits nothing
                let values = one.zip(other);
                Truth::from(values.is_some_and(|(one, other)| is_same(test, &one, &other)))
            }
            (Err(open), _) | (_, Err(open)) => open,
        }
    }

    fn own_value(&self, tag: &ContextKey) -> Result<Option<String>, Truth> {
        let role = self.estate.principal(self.call.to);
        let own =
            || role.tags().iter().find(|t| t.key.eq_ignore_ascii_case(tag.tag())).map(|tag| tag.value.to_string());
        role.tags_gap().map_or_else(|| Ok(own()), |gap| Err(Truth::gap(gap)))
    }

    /// The test on the tag that the role has of its own.
    pub(super) fn own_tag(&self, test: &Test, tag: &ContextKey) -> Truth {
        let role = self.estate.principal(self.call.to);
        if let Some(gap) = role.tags_gap() {
            return Truth::gap(gap);
        }
        let own = role.tags().iter().find(|t| t.key.eq_ignore_ascii_case(tag.tag()));
        own.map_or_else(|| absent(test), |tag| constant(test, &[tag.value.as_str()]))
    }
}

fn is_same(test: &Test, one: &str, other: &str) -> bool {
    let is_exact = matches!(test.operator.base, Base::Compare { how: Comparison::StringEquals, .. });
    one == other || (!is_exact && one.to_lowercase() == other.to_lowercase())
}

/// A formula about the calling session where a path starts there: what was made before is not known, and what nobody
/// can have given is absent.
pub(super) fn at_start(estate: &Estate, role: PrincipalIx, after: &Truth) -> Truth {
    let identified = estate.sets_source_identity() != Ok(false);
    let mut passed_on = BTreeSet::new();
    let started = after.replace(&mut |test| match test.variable.kind() {
        _ if test.scope != CALLER => Truth::test((**test).clone()),
        KeyKind::SourceIdentity if !identified => absent(test),
        KeyKind::TransitiveTag if !may_be_tagged(estate, role, test.key.tag()) => absent(test),
        KeyKind::TransitiveTag => {
            passed_on.insert(test.key.clone());
            Truth::test((**test).clone())
        }
        _ => placed(test, BEFORE),
    });
    // a session passes a tag on that it has, or none
    passed_on.iter().fold(started, |all, tag| {
        let variable = ContextKey::transitive(tag);
        let with = |value: &dyn Fn(&Test) -> Truth| {
            all.replace(&mut |test| {
                if test.variable == variable { value(test) } else { Truth::test((**test).clone()) }
            })
        };
        with(&absent).or(with(&|test| moved(test, BEFORE, tag.clone(), Possible::Any { absent: true })))
    })
}
