//! Rules about groups of IAM users.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::AccountIx;
use crate::model::PrincipalType;
use crate::rules::context::Context;
use crate::rules::judge::{Judge, Members};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::prepared(card_file!("groups/group-without-members"), Joined::new, Judge::Group(group_without_members)),
    &Row::prepared(card_file!("groups/group-without-policies"), Joined::new, Judge::Group(group_without_policies)),
];

/// Which groups have members.
struct Joined {
    /// Lowercase, because the names of groups ignore case.
    by_account: BTreeMap<AccountIx, BTreeSet<String>>,
    /// Accounts with a user whose groups were not read: it may be in any.
    unread: BTreeSet<AccountIx>,
}

impl Joined {
    fn new(cx: &Context<'_>, _: NoParameters) -> Self {
        let mut joined = Self { by_account: BTreeMap::new(), unread: BTreeSet::new() };
        let users = cx.estate.users().map(|ix| cx.estate.principal(ix));
        for user in users.filter(|user| user.kind() == PrincipalType::User) {
            if !user.knows_groups() {
                joined.unread.insert(user.account());
            }
            let names = user.groups().iter().map(|name| name.to_lowercase());
            joined.by_account.entry(user.account()).or_default().extend(names);
        }
        joined
    }

    /// Whether a group has a member; `None` if that is not known.
    fn has_members(&self, of: &Members<'_>) -> Option<bool> {
        let named = self.by_account.get(&of.account).is_some_and(|names| names.contains(&of.group.name.to_lowercase()));
        (named || !self.unread.contains(&of.account)).then_some(named)
    }
}

/// A group that nobody is in.
fn group_without_members(_: &Context<'_>, joined: &Joined, of: &Members<'_>, outcome: &mut Outcome) {
    match joined.has_members(of) {
        Some(true) => {}
        Some(false) if of.group.policies.is_empty() => {
            outcome.found(Found::saying("the group has no members and no policies"));
        }
        Some(false) => outcome.found(Found::saying("the group has no members")),
        None => outcome.unknown("cannot be judged: the groups of a user were not read"),
    }
}

/// A group that gives its members nothing. One that is empty besides is for `group-without-members` to tell.
fn group_without_policies(_: &Context<'_>, joined: &Joined, of: &Members<'_>, outcome: &mut Outcome) {
    let policies = &of.group.policies;
    if policies.iter().any(|attached| attached.stands_for_unread()) {
        return outcome.unknown("cannot be judged: the group was listed without its policies");
    }
    match joined.has_members(of) {
        _ if !policies.is_empty() => {}
        Some(true) => outcome.found(Found::saying("the group has no policies, so membership gives nothing")),
        Some(false) => outcome.not_applicable(),
        None => outcome.unknown("cannot be judged: the groups of a user were not read"),
    }
}
