//! Which resource plans what a difference shows.
//!
//! Owns: from a change to the edits that can have made it, by who has it and by the name of the policy.

use super::plan::Step;
use crate::answer::Layer;
use crate::arn::{Arn, Named};
use crate::difference::{Change, ChangeKind, Difference, Source};
use crate::ids::AccountId;
use crate::snapshot::edit::{Edit, Holder, OrganizationSetting, Setting};

/// Names with each change of a difference the resources that plan it.
pub fn name_sources(difference: &mut Difference, steps: &[Step]) {
    difference.changes_mut().for_each(|change| change.sources = sources(change, steps));
}

fn sources(change: &Change, steps: &[Step]) -> Vec<Source> {
    let subjects: Vec<(AccountId, Holder)> = change.subjects.iter().filter_map(|arn| holder(arn)).collect();
    let mut found = Vec::<(u8, Source)>::new();
    for step in steps {
        let fits = match &step.edit {
            Edit::Set(account, setting) => is_of(change, &subjects, *account, setting),
            Edit::SetOrganization(setting) => is_of_organization(change, setting),
            Edit::Remove(_) | Edit::Replace(..) | Edit::Regroup(_) => false,
        };
        if !fits {
            continue;
        }
        let mut source = step.source.clone();
        let clause = change.what.new.as_ref().and_then(|clause| clause.statement);
        let statement = clause.and_then(|number| step.statements.get(usize::try_from(number).ok()?));
        source.line = statement.copied().or(source.line);
        // of one resource, what lets somebody in counts for most, and that it exists for least
        let rank = match &step.edit {
            Edit::Set(_, Setting::Created(..) | Setting::Ensured(..)) => 0,
            Edit::Set(_, Setting::Trust(..)) => 2,
            _ => 1,
        };
        match found.iter_mut().find(|(_, other)| other.resource == source.resource) {
            Some((known, other)) if *known < rank => (*known, *other) = (rank, source),
            Some(_) => {}
            None => found.push((rank, source)),
        }
    }
    found.into_iter().map(|(_, source)| source).collect()
}

fn holder(arn: &str) -> Option<(AccountId, Holder)> {
    let arn = Arn::parse(arn)?;
    let holder = match arn.named() {
        Named::Role { name, .. } => Holder::Role(name.into()),
        Named::User { name, .. } => Holder::User(name.into()),
        Named::Group { name, .. } => Holder::Group(name.into()),
        _ => return None,
    };
    Some((arn.account_id()?, holder))
}

fn is_of(change: &Change, subjects: &[(AccountId, Holder)], account: AccountId, setting: &Setting) -> bool {
    let what = &change.what;
    let has = |holder: &Holder| subjects.iter().any(|(own, one)| *own == account && one == holder);
    let role = |name: &str| has(&Holder::Role(name.into()));
    let comes = matches!(what.kind, ChangeKind::PrincipalCreated | ChangeKind::PrincipalRecreated);
    let in_account = || subjects.iter().any(|(own, _)| *own == account);
    let is_identity = matches!(what.layer, Some(Layer::Identity | Layer::Boundary));
    // a policy of somebody, or of a group that somebody is in
    let of_policy = |holder: &Holder, name: &str, own: &str, of_group: &str| match holder {
        Holder::Group(group) => is_identity && in_account() && what.policy == format!("{name} ({of_group} {group})"),
        _ => has(holder) && (comes || (is_identity && what.policy == format!("{name}{own}"))),
    };
    let inline = |holder: &Holder, name: &str| of_policy(holder, name, " (inline)", "inline in group");
    let attached = |holder: &Holder, arn: &str| of_policy(holder, last(arn), "", "of group");
    match setting {
        Setting::Created(holder, _) | Setting::Ensured(holder, _) => comes && has(holder),
        // where it is made again, that changes all that it has, and whom trust policies mean by it
        Setting::Deleted(one) => {
            let is_it = |word| holder(word).is_some_and(|(own, named)| own == account && named == *one);
            has(one) || (what.layer == Some(Layer::Trust) && what.detail.split([' ', ',']).any(is_it))
        }
        Setting::Trust(name, _) => role(name) && (comes || what.layer == Some(Layer::Trust)),
        Setting::Boundary(holder, _) => has(holder) && (comes || what.layer == Some(Layer::Boundary)),
        Setting::Tags(holder, _) => has(holder) && what.kind == ChangeKind::TagsChanged,
        Setting::Inline(holder, name, _) | Setting::NoInline(holder, name) => inline(holder, name),
        Setting::OnlyInline(holder, _) => {
            has(holder) && what.kind == ChangeKind::PolicyDetached && what.policy.ends_with(" (inline)")
        }
        Setting::Attached(holder, arn) | Setting::Detached(holder, arn) => attached(holder, arn),
        Setting::OnlyAttached(holder, _) => {
            has(holder)
                && matches!(what.kind, ChangeKind::PolicyAttached | ChangeKind::PolicyDetached)
                && what.layer == Some(Layer::Identity)
                && !what.policy.ends_with(')')
        }
        Setting::Managed(arn, _) | Setting::NoManaged(arn) => {
            let rest = what.policy.strip_prefix(last(arn));
            is_identity && in_account() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" (of group "))
        }
        Setting::Member(user, group) | Setting::NoMember(user, group) => {
            let kind = matches!(what.kind, ChangeKind::GroupJoined | ChangeKind::GroupLeft);
            has(&Holder::User(user.clone())) && kind && *what.policy == **group
        }
        Setting::MaxSession(..) | Setting::SomeOf(..) | Setting::Provider(_) | Setting::NoProvider(_) => false,
    }
}

fn is_of_organization(change: &Change, setting: &OrganizationSetting) -> bool {
    if !matches!(change.what.layer, Some(Layer::Scp | Layer::Rcp)) {
        return false;
    }
    // shown by name and id
    let policy = change.what.policy.as_str();
    let is_it = |id: &str| {
        let rest = policy.strip_suffix(')').and_then(|rest| rest.strip_suffix(id));
        policy == id || rest.is_some_and(|rest| rest.ends_with(" ("))
    };
    // a change tells the place of a root or an OU, and not its id
    let is_at = |target: &str| {
        change.subjects.iter().any(|subject| match target.split('-').next() {
            Some("") => true,
            Some("r") => subject == "root",
            Some("ou") => subject.starts_with('/'),
            _ => subject.ends_with(target),
        })
    };
    match setting {
        OrganizationSetting::Policy { id, .. } | OrganizationSetting::NoPolicy(id) => is_it(id),
        OrganizationSetting::Attached(id, target) | OrganizationSetting::Detached(id, target) => {
            is_it(id) && is_at(target)
        }
    }
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
