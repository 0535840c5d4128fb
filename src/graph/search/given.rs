//! What the calls of one round give those who make them.
//!
//! Owns: sets of targets that the members of a source are led to, merged over all calls of a round, so that each member is
//! visited once a round and not once a call. A call may leave out the members of one account (`Source::Roles`).

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use roaring::RoaringBitmap;

use crate::ids::AccountIx;

/// Targets that calls of one source lead to, under the same conditions.
#[derive(Debug, Default)]
pub(crate) struct Given {
    all: Arc<RoaringBitmap>,
    /// By the account that a call left out, those of such calls.
    leaving_out: BTreeMap<AccountIx, RoaringBitmap>,
}

/// What of it is new.
#[derive(Debug)]
pub(crate) struct Fresh {
    all: Arc<RoaringBitmap>,
    /// By account, those that only calls lead to which left it out.
    only: HashMap<AccountIx, RoaringBitmap>,
}

impl Given {
    /// Adds what one call leads to.
    pub(crate) fn add(&mut self, targets: &Arc<RoaringBitmap>, left_out: Option<AccountIx>) {
        if self.all.is_empty() {
            self.all = Arc::clone(targets);
        } else {
            *Arc::make_mut(&mut self.all) |= &**targets;
        }
        if let Some(account) = left_out {
            *self.leaving_out.entry(account).or_default() |= &**targets;
        }
    }

    /// Everything that was given to a source of one role.
    pub(crate) fn all(&self) -> &Arc<RoaringBitmap> {
        &self.all
    }

    /// What is not in `known`, which every member has.
    pub(crate) fn fresh(self, known: &RoaringBitmap) -> Fresh {
        let all = if known.is_disjoint(&self.all) { self.all } else { Arc::new(&*self.all - known) };
        let (mut once, mut more_than_once) = (RoaringBitmap::new(), RoaringBitmap::new());
        for targets in self.leaving_out.values() {
            more_than_once |= &once & targets;
            once |= targets;
        }
        let mut only = HashMap::new();
        for (account, mut targets) in self.leaving_out {
            targets -= &more_than_once;
            targets &= &*all;
            if !targets.is_empty() {
                only.insert(account, targets);
            }
        }
        Fresh { all, only }
    }
}

impl Fresh {
    /// What members of an account are given.
    pub(crate) fn of(&self, account: AccountIx) -> Arc<RoaringBitmap> {
        match self.only.get(&account) {
            Some(only) => Arc::new(&*self.all - only),
            None => Arc::clone(&self.all),
        }
    }

    /// What every member is given, whatever its account.
    pub(crate) fn of_every(&self) -> RoaringBitmap {
        let mut all = (*self.all).clone();
        #[expect(clippy::iter_over_hash_type, reason = "what is left does not depend on the order")]
        for only in self.only.values() {
            all -= only;
        }
        all
    }

    /// True where nothing is new.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(targets: &[u32]) -> Arc<RoaringBitmap> {
        Arc::new(targets.iter().copied().collect())
    }

    #[test]
    fn members_get_what_some_call_gave_that_did_not_leave_them_out() {
        let [a, b, c] = [0, 1, 2].map(AccountIx::new);
        let mut given = Given::default();
        given.add(&set(&[1, 2]), Some(a));
        given.add(&set(&[2, 3, 9]), Some(b));
        let fresh = given.fresh(&set(&[9]));
        assert_eq!(fresh.of(a), set(&[2, 3]));
        assert_eq!(fresh.of(b), set(&[1, 2]));
        assert_eq!(fresh.of(c), set(&[1, 2, 3]));
        assert_eq!(fresh.of_every(), *set(&[2]));
    }

    #[test]
    fn calls_that_leave_nobody_out_give_everybody_the_same() {
        let mut given = Given::default();
        given.add(&set(&[1]), None);
        given.add(&set(&[2]), None);
        assert_eq!(*given.all(), set(&[1, 2]));
        let fresh = given.fresh(&set(&[1]));
        assert_eq!((fresh.of(AccountIx::new(0)), fresh.of_every()), (set(&[2]), (*set(&[2])).clone()));
        assert!(!fresh.is_empty());
    }
}
