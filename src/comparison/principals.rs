//! Users and roles: which are new, gone, renamed or made again, and what of them changed beside trust policies.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::causes::of_membership;
use super::collector::{Collector, Told};
use super::pairing::{Pair, Which};
use super::world::{Known, World};
use crate::difference::{ChangeKind, Clause, Section, What};
use crate::facet::Facet;
use crate::model::{Account, Presence, Principal, SignIn, Ways};
use crate::snapshot::account::Tag;
use crate::snapshot::ledger::Gap;

impl World<'_, '_> {
    /// Changes of users and roles, of accounts whose principals both sides know. Principals of accounts that joined or left are not
    /// told one by one: the accounts are.
    #[must_use]
    pub fn principals(&self) -> Section {
        let numbers: Vec<u32> = (0..self.pairing.len()).collect();
        let told: Vec<Told> = numbers.par_iter().map(|number| self.changes_of_principal(*number)).collect();
        let mut found = Collector::default();
        told.into_iter().for_each(|told| found.extend(told));
        found.section(self.gaps(|which| self.unread(which, false)))
    }

    fn changes_of_principal(&self, number: u32) -> Told {
        if let Some((what, subject)) = self.appeared(number) {
            let is_own = matches!(
                what.kind,
                ChangeKind::PrincipalCreated | ChangeKind::PrincipalDeleted | ChangeKind::PrincipalRenamed
            );
            // a renamed one has two numbers, and is told once
            let twice = what.kind == ChangeKind::PrincipalRenamed && self.pairing.pair(number).new.is_none();
            return if is_own && !twice { vec![(what, subject)] } else { Told::new() };
        }
        let (Some(old), Some(new)) = (self.principal(Which::Old, number), self.principal(Which::New, number)) else {
            return Told::new();
        };
        let groups = self.changes_of_groups(number);
        let attached = self.changes_of_attached(old.class(), new.class());
        let mut changes: BTreeSet<What> = attached.into_iter().map(|what| of_membership(what, &groups)).collect();
        changes.extend(groups);
        changes.extend([self.recreated(number), self.sign_in(number), self.retagged(number)].into_iter().flatten());
        changes.into_iter().map(|what| (what, self.arn(number))).collect()
    }

    /// Missing data of accounts that are on both sides, on one of them; of trust policies where these are meant.
    pub(super) fn unread(&self, which: Which, trusts: bool) -> BTreeSet<Gap> {
        let estate = self.estate(which);
        let (mut gaps, mut reports) = (BTreeSet::new(), BTreeSet::new());
        for (ix, account) in estate.indexed_accounts() {
            if matches!(self.known(account.id()), Known::OnlyOld | Known::OnlyNew) {
                continue;
            }
            gaps.extend(account.presence().gap());
            if !trusts && self.lacks_report(which, account) {
                reports.insert(Gap {
                    scope: account.id().into(),
                    facet: Facet::CredentialReport,
                    reason: "not read: what users sign in with is not compared".to_owned(),
                });
            }
            if trusts {
                gaps.extend(estate.principals_of(ix).filter_map(|role| estate.unread_trust(role)));
            } else {
                gaps.extend(estate.classes_of(ix).flat_map(|class| estate.unread_of_class(class)));
            }
        }
        gaps.into_iter().map(|gap| estate.gap(gap).clone()).chain(reports).collect()
    }

    /// Whether the credential report of an account was read on the other side alone.
    fn lacks_report(&self, which: Which, account: &Account) -> bool {
        let other = self.estate(which.other());
        let has = |account: &Account| account.facts().credential_report.is_some();
        let is_closed = matches!(account.presence(), Presence::Skipped(_));
        !has(account) && !is_closed && other.account_by_id(account.id()).is_some_and(|ix| has(other.account(ix)))
    }

    /// The number under which the other side has the same user or role, by its unique id, in the same account.
    pub(super) fn renamed(&self, number: u32) -> Option<u32> {
        let Pair { old, new } = self.pairing.pair(number);
        let side = if new.is_some() { Which::New } else { Which::Old };
        let id = self.principal(side, number)?.unique_id();
        let (other, estate) = (side.other(), self.estate(side.other()));
        let account = estate.account_by_id(self.account_of(number)?)?;
        if id.is_empty() || (old.is_some() && new.is_some()) {
            return None;
        }
        let same = estate.principals_of(account).find(|ix| estate.principal(*ix).unique_id() == id)?;
        let same = self.pairing.number(other, same);
        // one that both sides have under its name is another one
        self.pairing.pair(same).on(side).is_none().then_some(same)
    }

    /// A user or role of the same name and another unique id.
    pub(super) fn recreated(&self, number: u32) -> Option<What> {
        let (old, new) = self.both(number)?;
        let differs = old.unique_id() != new.unique_id() && !old.unique_id().is_empty() && !new.unique_id().is_empty();
        let text = |principal: &Principal| Some(Clause::text(principal.unique_id()));
        differs.then(|| What { old: text(old), new: text(new), ..What::of(ChangeKind::PrincipalRecreated) })
    }

    /// What a user can sign with, where it counts for an answer; none where one side did not read it.
    pub(super) fn sign_in(&self, number: u32) -> Option<What> {
        let (old, new) = self.both(number)?;
        let (before, after) = (old.sign_in(), new.sign_in());
        let text = |sign_in: SignIn| Some(Clause::text(words(sign_in)));
        let known = before.password.is_some() && after.password.is_some();
        (known && before.ways != after.ways).then(|| What {
            old: text(before),
            new: text(after),
            ..What::of(ChangeKind::SignInChanged)
        })
    }

    /// Tags of a user or role; none where one side did not read them.
    pub(super) fn retagged(&self, number: u32) -> Option<What> {
        let (old, new) = self.both(number)?;
        let known = old.tags_gap().is_none() && new.tags_gap().is_none();
        let (before, after) = (sorted(old.tags()), sorted(new.tags()));
        let text = |tags: &BTreeSet<String>| Some(Clause::text(tags.iter().cloned().collect::<Vec<_>>().join(", ")));
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
        (known && before != after).then(|| What {
            old: text(&only(&before, &after)),
            new: text(&only(&after, &before)),
            ..What::of(ChangeKind::TagsChanged)
        })
    }

    /// True unless something of it changed that its class does not tell: then it stands for itself alone.
    pub(super) fn is_otherwise_the_same(&self, number: u32) -> bool {
        let changes = [self.recreated(number), self.sign_in(number), self.retagged(number)];
        changes.iter().all(Option::is_none)
    }

    fn both(&self, number: u32) -> Option<(&Principal, &Principal)> {
        Some((self.principal(Which::Old, number)?, self.principal(Which::New, number)?))
    }
}

fn words(sign_in: SignIn) -> &'static str {
    match sign_in.ways {
        Ways::All => "access keys, or whatever is made for it next",
        Ways::Console => "a password",
        Ways::ConsoleWithMfa => "a password and MFA",
    }
}

fn sorted(tags: &[Tag]) -> BTreeSet<String> {
    tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect()
}
