//! The graph itself: indexes first, edges when they are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rayon::prelude::*;

use super::edge::Edge;
use super::edges::{self, Memo};
use super::index::Index;
use super::session::Sessions;
use super::source::Source;
use crate::escalation::Escalations;
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::Estate;

/// The trust graph of an estate: edges are decided when they are first asked for.
#[derive(Debug)]
pub struct TrustGraph<'e> {
    estate: &'e Estate,
    index: Arc<Index>,
    memo: Arc<Memo>,
    sessions: Arc<Sessions>,
    all: OnceLock<Vec<Vec<Edge>>>,
    /// What escalations are found from, where they are followed.
    escalations: Option<Arc<Escalations<'e>>>,
    outsiders: Outsiders,
}

/// Outside accounts and principals that are asked about: what lets in everybody, or their account, is decided for each.
#[derive(Debug, Default)]
struct Outsiders {
    /// Of every role.
    everywhere: Vec<Source>,
    /// Of these roles alone.
    of_role: BTreeMap<PrincipalIx, BTreeSet<Source>>,
}

impl<'e> TrustGraph<'e> {
    /// Builds the indexes; no edge is decided yet.
    #[must_use]
    pub fn new(estate: &'e Estate) -> Self {
        Self {
            estate,
            index: Arc::new(Index::new(estate)),
            memo: Arc::new(Memo::new()),
            sessions: Arc::default(),
            all: OnceLock::new(),
            escalations: None,
            outsiders: Outsiders::default(),
        }
    }

    /// The same graph, with edges of these outsiders: wherever a role lets in everybody, or their account, it is decided whether it
    /// lets in them, of whom more is known. What the two graphs have in common is found once. `None` where no outsider is asked about.
    #[must_use]
    pub(crate) fn asking<'s>(&self, sources: impl IntoIterator<Item = &'s Source>) -> Option<Self> {
        let is_outside = |source: &&Source| matches!(source, Source::Account(_) | Source::Outsider(..));
        let mut outsiders: Vec<Source> = sources.into_iter().filter(is_outside).cloned().collect();
        outsiders.sort();
        outsiders.dedup();
        (!outsiders.is_empty()).then(|| self.with(Outsiders { everywhere: outsiders, of_role: BTreeMap::new() }))
    }

    /// As [`TrustGraph::asking`], with the outsiders of each role.
    #[must_use]
    pub(crate) fn asking_of_roles(&self, of_role: BTreeMap<PrincipalIx, BTreeSet<Source>>) -> Option<Self> {
        (!of_role.is_empty()).then(|| self.with(Outsiders { everywhere: Vec::new(), of_role }))
    }

    fn with(&self, outsiders: Outsiders) -> Self {
        Self {
            estate: self.estate,
            index: Arc::clone(&self.index),
            memo: Arc::clone(&self.memo),
            sessions: Arc::clone(&self.sessions),
            all: OnceLock::new(),
            escalations: self.escalations.clone(),
            outsiders,
        }
    }

    /// The outside accounts and principals that the trust policy of a role names.
    pub(crate) fn outsiders_named(&self, role: PrincipalIx) -> BTreeSet<Source> {
        edges::outsiders_named(self.estate, &self.index, role)
    }

    /// The same graph, with ways to escalate privileges among its edges.
    #[must_use]
    pub fn with_escalations(self) -> Self {
        let facts = Escalations::new(self.estate);
        // found in parallel: never while roles are asked in parallel, one of which may be asked in the midst of it
        _ = facts.climbing_accounts();
        Self { escalations: Some(Arc::new(facts)), ..self }
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
        self.escalations.as_deref()
    }

    /// The edges into a role, decided now.
    fn decided(&self, role: PrincipalIx) -> Vec<Edge> {
        let mut edges = edges::into(self.estate, &self.index, &self.memo, role);
        let Outsiders { everywhere, of_role } = &self.outsiders;
        let asked: Vec<&Source> = everywhere.iter().chain(of_role.get(&role).into_iter().flatten()).collect();
        if !asked.is_empty() {
            edges.extend(edges::of_outsiders(self.estate, &self.index, &self.memo, role, &edges, asked));
            edges.sort_by(|a, b| (&a.from, a.kind).cmp(&(&b.from, b.kind)));
        }
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
