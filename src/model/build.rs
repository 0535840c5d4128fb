//! From snapshot to estate.
//!
//! Owns: the order of work. Files are read in parallel batches and dropped; each distinct document of the whole
//! organisation is parsed once; classes are made per account. INVARIANT: the result does not depend on thread count.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use rayon::prelude::*;

use super::Estate;
use super::account::{Account, Presence};
use super::draft::Draft;
use super::guardrail::{Guardrails, Organization};
use super::membership;
use super::principal::{Class, Document, Principal};
use super::tables::Tables;
use super::tree::{self, Kind, Tree};
use crate::facet::Facet;
use crate::ids::{AccountId, AccountIx, ClassIx, GapIx, PolicyIx, PrincipalIx};
use crate::policy::action::Action;
use crate::policy::{self, Effect, Policy, Statement};
use crate::snapshot::ledger::{AccountState, Gap, Ledger};
use crate::snapshot::organization::{OrganizationAccount, OrganizationFile};
use crate::snapshot::{Snapshot, SnapshotError};

/// Accounts whose text is in memory at the same time: enough to keep all cores busy, few enough to stay small.
const BATCH: usize = 32;

/// Why an estate could not be built.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message says it")]
pub enum BuildError {
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl Estate {
    /// Reads a snapshot into tables; conditions and ages are judged at `at`.
    ///
    /// # Errors
    /// Where a file of the snapshot is missing, damaged or of another shape.
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

/// Distinct documents by digest.
#[derive(Default)]
pub(super) struct DocumentTable {
    pub(super) by_digest: HashMap<[u8; 32], Result<PolicyIx, Arc<str>>>,
    policies: Vec<Policy>,
}

struct Builder {
    at: Timestamp,
    ledger: Ledger,
    gaps: Vec<Gap>,
    gap_index: HashMap<Gap, GapIx>,
    documents: DocumentTable,
    aws_managed: HashMap<Box<str>, Document>,
    accounts: BTreeMap<AccountId, Account>,
    principals: Vec<Principal>,
    classes: Vec<Class>,
    /// AWS managed policies that were not in their own account's file: class, position (`None` for boundary), ARN.
    pending: Vec<(ClassIx, Option<usize>, Box<str>)>,
    /// Why the organization may have more accounts than are listed.
    unlisted: Option<GapIx>,
}

impl Builder {
    fn new(snapshot: &Snapshot, at: Timestamp) -> Self {
        Self {
            at,
            ledger: snapshot.ledger().clone(),
            gaps: Vec::new(),
            gap_index: HashMap::new(),
            documents: DocumentTable::default(),
            aws_managed: HashMap::new(),
            accounts: BTreeMap::new(),
            principals: Vec::new(),
            classes: Vec::new(),
            pending: Vec::new(),
            unlisted: None,
        }
    }

    fn gap(&mut self, account: impl ToString, facet: Facet, reason: impl Into<String>) -> GapIx {
        self.known_gap(Gap { account: account.to_string(), facet, reason: reason.into() })
    }

    /// The index of a gap; equal gaps have one.
    fn known_gap(&mut self, gap: Gap) -> GapIx {
        if let Some(known) = self.gap_index.get(&gap) {
            return *known;
        }
        let ix = GapIx::new(self.gaps.len());
        self.gaps.push(gap.clone());
        self.gap_index.insert(gap, ix);
        ix
    }

    /// Parses what is new in these drafts, then turns each into tables.
    fn add_batch(&mut self, ids: &[AccountId], drafts: Vec<Draft>) {
        let mut fresh: Vec<(&[u8; 32], &str)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for document in drafts.iter().flat_map(|d| &d.documents) {
            if !self.documents.by_digest.contains_key(&document.digest) && seen.insert(&document.digest) {
                fresh.push((&document.digest, &document.json));
            }
        }
        let parsed: Vec<_> = fresh.par_iter().map(|(_, json)| policy::parse(json)).collect();
        for ((digest, _), parsed) in fresh.iter().zip(parsed) {
            let entry = match parsed {
                Ok(policy) => {
                    self.documents.policies.push(policy);
                    Ok(PolicyIx::new(self.documents.policies.len() - 1))
                }
                Err(error) => Err(Arc::from(error.to_string())),
            };
            self.documents.by_digest.insert(**digest, entry);
        }
        let documents = &self.documents;
        let tables: Vec<Tables> =
            ids.par_iter().zip(drafts).map(|(id, draft)| Tables::new(*id, draft, documents)).collect();
        for (id, tables) in ids.iter().zip(tables) {
            self.append(*id, tables);
        }
    }

    /// Appends an account's tables; its own indexes move to where they now stand.
    fn append(&mut self, id: AccountId, tables: Tables) {
        let account = AccountIx::new(self.accounts.len());
        let gaps: Vec<GapIx> = tables.gaps.into_iter().map(|gap| self.known_gap(gap)).collect();
        let document = |document: &mut Document| {
            if let Document::Missing(local) = document
                && let Some(gap) = gaps.get(local.get())
            {
                *local = *gap;
            }
        };
        let mut facts = tables.facts;
        facts.groups.iter_mut().flat_map(|g| &mut g.policies).for_each(|a| document(&mut a.document));
        for (arn, mut found) in tables.aws_managed {
            document(&mut found);
            self.aws_managed.entry(arn).or_insert(found);
        }
        let presence = if tables.missing_lists.is_empty() {
            Presence::Collected
        } else {
            let reason = format!("{} not collected", tables.missing_lists.join(", "));
            self.ledger.add_gap(id, Facet::AuthorizationDetails, reason.as_str());
            Presence::Missing(self.gap(id, Facet::AuthorizationDetails, reason))
        };
        let (first_principal, first_class) = (count(&self.principals), count(&self.classes));
        let pending = tables.pending.into_iter();
        self.pending.extend(pending.map(|(class, at, arn)| (ClassIx::new(first_class as usize + class), at, arn)));
        self.classes.extend(tables.classes.into_iter().map(|mut class| {
            class.account = account;
            class.policies.iter_mut().chain(class.boundary.as_mut()).for_each(|a| document(&mut a.document));
            class.members.iter_mut().for_each(|m| *m = PrincipalIx::new(first_principal as usize + m.get()));
            class
        }));
        self.principals.extend(tables.principals.into_iter().map(|mut principal| {
            principal.account = account;
            principal.class = ClassIx::new(first_class as usize + principal.class.get());
            principal.role.iter_mut().for_each(|role| document(&mut role.trust));
            principal.tags_gap = principal.tags_gap.and_then(|local| gaps.get(local.get()).copied());
            principal
        }));
        let name = facts.aliases.as_ref().and_then(|a| a.first()).cloned().unwrap_or_default();
        let entry = Account {
            name,
            principals: first_principal..count(&self.principals),
            classes: first_class..count(&self.classes),
            facts,
            ..bare_account(id, tables.partition, presence)
        };
        self.accounts.insert(id, entry);
    }

    /// AWS managed policies say the same everywhere: one account's copy serves all.
    fn resolve_pending(&mut self) {
        for (class, at, arn) in std::mem::take(&mut self.pending) {
            let (Some(document), Some(class)) = (self.aws_managed.get(&arn), self.classes.get_mut(class.get())) else {
                continue;
            };
            let attached = match at {
                Some(at) => class.policies.get_mut(at),
                None => class.boundary.as_mut(),
            };
            if let Some(attached) = attached {
                attached.document = *document;
            }
        }
    }

    fn finish(mut self, snapshot: &Snapshot) -> Estate {
        self.resolve_pending();
        let organization = snapshot.organization().map(|file| self.add_organization(file));
        let mut accounts: Vec<Account> = std::mem::take(&mut self.accounts).into_values().collect();
        self.renumber(&mut accounts);
        // a gap that is not about authorization details leaves the account's principals known
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
        estate
    }

    fn sets_source_identity(&self) -> Result<bool, GapIx> {
        let action = Action::named("sts", "SetSourceIdentity");
        let mut statements = self.documents.policies.iter().flat_map(|p| p.statements.iter());
        let sets = |s: &Statement| s.effect == Effect::Allow && s.principal.is_some() && s.actions.matches(&action);
        let unread = self.principals.iter().find_map(|p| p.role.as_ref()?.trust.gap());
        if statements.any(sets) { Ok(true) } else { unread.map_or(Ok(false), Err) }
    }

    /// Accounts that have no file were added last and stand between the others: indexes follow the final order.
    fn renumber(&mut self, accounts: &mut [Account]) {
        for (at, account) in accounts.iter_mut().enumerate() {
            let ix = AccountIx::new(at);
            for principal in self.principals.get_mut(range(&account.principals)).into_iter().flatten() {
                principal.account = ix;
            }
            for class in self.classes.get_mut(range(&account.classes)).into_iter().flatten() {
                class.account = ix;
            }
        }
    }

    fn add_organization(&mut self, file: &OrganizationFile) -> Option<Organization> {
        let organization = file.described();
        let management = organization.as_ref().and_then(|o| o.master_account_id);
        let documents = self.guardrail_documents(file);
        self.unlisted = membership::unread(file, management).map(|why| self.gap("", Facet::Organization, why));
        let gap = self.gap("", Facet::Guardrails, tree::unread(file));
        let mut tree = Tree::new(file, documents, gap);
        let mut used_gap = false;
        for listed in file.accounts.iter().flatten() {
            let is_management = management.map(|id| id == listed.id);
            let (scps, rcps) =
                (tree.guardrails(Kind::Scp, listed, is_management), tree.guardrails(Kind::Rcp, listed, is_management));
            used_gap |= scps.gap() == Some(gap) || rcps.gap() == Some(gap);
            let way = tree.way(listed);
            let units_gap = way
                .is_none()
                .then(|| self.gap(listed.id, Facet::Organization, "the units above the account were not read"));
            let (units, unit_names) = way.unwrap_or_default();
            let account = self.listed_account(listed);
            if !listed.name.is_empty() {
                account.name.clone_from(&listed.name);
            }
            account.member = true;
            account.management = is_management == Some(true);
            account.units = units;
            account.units_gap = units_gap;
            account.unit_names = unit_names;
            account.tags.clone_from(&listed.tags);
            account.scps = scps;
            account.rcps = rcps;
        }
        used_gap |= self.add_unlisted(&mut tree, management);
        if !used_gap {
            // made in advance so that every chain can point to it; nobody does
            self.retire(gap);
        }
        organization.map(|o| Organization {
            management,
            all_features: o.feature_set.as_deref().is_none_or(|f| f == "ALL"),
            id: o.id,
        })
    }

    /// Accounts with a file that a list of accounts which is not whole does not name: they may be members, somewhere in
    /// the tree. True where the guardrails of one are not known.
    fn add_unlisted(&mut self, tree: &mut Tree<'_>, management: Option<AccountId>) -> bool {
        let Some(gap) = self.unlisted else { return false };
        let mut used_gap = false;
        for account in self.accounts.values_mut().filter(|account| !account.member) {
            account.management = management == Some(account.id);
            // that the management account is a member needs no list
            account.member = account.management;
            account.units_gap = account.member.then_some(gap);
            account.membership_gap = (!account.member).then_some(gap);
            account.scps = tree.of_unlisted(Kind::Scp, account.management);
            account.rcps = tree.of_unlisted(Kind::Rcp, account.management);
            used_gap |= account.scps.unknown().is_some() || account.rcps.unknown().is_some();
        }
        used_gap
    }

    /// Takes back the newest gap.
    fn retire(&mut self, gap: GapIx) {
        if gap.get() + 1 == self.gaps.len()
            && let Some(gap) = self.gaps.pop()
        {
            self.gap_index.remove(&gap);
        }
    }

    /// The account's entry, made where it has no file.
    fn listed_account(&mut self, listed: &OrganizationAccount) -> &mut Account {
        if !self.accounts.contains_key(&listed.id) {
            let presence = match self.ledger.get(listed.id) {
                Some(AccountState::Skipped { reason }) if listed.is_open() => {
                    Presence::LeftOut(self.gap(listed.id, Facet::AuthorizationDetails, reason.clone()))
                }
                Some(AccountState::Skipped { reason }) => Presence::Skipped(reason.clone()),
                Some(AccountState::Incomplete { gaps }) => {
                    let reason = gaps.iter().map(|g| g.reason.as_str()).collect::<Vec<_>>().join("; ");
                    Presence::Missing(self.gap(listed.id, Facet::AuthorizationDetails, reason))
                }
                _ => {
                    self.ledger.add_gap(listed.id, Facet::AuthorizationDetails, "not collected");
                    Presence::Missing(self.gap(listed.id, Facet::AuthorizationDetails, "not collected"))
                }
            };
            let partition = self.accounts.values().next().map_or_else(|| "aws".into(), |a| a.partition.clone());
            self.accounts.insert(listed.id, bare_account(listed.id, partition, presence));
        }
        self.accounts.entry(listed.id).or_insert_with(|| bare_account(listed.id, "aws".into(), Presence::Collected))
    }

    fn guardrail_documents<'f>(&mut self, file: &'f OrganizationFile) -> HashMap<&'f str, Document> {
        let mut documents = HashMap::new();
        for raw in file.policies.iter().flatten() {
            let shown = if raw.name.is_empty() { &raw.id } else { &raw.name };
            let content = raw.content.as_ref().map(|c| c.get()).or_else(|| tree::default_content(&raw.id));
            let document = match content.map(policy::parse) {
                Some(Ok(policy)) => {
                    self.documents.policies.push(policy);
                    Document::Parsed(PolicyIx::new(self.documents.policies.len() - 1))
                }
                Some(Err(why)) => Document::Missing(self.gap(
                    "",
                    Facet::PolicyDocument,
                    format!("guardrail `{shown}` does not parse: {why}"),
                )),
                None => Document::Missing(self.gap(
                    "",
                    Facet::Guardrails,
                    format!("the content of guardrail `{shown}` was not collected"),
                )),
            };
            documents.insert(raw.id.as_str(), document);
        }
        documents
    }
}

fn bare_account(id: AccountId, partition: Box<str>, presence: Presence) -> Account {
    Account {
        id,
        name: String::new(),
        partition,
        member: false,
        management: false,
        membership_gap: None,
        presence,
        units: Vec::new(),
        units_gap: None,
        unit_names: Vec::new(),
        tags: None,
        scps: Arc::new(Guardrails::Absent),
        rcps: Arc::new(Guardrails::Absent),
        principals: 0..0,
        classes: 0..0,
        facts: super::AccountFacts::default(),
    }
}

fn count<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

fn range(of: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    of.start as usize..of.end as usize
}
