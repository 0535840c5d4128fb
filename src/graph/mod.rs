//! Who can assume what: edges from indexes, reachability both ways, shortest paths with proof.
//!
//! Owns: which requests are worth deciding, and walking what was decided. Does not know how one request is decided
//! (`eval`). INVARIANT: cost follows distinct documents and real edges; no loop runs over principals times roles.

mod chain;
mod decision;
mod edge;
mod forward;
mod incoming;
mod index;
pub mod query;
mod reach;
mod reaches;
mod selector;
mod signing;
mod starts;
mod target;
mod walks;

use std::sync::OnceLock;

use rayon::prelude::*;

pub use decision::Decision;
pub use edge::{Edge, EdgeKind, Source};
pub use reach::{Mode, Reach, Step};
pub use selector::SelectError;
pub use target::Members;

use crate::ids::{ClassIx, PrincipalIx};
use crate::model::Estate;
use crate::policy::action::Action;
use index::Index;

/// The trust graph of an estate: edges are decided when they are first asked for.
#[derive(Debug)]
pub struct TrustGraph<'e> {
    estate: &'e Estate,
    index: Index,
    actions: Actions,
    all: OnceLock<Vec<Vec<Edge>>>,
}

/// The actions that lead into a role.
#[derive(Debug)]
struct Actions {
    assume_role: Action,
    with_saml: Action,
    with_web_identity: Action,
}

impl<'e> TrustGraph<'e> {
    /// Builds the indexes; no edge is decided yet.
    #[must_use]
    pub fn new(estate: &'e Estate) -> Self {
        let action = |name: &str| Action::parse(name).unwrap_or_else(|| unreachable!("a constant with a colon"));
        let actions = Actions {
            assume_role: action("sts:AssumeRole"),
            with_saml: action("sts:AssumeRoleWithSAML"),
            with_web_identity: action("sts:AssumeRoleWithWebIdentity"),
        };
        Self { estate, index: Index::new(estate, &actions.assume_role), actions, all: OnceLock::new() }
    }

    /// The estate that the graph is of.
    #[must_use]
    pub fn estate(&self) -> &'e Estate {
        self.estate
    }

    /// Every direct edge into a role that is not denied, in order of source.
    #[must_use]
    pub fn incoming(&self, role: PrincipalIx) -> Vec<Edge> {
        match self.all.get().and_then(|all| all.get(role.get())) {
            Some(edges) => edges.clone(),
            None => incoming::edges_into(self, role),
        }
    }

    /// True where the policies of a class allow AssumeRole on anything, or cannot be read.
    #[must_use]
    pub fn may_assume_something(&self, class: ClassIx) -> bool {
        self.index.holds_any(class)
    }

    /// Every direct edge, by the role it leads into (an empty list for users).
    pub fn all(&self) -> &[Vec<Edge>] {
        self.all.get_or_init(|| {
            let count = self.estate.principals().len();
            (0..count).into_par_iter().map(|at| incoming::edges_into(self, PrincipalIx::new(at))).collect()
        })
    }
}
