//! Which targets one source reaches, as far as a search got: what is equal of several is one group.

use std::sync::Arc;

use roaring::RoaringBitmap;

/// What is known of one source. Sets are shared as long as they are equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    all: Arc<RoaringBitmap>,
    pub(crate) groups: Vec<Group>,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) hops: usize,
    /// Those of the first call, where it was added later, and those of the rest.
    pub(crate) conditions: [usize; 2],
    pub(crate) roles: Arc<RoaringBitmap>,
}

impl Known {
    /// Adds to what is known; whether anything was new to it.
    pub(crate) fn add(&mut self, hops: usize, conditions: [usize; 2], fresh: &Arc<RoaringBitmap>) -> bool {
        let new = if self.all.is_disjoint(fresh) { Arc::clone(fresh) } else { Arc::new(&**fresh - &*self.all) };
        if new.is_empty() {
            return false;
        }
        if self.all.is_empty() {
            self.all = Arc::clone(&new);
        } else {
            *Arc::make_mut(&mut self.all) |= &*new;
        }
        match self.groups.iter_mut().rev().find(|g| g.hops == hops && g.conditions == conditions) {
            Some(group) => *Arc::make_mut(&mut group.roles) |= &*new,
            None => self.groups.push(Group { hops, conditions, roles: Arc::clone(&new) }),
        }
        true
    }
}
