//! Which changed statements have a part in a change of a hop or of a way to escalate.
//!
//! Owns: what of the changes stands in the proofs of both sides and bears on the decision. A proof is everything that a decision met.

use super::collector::Told;
use super::pairing::Which;
use crate::answer::{Evidence, EvidenceEffect, Layer};
use crate::difference::{ChangeKind, What};
use crate::eval::{Matched, Truth};

/// What the decision met on each side, and the side that gives more.
pub(super) struct Proofs {
    pub(super) old: Vec<Matched>,
    pub(super) new: Vec<Matched>,
    pub(super) more: Which,
    /// Whether the resource may grant what the caller's own policies do not: then whom it names counts, beside whether it lets in.
    pub(super) is_same_account: bool,
}

impl Proofs {
    /// The changes that gave more, or took it away. A layer that says the same on both sides did neither.
    pub(super) fn deciding(&self, told: &Told) -> Told {
        let replaces =
            told.iter().any(|(what, _)| what.layer == Some(Layer::Boundary) && self.is_of_other_side(what.kind));
        let decides = |what: &What| {
            // another boundary takes away, unless it stands in the place of one
            let is_boundary = what.layer == Some(Layer::Boundary)
                && matches!(what.kind, ChangeKind::PolicyAttached | ChangeKind::PolicyDetached);
            if is_boundary && !self.is_of_other_side(what.kind) && !replaces {
                return false;
            }
            !self.is_unchanged(what)
                && self.meets(what, |side, effect| match effect {
                    EvidenceEffect::Allow => side == self.more,
                    EvidenceEffect::Deny | EvidenceEffect::None => side != self.more,
                })
        };
        told.iter().filter(|(what, _)| decides(what)).cloned().collect()
    }

    /// The changes of which the proofs have anything at all.
    pub(super) fn met(&self, told: &Told) -> Told {
        // where the way does not stand, what an SCP or RCP allows is no reason why
        let closes = |layer| !matches!(layer, Some(Layer::Scp | Layer::Rcp));
        let counts = |what: &What| {
            self.meets(what, |side, effect| side == self.more || closes(what.layer) || effect != EvidenceEffect::Allow)
        };
        told.iter().filter(|(what, _)| counts(what)).cloned().collect()
    }

    /// A boundary that the side with less alone has.
    fn is_of_other_side(&self, kind: ChangeKind) -> bool {
        match self.more {
            Which::New => kind == ChangeKind::PolicyDetached,
            Which::Old => kind == ChangeKind::PolicyAttached,
        }
    }

    fn meets(&self, what: &What, counts: impl Fn(Which, EvidenceEffect) -> bool) -> bool {
        [(Which::Old, &self.old), (Which::New, &self.new)].into_iter().any(|(side, proof)| {
            let proof: Vec<&Evidence> =
                proof.iter().map(|matched| &matched.evidence).filter(|own| counts(side, own.effect)).collect();
            stands_in(what, &proof, side)
        })
    }

    /// Whether the layer of a change allows on both sides what it allows on the other, and denies what it denies there.
    fn is_unchanged(&self, what: &What) -> bool {
        let layer = match what.layer {
            Some(layer @ (Layer::Identity | Layer::Boundary)) => layer,
            Some(Layer::Trust) if !self.is_same_account => Layer::Trust,
            // each level of SCPs must allow: what they say together is not what one of them says
            _ => return false,
        };
        let says = |proof: &[Matched], effect| {
            let of_layer =
                proof.iter().filter(|matched| (matched.evidence.layer, matched.evidence.effect) == (layer, effect));
            of_layer.fold(Truth::False, |any, matched| any.or(matched.truth.clone()))
        };
        // without a boundary nothing is recorded of it
        let is_there = |proof: &[Matched]| proof.iter().any(|matched| matched.evidence.layer == layer);
        is_there(&self.old) == is_there(&self.new)
            && [EvidenceEffect::Allow, EvidenceEffect::Deny]
                .into_iter()
                .all(|effect| says(&self.old, effect) == says(&self.new, effect))
    }
}

/// Whether the proof of a side has the statement, or a statement of the policy, that stands there.
fn stands_in(what: &What, proof: &[&Evidence], which: Which) -> bool {
    let of_layer = |evidence: &&&Evidence| Some(evidence.layer) == what.layer && evidence.statement.is_some();
    let (clause, stands) = match which {
        Which::Old => (&what.old, what.kind == ChangeKind::PolicyDetached),
        Which::New => (&what.new, what.kind == ChangeKind::PolicyAttached),
    };
    let by_name = |evidence: &Evidence| {
        let rest = evidence.policy.strip_prefix(what.policy.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    // a boundary does its work by what it does not allow
    if stands && what.layer == Some(Layer::Boundary) {
        return proof.iter().any(|evidence| evidence.layer == Layer::Boundary);
    }
    let is_in_policy = |evidence: &Evidence| evidence.layer == Layer::Trust || by_name(evidence);
    proof.iter().filter(of_layer).filter(|evidence| is_in_policy(evidence)).any(|evidence| match clause {
        // the version of a document is none of its statements, and bears on all of them
        Some(clause) => clause.statement.is_none() || evidence.statement == clause.statement,
        None => stands,
    })
}
