//! What is found out about sessions once, whatever is looked through.
//!
//! Owns: what calls may carry, and what formulas leave of the calling session. Lenses differ in which edges they show and in what they
//! know of MFA: most formulas are the same through all of them.

use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;

use crate::eval::{Companion, Truth};
use crate::graph::edge::EdgeKind;
use crate::graph::mode::Mode;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// Context keys that a path asks for.
pub(super) type Conditions = BTreeSet<String>;

/// A call, and what it may carry on a path of a mode.
pub(super) type Carrying = (Source, EdgeKind, PrincipalIx, Companion, Mode);

/// What was found out of one graph.
#[derive(Debug, Default)]
pub(crate) struct AcrossLenses {
    carried: Mutex<HashMap<Carrying, Truth>>,
    before: Mutex<HashMap<Truth, Option<Truth>>>,
    conditions: Mutex<HashMap<Truth, Arc<Conditions>>>,
}

impl AcrossLenses {
    /// Whether a call may carry something.
    pub(super) fn carried(&self, call: Carrying, find: impl FnOnce() -> Truth) -> Truth {
        once(&self.carried, call, find)
    }

    /// What a formula about a call asks of its caller's session; `None` where nobody can tell.
    pub(super) fn before(&self, whole: Truth, find: impl FnOnce(&Truth) -> Option<Truth>) -> Option<Truth> {
        once(&self.before, whole.clone(), || find(&whole))
    }

    /// What a formula asks for.
    pub(super) fn conditions(&self, whole: Truth, find: impl FnOnce(Truth) -> Conditions) -> Arc<Conditions> {
        once(&self.conditions, whole.clone(), || Arc::new(find(whole)))
    }
}

/// What is known of a key; two threads that find it out at a time find the same.
fn once<K: Eq + Hash, V: Clone>(known: &Mutex<HashMap<K, V>>, key: K, find: impl FnOnce() -> V) -> V {
    // nothing that holds it can fail half way
    let known = || known.lock().unwrap_or_else(PoisonError::into_inner);
    let found = known().get(&key).cloned();
    found.unwrap_or_else(|| {
        let found = find();
        known().insert(key, found.clone());
        found
    })
}
