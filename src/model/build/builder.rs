//! The tables of an estate under construction.
//!
//! Owns: the tables, and missing data by content: equal entries have one index.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::documents::DocumentTable;
use super::local::Slot;
use crate::facet::Facet;
use crate::id_vec::IdVec;
use crate::ids::{AccountId, ClassIx, GapIx, PrincipalIx, Scope};
use crate::model::account::Account;
use crate::model::principal::{Class, Document, Principal};
use crate::snapshot::Snapshot;
use crate::snapshot::ledger::{Gap, Ledger};

pub(super) struct Builder {
    pub(super) at: Timestamp,
    pub(super) ledger: Ledger,
    pub(super) gaps: IdVec<GapIx, Gap>,
    pub(super) gap_index: HashMap<Gap, GapIx>,
    pub(super) documents: DocumentTable,
    pub(super) aws_managed: HashMap<Box<str>, Document>,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) principals: IdVec<PrincipalIx, Principal>,
    pub(super) classes: IdVec<ClassIx, Class>,
    /// AWS managed policies that were not in their account's file: where they are attached, and their ARNs.
    pub(super) pending: Vec<(ClassIx, Slot, Box<str>)>,
    /// Why the organization may have more accounts than are listed.
    pub(super) unlisted: Option<GapIx>,
}

impl Builder {
    pub(super) fn new(snapshot: &Snapshot, at: Timestamp) -> Self {
        Self {
            at,
            ledger: snapshot.ledger().clone(),
            gaps: IdVec::default(),
            gap_index: HashMap::new(),
            documents: DocumentTable::default(),
            aws_managed: HashMap::new(),
            accounts: BTreeMap::new(),
            principals: IdVec::default(),
            classes: IdVec::default(),
            pending: Vec::new(),
            unlisted: None,
        }
    }

    pub(super) fn gap(&mut self, scope: impl Into<Scope>, facet: Facet, reason: impl Into<String>) -> GapIx {
        self.known_gap(Gap { scope: scope.into(), facet, reason: reason.into() })
    }

    /// The index of an entry of missing data; equal entries share one.
    pub(super) fn known_gap(&mut self, gap: Gap) -> GapIx {
        if let Some(known) = self.gap_index.get(&gap) {
            return *known;
        }
        let ix = self.gaps.push(gap.clone());
        self.gap_index.insert(gap, ix);
        ix
    }

    /// Removes the newest entry of missing data.
    pub(super) fn retire(&mut self, gap: GapIx) {
        if let Some(gap) = self.gaps.pop_last(gap) {
            self.gap_index.remove(&gap);
        }
    }
}
