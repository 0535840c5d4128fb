//! Companions of AssumeRole: permissions that decide what else a request may carry.
//!
//! A request with session tags is allowed only if AssumeRole and TagSession both are, each with those tags in its context; a
//! source identity goes with SetSourceIdentity in the same way. Owns: trying a request without and with them.
//! Source: AWS IAM User Guide, "Passing session tags in AWS STS" and "Monitor and control actions taken with assumed roles".

use super::context::EstateContext;
use super::decide::layers;
use super::question::{Carries, Question};
use super::residual::{Possible, Test, Truth, settle};
use super::trace::Trace;
use crate::answer::Layer;
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::Operator;
use crate::policy::{Effect, sts};

/// What lets a request carry more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the actions")]
pub enum Companion {
    TagSession,
    SetSourceIdentity,
}

impl Companion {
    /// The action that must be allowed as well.
    #[must_use]
    pub fn action(self) -> &'static Action {
        match self {
            Self::TagSession => &sts::TAG_SESSION,
            Self::SetSourceIdentity => &sts::SET_SOURCE_IDENTITY,
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
pub fn decide(question: &Question<'_>, trace: &mut Trace) -> Truth {
    let mut open = question.clone();
    if context(question).always_carries() {
        open.tags = Carries::Yes;
        open.source_identity = Carries::Yes;
        let entered = layers(&context(&open), trace);
        return both(&open, trace, entered);
    }
    let carries = |companion| if trust_opens(question, companion) { Carries::Perhaps } else { Carries::No };
    open.tags = carries(Companion::TagSession);
    open.source_identity = carries(Companion::SetSourceIdentity);
    let truth = layers(&context(&open), trace);
    let tags = open.tags == Carries::Perhaps && Companion::TagSession.is_read_by(&truth);
    let identity = open.source_identity == Carries::Perhaps && Companion::SetSourceIdentity.is_read_by(&truth);
    if !tags && !identity {
        return truth;
    }
    let ways = |matters: bool| if matters { vec![Carries::No, Carries::Yes] } else { vec![Carries::Perhaps] };
    let mut any = Truth::False;
    for tags in ways(tags) {
        for source_identity in ways(identity) {
            let mut carrying = question.clone();
            carrying.tags = tags;
            carrying.source_identity = source_identity;
            let way = named(with_companions(&carrying), &carrying);
            any = any.or(way);
        }
    }
    any
}

/// The request context of a question. What a session has from its maker depends on whether that maker may make it: a question of its
/// own, which comes back to this file.
fn context<'q, 'e>(question: &'q Question<'e>) -> EstateContext<'q, 'e> {
    EstateContext::new(question, |asked| settle(decide(asked, &mut Trace::off())))
}

/// Whether the role's trust lets anybody at all call this companion of AssumeRole; so it does where it is not known.
fn trust_opens(question: &Question<'_>, companion: Companion) -> bool {
    let Some(trust) = context(question).trust(question.role) else { return true };
    trust.statements.iter().any(|s| s.effect == Effect::Allow && s.actions.matches(companion.action()))
}

/// A call that carries both, whatever the trust allows: the service that makes it makes no other.
fn both(question: &Question<'_>, trace: &mut Trace, entered: Truth) -> Truth {
    [Companion::TagSession, Companion::SetSourceIdentity].into_iter().fold(entered, |all, companion| {
        let allowed = allows(question, companion);
        if allowed == Truth::False {
            let why = format!("every call of this service needs {} too", companion.action().name());
            trace.note(Layer::Trust, "trust policy", why, &Truth::False);
        }
        all.and(allowed)
    })
}

/// A way that holds whatever is passed still asks that something is: it names the key, so that the answer can say what to pass.
fn named(way: Truth, question: &Question<'_>) -> Truth {
    let carried = [
        (question.tags, Companion::TagSession, "aws:TagKeys"),
        (question.source_identity, Companion::SetSourceIdentity, "sts:SourceIdentity"),
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

fn with_companions(question: &Question<'_>) -> Truth {
    let mut truth = layers(&context(question), &mut Trace::off());
    if question.tags == Carries::Yes {
        truth = truth.and(allows(question, Companion::TagSession));
    }
    if question.source_identity == Carries::Yes {
        truth = truth.and(allows(question, Companion::SetSourceIdentity));
    }
    truth
}

/// Whether the caller may call the companion on the role.
#[must_use]
pub fn allows(question: &Question<'_>, companion: Companion) -> Truth {
    let mut asked = question.clone();
    asked.action = companion.action();
    layers(&context(&asked), &mut Trace::off())
}
