//! Resources of IAM: which edits they are.
//!
//! Source: documentation of the AWS provider, "IAM (Identity & Access Management)".

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::attachments::{attachment, attachments, inline, lists, memberships, of, only, word};
use super::reader::{self, Reader};
use super::resource::{Action, Attribute, Resource};
use crate::ids::AccountId;
use crate::planned::PlanError;
use crate::planned::plan::Phase;
use crate::snapshot::account::Tag;
use crate::snapshot::edit::{Holder, HolderKind, Setting, Value};

/// An `inline_policy` block of a role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct InlineBlock {
    name: Option<String>,
    policy: Option<String>,
}

/// Adds what a resource is; false for a type that is not read here.
pub(super) fn add(reader: &mut Reader<'_, '_>, resource: &Resource<'_>) -> Result<bool, PlanError> {
    match resource.kind.as_str() {
        "aws_iam_role" => holder(reader, resource, HolderKind::Role)?,
        "aws_iam_user" => holder(reader, resource, HolderKind::User)?,
        "aws_iam_group" => holder(reader, resource, HolderKind::Group)?,
        "aws_iam_policy" => managed(reader, resource)?,
        "aws_iam_role_policy" => inline(reader, resource, HolderKind::Role)?,
        "aws_iam_user_policy" => inline(reader, resource, HolderKind::User)?,
        "aws_iam_group_policy" => inline(reader, resource, HolderKind::Group)?,
        "aws_iam_role_policy_attachment" => attachment(reader, resource, HolderKind::Role)?,
        "aws_iam_user_policy_attachment" => attachment(reader, resource, HolderKind::User)?,
        "aws_iam_group_policy_attachment" => attachment(reader, resource, HolderKind::Group)?,
        "aws_iam_policy_attachment" => attachments(reader, resource)?,
        "aws_iam_role_policies_exclusive" => only(reader, resource, HolderKind::Role, "policy_names")?,
        "aws_iam_user_policies_exclusive" => only(reader, resource, HolderKind::User, "policy_names")?,
        "aws_iam_group_policies_exclusive" => only(reader, resource, HolderKind::Group, "policy_names")?,
        "aws_iam_role_policy_attachments_exclusive" => only(reader, resource, HolderKind::Role, "policy_arns")?,
        "aws_iam_user_policy_attachments_exclusive" => only(reader, resource, HolderKind::User, "policy_arns")?,
        "aws_iam_group_policy_attachments_exclusive" => only(reader, resource, HolderKind::Group, "policy_arns")?,
        "aws_iam_user_group_membership" => memberships(reader, resource, "groups")?,
        "aws_iam_group_membership" => memberships(reader, resource, "users")?,
        "aws_iam_openid_connect_provider" | "aws_iam_saml_provider" => provider(reader, resource)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// A user, role or group itself.
fn holder(reader: &mut Reader<'_, '_>, resource: &Resource<'_>, kind: HolderKind) -> Result<(), PlanError> {
    let account = reader.account(resource)?;
    if resource.action.removes()
        && let Some(name) = resource.before::<String>("name")
    {
        reader.set(Phase::Goes, resource, account, "name", Setting::Deleted(of(kind, &name)));
    }
    if resource.action == Action::Delete {
        return Ok(());
    }
    let known = reader::name(resource);
    // AWS and the provider make the rest of a name: nobody can have written it down before
    let name = known.clone().unwrap_or_else(|| reader.made_name(resource));
    let one = of(kind, &name);
    if resource.action.makes() {
        let path = reader::path(resource);
        reader.set(Phase::Comes, resource, account, "name", Setting::Created(one.clone(), path.into()));
        if resource.action.removes() && known.is_some() && known == resource.before("name") {
            let address = &resource.address;
            reader.plan.notes.push(format!(
                "{address} is deleted and made again: a trust policy that names it keeps the id of the old one, and lets the new one in only \
                 once it is written again"
            ));
        }
    } else if resource.differs("name") || resource.differs("path") {
        reader
            .plan
            .leave(&resource.source, format!("it gets another name or path, and a {} with it another ARN", word(kind)));
        return Ok(());
    }
    let is_new = resource.action.makes();
    if kind == HolderKind::Group {
        return Ok(());
    }
    if kind == HolderKind::Role && (is_new || resource.differs("assume_role_policy")) {
        let is_named = known.is_some() || reader.has_made_name(resource);
        let trust = if is_named {
            Reader::document(resource, "assume_role_policy")
        } else {
            // who may assume it by name is not known either
            reader::unknown(resource, "name")
        };
        let setting = Setting::Trust(name.as_str().into(), trust);
        reader.set(Phase::Comes, resource, account, "assume_role_policy", setting);
    }
    if is_new || resource.differs("permissions_boundary") {
        let boundary =
            match (resource.after::<String>("permissions_boundary"), reader.text(resource, "permissions_boundary")) {
                (Attribute::Unknown, None) => Some(reader::unknown(resource, "permissions_boundary")),
                (_, Some(arn)) if !arn.is_empty() => Some(Value::Known(Some(arn.into()))),
                // a new one has none
                _ => (!is_new).then_some(Value::Known(None)),
            };
        if let Some(boundary) = boundary {
            let setting = Setting::Boundary(one.clone(), boundary);
            reader.set(Phase::Comes, resource, account, "permissions_boundary", setting);
        }
    }
    tags(reader, resource, account, &one);
    if kind == HolderKind::Role {
        of_role(reader, resource, account, &name);
    }
    Ok(())
}

fn tags(reader: &mut Reader<'_, '_>, resource: &Resource<'_>, account: AccountId, one: &Holder) {
    // with those that the provider adds to everything, where it adds some
    let provider = reader.configuration.provider(&resource.address);
    let adds_none = !provider.is_empty() && reader.configuration.of_provider(provider, "default_tags").is_none();
    let key = match resource.after::<Json>("tags_all") {
        Attribute::Absent => "tags",
        Attribute::Unknown if adds_none => "tags",
        _ => "tags_all",
    };
    if !resource.differs(key) {
        return;
    }
    let tags = match resource.after::<BTreeMap<String, Option<String>>>(key) {
        Attribute::Known(tags) => {
            let tag = |(key, value): (String, Option<String>)| Tag { key, value: value.unwrap_or_default() };
            Value::Known(tags.into_iter().map(tag).collect())
        }
        Attribute::Absent => Value::Known(Vec::new()),
        Attribute::Unknown => reader::unknown(resource, key),
    };
    reader.set(Phase::Comes, resource, account, "tags", Setting::Tags(one.clone(), tags));
}

/// What only roles have.
fn of_role(reader: &mut Reader<'_, '_>, resource: &Resource<'_>, account: AccountId, name: &str) {
    let role = Holder::Role(name.into());
    if resource.differs("max_session_duration")
        && let Attribute::Known(seconds) = resource.after::<i32>("max_session_duration")
    {
        let setting = Setting::MaxSession(name.into(), seconds);
        reader.set(Phase::Comes, resource, account, "max_session_duration", setting);
    }
    for key in ["inline_policy", "managed_policy_arns"] {
        let is_set = reader.configuration.sets(&resource.address, key);
        // what the configuration does not set is what other resources make of it; an empty list says that nothing is attached
        let is_unset = resource.after::<Json>(key) == Attribute::Absent;
        if !resource.differs(key) || is_unset || (resource.is_unknown(key) && is_set == Some(false)) {
            continue;
        }
        if resource.is_unknown(key) {
            // which of those that it has stay is not known: none is proven to
            of_lists_go(reader, resource, account, &role, key);
            let setting = Setting::Inline(role.clone(), key.into(), reader::unknown(resource, key));
            reader.set(Phase::Attaches, resource, account, key, setting);
            continue;
        }
        if key == "inline_policy" {
            inline_blocks(reader, resource, account, &role);
            continue;
        }
        let (before, after) = lists(resource, key);
        of_lists_go(reader, resource, account, &role, key);
        for new in after.iter().filter(|arn| resource.action.makes() || !before.contains(arn)) {
            let setting = Setting::Attached(role.clone(), new.as_str().into());
            reader.set(Phase::Attaches, resource, account, key, setting);
        }
    }
}

fn inline_blocks(reader: &mut Reader<'_, '_>, resource: &Resource<'_>, account: AccountId, role: &Holder) {
    const KEY: &str = "inline_policy";
    let (before, after) = inline_policies(resource, KEY);
    for (name, document) in &after {
        if resource.action.makes() || before.get(name) != Some(document) {
            let document = reader::known(document, resource, KEY);
            let setting = Setting::Inline(role.clone(), name.as_str().into(), document);
            reader.set(Phase::Attaches, resource, account, KEY, setting);
        }
    }
    of_lists_go(reader, resource, account, role, KEY);
}

/// Inline policies of a role by name, before and after.
fn inline_policies(resource: &Resource<'_>, key: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    // an empty block, of null or of empty texts, stands for "none"
    let named = |blocks: Vec<InlineBlock>| -> BTreeMap<String, String> {
        let all =
            blocks.into_iter().filter_map(|block| Some((block.name.filter(|name| !name.is_empty())?, block.policy?)));
        all.collect()
    };
    let after = match resource.after::<Vec<InlineBlock>>(key) {
        Attribute::Known(blocks) => named(blocks),
        _ => BTreeMap::new(),
    };
    (named(resource.before(key).unwrap_or_default()), after)
}

fn inline_names(resource: &Resource<'_>, key: &str) -> (Vec<String>, Vec<String>) {
    let (before, after) = inline_policies(resource, key);
    (before.into_keys().collect(), after.into_keys().collect())
}

/// What a role has by one of its own lists, and would not have by it: all of it where the list is not known.
fn of_lists_go(reader: &mut Reader<'_, '_>, resource: &Resource<'_>, account: AccountId, role: &Holder, key: &str) {
    if resource.action.makes() {
        return;
    }
    let is_inline = key == "inline_policy";
    let (before, after) = if is_inline { inline_names(resource, key) } else { lists(resource, key) };
    for gone in before.iter().filter(|gone| !after.contains(gone)) {
        let go = if is_inline { Setting::NoInline } else { Setting::Detached };
        reader.set(Phase::AttachmentGoes, resource, account, key, go(role.clone(), gone.as_str().into()));
    }
}

fn managed(reader: &mut Reader<'_, '_>, resource: &Resource<'_>) -> Result<(), PlanError> {
    let account = reader.account(resource)?;
    if resource.action.removes()
        && let Some(arn) = resource.before::<String>("arn")
    {
        reader.set(Phase::Goes, resource, account, "arn", Setting::NoManaged(arn.into()));
    }
    if resource.action == Action::Delete || !(resource.action.makes() || resource.differs("policy")) {
        return Ok(());
    }
    if let Some(arn) = reader.arn(resource) {
        let setting = Setting::Managed(arn.into(), Reader::document(resource, "policy"));
        reader.set(Phase::Comes, resource, account, "policy", setting);
    }
    Ok(())
}

fn provider(reader: &mut Reader<'_, '_>, resource: &Resource<'_>) -> Result<(), PlanError> {
    let account = reader.account(resource)?;
    if resource.action.removes()
        && let Some(arn) = resource.before::<String>("arn")
    {
        reader.set(Phase::Goes, resource, account, "arn", Setting::NoProvider(arn.into()));
    }
    if resource.action.makes() {
        match reader.arn(resource) {
            Some(arn) => reader.set(Phase::Comes, resource, account, "arn", Setting::Provider(arn.into())),
            None => reader.plan.leave(&resource.source, "its name or URL is unknown until apply"),
        }
    }
    Ok(())
}
