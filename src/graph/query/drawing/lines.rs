//! Edges as they are drawn: each with the decision that counts for it.

use std::sync::Arc;

use crate::answer::{Needs, PrincipalKind, Verdict};
use crate::eval::brief;
use crate::graph::decision::Decision;
use crate::graph::edge::{Decided, Edge};
use crate::model::Estate;

/// The key that a session's MFA is tested by.
const MFA: &str = "aws:MultiFactorAuthPresent";

/// An edge that is not denied, and what is said of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::graph::query) struct Line<'g> {
    pub(in crate::graph::query) edge: &'g Edge,
    decision: &'g Decision,
    /// Holds only in a session that inherited the MFA of a user.
    inherits_mfa: bool,
}

/// What makes lines alike, beside their ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Said {
    pub(super) kind: &'static str,
    pub(super) action: &'static str,
    pub(super) verdict: Verdict,
    pub(super) conditions: Vec<String>,
}

impl<'g> Line<'g> {
    /// As the caller's own first call; `None` where that is denied.
    pub(in crate::graph::query) fn own(edge: &'g Edge, estate: &Estate) -> Option<Self> {
        let decision = edge.own(edge.from.kind(estate));
        (decision.verdict() != Verdict::Denied).then_some(Self { edge, decision, inherits_mfa: false })
    }

    /// As a call on the way: where the caller's own is denied, that of a session with MFA of a user before it.
    pub(in crate::graph::query) fn on_the_way(edge: &'g Edge, estate: &Estate) -> Option<Self> {
        let best = || edge.decisions().filter(|d| d.verdict() != Verdict::Denied).min_by_key(|d| d.verdict());
        let inherited = || best().map(|decision| Self { edge, decision, inherits_mfa: true });
        Self::own(edge, estate).or_else(inherited)
    }

    /// Lines of one address say the same.
    pub(super) fn address(&self, estate: &Estate) -> (*const Decided, &'static str, PrincipalKind, bool) {
        (
            Arc::as_ptr(&self.edge.decided),
            self.edge.kind.action().name(),
            self.edge.from.kind(estate),
            self.inherits_mfa,
        )
    }

    /// What is said of it.
    pub(super) fn said(&self) -> Said {
        let mut conditions = self.decision.conditions();
        let mut verdict = self.decision.verdict();
        if self.inherits_mfa {
            conditions.insert(MFA.to_owned());
            verdict = verdict.max(Verdict::Conditional);
        }
        let (kind, action) = (self.edge.kind.as_str(), self.edge.kind.action().name());
        Said { kind, action, verdict, conditions: conditions.into_iter().collect() }
    }

    /// What it needs, in words.
    pub(super) fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        brief(&mut needs, &self.decision.truth());
        if self.inherits_mfa {
            needs.add("MFA of the user at the start".to_owned(), None);
        }
        needs
    }
}
