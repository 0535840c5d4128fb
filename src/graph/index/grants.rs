//! Who holds an Allow, by the resources that it names.
//!
//! Owns: from an ARN to those whose Allow may match it, without asking the others. Exact ARNs are looked up by hash, patterns
//! are grouped by the account they name. Whoever is found may still be denied: a hash collision costs time, never a wrong
//! answer.

use std::collections::{BTreeSet, HashMap};

use super::policy::{Resources, hash};
use crate::arn::Arn;
use crate::ids::AccountId;
use crate::policy::resource;
use crate::policy::text::Pattern;

/// Holders of Allows: classes, documents, or accounts.
#[derive(Debug)]
pub(super) struct Grants<T> {
    exact: Vec<(u64, T)>,
    patterns: HashMap<Option<AccountId>, Vec<Holders<T>>>,
    always: Vec<T>,
}

/// A resource pattern, and who holds an Allow on what it matches.
type Holders<T> = (Box<str>, Vec<T>);

impl<T> Default for Grants<T> {
    fn default() -> Self {
        Self { exact: Vec::new(), patterns: HashMap::new(), always: Vec::new() }
    }
}

impl<T: Copy + Ord> Grants<T> {
    /// Adds what a document of a holder allows.
    pub(super) fn add(&mut self, holder: T, resources: &Resources) {
        self.exact.extend(resources.exact.iter().map(|hash| (*hash, holder)));
        for pattern in &resources.patterns {
            self.add_pattern(pattern, &[holder]);
        }
        if resources.always {
            self.always.push(holder);
        }
    }

    /// Adds a holder who may be allowed anything.
    pub(super) fn add_always(&mut self, holder: T) {
        self.always.push(holder);
    }

    fn add_pattern(&mut self, pattern: &str, holders: &[T]) {
        let list = self.patterns.entry(account_segment(pattern)).or_default();
        // INVARIANT until sealed: a pattern may stand in the list more than once
        list.push((pattern.into(), holders.to_vec()));
    }

    /// Sorts, and gives each pattern one entry.
    pub(super) fn seal(&mut self) {
        self.exact.sort_unstable();
        self.exact.dedup();
        self.always.sort_unstable();
        self.always.dedup();
        #[expect(clippy::iter_over_hash_type, reason = "each list is sealed on its own")]
        for list in self.patterns.values_mut() {
            list.sort();
            list.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1.append(&mut next.1);
                }
                same
            });
            for (_, holders) in list {
                holders.sort_unstable();
                holders.dedup();
            }
        }
    }

    /// The grants of all of them.
    pub(super) fn merged<'g>(parts: impl Iterator<Item = &'g Self>) -> Self
    where
        T: 'g,
    {
        let mut all = Self::default();
        let mut patterns = HashMap::<&str, Vec<T>>::new();
        for grants in parts {
            all.exact.extend(&grants.exact);
            all.always.extend(&grants.always);
            for (pattern, holders) in grants.patterns.values().flatten() {
                patterns.entry(pattern).or_default().extend(holders);
            }
        }
        #[expect(clippy::iter_over_hash_type, reason = "sealed below")]
        for (pattern, holders) in patterns {
            all.add_pattern(pattern, &holders);
        }
        all.seal();
        all
    }

    /// Adds those whose Allow may match.
    pub(super) fn holders(&self, arn: &str, found: &mut BTreeSet<T>) {
        found.extend(&self.always);
        let hash = hash(arn);
        let start = self.exact.partition_point(|(h, _)| *h < hash);
        found.extend(self.exact.iter().skip(start).take_while(|(h, _)| *h == hash).map(|(_, holder)| holder));
        let own = Arn::parse(arn).and_then(|a| a.account_id());
        for segment in [own, None] {
            for (pattern, holders) in self.patterns.get(&segment).into_iter().flatten() {
                if resource::matches(&Pattern::Plain(pattern), arn) {
                    found.extend(holders);
                }
            }
        }
    }
}

/// The account that a pattern names without wildcard.
fn account_segment(pattern: &str) -> Option<AccountId> {
    Arn::parse(pattern)?.account_id()
}
