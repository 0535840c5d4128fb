//! From snapshot to estate: the order of work.
//!
//! Files are read by all threads, one batch after the other, and dropped; each distinct document of the whole organization is
//! parsed once; classes are formed per account.
//! INVARIANT: the result does not depend on thread count.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use rayon::prelude::*;

use super::builder::Builder;
use super::documents::{DocumentReader, DocumentTable};
use super::draft::Draft;
use super::part::Part;
use super::tables::Tables;
use crate::arn::saml_provider;
use crate::facet::Facet;
use crate::ids::{AccountId, GapIx, PrincipalIx};
use crate::model::account::Account;
use crate::model::estate::Estate;
use crate::model::organization_policies::OrganizationPolicies;
use crate::model::principal::Document;
use crate::policy::action::Action;
use crate::policy::principal::PrincipalEntry;
use crate::policy::{CallerTests, Effect, Statement};
use crate::snapshot::ledger::AccountState;
use crate::snapshot::organization::OrganizationFile;
use crate::snapshot::{Snapshot, SnapshotError};

/// Accounts that are read before their tables are appended: so many that threads rarely wait for the last of them, so few that
/// the tables of a batch are little beside the estate.
const BATCH: usize = 256;

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
        Self::build_of(snapshot, at, None)
    }

    /// As [`Estate::build`], of the accounts that a question can touch: whatever is asked of them has the same answer.
    ///
    /// # Errors
    /// If a file that is opened is missing, damaged or of another shape.
    pub fn build_part(snapshot: &Snapshot, at: Timestamp, part: &Part) -> Result<Self, BuildError> {
        Self::build_of(snapshot, at, Some(part))
    }

    fn build_of(snapshot: &Snapshot, at: Timestamp, part: Option<&Part>) -> Result<Self, BuildError> {
        let mut builder = Builder::new(snapshot, at);
        let mut ids: Vec<AccountId> = part.map_or_else(|| snapshot.accounts().collect(), |part| part.opened(snapshot));
        // nobody acts there, and nothing there can be used
        let shut = snapshot.organization().map(OrganizationFile::shut_accounts).unwrap_or_default();
        ids.retain(|id| !shut.contains(id));
        let documents = DocumentTable::new();
        let readers: Vec<Mutex<DocumentReader>> = (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect();
        for batch in ids.chunks(BATCH) {
            let tables = read(snapshot, batch, &documents, &readers)?;
            let fresh = readers
                .iter()
                .flat_map(|reader| std::mem::take(&mut reader.lock().unwrap_or_else(PoisonError::into_inner).fresh));
            builder.add_documents(fresh.collect(), tables.iter().flat_map(|t| t.documents.iter().copied()));
            builder.append(tables);
            builder.reserve(ids.len());
        }
        drop((documents, readers));
        Ok(builder.finish(snapshot, part))
    }
}

/// The tables of these accounts, in order. Of several files that cannot be read, the first is the error.
fn read(
    snapshot: &Snapshot,
    batch: &[AccountId],
    documents: &DocumentTable,
    readers: &[Mutex<DocumentReader>],
) -> Result<Vec<Tables>, SnapshotError> {
    let next = AtomicUsize::new(0);
    let work = |reader: &Mutex<DocumentReader>| {
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(id) = batch.get(at) else { return done };
            let tables = snapshot.with_records(*id, |file, records| {
                Tables::new(*id, Draft::new(file, records, documents, &mut reader), documents)
            });
            let failed = tables.is_err();
            done.push((at, tables));
            if failed {
                // files before this one were begun before it and are finished
                next.store(batch.len(), Ordering::Relaxed);
            }
        }
    };
    let mut done: Vec<_> = readers.par_iter().with_max_len(1).flat_map_iter(work).collect();
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, tables)| tables).collect()
}

impl Builder {
    /// Makes room for as many more as the first accounts let expect: growing a table of a million entries would hold two of
    /// them for a moment.
    fn reserve(&mut self, accounts: usize) {
        let read = self.accounts.len();
        if read > BATCH {
            return;
        }
        let left = accounts.saturating_sub(read);
        let expected = |now: usize| (now + now / 16) * left / read.max(1);
        self.principals.reserve(expected(self.principals.len()));
        self.classes.reserve(expected(self.classes.len()));
        self.policies.reserve(expected(self.policies.len()));
    }

    fn finish(mut self, snapshot: &Snapshot, part: Option<&Part>) -> Estate {
        self.resolve_pending();
        if let Some(part) = part {
            self.add_unopened(part);
        }
        let organization = snapshot.organization().map(|file| self.add_organization(file));
        let mut accounts = self.take_accounts(snapshot.organization());
        self.renumber(&accounts);
        // missing data other than authorization details leaves the account's principals known
        for gap in self.ledger.gaps() {
            self.known_gap(gap);
        }
        accounts.iter_mut().for_each(|account| account.saml_gap = self.saml_gap(account));
        let sets_source_identity =
            part.map_or_else(|| self.sets_source_identity(), |part| Ok(part.sets_source_identity));
        let mut estate = Estate {
            sets_source_identity,
            at: self.at,
            organization: organization.flatten(),
            organization_policies: snapshot
                .organization()
                .map(|file| OrganizationPolicies::new(file, &self.guardrails)),
            unlisted: self.unlisted,
            accounts,
            principals: self.principals,
            classes: self.classes,
            told_of_users: HashMap::new(),
            tests_of_roles: CallerTests::default(),
            people: None,
            entitled_unread: None,
            running: Default::default(),
            trail_regions: snapshot
                .manifest()
                .and_then(|manifest| manifest.settings.as_ref())
                .map(|settings| settings.trail_regions.clone())
                .unwrap_or_default(),
            policies: self.policies,
            gaps: self.gaps,
            ledger: self.ledger,
            lenders: self.lenders,
        };
        estate.settle_ledger();
        estate.split_classes();
        if let Some(compute) = snapshot.compute() {
            estate.add_compute(compute);
        }
        match snapshot.identity_center() {
            _ if part.is_some_and(|part| part.is_outline) => {}
            Some(file) => estate.add_people(file, snapshot.account_access()),
            None => estate.leave_people_open(snapshot.account_access()),
        }
        estate
    }

    /// Why the SAML providers of an account are not known, where one of its roles trusts some.
    fn saml_gap(&mut self, account: &Account) -> Option<GapIx> {
        if account.facts.saml_providers.is_some() || !account.principals.iter().any(|ix| self.trusts_saml(ix)) {
            return None;
        }
        let said = match self.ledger.get(account.id) {
            Some(AccountState::Incomplete { gaps }) => gaps.iter().find(|gap| gap.facet == Facet::IdentityProviders),
            _ => None,
        };
        let reason = said.map_or_else(|| "SAML providers not collected".to_owned(), |gap| gap.reason.clone());
        Some(self.gap(account.id, Facet::IdentityProviders, reason))
    }

    fn trusts_saml(&self, ix: PrincipalIx) -> bool {
        let Some(Document::Parsed(trust)) = self.principals[ix].trust else { return false };
        let mut entries = self.policies[trust].statements.iter().flat_map(|statement| statement.entries());
        entries.any(|entry| matches!(entry, PrincipalEntry::Federated(arn) if saml_provider(arn).is_some()))
    }

    fn sets_source_identity(&self) -> Result<bool, GapIx> {
        let action = Action::named("sts", "SetSourceIdentity");
        let sets = |s: &Statement| s.effect == Effect::Allow && s.principal.is_some() && s.actions.matches(&action);
        if self.policies.as_slice().par_iter().any(|policy| policy.statements.iter().any(sets)) {
            return Ok(true);
        }
        let unread = self.principals.iter().find_map(|p| p.trust?.gap());
        unread.map_or(Ok(false), Err)
    }
}
