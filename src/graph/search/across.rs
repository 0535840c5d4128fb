//! What the calls of one round give roles of other accounts.
//!
//! Owns: sets of targets that a group of roles is led to, merged over all calls of a round, so that each of its members is
//! visited once a round and not once a call. A call leaves the roles of one account out (`Source::Roles`).

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use roaring::RoaringBitmap;

use crate::ids::AccountIx;

/// Targets by the conditions of the paths, and by the account that the call left out.
#[derive(Debug, Default)]
pub(crate) struct Given(BTreeMap<[usize; 2], BTreeMap<AccountIx, RoaringBitmap>>);

/// Targets under the same conditions.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) conditions: [usize; 2],
    all: Arc<RoaringBitmap>,
    /// By account, those that only calls gave which left it out.
    only: HashMap<AccountIx, RoaringBitmap>,
}

impl Given {
    /// Adds what one call leads to.
    pub(crate) fn add(&mut self, conditions: [usize; 2], left_out: AccountIx, targets: &RoaringBitmap) {
        *self.0.entry(conditions).or_default().entry(left_out).or_default() |= targets;
    }

    /// Everything that was given and is not in `known`, which every member has, in order of conditions.
    pub(crate) fn merged(self, known: &RoaringBitmap) -> Vec<Merged> {
        let merged = self.0.into_iter().map(|(conditions, by_account)| {
            let (mut all, mut more_than_once) = (RoaringBitmap::new(), RoaringBitmap::new());
            for targets in by_account.values() {
                more_than_once |= &all & targets;
                all |= targets;
            }
            all -= known;
            let mut only = HashMap::new();
            for (account, mut targets) in by_account {
                targets -= &more_than_once;
                targets &= &all;
                if !targets.is_empty() {
                    only.insert(account, targets);
                }
            }
            Merged { conditions, all: Arc::new(all), only }
        });
        merged.filter(|merged| !merged.all.is_empty()).collect()
    }
}

impl Merged {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(targets: &[u32]) -> RoaringBitmap {
        targets.iter().copied().collect()
    }

    #[test]
    fn members_get_what_some_call_gave_that_did_not_leave_them_out() {
        let [a, b, c] = [0, 1, 2].map(AccountIx::new);
        let mut given = Given::default();
        given.add([0, 0], a, &set(&[1, 2]));
        given.add([0, 0], b, &set(&[2, 3, 9]));
        given.add([0, 1], c, &set(&[4]));
        let merged = given.merged(&set(&[9]));
        let [first, second] = merged.as_slice() else { panic!("two sets of conditions") };
        assert_eq!(*first.of(a), set(&[2, 3]));
        assert_eq!(*first.of(b), set(&[1, 2]));
        assert_eq!(*first.of(c), set(&[1, 2, 3]));
        assert_eq!(first.of_every(), set(&[2]));
        assert_eq!((second.of(a).len(), second.of(c).len(), second.of_every().len()), (1, 0, 0));
    }
}
