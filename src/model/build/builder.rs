//! The tables of an estate under construction.
//!
//! Owns: the tables, and missing data by content: equal entries have one index.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::local::ParsedIx;
use crate::facet::Facet;
use crate::id_vec::IdVec;
use crate::ids::{AccountId, ClassIx, GapIx, PolicyIx, PrincipalIx, Scope};
use crate::model::account::Account;
use crate::model::principal::{Class, Document, Principal};
use crate::policy::Policy;
use crate::snapshot::Snapshot;
use crate::snapshot::ledger::{Gap, Ledger};

pub(super) struct Builder {
    pub(super) at: Timestamp,
    pub(super) ledger: Ledger,
    pub(super) gaps: IdVec<GapIx, Gap>,
    pub(super) gap_index: HashMap<Gap, GapIx>,
    pub(super) policies: IdVec<PolicyIx, Policy>,
    pub(super) numbers: Numbers,
    /// Each with the first account that has it.
    pub(super) aws_managed: HashMap<Box<str>, (AccountId, Document)>,
    /// Accounts whose copy of an AWS managed policy stands for that of others.
    pub(super) lenders: BTreeSet<AccountId>,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) principals: IdVec<PrincipalIx, Principal>,
    pub(super) classes: IdVec<ClassIx, Class>,
    /// AWS managed policies that were not in their account's file: class and position of the attachment, and the ARN.
    pub(super) pending: Vec<(ClassIx, usize, Box<str>)>,
    /// Why the organization may have more accounts than are listed.
    pub(super) unlisted: Option<GapIx>,
    /// The documents of SCPs and RCPs, by id.
    pub(super) guardrails: HashMap<String, Document>,
}

impl Builder {
    pub(super) fn new(snapshot: &Snapshot, at: Timestamp) -> Self {
        Self {
            at,
            ledger: snapshot.ledger().clone(),
            gaps: IdVec::default(),
            gap_index: HashMap::new(),
            policies: IdVec::default(),
            numbers: Numbers::default(),
            aws_managed: HashMap::new(),
            lenders: BTreeSet::new(),
            accounts: BTreeMap::new(),
            principals: IdVec::default(),
            classes: IdVec::default(),
            pending: Vec::new(),
            unlisted: None,
            guardrails: HashMap::new(),
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

/// The estate's indexes of parsed documents. Workers come to documents in any order; the order of the files decides.
#[derive(Default)]
pub(super) struct Numbers(IdVec<ParsedIx, Option<PolicyIx>>);

impl Numbers {
    /// The estate's index of a document.
    #[expect(clippy::panic, reason = "a document without an index is a defect that must not pass unseen")]
    pub(super) fn of(&self, parsed: ParsedIx) -> PolicyIx {
        match self.0[parsed] {
            Some(ix) => ix,
            None => panic!("{parsed:?} has no index"),
        }
    }
}

impl Builder {
    /// Gives the documents of a batch their indexes: `fresh` are those that it parsed, `used` those that its files hold, in order.
    pub(super) fn add_documents(&mut self, mut fresh: Vec<(ParsedIx, Policy)>, used: impl Iterator<Item = ParsedIx>) {
        fresh.sort_unstable_by_key(|(ix, _)| *ix);
        let start = self.numbers.0.len();
        let mut parsed: Vec<Option<Policy>> = fresh.into_iter().map(|(_, policy)| Some(policy)).collect();
        self.numbers.0.extend(parsed.iter().map(|_| None));
        for ix in used {
            let policy = ix.get().checked_sub(start).and_then(|at| parsed.get_mut(at)).and_then(Option::take);
            if let Some(policy) = policy {
                self.numbers.0[ix] = Some(self.policies.push(policy));
            }
        }
    }
}
