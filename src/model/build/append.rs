//! From one account's tables to the estate's.
//!
//! Owns: how the indexes of an account's own tables become indexes of the estate.

use crate::facet::Facet;
use crate::ids::{AccountId, AccountIx, ClassIx, GapIx, PrincipalIx};
use crate::model::account::{Account, Presence};
use crate::model::principal::Document;

use super::builder::Builder;
use super::tables::Tables;

impl Builder {
    /// Appends an account's tables; its own indexes move to where they now stand.
    pub(super) fn append(&mut self, id: AccountId, tables: Tables) {
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
            ..Account::bare(id, tables.partition, presence)
        };
        self.accounts.insert(id, entry);
    }

    /// AWS managed policies say the same everywhere: one account's copy serves all.
    pub(super) fn resolve_pending(&mut self) {
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

    /// Accounts that have no file were added last and stand between the others: indexes follow the final order.
    pub(super) fn renumber(&mut self, accounts: &mut [Account]) {
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
}

fn count<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

fn range(of: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    of.start as usize..of.end as usize
}
