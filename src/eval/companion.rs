//! Companions of AssumeRole: permissions that decide what else a request may carry.
//!
//! A request with session tags is allowed only if AssumeRole and TagSession both are, each with those tags in its context; a
//! source identity goes with SetSourceIdentity in the same way. Owns: trying a request without and with them.
//! Source: AWS IAM User Guide, "Passing session tags in AWS STS" and "Monitor and control actions taken with assumed roles".

use std::sync::LazyLock;

use super::decide::layers;
use super::request::{Carries, Request};
use super::trace::Trace;
use super::truth::{Possible, Test, Truth};
use crate::answer::Layer;
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::Operator;

/// What lets a request carry more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the actions")]
pub enum Companion {
    TagSession,
    SetSourceIdentity,
}

static TAG_SESSION: LazyLock<Action> = LazyLock::new(|| Action::named("sts", "TagSession"));
static SET_SOURCE_IDENTITY: LazyLock<Action> = LazyLock::new(|| Action::named("sts", "SetSourceIdentity"));

impl Companion {
    /// The action that must be allowed as well.
    #[must_use]
    pub fn action(self) -> &'static Action {
        match self {
            Self::TagSession => &TAG_SESSION,
            Self::SetSourceIdentity => &SET_SOURCE_IDENTITY,
        }
    }

    fn is_read_by(self, truth: &Truth) -> bool {
        let facts = truth.tests().into_iter().map(|test| &test.variable);
        truth.keys().into_iter().chain(facts).any(|key| match self {
            Self::TagSession => {
                matches!(key.kind(), KeyKind::RequestTag | KeyKind::TagKeys | KeyKind::TransitiveTagKeys)
            }
            Self::SetSourceIdentity => key.kind() == KeyKind::RequestedSourceIdentity,
        })
    }
}

/// Whether the caller may assume the role, carrying what it is allowed to carry.
#[must_use]
pub fn decide(request: &Request<'_>, trace: &mut Trace) -> Truth {
    let mut open = request.clone();
    if request.always_carries() {
        (open.tags, open.source_identity) = (Carries::Yes, Carries::Yes);
        let entered = layers(&open, trace);
        return both(&open, trace, entered);
    }
    let carries = |companion| {
        if request.trust_opens(request.role, companion) { Carries::Perhaps } else { Carries::No }
    };
    open.tags = carries(Companion::TagSession);
    open.source_identity = carries(Companion::SetSourceIdentity);
    let truth = layers(&open, trace);
    let tags = open.tags == Carries::Perhaps && Companion::TagSession.is_read_by(&truth);
    let identity = open.source_identity == Carries::Perhaps && Companion::SetSourceIdentity.is_read_by(&truth);
    if !tags && !identity {
        return truth;
    }
    let ways = |matters: bool| if matters { vec![Carries::No, Carries::Yes] } else { vec![Carries::Perhaps] };
    let mut any = Truth::False;
    for tags in ways(tags) {
        for source_identity in ways(identity) {
            let mut carrying = request.clone();
            (carrying.tags, carrying.source_identity) = (tags, source_identity);
            let way = named(with_companions(&carrying), &carrying);
            any = any.or(way);
        }
    }
    any
}

/// A call that carries both, whatever the trust allows: the service that makes it makes no other.
fn both(request: &Request<'_>, trace: &mut Trace, entered: Truth) -> Truth {
    [Companion::TagSession, Companion::SetSourceIdentity].into_iter().fold(entered, |all, companion| {
        let allowed = allows(request, companion);
        if allowed == Truth::False {
            let why = format!("every call of this service needs {} too", companion.action().name());
            trace.note(Layer::Trust, "trust policy", why, &Truth::False);
        }
        all.and(allowed)
    })
}

/// A way that holds whatever is passed still asks that something is: it names the key, so that the answer can say what to pass.
fn named(way: Truth, request: &Request<'_>) -> Truth {
    let carried = [
        (request.tags, Companion::TagSession, "aws:TagKeys"),
        (request.source_identity, Companion::SetSourceIdentity, "sts:SourceIdentity"),
    ];
    carried.into_iter().fold(way, |way, (carries, companion, key)| {
        let silent = carries == Carries::Yes && way != Truth::False && !companion.is_read_by(&way);
        if silent { way.and(passed(ContextKey::new(key))) } else { way }
    })
}

/// That the call passes such a thing.
fn passed(key: ContextKey) -> Truth {
    let absent = Truth::test(Test {
        key: key.clone(),
        variable: key.clone(),
        scope: 0,
        operator: Operator::parse("Null"),
        values: vec!["true".to_owned()],
        undecided: vec![key],
        possible: Possible::Any { absent: true },
        exact: None,
    });
    absent.not()
}

fn with_companions(request: &Request<'_>) -> Truth {
    let mut truth = layers(request, &mut Trace::off());
    if request.tags == Carries::Yes {
        truth = truth.and(allows(request, Companion::TagSession));
    }
    if request.source_identity == Carries::Yes {
        truth = truth.and(allows(request, Companion::SetSourceIdentity));
    }
    truth
}

/// Whether the caller may call the companion on the role.
#[must_use]
pub fn allows(request: &Request<'_>, companion: Companion) -> Truth {
    let mut asked = request.clone();
    asked.action = companion.action();
    layers(&asked, &mut Trace::off())
}
