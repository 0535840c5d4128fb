//! Accounts: which joined and left, which are elsewhere or called something else.

use std::collections::BTreeSet;

use super::collector::Collector;
use super::pairing::Which;
use super::world::World;
use crate::difference::{ChangeKind, Clause, Section, What};
use crate::facet::Facet;
use crate::ids::{AccountId, Scope};
use crate::model::{Account, Presence};
use crate::snapshot::account::Tag;
use crate::snapshot::ledger::Gap;
use crate::snapshot::ou_path;

impl World<'_, '_> {
    /// Changes of accounts, each told once.
    #[must_use]
    pub fn accounts(&self) -> Section {
        let mut found = Collector::default();
        let of = |which| self.estate(which).accounts().iter().map(Account::id);
        for id in of(Which::Old).chain(of(Which::New)).collect::<BTreeSet<AccountId>>() {
            let (old, new) = (self.account(Which::Old, id), self.account(Which::New, id));
            let changes = match (old, new) {
                (Some(_), Some(_)) => self.changes_of_account(id),
                (None, _) if self.may_list(Which::Old, id) => Vec::new(),
                (_, None) if self.may_list(Which::New, id) => Vec::new(),
                (None, _) => vec![What::of(ChangeKind::AccountJoined)],
                (_, None) => vec![What::of(ChangeKind::AccountLeft)],
            };
            found.extend(changes.into_iter().map(|what| (what, id.to_string())));
        }
        found.extend(self.renamed_units());
        let unlisted = |which| {
            let estate = self.estate(which);
            let gaps = estate.accounts().iter().filter_map(Account::units_gap).chain(estate.unlisted());
            let gaps = gaps.map(|gap| estate.gap(gap).clone());
            gaps.chain(self.tags_unread(which)).chain(self.lost_organization(which)).collect()
        };
        found.section(self.gaps(unlisted))
    }

    /// OUs with another name, by their ids.
    fn renamed_units(&self) -> Vec<(What, String)> {
        let units = |which| self.estate(which).organization().map(|organization| &organization.units);
        let (Some(old), Some(new)) = (units(Which::Old), units(Which::New)) else { return Vec::new() };
        let renamed = new.iter().filter_map(|(id, name)| Some((id, old.get(id).filter(|old| *old != name)?, name)));
        let told = renamed.map(|(id, old, name)| {
            let text = |name: &str| Some(Clause::text(name));
            (What { old: text(old), new: text(name), ..What::of(ChangeKind::OuRenamed) }, id.clone())
        });
        told.collect()
    }

    /// Where the other side alone knows the tags of accounts.
    fn tags_unread(&self, which: Which) -> Option<Gap> {
        let estate = self.estate(which);
        let lacks = |account: &Account| {
            let of_other = || self.account(which.other(), account.id()).is_some_and(|other| other.tags().is_some());
            account.is_member() && account.tags().is_none() && of_other()
        };
        estate.accounts().iter().any(lacks).then(|| Gap {
            scope: Scope::Organization,
            facet: Facet::AccountTags,
            reason: "account tags were not read, and are not compared".to_owned(),
        })
    }

    /// What changed of an account that both sides have.
    pub(super) fn changes_of_account(&self, id: AccountId) -> Vec<What> {
        let (Some(old), Some(new)) = (self.account(Which::Old, id), self.account(Which::New, id)) else {
            return Vec::new();
        };
        let what = |kind, old: String, new: String| What {
            old: Some(Clause::text(old)),
            new: Some(Clause::text(new)),
            ..What::of(kind)
        };
        let mut found: Vec<What> = self.moved(id).into_iter().collect();
        if old.name() != new.name() && !old.name().is_empty() && !new.name().is_empty() {
            found.push(what(ChangeKind::AccountRenamed, old.name().to_owned(), new.name().to_owned()));
        }
        if let (Some(before), Some(after)) = (old.tags(), new.tags()) {
            let (before, after) = (sorted(before), sorted(after));
            let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
                one.difference(other).cloned().collect::<Vec<_>>().join(", ")
            };
            if before != after {
                found.push(what(ChangeKind::AccountTagged, only(&before, &after), only(&after, &before)));
            }
        }
        found.extend(self.closed(id));
        found
    }

    /// The state of an account that was closed, suspended, or can be used again.
    pub(super) fn closed(&self, id: AccountId) -> Option<What> {
        let (old, new) = (self.account(Which::Old, id)?, self.account(Which::New, id)?);
        let (before, after) = (state(old), state(new));
        let clause = |state: &str| Some(Clause::text(state));
        (before != after).then(|| What {
            old: clause(&before),
            new: clause(&after),
            ..What::of(ChangeKind::AccountState)
        })
    }

    /// The OU of an account, where both sides know it, and whether it is in the organization.
    pub(super) fn moved(&self, id: AccountId) -> Option<What> {
        let (old, new) = (self.account(Which::Old, id)?, self.account(Which::New, id)?);
        let unknown = |account: &Account| account.units_gap().is_some() || account.membership_gap().is_some();
        if self.is_without_organization()
            || unknown(old)
            || unknown(new)
            || (old.units() == new.units() && old.is_member() == new.is_member())
        {
            return None;
        }
        let text = |account| Some(Clause::text(place(account)));
        Some(What { old: text(old), new: text(new), ..What::of(ChangeKind::AccountMoved) })
    }
}

fn place(account: &Account) -> String {
    if !account.is_member() {
        return "outside the organization".to_owned();
    }
    match ou_path::shown(account.unit_names()) {
        path if path.is_empty() => "/".to_owned(),
        path => path,
    }
}

fn state(account: &Account) -> String {
    match account.presence() {
        Presence::Skipped(reason) => reason.clone(),
        Presence::Collected | Presence::Missing(_) | Presence::LeftOut(_) => "active".to_owned(),
    }
}

fn sorted(tags: &[Tag]) -> BTreeSet<String> {
    tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect()
}
