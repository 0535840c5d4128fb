//! Resources of IAM that give something to a user, role or group: policies and memberships.

use super::reader::{self, Reader};
use super::resource::{Action, Attribute, Resource};
use crate::ids::AccountId;
use crate::planned::PlanError;
use crate::planned::plan::Phase;
use crate::snapshot::edit::{Holder, HolderKind, Setting};

pub(super) fn of(kind: HolderKind, name: &str) -> Holder {
    match kind {
        HolderKind::Role => Holder::Role(name.into()),
        HolderKind::User => Holder::User(name.into()),
        HolderKind::Group => Holder::Group(name.into()),
    }
}

pub(super) fn word(kind: HolderKind) -> &'static str {
    match kind {
        HolderKind::Role => "role",
        HolderKind::User => "user",
        HolderKind::Group => "group",
    }
}

/// A list of texts before and after.
pub(super) fn lists(resource: &Resource<'_>, key: &str) -> (Vec<String>, Vec<String>) {
    let after = match resource.after::<Vec<String>>(key) {
        Attribute::Known(all) => all,
        _ => Vec::new(),
    };
    (resource.before::<Vec<String>>(key).unwrap_or_default(), after)
}

/// Who has it: a name, `None` where nobody knows.
fn named(reader: &Reader<'_, '_>, resource: &Resource<'_>, kind: HolderKind) -> Option<Holder> {
    let key = word(kind);
    reader.text(resource, key).or_else(|| reader.text(resource, &format!("{key}_name"))).map(|name| of(kind, &name))
}

/// Who had it.
fn was(resource: &Resource<'_>, kind: HolderKind) -> Option<Holder> {
    resource.before::<String>(word(kind)).map(|name| of(kind, &name))
}

/// Something unknown that somebody gets: of a holder, or of one of all of its kind.
fn gets_unknown(
    reader: &mut Reader<'_, '_>,
    resource: &Resource<'_>,
    (account, kind, one): (AccountId, HolderKind, Option<Holder>),
    key: &str,
) {
    let name = resource.address.as_str();
    let setting = match one {
        Some(one) => Setting::Inline(one, name.into(), reader::unknown(resource, key)),
        None => Setting::SomeOf(kind, name.into(), reader::why(resource, key)),
    };
    reader.set(Phase::Attaches, resource, account, key, setting);
}

pub(super) fn inline(reader: &mut Reader<'_, '_>, resource: &Resource<'_>, kind: HolderKind) -> Result<(), PlanError> {
    let account = reader.account(resource)?;
    if resource.action.removes()
        && let (Some(one), Some(name)) = (was(resource, kind), resource.before::<String>("name"))
    {
        reader.set(Phase::AttachmentGoes, resource, account, "policy", Setting::NoInline(one, name.into()));
    }
    if resource.action == Action::Delete || !(resource.action.makes() || resource.differs("policy")) {
        return Ok(());
    }
    let Some(one) = named(reader, resource, kind) else {
        gets_unknown(reader, resource, (account, kind, None), word(kind));
        return Ok(());
    };
    let name = match resource.after::<String>("name") {
        Attribute::Known(name) => name,
        _ => reader.made_name(resource),
    };
    let setting = Setting::Inline(one, name.into(), Reader::document(resource, "policy"));
    reader.set(Phase::Attaches, resource, account, "policy", setting);
    Ok(())
}

pub(super) fn attachment(
    reader: &mut Reader<'_, '_>,
    resource: &Resource<'_>,
    kind: HolderKind,
) -> Result<(), PlanError> {
    let account = reader.account(resource)?;
    if resource.action != Action::Create
        && let (Some(one), Some(arn)) = (was(resource, kind), resource.before::<String>("policy_arn"))
    {
        reader.set(Phase::AttachmentGoes, resource, account, "policy_arn", Setting::Detached(one, arn.into()));
    }
    if resource.action == Action::Delete {
        return Ok(());
    }
    let (one, arn) = (named(reader, resource, kind), reader.text(resource, "policy_arn"));
    match (one, arn) {
        (Some(one), Some(arn)) => {
            reader.set(Phase::Attaches, resource, account, "policy_arn", Setting::Attached(one, arn.into()));
        }
        (Some(one), None) => gets_unknown(reader, resource, (account, kind, Some(one)), "policy_arn"),
        (None, _) => gets_unknown(reader, resource, (account, kind, None), word(kind)),
    }
    Ok(())
}

/// `aws_iam_policy_attachment`: one policy, and all that have it.
pub(super) fn attachments(reader: &mut Reader<'_, '_>, resource: &Resource<'_>) -> Result<(), PlanError> {
    let account = reader.account(resource)?;
    let old = resource.before::<String>("policy_arn");
    let new = if resource.action == Action::Delete { None } else { reader.text(resource, "policy_arn") };
    let is_same = old.is_some() && old == new && !resource.action.makes();
    for (kind, key) in [(HolderKind::User, "users"), (HolderKind::Role, "roles"), (HolderKind::Group, "groups")] {
        let (before, after) = lists(resource, key);
        if let Some(arn) = &old {
            for name in before.iter().filter(|name| !is_same || !after.contains(name)) {
                let setting = Setting::Detached(of(kind, name), arn.as_str().into());
                reader.set(Phase::AttachmentGoes, resource, account, key, setting);
            }
        }
        if resource.is_unknown(key) {
            gets_unknown(reader, resource, (account, kind, None), key);
        }
        for name in after.iter().filter(|name| !is_same || !before.contains(name)) {
            match &new {
                Some(arn) => {
                    let setting = Setting::Attached(of(kind, name), arn.as_str().into());
                    reader.set(Phase::Attaches, resource, account, key, setting);
                }
                None => gets_unknown(reader, resource, (account, kind, Some(of(kind, name))), "policy_arn"),
            }
        }
    }
    Ok(())
}

/// What says of a list that nothing else stays.
pub(super) fn only(
    reader: &mut Reader<'_, '_>,
    resource: &Resource<'_>,
    kind: HolderKind,
    key: &str,
) -> Result<(), PlanError> {
    let account = reader.account(resource)?;
    // the policies stay where they are
    if resource.action == Action::Delete {
        return Ok(());
    }
    let Some(one) = named(reader, resource, kind) else {
        gets_unknown(reader, resource, (account, kind, None), &format!("{}_name", word(kind)));
        return Ok(());
    };
    let (_, names) = lists(resource, key);
    let names = names.into_iter().map(Into::into).collect();
    let only = if key == "policy_names" { Setting::OnlyInline } else { Setting::OnlyAttached };
    reader.set(Phase::Limits, resource, account, key, only(one.clone(), names));
    if resource.is_unknown(key) {
        // which of them stay is not known: none is proven to
        let setting = Setting::Inline(one, resource.address.as_str().into(), reader::unknown(resource, key));
        reader.set(Phase::Limits, resource, account, key, setting);
    }
    Ok(())
}

/// Users of a group, or groups of a user.
pub(super) fn memberships(reader: &mut Reader<'_, '_>, resource: &Resource<'_>, key: &str) -> Result<(), PlanError> {
    let account = reader.account(resource)?;
    let is_of_user = key == "groups";
    let one = if is_of_user { "user" } else { "group" };
    let pair = |one: &str, other: &str| -> (Box<str>, Box<str>) {
        if is_of_user { (one.into(), other.into()) } else { (other.into(), one.into()) }
    };
    let (before, after) = lists(resource, key);
    let old = resource.before::<String>(one);
    let new = if resource.action == Action::Delete { None } else { reader.text(resource, one) };
    let is_same = old.is_some() && old == new && !resource.action.makes();
    if let Some(old) = &old {
        for other in before.iter().filter(|other| !is_same || !after.contains(other)) {
            let (user, group) = pair(old, other);
            reader.set(Phase::AttachmentGoes, resource, account, key, Setting::NoMember(user, group));
        }
    }
    if resource.action == Action::Delete {
        return Ok(());
    }
    let is_unknown = new.is_none() || resource.is_unknown(key);
    if is_unknown {
        let user = new.clone().filter(|_| is_of_user).map(|user| Holder::User(user.into()));
        let key = if new.is_none() { one } else { key };
        gets_unknown(reader, resource, (account, HolderKind::User, user), key);
        return Ok(());
    }
    for other in after.iter().filter(|other| !is_same || !before.contains(other)) {
        let (user, group) = pair(new.as_deref().unwrap_or_default(), other);
        reader.set(Phase::Attaches, resource, account, key, Setting::Member(user, group));
    }
    Ok(())
}
