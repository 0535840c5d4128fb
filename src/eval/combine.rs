//! How the layers combine: one authorizer for every question.
//!
//! Owns: which layers an action needs in one account and across two, and the asymmetry between being named and being
//! trusted through an account. Does not know where the documents come from (`layers`), nor which actions have rules of
//! their own (`special`).
//! Source: AWS IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic"; AWS Organizations
//! User Guide, "SCP evaluation", "Resource control policies"; AWS STS API Reference, AssumeRole.

use super::layer::LayerTruth;
use super::principal::ResourceTruth;
use super::residual::Truth;
use super::sides::{CallerKind, Sides};
use super::special::Rule;
use crate::answer::Layer;

/// What each layer says of one question.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) identity: LayerTruth,
    pub(super) boundary: LayerTruth,
    pub(super) session: LayerTruth,
    pub(super) scp: LayerTruth,
    pub(super) rcp: LayerTruth,
    pub(super) resource: ResourceTruth,
}

impl Layers {
    /// Nothing is granted, and nothing limits what is.
    pub(super) fn new() -> Self {
        Self {
            identity: LayerTruth::nothing(),
            boundary: LayerTruth::open(),
            session: LayerTruth::open(),
            scp: LayerTruth::open(),
            rcp: LayerTruth::open(),
            resource: ResourceTruth::nothing(),
        }
    }

    /// Whether the request is allowed.
    pub(super) fn truth(&self, rule: Rule, sides: &Sides<'_>) -> Truth {
        self.allow(rule, sides).and(self.deny().not())
    }

    /// What is allowed unless something denies it.
    pub(super) fn allow(&self, rule: Rule, sides: &Sides<'_>) -> Truth {
        self.granted(rule, sides).and(self.scp.allow.clone())
    }

    /// A deny of any layer.
    pub(super) fn deny(&self) -> Truth {
        self.denies().into_iter().fold(Truth::False, |any, (_, one)| any.or(one.clone()))
    }

    /// What caller and resource allow between them, whatever the organization says.
    pub(super) fn granted(&self, rule: Rule, sides: &Sides<'_>) -> Truth {
        match rule {
            Rule::Always => return Truth::True,
            Rule::Never(_) => return Truth::False,
            Rule::General | Rule::OwnerDecides | Rule::CallerDecides => {}
        }
        if !sides.caller.has_policies() {
            return self.resource.named.clone().or(self.resource.everyone.clone());
        }
        match rule {
            Rule::OwnerDecides if sides.same_account => self.direct(sides),
            Rule::General if sides.same_account => self.own().or(self.direct(sides)),
            Rule::OwnerDecides | Rule::General => self.resource.any().and(self.own()),
            _ => self.own(),
        }
    }

    /// What the caller's own policies allow.
    fn own(&self) -> Truth {
        self.identity.allow.clone().and(self.boundary.allow.clone()).and(self.session.allow.clone())
    }

    /// What the resource's policy allows by itself to a caller of the same account.
    fn direct(&self, sides: &Sides<'_>) -> Truth {
        let named = match sides.caller {
            // a grant to a user is not limited by an implicit deny elsewhere; one to a role is, by its boundary and the
            // session's policy; one to the session itself is not
            CallerKind::Role | CallerKind::Session => {
                let limits = self.boundary.allow.clone().and(self.session.allow.clone());
                self.resource.named.clone().and(limits)
            }
            _ => self.resource.named.clone(),
        };
        let delegated = self.resource.delegated.clone().and(self.own());
        named.or(self.resource.session.clone()).or(self.resource.everyone.clone()).or(delegated)
    }

    fn denies(&self) -> [(Layer, &Truth); 6] {
        [
            (Layer::Identity, &self.identity.deny),
            (Layer::Boundary, &self.boundary.deny),
            (Layer::Session, &self.session.deny),
            (Layer::Scp, &self.scp.deny),
            (Layer::Rcp, &self.rcp.deny),
            (Layer::Resource, &self.resource.denied),
        ]
    }

    /// Layers that deny, or may.
    pub(super) fn denying(&self) -> impl Iterator<Item = Layer> {
        self.denies().into_iter().filter(|(_, truth)| **truth != Truth::False).map(|(layer, _)| layer)
    }

    /// Layers that must allow and do not.
    pub(super) fn missing(&self, rule: Rule, sides: &Sides<'_>) -> Vec<Layer> {
        let mut missing = Vec::new();
        let mut need = |layer, truth: &Truth| {
            if truth.assuming(false) != Truth::True {
                missing.push(layer);
            }
        };
        need(Layer::Scp, &self.scp.allow);
        let granted = self.resource.any();
        if !sides.caller.has_policies() || matches!(rule, Rule::Never(_)) {
            need(Layer::Resource, &granted);
            return missing;
        }
        let direct = self.direct(sides);
        let owner_decides = rule == Rule::OwnerDecides;
        if rule != Rule::CallerDecides && (owner_decides || !sides.same_account) {
            need(Layer::Resource, &granted);
        }
        if !sides.same_account || direct == Truth::False {
            let named = sides.same_account && self.resource.named != Truth::False;
            if !named {
                need(Layer::Identity, &self.identity.allow);
            }
            need(Layer::Boundary, &self.boundary.allow);
            need(Layer::Session, &self.session.allow);
        }
        missing
    }
}
