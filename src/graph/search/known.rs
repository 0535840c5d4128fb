//! Which targets one source reaches, as far as a search got: what is equal of several is one group.

use std::borrow::Cow;

use roaring::RoaringBitmap;

/// What is known of one source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    all: RoaringBitmap,
    pub(crate) groups: Vec<Group>,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) hops: usize,
    /// Those of the first call, where it was added later, and those of the rest.
    pub(crate) conditions: [usize; 2],
    pub(crate) roles: RoaringBitmap,
}

impl Known {
    /// Adds to what is known; what was new to it, if anything.
    pub(crate) fn add<'f>(
        &mut self,
        hops: usize,
        conditions: [usize; 2],
        fresh: &'f RoaringBitmap,
    ) -> Option<Cow<'f, RoaringBitmap>> {
        // most sets that travel hold one target, and most are new or known as a whole
        let new = match (fresh.min(), fresh.len()) {
            (Some(only), 1) => self.all.insert(only).then_some(Cow::Borrowed(fresh))?,
            _ if self.all.is_disjoint(fresh) => Cow::Borrowed(fresh),
            _ => Cow::Owned(fresh - &self.all),
        };
        if new.is_empty() {
            return None;
        }
        self.all |= &*new;
        match self.groups.iter_mut().rev().find(|g| g.hops == hops && g.conditions == conditions) {
            Some(group) => group.roles |= &*new,
            None => self.groups.push(Group { hops, conditions, roles: (*new).clone() }),
        }
        Some(new)
    }
}
