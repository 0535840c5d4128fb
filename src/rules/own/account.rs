//! Facts about an account.

use std::borrow::Cow;

use super::fields::Field;
use super::memo::Memo;
use super::view::{Data, Facts, Known};
use crate::ids::{AccountIx, GapIx};
use crate::model::Account;
use crate::rules::context::Context;

/// An account, as every subject has one.
pub(super) struct OfAccount<'c, 'e> {
    pub(super) cx: &'c Context<'e>,
    pub(super) memo: &'c Memo,
    pub(super) ix: AccountIx,
}

impl<'e> OfAccount<'_, 'e> {
    fn account(&self) -> &'e Account {
        self.cx.estate.account(self.ix)
    }

    fn count(&self, of: impl Fn((usize, usize)) -> usize) -> Known<Data<'e>> {
        self.unless(self.account().presence().gap(), || {
            Data::Int(i64::try_from(of(self.memo.counts(self.cx.estate, self.ix))).unwrap_or(i64::MAX))
        })
    }

    fn root(&self, fact: Option<bool>) -> Known<Data<'e>> {
        fact.map(Data::Bool).ok_or_else(|| format!("account-summary of {} not read", self.account().id()))
    }

    fn unless(&self, gap: Option<GapIx>, data: impl FnOnce() -> Data<'e>) -> Known<Data<'e>> {
        match gap {
            Some(gap) => Err(self.cx.reason(gap)),
            None => Ok(data()),
        }
    }
}

/// The path of an account's OU: `/Workloads/Prod`, and `/` for the root; `None` if it has none.
pub(super) fn ou_of(account: &Account) -> Option<String> {
    account.is_member().then(|| format!("/{}", account.unit_names().join("/")))
}

impl<'e> Facts<'e> for OfAccount<'_, 'e> {
    fn fact(&self, field: &Field) -> Known<Data<'e>> {
        let account = self.account();
        let summary = account.facts().summary.as_ref();
        match field.name {
            "account.id" => Ok(Data::Text(Cow::Owned(account.id().to_string()))),
            "account.name" if account.name().is_empty() => Err(format!("name of {} not read", account.id())),
            "account.name" => Ok(Data::Text(Cow::Borrowed(account.name()))),
            "account.ou" => self.unless(account.membership_gap().or(account.units_gap()), || {
                Data::Text(Cow::Owned(ou_of(account).unwrap_or_default()))
            }),
            "account.tags" => match account.tags() {
                Some(tags) => Ok(Data::Tags(Cow::Borrowed(tags))),
                None => Err(format!("account-tags of {} not read", account.id())),
            },
            "account.management" => self.unless(account.membership_gap(), || Data::Bool(account.is_management())),
            "account.member" => self.unless(account.membership_gap(), || Data::Bool(account.is_member())),
            "account.users" => self.count(|(users, _)| users),
            "account.roles" => self.count(|(_, roles)| roles),
            "account.root_mfa" => self.root(summary.and_then(|summary| summary.root_has_mfa)),
            "account.root_access_keys" => self.root(summary.and_then(|summary| summary.root_has_access_keys)),
            name => Err(format!("{name} is not known")),
        }
    }
}
