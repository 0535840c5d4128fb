//! The evaluator: from a question about the estate to its answer.
//!
//! Owns: reading the layers and combining them; for calls that make a session of a role, trying them without and with
//! what a companion permission lets them pass. Does not know how a layer is read (`layers`) nor how layers combine
//! (`combine`).

use super::companion::Companion;
use super::context::{EstateContext, RequestContext};
use super::layers::{of_estate, sides};
use super::question::{Passes, Question};
use super::residual::{Truth, settle};
use super::special::{self, Rule};
use super::trace::Trace;
use crate::answer::Layer;
use crate::policy::key::ContextKey;

/// Whether the caller may do what the question asks. Where a role is to be assumed: passing what it is allowed to pass.
#[must_use]
pub fn decide(question: &Question<'_>, trace: &mut Trace) -> Truth {
    if !question.enters_role() {
        return authorize(question, trace);
    }
    let mut open = question.clone();
    if context(question).always_passes() {
        open.call.tags = Passes::Yes;
        open.call.source_identity = Passes::Yes;
        let entered = authorize(&open, trace);
        return both(&open, trace, entered);
    }
    let carries = |companion: Companion| if companion.is_open(question) { Passes::Perhaps } else { Passes::No };
    open.call.tags = carries(Companion::TagSession);
    open.call.source_identity = carries(Companion::SetSourceIdentity);
    let truth = authorize(&open, trace);
    carrying(&open, truth)
}

/// Each way to call, where the answer depends on what is passed: without and with what a companion lets pass.
fn carrying(question: &Question<'_>, truth: Truth) -> Truth {
    let open =
        |companion: &Companion| question.call.passes(*companion) == Passes::Perhaps && companion.is_read_by(&truth);
    let Some(companion) = [Companion::TagSession, Companion::SetSourceIdentity].into_iter().find(open) else {
        return named(truth, question);
    };
    let way = |passes: Passes| {
        let mut way = question.clone();
        way.call = way.call.passing(companion, passes);
        let truth = with_companions(&way);
        carrying(&way, truth)
    };
    way(Passes::No).or(way(Passes::Yes))
}

/// Whether the call is allowed where it passes what the companion lets it pass: the call itself, and the companion. Where
/// that depends on what the other companion lets pass, with that or without.
#[must_use]
pub fn allows(question: &Question<'_>, companion: Companion) -> Truth {
    let other = companion.other();
    let with = |others: Passes| {
        let mut asked = question.clone();
        (asked.call.tags, asked.call.source_identity) = match companion {
            Companion::TagSession => (Passes::Yes, others),
            Companion::SetSourceIdentity => (others, Passes::Yes),
        };
        let call = authorize(&asked, &mut Trace::off());
        if call == Truth::False {
            return call;
        }
        let allowed = call.and(may_call(&asked, companion));
        if others == Passes::Yes { allowed.and(may_call(&asked, other)) } else { allowed }
    };
    if !other.is_open(question) {
        return with(Passes::No);
    }
    let truth = with(Passes::Perhaps);
    if !other.is_read_by(&truth) {
        return truth;
    }
    // each way says of itself what it passes: what else the call passes is for later calls to ask
    let uses_other = other.is_used();
    with(Passes::No).and(uses_other.clone().not()).or(with(Passes::Yes).and(uses_other))
}

/// Whether the caller may call the companion on the role.
fn may_call(question: &Question<'_>, companion: Companion) -> Truth {
    let mut asked = question.clone();
    asked.action = companion.action();
    authorize(&asked, &mut Trace::off())
}

/// One action on its own: all layers, combined.
fn authorize(question: &Question<'_>, trace: &mut Trace) -> Truth {
    let sides = sides(question);
    let rule = special::rule(question.action, question.resource_arn(), &sides);
    if let Rule::Never(why) = rule {
        let layer = if question.enters_role() { Layer::Trust } else { Layer::Resource };
        trace.note(layer, "", why, &Truth::False);
        return Truth::False;
    }
    of_estate(&context(question), rule, &sides, trace).truth(rule, &sides)
}

/// The request context of a question. What a session has from its maker depends on whether that maker may make it: a
/// question of its own, which comes back here.
fn context<'q, 'e>(question: &'q Question<'e>) -> EstateContext<'q, 'e> {
    EstateContext::new(question, |asked| settle(decide(asked, &mut Trace::off())))
}

/// What a variable stands for in the policies that decide a question, where it is one known text.
#[must_use]
pub fn value_of(question: &Question<'_>, key: &ContextKey) -> Option<String> {
    context(question).variable(key).flatten()
}

/// A call that carries both, whatever the trust allows: the service that makes it makes no other.
fn both(question: &Question<'_>, trace: &mut Trace, entered: Truth) -> Truth {
    [Companion::TagSession, Companion::SetSourceIdentity].into_iter().fold(entered, |all, companion| {
        let allowed = may_call(question, companion);
        if allowed == Truth::False {
            let why = format!("every call of this service needs {} too", companion.action().name());
            trace.note(Layer::Trust, "trust policy", why, &Truth::False);
        }
        all.and(allowed)
    })
}

/// A way to call that passes something says so, even where it holds whatever is passed: the answer can name what to pass, and
/// the way is not taken for one that passes nothing.
fn named(way: Truth, question: &Question<'_>) -> Truth {
    let passed = [Companion::TagSession, Companion::SetSourceIdentity]
        .into_iter()
        .filter(|companion| question.call.passes(*companion) == Passes::Yes);
    passed.fold(way, |way, companion| way.and(companion.is_used()))
}

fn with_companions(question: &Question<'_>) -> Truth {
    let mut truth = authorize(question, &mut Trace::off());
    if question.call.tags == Passes::Yes {
        truth = truth.and(may_call(question, Companion::TagSession));
    }
    if question.call.source_identity == Passes::Yes {
        truth = truth.and(may_call(question, Companion::SetSourceIdentity));
    }
    truth
}
