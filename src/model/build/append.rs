//! From accounts' tables to the estate's.
//!
//! Owns: how the indexes of an account's own tables map to indexes of the estate. What can be converted at the same time is; only
//! the order of accounts, documents and missing data is settled one after the other.

use rayon::prelude::*;

use super::builder::{Builder, Numbers};
use super::local::{
    LocalAttached, LocalClass, LocalClassIx, LocalDocument, LocalGapIx, LocalPrincipal, LocalPrincipalIx,
};
use super::tables::Tables;
use crate::facet::Facet;
use crate::id_vec::{IdRange, IdVec};
use crate::ids::{AccountIx, ClassIx, GapIx, PrincipalIx};
use crate::model::account::{Account, Presence};
use crate::model::account_facts::Group;
use crate::model::principal::{Attached, Class, Document, Members, Principal};

/// Where an account's own tables start in the estate's.
struct Place {
    account: AccountIx,
    gaps: IdVec<LocalGapIx, GapIx>,
    first_class: ClassIx,
    first_principal: PrincipalIx,
}

/// An account with the indexes of the estate.
struct Placed {
    account: Account,
    principals: Vec<Principal>,
    classes: Vec<Class>,
    aws_managed: Vec<(Box<str>, Document)>,
    pending: Vec<(ClassIx, usize, Box<str>)>,
}

impl Place {
    fn class_ix(&self, local: LocalClassIx) -> ClassIx {
        ClassIx::new(self.first_class.get() + local.get())
    }

    fn principal_ix(&self, local: LocalPrincipalIx) -> PrincipalIx {
        PrincipalIx::new(self.first_principal.get() + local.get())
    }

    fn document(&self, local: LocalDocument, numbers: &Numbers) -> Document {
        match local {
            LocalDocument::Parsed(parsed) => Document::Parsed(numbers.of(parsed)),
            LocalDocument::Missing(gap) => Document::Missing(self.gaps[gap]),
        }
    }

    fn attached(&self, local: LocalAttached, numbers: &Numbers) -> Attached {
        Attached { document: self.document(local.document, numbers), label: local.label }
    }

    fn class(&self, local: LocalClass, numbers: &Numbers) -> Class {
        Class {
            account: self.account,
            kind: local.kind,
            bounded: local.bounded,
            attached: local.attached.into_iter().map(|attached| self.attached(attached, numbers)).collect(),
            members: Members::One(self.principal_ix(local.first)),
        }
    }

    fn principal(&self, local: LocalPrincipal, numbers: &Numbers) -> Principal {
        Principal {
            account: self.account,
            class: self.class_ix(local.class),
            trust: local.trust.map(|trust| self.document(trust, numbers)),
            tags: local.tags.map_err(|gap| self.gaps[gap]),
            record: local.record,
        }
    }

    /// Everything of an account that does not depend on others.
    fn placed(&self, tables: Tables, presence: Presence, numbers: &Numbers) -> Placed {
        let mut facts = tables.facts;
        for (policy, document) in facts.customer_policies.iter_mut().flatten().zip(tables.customer_documents) {
            policy.document = document.map(|parsed| numbers.of(parsed));
        }
        facts.groups.extend(tables.groups.into_iter().map(|group| Group {
            name: group.name,
            arn: group.arn,
            policies: group.policies.into_iter().map(|attached| self.attached(attached, numbers)).collect(),
        }));
        let mut classes: IdVec<LocalClassIx, Class> =
            tables.classes.into_iter().map(|class| self.class(class, numbers)).collect();
        let mut others = tables.members;
        // in order of classes, and within one in the order in which they came
        others.sort_by_key(|(class, _)| *class);
        for members in others.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((class, _)) = members.first() else { continue };
            let class = &mut classes[*class];
            let all =
                class.members().iter().copied().chain(members.iter().map(|(_, member)| self.principal_ix(*member)));
            class.members = Members::Many(all.collect());
        }
        let classes: Vec<Class> = classes.into_iter().collect();
        let principals: Vec<Principal> =
            tables.principals.into_iter().map(|principal| self.principal(principal, numbers)).collect();
        let name = facts.aliases.as_ref().and_then(|a| a.first()).cloned().unwrap_or_default();
        let last_principal = PrincipalIx::new(self.first_principal.get() + principals.len());
        let last_class = ClassIx::new(self.first_class.get() + classes.len());
        Placed {
            account: Account {
                name,
                principals: IdRange::new(self.first_principal, last_principal),
                classes: IdRange::new(self.first_class, last_class),
                facts,
                ..Account::bare(tables.id, tables.partition, presence)
            },
            principals,
            classes,
            aws_managed: tables
                .aws_managed
                .into_iter()
                .map(|(arn, local)| (arn, self.document(local, numbers)))
                .collect(),
            pending: tables.pending.into_iter().map(|of| (self.class_ix(of.class), of.at, of.arn)).collect(),
        }
    }
}

impl Builder {
    /// Appends the tables of these accounts, which are next in order.
    pub(super) fn append(&mut self, batch: Vec<Tables>) {
        let mut first_class = self.classes.next_index();
        let mut first_principal = self.principals.next_index();
        let mut places = Vec::with_capacity(batch.len());
        for (at, mut tables) in batch.into_iter().enumerate() {
            let gaps = std::mem::take(&mut tables.gaps).into_iter().map(|gap| self.known_gap(gap)).collect();
            let presence = self.presence(&tables);
            let place = Place { account: AccountIx::new(self.accounts.len() + at), gaps, first_class, first_principal };
            first_class = ClassIx::new(first_class.get() + tables.classes.len());
            first_principal = PrincipalIx::new(first_principal.get() + tables.principals.len());
            places.push((place, tables, presence));
        }
        let numbers = &self.numbers;
        let placed: Vec<Placed> =
            places.into_par_iter().map(|(place, tables, presence)| place.placed(tables, presence, numbers)).collect();
        for account in placed {
            for (arn, document) in account.aws_managed {
                self.aws_managed.entry(arn).or_insert((account.account.id, document));
            }
            self.pending.extend(account.pending);
            self.classes.extend(account.classes);
            self.principals.extend(account.principals);
            self.accounts.insert(account.account.id, account.account);
        }
    }

    fn presence(&mut self, tables: &Tables) -> Presence {
        if tables.missing_lists.is_empty() {
            return Presence::Collected;
        }
        let reason = format!("{} not collected", tables.missing_lists.join(", "));
        self.ledger.add_gap(tables.id, Facet::AuthorizationDetails, reason.as_str());
        Presence::Missing(self.gap(tables.id, Facet::AuthorizationDetails, reason))
    }

    /// AWS managed policies are the same everywhere: one account's copy serves all.
    pub(super) fn resolve_pending(&mut self) {
        for (class, at, arn) in std::mem::take(&mut self.pending) {
            let Some((lender, document)) = self.aws_managed.get(&arn) else { continue };
            self.lenders.insert(*lender);
            if let Some(attached) = self.classes[class].attached.get_mut(at) {
                attached.document = *document;
            }
        }
    }

    /// Accounts without a file were added last but belong between the others: indexes follow the final order.
    pub(super) fn renumber(&mut self, accounts: &IdVec<AccountIx, Account>) {
        for (ix, account) in accounts.iter_indexed() {
            if self.principals.slice(account.principals).first().is_none_or(|first| first.account == ix) {
                continue;
            }
            for principal in self.principals.slice_mut(account.principals) {
                principal.account = ix;
            }
            for class in self.classes.slice_mut(account.classes) {
                class.account = ix;
            }
        }
    }
}
