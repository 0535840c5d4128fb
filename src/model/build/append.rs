//! From one account's tables to the estate's.
//!
//! Owns: how the indexes of an account's own tables map to indexes of the estate.

use super::builder::Builder;
use super::local::{
    LocalAttached, LocalClass, LocalClassIx, LocalDocument, LocalGapIx, LocalPrincipal, LocalPrincipalIx, Slot,
};
use super::tables::Tables;
use crate::facet::Facet;
use crate::id_vec::{IdRange, IdVec};
use crate::ids::{AccountId, AccountIx, ClassIx, GapIx, PrincipalIx};
use crate::model::account::{Account, Group, Presence};
use crate::model::principal::{Attached, Class, Document, Principal, RoleFacts};

/// Where an account's own tables start in the estate's.
struct Place {
    account: AccountIx,
    gaps: IdVec<LocalGapIx, GapIx>,
    first_class: ClassIx,
    first_principal: PrincipalIx,
}

impl Place {
    fn class_ix(&self, local: LocalClassIx) -> ClassIx {
        ClassIx::new(self.first_class.get() + local.get())
    }

    fn principal_ix(&self, local: LocalPrincipalIx) -> PrincipalIx {
        PrincipalIx::new(self.first_principal.get() + local.get())
    }

    fn document(&self, local: LocalDocument) -> Document {
        match local {
            LocalDocument::Parsed(policy) => Document::Parsed(policy),
            LocalDocument::Missing(gap) => Document::Missing(self.gaps[gap]),
        }
    }

    fn attached(&self, local: LocalAttached) -> Attached {
        Attached { document: self.document(local.document), name: local.name, origin: local.origin }
    }

    fn class(&self, local: LocalClass) -> Class {
        Class {
            account: self.account,
            kind: local.kind,
            policies: local.policies.into_iter().map(|attached| self.attached(attached)).collect(),
            boundary: local.boundary.map(|attached| self.attached(attached)),
            members: local.members.into_iter().map(|member| self.principal_ix(member)).collect(),
        }
    }

    fn principal(&self, local: LocalPrincipal) -> Principal {
        let last_used = local.last_used;
        Principal {
            account: self.account,
            class: self.class_ix(local.class),
            kind: local.kind,
            name: local.name,
            path: local.path,
            unique_id: local.unique_id,
            created: local.created,
            tags_gap: local.tags_gap.map(|gap| self.gaps[gap]),
            tags: local.tags,
            groups_read: local.groups.is_some(),
            groups: local.groups.unwrap_or_default(),
            role: local.trust.map(|trust| RoleFacts { trust: self.document(trust), last_used }),
            sign_in: local.sign_in,
        }
    }
}

impl Builder {
    /// Appends an account's tables.
    pub(super) fn append(&mut self, id: AccountId, tables: Tables) {
        let place = Place {
            account: AccountIx::new(self.accounts.len()),
            gaps: tables.gaps.into_iter().map(|gap| self.known_gap(gap)).collect(),
            first_class: self.classes.next_index(),
            first_principal: self.principals.next_index(),
        };
        let mut facts = tables.facts;
        facts.groups.extend(tables.groups.into_iter().map(|group| Group {
            name: group.name,
            arn: group.arn,
            policies: group.policies.into_iter().map(|attached| place.attached(attached)).collect(),
        }));
        for (arn, document) in tables.aws_managed {
            self.aws_managed.entry(arn).or_insert(place.document(document));
        }
        let presence = if tables.missing_lists.is_empty() {
            Presence::Collected
        } else {
            let reason = format!("{} not collected", tables.missing_lists.join(", "));
            self.ledger.add_gap(id, Facet::AuthorizationDetails, reason.as_str());
            Presence::Missing(self.gap(id, Facet::AuthorizationDetails, reason))
        };
        let pending = tables.pending.into_iter();
        self.pending.extend(pending.map(|of| (place.class_ix(of.class), of.slot, of.arn)));
        self.classes.extend(tables.classes.into_iter().map(|class| place.class(class)));
        self.principals.extend(tables.principals.into_iter().map(|principal| place.principal(principal)));
        let name = facts.aliases.as_ref().and_then(|a| a.first()).cloned().unwrap_or_default();
        let entry = Account {
            name,
            principals: IdRange::new(place.first_principal, self.principals.next_index()),
            classes: IdRange::new(place.first_class, self.classes.next_index()),
            facts,
            ..Account::bare(id, tables.partition, presence)
        };
        self.accounts.insert(id, entry);
    }

    /// AWS managed policies are the same everywhere: one account's copy serves all.
    pub(super) fn resolve_pending(&mut self) {
        for (class, slot, arn) in std::mem::take(&mut self.pending) {
            let Some(document) = self.aws_managed.get(&arn) else { continue };
            let class = &mut self.classes[class];
            let attached = match slot {
                Slot::Policy(at) => class.policies.get_mut(at),
                Slot::Boundary => class.boundary.as_mut(),
            };
            if let Some(attached) = attached {
                attached.document = *document;
            }
        }
    }

    /// Accounts without a file were added last but belong between the others: indexes follow the final order.
    pub(super) fn renumber(&mut self, accounts: &IdVec<AccountIx, Account>) {
        for (ix, account) in accounts.iter_indexed() {
            for principal in self.principals.slice_mut(account.principals) {
                principal.account = ix;
            }
            for class in self.classes.slice_mut(account.classes) {
                class.account = ix;
            }
        }
    }
}
