//! Which policy documents of the two sides say the same.
//!
//! Owns: one number for each distinct content, so that comparing two principals compares numbers.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use super::pairing::Which;
use crate::ids::PolicyIx;
use crate::model::{Document, Estate};
use crate::policy::Policy;

/// The content of each document of both sides.
#[derive(Debug)]
pub(super) struct Documents {
    old: Vec<u32>,
    new: Vec<u32>,
}

impl Documents {
    pub(super) fn new(old: &Estate, new: &Estate) -> Self {
        let mut known = HashMap::<u64, Vec<(u32, &Policy)>>::new();
        let mut count = 0;
        let mut numbers = |estate| {
            let hashes = rough(estate);
            let mut number = |(at, hash): (usize, u64)| {
                let policy = estate.policy(PolicyIx::new(at));
                let alike = known.entry(hash).or_default();
                if let Some((number, _)) = alike.iter().find(|(_, other)| *other == policy) {
                    return *number;
                }
                count += 1;
                alike.push((count, policy));
                count
            };
            hashes.into_iter().enumerate().map(&mut number).collect()
        };
        let old = numbers(old);
        Self { old, new: numbers(new) }
    }

    /// The number of what a document says; `None` if it was not read.
    pub(super) fn content(&self, which: Which, document: Document) -> Option<u32> {
        let numbers = match which {
            Which::Old => &self.old,
            Which::New => &self.new,
        };
        document.parsed().and_then(|ix| numbers.get(ix.get()).copied())
    }

    /// Whether both say the same; `None` where one was not read.
    pub(super) fn same(&self, old: Document, new: Document) -> Option<bool> {
        Some(self.content(Which::Old, old)? == self.content(Which::New, new)?)
    }
}

/// A number for each document; equal ones have equal numbers, others nearly never.
fn rough(estate: &Estate) -> Vec<u64> {
    let of = |at: usize| {
        let policy = estate.policy(PolicyIx::new(at));
        let mut hash = DefaultHasher::new();
        policy.size.hash(&mut hash);
        for statement in &policy.statements {
            (statement.effect, &statement.sid, statement.conditions.len()).hash(&mut hash);
            statement.actions.patterns.first().map(|pattern| pattern.as_str()).hash(&mut hash);
            let entries = statement.principal.iter().flat_map(|clause| &clause.entries);
            entries.for_each(|entry| entry.hash(&mut hash));
            let resources = statement.resources.iter().flat_map(|clause| &clause.patterns);
            resources.for_each(|pattern| pattern.as_str().hash(&mut hash));
        }
        hash.finish()
    };
    (0..estate.policy_count()).into_par_iter().map(of).collect()
}
