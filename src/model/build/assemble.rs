//! From snapshot to estate: the order of work.
//!
//! Files are read in parallel batches and dropped; each distinct document of the whole organization is parsed once;
//! classes are formed per account.
//! INVARIANT: the result does not depend on thread count.

use jiff::Timestamp;
use rayon::prelude::*;

use super::builder::Builder;
use super::draft::Draft;
use super::tables::Tables;
use crate::id_vec::IdVec;
use crate::ids::{AccountId, AccountIx, GapIx};
use crate::model::account::Account;
use crate::model::estate::Estate;
use crate::policy::action::Action;
use crate::policy::{Effect, Statement};
use crate::snapshot::{Snapshot, SnapshotError};

/// Accounts whose text is in memory at the same time: enough to keep all cores busy, few enough to limit memory.
const BATCH: usize = 32;

/// Why an estate could not be built.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message says it")]
pub enum BuildError {
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl Estate {
    /// Reads a snapshot into tables; conditions and ages are evaluated at `at`.
    ///
    /// # Errors
    /// If a file of the snapshot is missing, damaged or of another shape.
    pub fn build(snapshot: &Snapshot, at: Timestamp) -> Result<Self, BuildError> {
        let mut builder = Builder::new(snapshot, at);
        let ids: Vec<AccountId> = snapshot.accounts().collect();
        for batch in ids.chunks(BATCH) {
            let drafts: Vec<Draft> =
                batch.par_iter().map(|id| snapshot.with_account(*id, Draft::new)).collect::<Result<_, _>>()?;
            builder.add_batch(batch, drafts);
        }
        Ok(builder.finish(snapshot))
    }
}

impl Builder {
    /// Parses the new documents of these drafts, then turns each draft into tables.
    fn add_batch(&mut self, ids: &[AccountId], drafts: Vec<Draft>) {
        self.documents.add_all(&drafts);
        let documents = &self.documents;
        let tables: Vec<Tables> =
            ids.par_iter().zip(drafts).map(|(id, draft)| Tables::new(*id, draft, documents)).collect();
        for (id, tables) in ids.iter().zip(tables) {
            self.append(*id, tables);
        }
    }

    fn finish(mut self, snapshot: &Snapshot) -> Estate {
        self.resolve_pending();
        let organization = snapshot.organization().map(|file| self.add_organization(file));
        let accounts: IdVec<AccountIx, Account> = std::mem::take(&mut self.accounts).into_values().collect();
        self.renumber(&accounts);
        // missing data other than authorization details leaves the account's principals known
        for gap in self.ledger.gaps() {
            self.known_gap(gap);
        }
        let sets_source_identity = self.sets_source_identity();
        let mut estate = Estate {
            sets_source_identity,
            at: self.at,
            organization: organization.flatten(),
            unlisted: self.unlisted,
            accounts,
            principals: self.principals,
            classes: self.classes,
            policies: self.documents.policies,
            gaps: self.gaps,
            ledger: self.ledger,
        };
        estate.settle_ledger();
        estate.split_classes();
        estate
    }

    fn sets_source_identity(&self) -> Result<bool, GapIx> {
        let action = Action::named("sts", "SetSourceIdentity");
        let mut statements = self.documents.policies.iter().flat_map(|p| p.statements.iter());
        let sets = |s: &Statement| s.effect == Effect::Allow && s.principal.is_some() && s.actions.matches(&action);
        let unread = self.principals.iter().find_map(|p| p.role.as_ref()?.trust.gap());
        if statements.any(sets) { Ok(true) } else { unread.map_or(Ok(false), Err) }
    }
}
