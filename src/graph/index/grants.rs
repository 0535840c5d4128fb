//! Who holds an Allow, by the resources that it names.
//!
//! Owns: from an ARN to those whose Allow may match it, without asking the others. Exact ARNs are looked up by hash, patterns
//! by the account they name and by the text before their first wildcard. Whoever is found may still be denied: a hash
//! collision costs time, never a wrong answer.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::policy::{Resources, hash};
use crate::arn::Arn;
use crate::ids::AccountId;
use crate::policy::resource;
use crate::policy::text::Pattern;

/// Holders of Allows: classes, documents, or accounts.
#[derive(Debug)]
pub(super) struct Grants<T> {
    exact: Vec<(u64, T)>,
    patterns: HashMap<Option<AccountId>, Patterns<T>>,
    always: Vec<T>,
}

/// Resource patterns, in order of the text before their first wildcard ([`before_wildcard`]).
#[derive(Debug)]
struct Patterns<T> {
    list: Vec<Holders<T>>,
    /// By such a text, the places of the patterns that begin with it.
    places: foldhash::HashMap<Box<str>, Range<usize>>,
    /// The lengths of these texts.
    lengths: Vec<usize>,
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
        let patterns = self.patterns.entry(account_segment(pattern)).or_default();
        // INVARIANT until sealed: a pattern may stand in the list more than once
        patterns.list.push((pattern.into(), holders.to_vec()));
    }

    /// Sorts, and gives each pattern one entry.
    pub(super) fn seal(&mut self) {
        self.exact.sort_unstable();
        self.exact.dedup();
        self.always.sort_unstable();
        self.always.dedup();
        #[expect(clippy::iter_over_hash_type, reason = "each list is sealed on its own")]
        for patterns in self.patterns.values_mut() {
            patterns.seal();
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
            for (pattern, holders) in grants.patterns.values().flat_map(|patterns| &patterns.list) {
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
            for (pattern, holders) in
                self.patterns.get(&segment).into_iter().flat_map(|patterns| patterns.may_match(arn))
            {
                if resource::matches(&Pattern::Plain(pattern), arn) {
                    found.extend(holders);
                }
            }
        }
    }
}

impl<T> Default for Patterns<T> {
    fn default() -> Self {
        Self { list: Vec::new(), places: foldhash::HashMap::default(), lengths: Vec::new() }
    }
}

impl<T: Copy + Ord> Patterns<T> {
    fn seal(&mut self) {
        self.list.sort_by(|a, b| (before_wildcard(&a.0), a).cmp(&(before_wildcard(&b.0), b)));
        self.list.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1.append(&mut next.1);
            }
            same
        });
        for (_, holders) in &mut self.list {
            holders.sort_unstable();
            holders.dedup();
        }
        self.places.clear();
        for (at, (pattern, _)) in self.list.iter().enumerate() {
            let places = self.places.entry(before_wildcard(pattern).into()).or_insert(at..at);
            places.end = at + 1;
        }
        let lengths: BTreeSet<usize> = self.list.iter().map(|(pattern, _)| before_wildcard(pattern).len()).collect();
        self.lengths = lengths.into_iter().collect();
    }

    /// Those whose text before the first wildcard the ARN begins with: the others do not match.
    fn may_match(&self, arn: &str) -> impl Iterator<Item = &Holders<T>> {
        let name = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let starts = self.lengths.iter().filter_map(move |length| name.get(..*length));
        let places = starts.filter_map(|start| self.places.get(start));
        places.flat_map(|places| self.list.get(places.clone()).unwrap_or_default())
    }
}

/// The last part of an ARN pattern up to its first wildcard; empty for a pattern of fewer parts, which is compared as a whole.
fn before_wildcard(pattern: &str) -> &str {
    let last = pattern.splitn(6, ':').nth(5).unwrap_or_default();
    last.find(['*', '?']).and_then(|at| last.get(..at)).unwrap_or(last)
}

/// The account that a pattern names without wildcard.
fn account_segment(pattern: &str) -> Option<AccountId> {
    Arn::parse(pattern)?.account_id()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_holds_a_pattern_that_matches_is_found() {
        const PATTERNS: [&str; 12] = [
            "*",
            "arn:*",
            "arn:aws:iam::*",
            "arn:aws:iam::*:*",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::*:role/app-*",
            "arn:aws:iam::*:role/app-?",
            "arn:aws:iam::111111111111:role/app*",
            "arn:aws:iam::111111111111:role/team/*",
            "arn:aws:iam::1*:role/ap",
            "arn:aws:iam::*:role/é*",
            "arn:aws:iam::*:ro*/app-1",
        ];
        const ARNS: [&str; 6] = [
            "arn:aws:iam::111111111111:role/app-1",
            "arn:aws:iam::222222222222:role/app-12",
            "arn:aws:iam::111111111111:role/team/app",
            "arn:aws:iam::111111111111:role/ap",
            "arn:aws:iam::111111111111:role/aé",
            "arn:aws:iam::111111111111:role/p:q/app-1",
        ];
        let mut grants = Grants::default();
        for (holder, pattern) in PATTERNS.iter().enumerate() {
            let mut resources = Resources::default();
            resources.patterns.push((*pattern).into());
            grants.add(holder, &resources);
        }
        grants.seal();
        for arn in ARNS {
            let mut found = BTreeSet::new();
            grants.holders(arn, &mut found);
            let matches = |at: &usize| resource::matches(&Pattern::Plain(PATTERNS[*at]), arn);
            assert_eq!(found, (0..PATTERNS.len()).filter(matches).collect(), "{arn}");
        }
    }
}
