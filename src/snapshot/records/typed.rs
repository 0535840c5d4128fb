//! The records of a file that serde_json read.

use super::super::account::{AccountFile, ManagedPolicy, RoleDetail};
use super::managed::{Version, counted, in_force};
use super::tags::SharedTags;
use super::{AttachedRecord, InlineRecord, ManagedRecord, Records, RoleRecord, Span};

/// The same as `quick` makes of the text.
pub(in crate::snapshot) fn of<'f>(file: &'f AccountFile<'_>) -> Records<'f> {
    let mut records = Records::new(file.facets(), file.role_detail_list.as_ref().map_or(0, Vec::len));
    let mut tags = SharedTags::default();
    for role in file.role_detail_list.iter().flatten() {
        add_role(&mut records, role, &mut tags);
    }
    records.managed.extend(file.policies.iter().flatten().map(managed));
    records.has_roles = file.role_detail_list.is_some();
    records.has_policies = file.policies.is_some();
    records
}

fn add_role<'f>(records: &mut Records<'f>, role: &'f RoleDetail<'_>, tags: &mut SharedTags<'f>) {
    let inline = role.role_policy_list.as_ref().map(|list| {
        let start = records.inline.len();
        let record = |p: &'f super::super::account::InlinePolicy<'_>| InlineRecord {
            name: &p.policy_name,
            document: p.policy_document.get(),
            outline: None,
            unknown: p.unknown,
        };
        records.inline.extend(list.iter().map(record));
        Span { start, end: records.inline.len() }
    });
    let attached = role.attached_managed_policies.as_ref().map(|list| {
        let start = records.attached.len();
        records.attached.extend(list.iter().map(|p| AttachedRecord { name: &p.policy_name, arn: &p.policy_arn }));
        Span { start, end: records.attached.len() }
    });
    let profiles = role.instance_profile_list.as_ref().map(|list| {
        let start = records.profiles.len();
        records.profiles.extend(list.iter().map(|profile| &*profile.arn));
        Span { start, end: records.profiles.len() }
    });
    records.roles.push(RoleRecord {
        path: &role.path,
        name: &role.role_name,
        unique_id: &role.role_id,
        arn: &role.arn,
        created: role.create_date.as_deref(),
        trust: role.assume_role_policy_document.map(|raw| raw.get()),
        inline,
        attached,
        boundary: role.permissions_boundary.as_ref().map(|boundary| &*boundary.permissions_boundary_arn),
        tags: role.tags.clone().map(|list| tags.shared(list)),
        last_used: role.role_last_used.as_ref().map(|used| used.last_used_date.as_deref()),
        max_session_seconds: role.max_session_duration,
        profiles,
        unknown_trust: role.unknown_trust,
        unknown_tags: role.unknown_tags,
    });
}

fn managed<'f>(policy: &'f ManagedPolicy<'_>) -> ManagedRecord<'f> {
    let versions: Vec<Version<'f>> = policy
        .policy_version_list
        .iter()
        .flatten()
        .map(|version| Version {
            id: &version.version_id,
            is_default: version.is_default_version,
            document: version.document.map(|raw| raw.get()),
        })
        .collect();
    ManagedRecord {
        arn: &policy.arn,
        document: in_force(&policy.default_version_id, &versions),
        versions: counted(policy.attachment_count.is_some(), &versions),
        unknown: policy.unknown,
    }
}
