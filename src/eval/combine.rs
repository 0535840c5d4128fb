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
    pub(super) fn truth(&self, rule: Rule, sides: &Sides) -> Truth {
        if self.is_refused(rule, sides) {
            debug_assert_eq!(self.granted(rule, sides), Truth::False, "the short way says what the formula says");
            return Truth::False;
        }
        self.allow(rule, sides).and(self.deny().not())
    }

    /// What is allowed unless something denies it.
    pub(super) fn allow(&self, rule: Rule, sides: &Sides) -> Truth {
        self.granted(rule, sides).and(self.scp.allow.clone())
    }

    /// A deny of any layer.
    pub(super) fn deny(&self) -> Truth {
        self.denies().into_iter().fold(Truth::False, |any, (_, one)| any.or(one.clone()))
    }

    /// What caller and resource allow between them, whatever the organization says.
    fn granted(&self, rule: Rule, sides: &Sides) -> Truth {
        let resource = &self.resource;
        match rule {
            Rule::Always => Truth::True,
            Rule::Never(_) => Truth::False,
            _ if !sides.caller.has_policies() => resource.named.clone().or(resource.everyone.clone()),
            Rule::CallerDecides => self.own(),
            Rule::OwnerDecides if sides.same_account => self.direct(sides),
            Rule::General if sides.same_account => self.own().or(self.direct(sides)),
            Rule::OwnerDecides | Rule::General => resource.any().and(self.own()),
        }
    }

    /// True where nothing is granted, as `granted` says it, without making its formula: most questions of the graph end here.
    pub(super) fn is_refused(&self, rule: Rule, sides: &Sides) -> bool {
        let resource = &self.resource;
        let not = |truth: &Truth| *truth == Truth::False;
        let by_own = || not(&self.identity.allow) || not(&self.boundary.allow) || not(&self.session.allow);
        let by_owner = || {
            let open = not(&resource.session) && not(&resource.everyone);
            let limited = Self::limits_names(sides) && (not(&self.boundary.allow) || not(&self.session.allow));
            open && (not(&resource.named) || limited) && (not(&resource.delegated) || by_own())
        };
        match rule {
            Rule::Always => false,
            Rule::Never(_) => true,
            _ if !sides.caller.has_policies() => not(&resource.named) && not(&resource.everyone),
            Rule::CallerDecides => by_own(),
            Rule::OwnerDecides if sides.same_account => by_owner(),
            Rule::General if sides.same_account => by_own() && by_owner(),
            Rule::OwnerDecides | Rule::General => resource.grants_nothing() || by_own(),
        }
    }

    /// What the caller's own policies allow.
    fn own(&self) -> Truth {
        self.identity.allow.clone().and(self.boundary.allow.clone()).and(self.session.allow.clone())
    }

    /// What the resource's policy allows by itself to a caller of the same account.
    fn direct(&self, sides: &Sides) -> Truth {
        let mut named = self.resource.named.clone();
        if Self::limits_names(sides) {
            named = named.and(self.boundary.allow.clone()).and(self.session.allow.clone());
        }
        let delegated = self.resource.delegated.clone().and(self.own());
        named.or(self.resource.session.clone()).or(self.resource.everyone.clone()).or(delegated)
    }

    /// A grant to a user is not limited by an implicit deny elsewhere; one to a role is, by its boundary and the session's
    /// policy; one to the session itself is not.
    fn limits_names(sides: &Sides) -> bool {
        matches!(sides.caller, CallerKind::Role | CallerKind::Session)
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
    pub(super) fn missing(&self, rule: Rule, sides: &Sides) -> Vec<Layer> {
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
