//! The ledger: every listed account ends as exactly one of complete, incomplete or skipped.
//!
//! Owns: the three states, the missing data that makes an account incomplete, and the equation listed = complete +
//! incomplete + skipped, which holds by construction because an account has one entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facet::Facet;
use crate::ids::{AccountId, Scope};

/// Missing data: what could not be read, and why. Never replaced by an empty list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// What it belongs to: an account or the organization.
    #[serde(rename = "account")]
    pub scope: Scope,
    /// What is missing.
    pub facet: Facet,
    /// Why, in one line.
    pub reason: String,
}

impl Gap {
    /// `of the organization`, or of which account.
    #[must_use]
    pub fn owner(&self) -> String {
        self.scope.account().map_or_else(|| "of the organization".to_owned(), |id| format!("of account {id}"))
    }

    /// What is missing, where and why. Not escaped: names in it are others' text.
    #[must_use]
    pub fn sentence(&self) -> String {
        let place = self.scope.account().map_or_else(|| "organization".to_owned(), |id| id.to_string());
        format!("{place}: {} ({})", self.reason, self.facet)
    }
}

/// How an account ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum AccountState {
    /// Everything that was selected was read.
    Complete,
    /// At least one data set is missing.
    Incomplete {
        /// One or more, each with its reason.
        gaps: Vec<FacetGap>,
    },
    /// Deliberately not read.
    Skipped {
        /// Why: suspended, closed, excluded.
        reason: String,
    },
}

/// A missing data set of an account known from the context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetGap {
    /// What is missing.
    pub facet: Facet,
    /// Why, in one line.
    pub reason: String,
}

/// All listed accounts with their states, ordered by account id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    entries: BTreeMap<AccountId, AccountState>,
}

/// The ledger as the JSON formats print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerView {
    /// Accounts listed.
    pub listed: usize,
    /// Accounts of which everything was read.
    pub complete: usize,
    /// Accounts that were tried and are not complete.
    pub incomplete: Vec<IncompleteView>,
    /// Accounts that were not tried.
    pub skipped: Vec<SkippedView>,
    /// Missing data of the organization itself, and of accounts that were asked for and are not listed; left out if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organization: Vec<Gap>,
    /// The data sets of accounts that were to be read; empty if that is not known.
    #[serde(skip)]
    pub selected: Vec<Facet>,
}

impl LedgerView {
    /// The same, with more missing data, each once.
    #[must_use]
    pub fn with<'g>(mut self, gaps: impl Iterator<Item = &'g Gap>) -> Self {
        for gap in gaps {
            if !self.organization.contains(gap) {
                self.organization.push(gap.clone());
            }
        }
        self
    }

    /// True if no selected data is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty() && self.organization.is_empty()
    }
}

/// An incomplete account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncompleteView {
    /// Account id.
    pub account: AccountId,
    /// The missing data sets, each once.
    pub facets: Vec<Facet>,
    /// The reasons, joined by `; `, each once.
    pub reason: String,
    /// What is missing and why, one by one.
    #[serde(skip)]
    pub gaps: Vec<FacetGap>,
}

/// A skipped account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedView {
    /// Account id.
    pub account: AccountId,
    /// Why.
    pub reason: String,
}

impl Ledger {
    /// Sets how an account ended; a second call replaces the first.
    pub fn set(&mut self, account: AccountId, state: AccountState) {
        self.entries.insert(account, state);
    }

    /// Adds missing data to an account: a complete account becomes incomplete, a skipped one stays skipped.
    pub fn add_gap(&mut self, account: AccountId, facet: Facet, reason: impl Into<String>) {
        let gap = FacetGap { facet, reason: reason.into() };
        let state = self.entries.entry(account).or_insert(AccountState::Complete);
        match state {
            AccountState::Complete => *state = AccountState::Incomplete { gaps: vec![gap] },
            AccountState::Incomplete { gaps } if !gaps.contains(&gap) => gaps.push(gap),
            AccountState::Incomplete { .. } | AccountState::Skipped { .. } => {}
        }
    }

    /// How an account ended, if it is listed.
    #[must_use]
    pub fn get(&self, account: AccountId) -> Option<&AccountState> {
        self.entries.get(&account)
    }

    /// All entries, ordered by account id.
    pub fn iter(&self) -> impl Iterator<Item = (AccountId, &AccountState)> {
        self.entries.iter().map(|(id, state)| (*id, state))
    }

    /// True if no listed account is incomplete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.entries.values().any(|state| matches!(state, AccountState::Incomplete { .. }))
    }

    /// The missing data of all incomplete accounts.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let of = |(id, state): (AccountId, &AccountState)| match state {
            AccountState::Incomplete { gaps } => {
                gaps.iter().map(|g| Gap { scope: id.into(), facet: g.facet, reason: g.reason.clone() }).collect()
            }
            AccountState::Complete | AccountState::Skipped { .. } => Vec::new(),
        };
        self.iter().flat_map(of).collect()
    }

    /// The ledger as the JSON formats print it.
    #[must_use]
    pub fn view(&self) -> LedgerView {
        let mut view = LedgerView {
            listed: self.entries.len(),
            complete: 0,
            incomplete: Vec::new(),
            skipped: Vec::new(),
            organization: Vec::new(),
            selected: Vec::new(),
        };
        for (account, state) in self.iter() {
            match state {
                AccountState::Complete => view.complete += 1,
                AccountState::Skipped { reason } => view.skipped.push(SkippedView { account, reason: reason.clone() }),
                AccountState::Incomplete { gaps } => {
                    let mut facets = Vec::new();
                    let mut reasons = Vec::<&str>::new();
                    for gap in gaps {
                        if !facets.contains(&gap.facet) {
                            facets.push(gap.facet);
                        }
                        if !reasons.contains(&gap.reason.as_str()) {
                            reasons.push(&gap.reason);
                        }
                    }
                    view.incomplete.push(IncompleteView {
                        account,
                        facets,
                        reason: reasons.join("; "),
                        gaps: gaps.clone(),
                    });
                }
            }
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_makes_a_complete_account_incomplete_and_leaves_a_skipped_one() {
        let a = AccountId::parse("000000000001").unwrap();
        let b = AccountId::parse("000000000002").unwrap();
        let mut ledger = Ledger::default();
        ledger.set(a, AccountState::Complete);
        ledger.set(b, AccountState::Skipped { reason: "suspended".into() });
        ledger.add_gap(a, Facet::CredentialReport, "denied");
        ledger.add_gap(b, Facet::CredentialReport, "denied");
        let view = ledger.view();
        assert_eq!((view.listed, view.complete, view.incomplete.len(), view.skipped.len()), (2, 0, 1, 1));
        assert!(!ledger.is_complete());
    }
}
