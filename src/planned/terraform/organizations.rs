//! Resources of AWS Organizations: SCPs, RCPs and what they are attached to.

use super::reader::{self, Reader};
use super::resource::{Action, Attribute, Resource};
use crate::planned::plan::Phase;
use crate::snapshot::edit::{Edit, OrganizationSetting};

/// Types of policy that say who may do what; others are about tags, backups, …
const KINDS: [&str; 2] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

/// Adds what a resource is; false for a type that is not read here.
pub(super) fn add(reader: &mut Reader<'_, '_>, resource: &Resource<'_>) -> bool {
    match resource.kind.as_str() {
        "aws_organizations_policy" => policy(reader, resource),
        "aws_organizations_policy_attachment" => attachment(reader, resource),
        _ => return false,
    }
    true
}

fn set(reader: &mut Reader<'_, '_>, phase: Phase, resource: &Resource<'_>, key: &str, setting: OrganizationSetting) {
    let source = reader.source(resource, key);
    reader.plan.add(phase, Edit::SetOrganization(setting), &source);
}

fn policy(reader: &mut Reader<'_, '_>, resource: &Resource<'_>) {
    let kind = resource.either::<String>("type").unwrap_or_else(|| "SERVICE_CONTROL_POLICY".to_owned());
    if !KINDS.contains(&kind.as_str()) {
        *reader.plan.others.entry(format!("{} of type {kind}", resource.kind)).or_default() += 1;
        return;
    }
    if resource.action.removes()
        && let Some(id) = resource.before::<String>("id")
    {
        set(reader, Phase::Goes, resource, "content", OrganizationSetting::NoPolicy(id.into()));
    }
    if resource.action == Action::Delete {
        return;
    }
    let name = resource.either::<String>("name").unwrap_or_else(|| resource.address.clone());
    let setting = OrganizationSetting::Policy {
        id: reader::policy_id(resource).into(),
        name: name.into(),
        kind: kind.into(),
        content: Reader::document(resource, "content"),
    };
    set(reader, Phase::Comes, resource, "content", setting);
}

fn attachment(reader: &mut Reader<'_, '_>, resource: &Resource<'_>) {
    let (old, was) = (resource.before::<String>("policy_id"), resource.before::<String>("target_id"));
    if resource.action != Action::Create
        && let (Some(id), Some(target)) = (old, was)
        && is_of_access(reader, &id)
    {
        set(
            reader,
            Phase::AttachmentGoes,
            resource,
            "target_id",
            OrganizationSetting::Detached(id.into(), target.into()),
        );
    }
    if resource.action == Action::Delete {
        return;
    }
    // where the target is not known, it may be above any account
    let target = reader.text(resource, "target_id").unwrap_or_default();
    let id = match reader.text(resource, "policy_id") {
        Some(id) if !is_of_access(reader, &id) => return,
        Some(id) => id,
        None => {
            let id = resource.address.clone();
            for kind in KINDS {
                let setting = OrganizationSetting::Policy {
                    id: format!("{id} ({kind})").into(),
                    name: id.as_str().into(),
                    kind: kind.into(),
                    content: reader::unknown(resource, "policy_id"),
                };
                set(reader, Phase::Comes, resource, "policy_id", setting);
                let setting = OrganizationSetting::Attached(format!("{id} ({kind})").into(), target.as_str().into());
                set(reader, Phase::Attaches, resource, "target_id", setting);
            }
            return;
        }
    };
    if resource.after::<String>("target_id") == Attribute::Unknown && target.is_empty() {
        let policy = policy_of(reader, &id);
        let name = policy.and_then(|policy| policy.either::<String>("name")).unwrap_or_else(|| id.clone());
        let kind = policy.and_then(|policy| policy.either::<String>("type"));
        let (why, source) = (reader::why(resource, "target_id"), reader.source(resource, "target_id"));
        for kind in KINDS.into_iter().filter(|own| kind.as_deref().is_none_or(|kind| kind == *own)) {
            reader.plan.attach_somewhere((&id, &name, kind), &why, &source);
        }
        return;
    }
    set(reader, Phase::Attaches, resource, "policy_id", OrganizationSetting::Attached(id.into(), target.into()));
}

/// False for a policy of the plan that is about something else than access.
fn is_of_access(reader: &Reader<'_, '_>, id: &str) -> bool {
    policy_of(reader, id)
        .is_none_or(|one| one.either::<String>("type").is_none_or(|kind| KINDS.contains(&kind.as_str())))
}

/// The policy of the plan that has this id.
fn policy_of<'p, 'a>(reader: &Reader<'p, 'a>, id: &str) -> Option<&'p Resource<'a>> {
    let mut policies = reader.all.values().filter(|one| one.kind == "aws_organizations_policy");
    policies.find(|one| reader::policy_id(one) == id).copied()
}
