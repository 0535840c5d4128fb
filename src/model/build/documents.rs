//! The distinct documents of the whole organization, each parsed once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::draft::Draft;
use crate::id_vec::IdVec;
use crate::ids::PolicyIx;
use crate::policy::{self, Policy};

/// Distinct documents by digest.
#[derive(Default)]
pub(super) struct DocumentTable {
    pub(super) by_digest: HashMap<[u8; 32], Result<PolicyIx, Arc<str>>>,
    pub(super) policies: IdVec<PolicyIx, Policy>,
}

impl DocumentTable {
    /// Parses the documents that are new in these drafts.
    pub(super) fn add_all(&mut self, drafts: &[Draft]) {
        let mut fresh: Vec<(&[u8; 32], &str)> = Vec::new();
        let mut seen = HashSet::new();
        for document in drafts.iter().flat_map(|d| &d.documents) {
            if !self.by_digest.contains_key(&document.digest) && seen.insert(&document.digest) {
                fresh.push((&document.digest, &document.json));
            }
        }
        let parsed: Vec<_> = fresh.par_iter().map(|(_, json)| policy::parse(json)).collect();
        for ((digest, _), parsed) in fresh.iter().zip(parsed) {
            let entry = match parsed {
                Ok(policy) => Ok(self.add(policy)),
                Err(error) => Err(Arc::from(error.to_string())),
            };
            self.by_digest.insert(**digest, entry);
        }
    }

    /// Adds a document that no account's file holds.
    pub(super) fn add(&mut self, policy: Policy) -> PolicyIx {
        self.policies.push(policy)
    }
}
