//! What a decision read of the resource.
//!
//! Two questions that differ in the resource alone have the same answer where every read of it comes out the same. Owns:
//! which reads there are, and what each comes to for a question. What a decision reads of everything else is for those to
//! compare who keep it (`graph::edges::memo`).

use std::cell::RefCell;
use std::rc::Rc;

use super::residual::Truth;
use crate::policy::key::ContextKey;
use crate::policy::resource::ResourceClause;

/// One read of the resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResourceRead {
    /// Whether `Resource` or `NotResource` of a statement speaks of it.
    Clause(ResourceClause),
    /// A context key of it.
    Key(ContextKey),
}

/// What a read comes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReadOutcome {
    /// Of a clause.
    Clause(Truth),
    /// Of a key: what is known of it, as text.
    Key(String),
}

/// The reads of one decision, each once, in order.
#[derive(Clone, Debug, Default)]
pub struct ResourceReads(Rc<RefCell<Vec<ResourceRead>>>);

impl ResourceReads {
    /// Takes the reads out.
    #[must_use]
    pub fn take(&self) -> Vec<ResourceRead> {
        self.0.take()
    }

    pub(super) fn note(&self, read: ResourceRead) {
        let mut known = self.0.borrow_mut();
        if !known.contains(&read) {
            known.push(read);
        }
    }
}

impl ResourceRead {
    /// True where what it comes to depends on who calls as well.
    #[must_use]
    pub fn depends_on_caller(&self) -> bool {
        matches!(self, Self::Clause(clause) if clause.variables().next().is_some())
    }
}
