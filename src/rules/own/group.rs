//! Facts about a group of IAM users.

use std::borrow::Cow;

use super::account::OfAccount;
use super::fields::Field;
use super::memo::Memo;
use super::principal::names;
use super::view::{Data, Facts, Known};
use crate::model::{Origin, PrincipalType};
use crate::rules::context::Context;
use crate::rules::judge::Members;

/// A group.
pub(super) struct OfGroup<'c, 'e, 'g> {
    pub(super) cx: &'c Context<'e>,
    pub(super) memo: &'c Memo,
    pub(super) of: &'c Members<'g>,
}

impl<'e> OfGroup<'_, 'e, '_> {
    /// Names of its users. Names of groups ignore case.
    fn members(&self) -> Known<Data<'e>> {
        let estate = self.cx.estate;
        let mut members = Vec::new();
        for user in estate.principals_of(self.of.account).map(|ix| estate.principal(ix)) {
            if user.kind() != PrincipalType::User {
                continue;
            }
            if !user.knows_groups() {
                return Err("the groups of a user were not read".to_owned());
            }
            if user.groups().iter().any(|name| name.eq_ignore_ascii_case(&self.of.group.name)) {
                members.push(Cow::Borrowed(user.name()));
            }
        }
        Ok(Data::Texts(members))
    }
}

fn owned<'e>(data: Data<'_>) -> Data<'e> {
    match data {
        Data::Texts(texts) => Data::Texts(texts.into_iter().map(|text| Cow::Owned(text.into_owned())).collect()),
        _ => Data::Texts(Vec::new()),
    }
}

impl<'e> Facts<'e> for OfGroup<'_, 'e, '_> {
    fn fact(&self, field: &Field) -> Known<Data<'e>> {
        let group = self.of.group;
        match field.name {
            "group.name" => Ok(Data::Text(Cow::Owned(group.name.clone()))),
            "group.arn" => Ok(Data::Text(Cow::Owned(group.arn.clone()))),
            "group.policies" => names(&group.policies, |origin| *origin == Origin::Managed).map(owned),
            "group.inline_policies" => names(&group.policies, |origin| *origin == Origin::Inline).map(owned),
            "group.members" => self.members(),
            _ => OfAccount { cx: self.cx, memo: self.memo, ix: self.of.account }.fact(field),
        }
    }
}
