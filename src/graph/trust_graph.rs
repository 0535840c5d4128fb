//! The graph itself: indexes first, edges when they are asked for.

use std::sync::OnceLock;
use std::time::Instant;

use rayon::prelude::*;

use super::edge::Edge;
use super::edges::{self, Memo};
use super::index::Index;
use super::session::Sessions;
use crate::escalation::Escalations;
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::Estate;

/// The trust graph of an estate: edges are decided when they are first asked for.
#[derive(Debug)]
pub struct TrustGraph<'e> {
    estate: &'e Estate,
    index: Index,
    memo: Memo,
    sessions: Sessions,
    all: OnceLock<Vec<Vec<Edge>>>,
    /// What escalations are found from, where they are followed.
    escalations: Option<Escalations<'e>>,
}

impl<'e> TrustGraph<'e> {
    /// Builds the indexes; no edge is decided yet.
    #[must_use]
    pub fn new(estate: &'e Estate) -> Self {
        Self {
            estate,
            index: Index::new(estate),
            memo: Memo::new(),
            sessions: Sessions::default(),
            all: OnceLock::new(),
            escalations: None,
        }
    }

    /// The same graph, with ways to escalate privileges among its edges.
    #[must_use]
    pub fn with_escalations(self) -> Self {
        let facts = Escalations::new(self.estate);
        // found in parallel: never while roles are asked in parallel, one of which may be asked in the midst of it
        _ = facts.climbing_accounts();
        Self { escalations: Some(facts), ..self }
    }

    /// True where ways to escalate are edges.
    #[must_use]
    pub fn has_escalations(&self) -> bool {
        self.escalations.is_some()
    }

    /// Whether a class is an administrator of its account, from whom no way to escalate starts; `None` where none is followed.
    pub(crate) fn is_administrator(&self, class: ClassIx) -> Option<bool> {
        self.escalations.as_ref().map(|facts| facts.is_administrator(class))
    }

    /// What escalations are found from; `None` where they are not followed.
    pub(crate) fn escalations(&self) -> Option<&Escalations<'e>> {
        self.escalations.as_ref()
    }

    /// The edges into a role, decided now.
    fn decided(&self, role: PrincipalIx) -> Vec<Edge> {
        let mut edges = edges::into(self.estate, &self.index, &self.memo, role);
        if let Some(facts) = &self.escalations {
            edges.extend(edges::escalations_into(facts, &self.index, &self.memo, role));
            edges.sort_by(|a, b| (&a.from, a.kind).cmp(&(&b.from, b.kind)));
        }
        edges
    }

    /// The estate that the graph is of.
    #[must_use]
    pub fn estate(&self) -> &'e Estate {
        self.estate
    }

    /// The sets of sessions that questions have met.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Every direct edge into a role that is not denied, in order of source.
    #[must_use]
    pub fn incoming(&self, role: PrincipalIx) -> Vec<Edge> {
        match self.all.get().and_then(|all| all.get(role.get())) {
            Some(edges) => edges.clone(),
            None => self.decided(role),
        }
    }

    /// True where the policies of a class allow AssumeRole on anything, or cannot be read.
    #[must_use]
    pub fn may_assume_something(&self, class: ClassIx) -> bool {
        self.index.holds_any(class)
    }

    /// True where every edge was decided.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.all.get().is_some()
    }

    /// Every direct edge, by the role it leads into.
    pub(crate) fn by_role(&self) -> impl Iterator<Item = (PrincipalIx, &[Edge])> + Clone {
        self.all().iter().enumerate().map(|(at, edges)| (PrincipalIx::new(at), edges.as_slice()))
    }

    /// Every direct edge, by the role it leads into (an empty list for users).
    pub fn all(&self) -> &[Vec<Edge>] {
        self.all.get_or_init(|| {
            let count = self.estate.principals().len();
            let since = Instant::now();
            let all: Vec<Vec<Edge>> = (0..count).into_par_iter().map(|at| self.decided(PrincipalIx::new(at))).collect();
            let edges: usize = all.iter().map(Vec::len).sum();
            tracing::info!(phase = "edges", took_ms = since.elapsed().as_secs_f64() * 1e3, count = edges, "ends");
            all
        })
    }
}
