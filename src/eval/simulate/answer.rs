//! The decision of a simulation, and which layers block.

use crate::answer::Layer;
use crate::answer::simulation::{Answer, Decision};
use crate::eval::combine::Layers;
use crate::eval::residual::{Truth, Unclear};
use crate::eval::sides::Sides;
use crate::eval::special::Rule;
use crate::eval::trace::Trace;

/// `owner` is what the resource's policy is called.
pub(super) fn answer(layers: &Layers, rule: Rule, sides: &Sides, owner: Layer, trace: &mut Trace) -> Answer {
    let answer = |decision, blocked_by, unclear| Answer { decision, blocked_by, unclear, ..Answer::empty() };
    if rule == Rule::Always {
        return answer(Decision::Allowed, Vec::new(), Vec::new());
    }
    if let Rule::Never(why) = rule {
        trace.note(owner, "", why, &Truth::False);
    }
    let allow = layers.allow(rule, sides);
    let deny = layers.deny();
    let decision = match (deny.assuming(true), allow.assuming(false)) {
        (Truth::False, Truth::True) => Decision::Allowed,
        (Truth::False, _) => Decision::ImplicitDeny,
        _ => Decision::ExplicitDeny,
    };
    let unclear: Vec<String> = allow.and(deny.not()).unclear_parts().into_iter().filter_map(in_words).collect();
    if decision == Decision::Allowed {
        return answer(decision, Vec::new(), unclear);
    }
    let named = |layer| if layer == Layer::Resource { owner } else { layer };
    let mut blocked: Vec<Layer> = layers.denying().chain(layers.missing(rule, sides)).map(named).collect();
    blocked.sort_unstable();
    blocked.dedup();
    for layer in &blocked {
        note_missing(*layer, trace);
    }
    answer(decision, blocked, unclear)
}

/// A layer that blocks without any statement is noted.
fn note_missing(layer: Layer, trace: &mut Trace) {
    let text = match layer {
        Layer::Identity => "no identity-based policy allows it",
        Layer::Boundary => "the permissions boundary does not allow it",
        Layer::Session => "the session policy does not allow it",
        Layer::Trust | Layer::Resource => "the resource's policy does not allow it",
        Layer::Scp | Layer::Rcp => return,
    };
    if !trace.mentions(layer) {
        trace.note(layer, "", text, &Truth::False);
    }
}

fn in_words(why: &Unclear) -> Option<String> {
    match why {
        Unclear::Undocumented(text) => Some(text.to_string()),
        // a simulation has no snapshot that could lack something
        Unclear::Gap(_) => None,
    }
}
