//! What the policies of one layer say: allow and deny are weighed apart, because a deny anywhere wins.

use super::context::RequestContext;
use super::residual::Truth;
use super::statement::{self, WithoutResource};
use super::trace::Trace;
use crate::answer::Layer;
use crate::ids::GapIx;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{Effect, Policy, Statement};

/// Allows and denies of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LayerTruth {
    pub(super) allow: Truth,
    pub(super) deny: Truth,
}

impl LayerTruth {
    /// No statement at all.
    pub(super) fn nothing() -> Self {
        Self { allow: Truth::False, deny: Truth::False }
    }

    /// A layer that does not apply.
    pub(super) fn open() -> Self {
        Self { allow: Truth::True, deny: Truth::False }
    }

    /// Adds what another layer of the same kind says.
    pub(super) fn join(&mut self, more: Self) {
        let own = std::mem::replace(self, Self::nothing());
        *self = Self { allow: own.allow.or(more.allow), deny: own.deny.or(more.deny) };
    }

    /// Adds the statements of a document.
    pub(super) fn read(
        &mut self,
        policy: &Policy,
        label: &str,
        layer: Layer,
        facts: &impl RequestContext,
        trace: &mut Trace,
    ) {
        for statement in &policy.statements {
            if layer == Layer::Rcp && !names_everyone(statement) {
                continue;
            }
            let matched = statement::truth(statement, facts, WithoutResource::Nothing);
            if matched == Truth::False {
                trace.pass_over(layer, label, statement, || {
                    statement::why_not(statement, facts, WithoutResource::Nothing)
                });
                continue;
            }
            trace.record(layer, label, statement, &matched);
            self.add(statement.effect, matched);
        }
    }

    /// Adds a document that cannot be read: it may allow, it may deny.
    pub(super) fn read_missing(&mut self, gap: GapIx) {
        self.add(Effect::Allow, Truth::gap(gap));
        self.add(Effect::Deny, Truth::gap(gap));
    }

    fn add(&mut self, effect: Effect, truth: Truth) {
        let slot = match effect {
            Effect::Allow => &mut self.allow,
            Effect::Deny => &mut self.deny,
        };
        *slot = std::mem::replace(slot, Truth::False).or(truth);
    }
}

/// RCPs may only name everybody.
fn names_everyone(statement: &Statement) -> bool {
    statement.principal.as_ref().is_none_or(|p| !p.negated && p.entries.contains(&PrincipalEntry::Everyone))
}
