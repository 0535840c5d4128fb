//! Which statements a decision met.
//!
//! Owns: the record, kept only when somebody will read it: the graph decides millions of requests and explains few.

use super::residual::Truth;
use super::text;
use crate::answer::{Evidence, EvidenceEffect, Layer};
use crate::policy::{Effect, Statement};

/// A statement that matched, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// What is printed of it.
    pub evidence: Evidence,
    /// Whether it matched for sure.
    pub truth: Truth,
}

/// A statement that did not match, and the first thing that kept it from that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// What is printed of it.
    pub evidence: Evidence,
    /// In words.
    pub why: String,
}

/// Collects matched statements, or all, or does nothing.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    matched: Option<Vec<Matched>>,
    passed_over: Option<Vec<PassedOver>>,
}

impl Trace {
    /// Records nothing.
    #[must_use]
    pub fn off() -> Self {
        Self { matched: None, passed_over: None }
    }

    /// Records what matched.
    #[must_use]
    pub fn on() -> Self {
        Self { matched: Some(Vec::new()), passed_over: None }
    }

    /// Records what did not match as well.
    #[must_use]
    pub fn full() -> Self {
        Self { matched: Some(Vec::new()), passed_over: Some(Vec::new()) }
    }

    /// True where records are kept.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.matched.is_some()
    }

    /// True where something was recorded of a layer.
    pub(super) fn mentions(&self, layer: Layer) -> bool {
        self.matched.iter().flatten().any(|m| m.evidence.layer == layer)
    }

    /// What was recorded.
    #[must_use]
    pub fn into_matched(self) -> Vec<Matched> {
        self.matched.unwrap_or_default()
    }

    /// What matched, and what did not.
    #[must_use]
    pub fn into_all(self) -> (Vec<Matched>, Vec<PassedOver>) {
        (self.matched.unwrap_or_default(), self.passed_over.unwrap_or_default())
    }

    pub(super) fn record(&mut self, layer: Layer, policy: &str, statement: &Statement, truth: &Truth) {
        let Some(matched) = &mut self.matched else { return };
        matched.push(Matched { evidence: evidence(layer, policy, statement), truth: truth.clone() });
    }

    pub(super) fn pass_over(
        &mut self,
        layer: Layer,
        policy: &str,
        statement: &Statement,
        why: impl FnOnce() -> String,
    ) {
        let Some(passed_over) = &mut self.passed_over else { return };
        passed_over.push(PassedOver { evidence: evidence(layer, policy, statement), why: why() });
    }

    pub(super) fn note(&mut self, layer: Layer, policy: &str, text: impl Into<String>, truth: &Truth) {
        let Some(matched) = &mut self.matched else { return };
        let evidence = Evidence {
            layer,
            effect: EvidenceEffect::None,
            policy: policy.to_owned(),
            statement: None,
            sid: String::new(),
            text: text.into(),
        };
        matched.push(Matched { evidence, truth: truth.clone() });
    }
}

/// A statement as evidence.
#[must_use]
pub fn evidence(layer: Layer, policy: &str, statement: &Statement) -> Evidence {
    let effect = match statement.effect {
        Effect::Allow => EvidenceEffect::Allow,
        Effect::Deny => EvidenceEffect::Deny,
    };
    Evidence {
        layer,
        effect,
        policy: policy.to_owned(),
        statement: Some(statement.index),
        sid: statement.sid.to_string(),
        text: text::statement(statement),
    }
}
