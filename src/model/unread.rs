//! Which parts of an estate were not read: the only place that decides it.
//!
//! Owns: the mapping from missing lists, documents, SCPs and RCPs to the accounts, classes and roles whose answers
//! depend on them. Commands, rules and the missing data of an answer ask here; none of them looks for a missing
//! document itself.
//! INVARIANT: a document counts where it is attached: a policy attached to no principal is not missing data.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::account::Account;
use super::estate::Estate;
use super::guardrail::Guardrails;
use super::principal::{Attached, Document};
use crate::facet::Facet;
use crate::ids::{AccountIx, ClassIx, GapIx, PolicyIx, PrincipalIx};
use crate::snapshot::ledger::Gap;

/// Reasons that are listed one by one; further ones are only counted.
const TOLD: usize = 3;

impl Document {
    /// The policy, if it was read.
    #[must_use]
    pub fn parsed(self) -> Option<PolicyIx> {
        match self {
            Self::Parsed(ix) => Some(ix),
            Self::Missing(_) => None,
        }
    }

    /// Why it is missing.
    #[must_use]
    pub fn gap(self) -> Option<GapIx> {
        match self {
            Self::Missing(gap) => Some(gap),
            Self::Parsed(_) => None,
        }
    }
}

impl Guardrails {
    /// Everything that was not read: whether they are in force, and each document.
    pub fn gaps(&self) -> impl Iterator<Item = GapIx> + '_ {
        let documents = self.levels().iter().flatten().filter_map(|guardrail| guardrail.document.gap());
        self.unknown().into_iter().chain(documents)
    }
}

impl Estate {
    /// Why some policies of a class, including its groups' and its boundary, are unknown.
    #[must_use]
    pub fn unread_of_class(&self, class: ClassIx) -> BTreeSet<GapIx> {
        let class = self.class(class);
        of_attached(class.policies().iter().chain(class.boundary()))
    }

    /// Why a role's trust policy is unknown.
    #[must_use]
    pub fn unread_trust(&self, role: PrincipalIx) -> Option<GapIx> {
        self.principal(role).role().and_then(|facts| facts.trust.gap())
    }

    /// Why some principals of an account, or what is attached to them, are unknown.
    #[must_use]
    pub fn unread_of_account(&self, account: AccountIx) -> BTreeSet<GapIx> {
        let of_groups = self.account(account).facts().groups.iter().flat_map(|group| &group.policies);
        let mut gaps = of_attached(of_groups);
        gaps.extend(self.account(account).presence().gap());
        gaps.extend(self.classes_of(account).flat_map(|class| self.unread_of_class(class)));
        for principal in self.principals_of(account) {
            gaps.extend(self.unread_trust(principal));
            gaps.extend(self.principal(principal).tags_gap());
        }
        gaps
    }

    /// Accounts whose principals are unknown, with the reason: one of their principals may be an answer.
    pub fn unread_accounts(&self) -> impl Iterator<Item = (AccountIx, GapIx)> + '_ {
        let gap = |(ix, account): (AccountIx, &Account)| Some((ix, account.presence().gap()?));
        self.accounts.iter_indexed().filter_map(gap)
    }

    /// What was not read of the organization: its account list, its SCPs and RCPs.
    #[must_use]
    pub fn unread_of_organization(&self) -> BTreeSet<GapIx> {
        let mut gaps: BTreeSet<GapIx> = self.unlisted().into_iter().collect();
        // accounts share their SCPs and RCPs: each set is checked once
        let mut seen = BTreeSet::new();
        for guardrails in self.accounts.iter().flat_map(|account| [&account.scps, &account.rcps]) {
            if seen.insert(std::sync::Arc::as_ptr(guardrails)) {
                gaps.extend(guardrails.gaps());
            }
        }
        gaps
    }

    /// The missing data of the organization, including `said` by the manifest, each once.
    #[must_use]
    pub fn gaps_of_organization(&self, said: &[Gap]) -> Vec<Gap> {
        let of_facet = |facet: Facet| said.iter().any(|gap| gap.facet == facet);
        let found = self.unread_of_organization().into_iter().map(|gap| self.gap(gap));
        // the manifest has the better reason if a whole data set is missing
        let new = found.filter(|gap| !gap.facet.is_of_organization() || !of_facet(gap.facet)).cloned();
        said.iter().cloned().chain(new).collect()
    }

    /// Records missing documents in the ledger: an account that lacks some is incomplete.
    pub(super) fn settle_ledger(&mut self) {
        if self.gaps.is_empty() {
            return;
        }
        let indexes: Vec<AccountIx> = self.accounts.indexes().collect();
        let reasons = |ix: AccountIx| {
            let gaps = self.unread_of_account(ix);
            let missing: Vec<&Gap> = gaps.iter().map(|gap| self.gap(*gap)).collect();
            let reason = |facet: Facet| -> Option<String> {
                let reasons: BTreeSet<&str> =
                    missing.iter().filter(|gap| gap.facet == facet).map(|gap| gap.reason.as_str()).collect();
                told(&reasons)
            };
            let documents = reason(Facet::PolicyDocument);
            let details = reason(Facet::AuthorizationDetails).filter(|_| self.account(ix).presence().gap().is_none());
            [(Facet::AuthorizationDetails, details), (Facet::PolicyDocument, documents)]
        };
        let found: Vec<_> = indexes.par_iter().map(|ix| (self.account(*ix).id(), reasons(*ix))).collect();
        for (id, reasons) in found {
            for (facet, reason) in reasons {
                if let Some(reason) = reason {
                    self.ledger.add_gap(id, facet, reason);
                }
            }
        }
    }
}

fn of_attached<'a>(attached: impl Iterator<Item = &'a Attached>) -> BTreeSet<GapIx> {
    attached.filter_map(|a| a.document.gap()).collect()
}

/// The first of many reasons in one line, and how many more there are.
fn told(reasons: &BTreeSet<&str>) -> Option<String> {
    let first: Vec<&str> = reasons.iter().take(TOLD).copied().collect();
    let more = reasons.len().saturating_sub(TOLD);
    let text = first.join("; ");
    match (first.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(text),
        (false, more) => Some(format!("{text}; and {more} more")),
    }
}
