//! From the SDK's records to the snapshot's shapes.
//!
//! Owns: key by key translation and the order of nested lists. Does not judge: `details` has checked the records.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_sdk_iam::types as sdk;

use super::details::{Details, RoleSettings};
use crate::collect::aws::documents::Documents;
use crate::collect::aws::text::time;
use crate::snapshot::account as file;

/// The four lists of an account file.
pub(crate) fn lists<'a>(
    details: &'a Details,
    settings: &BTreeMap<String, RoleSettings>,
    documents: &'a Documents,
) -> file::AccountFile<'a> {
    file::AccountFile {
        user_detail_list: Some(details.users.values().map(|record| user(record, documents)).collect()),
        group_detail_list: Some(details.groups.values().map(|record| group(record, documents)).collect()),
        role_detail_list: Some(
            details.roles.iter().map(|(arn, record)| role(record, documents, settings.get(arn))).collect(),
        ),
        policies: Some(details.policies.values().map(|record| policy(record, documents)).collect()),
        ..file::AccountFile::default()
    }
}

fn user<'a>(user: &'a sdk::UserDetail, documents: &'a Documents) -> file::UserDetail<'a> {
    file::UserDetail {
        path: path(user.path()),
        user_name: text(user.user_name()),
        user_id: text(user.user_id()),
        arn: text(user.arn()),
        create_date: user.create_date().and_then(time),
        user_policy_list: user.user_policy_list.as_deref().map(|list| inline(list, documents)),
        group_list: user.group_list.as_deref().map(sorted),
        attached_managed_policies: user.attached_managed_policies.as_deref().map(attached),
        permissions_boundary: user.permissions_boundary().map(boundary),
        tags: user.tags.as_deref().map(tags),
        unknown_tags: None,
    }
}

fn group<'a>(group: &'a sdk::GroupDetail, documents: &'a Documents) -> file::GroupDetail<'a> {
    file::GroupDetail {
        path: path(group.path()),
        group_name: text(group.group_name()),
        group_id: text(group.group_id()),
        arn: text(group.arn()),
        create_date: group.create_date().and_then(time),
        group_policy_list: group.group_policy_list.as_deref().map(|list| inline(list, documents)),
        attached_managed_policies: group.attached_managed_policies.as_deref().map(attached),
    }
}

fn role<'a>(
    role: &'a sdk::RoleDetail,
    documents: &'a Documents,
    settings: Option<&RoleSettings>,
) -> file::RoleDetail<'a> {
    file::RoleDetail {
        path: path(role.path()),
        role_name: text(role.role_name()),
        role_id: text(role.role_id()),
        arn: text(role.arn()),
        create_date: role.create_date().and_then(time),
        assume_role_policy_document: role.assume_role_policy_document().and_then(|sent| documents.get(sent)),
        instance_profile_list: role.instance_profile_list.as_deref().map(profiles),
        role_policy_list: role.role_policy_list.as_deref().map(|list| inline(list, documents)),
        attached_managed_policies: role.attached_managed_policies.as_deref().map(attached),
        permissions_boundary: role.permissions_boundary().map(boundary),
        tags: role.tags.as_deref().map(tags),
        description: settings.and_then(|settings| settings.description.clone()),
        max_session_duration: settings.and_then(|settings| settings.max_session_duration),
        role_last_used: role.role_last_used().map(|used| file::RoleLastUsed {
            last_used_date: used.last_used_date().and_then(time),
            region: used.region().map(str::to_owned),
        }),
        unknown_trust: None,
        unknown_tags: None,
    }
}

fn policy<'a>(policy: &'a sdk::ManagedPolicyDetail, documents: &'a Documents) -> file::ManagedPolicy<'a> {
    let arn = policy.arn().unwrap_or_default();
    let versions = |list: &'a [sdk::PolicyVersion]| {
        let mut versions: Vec<_> = list.iter().map(|version| self::version(version, documents)).collect();
        // `v10` after `v9`
        versions.sort_by(|a, b| (a.version_id.len(), &a.version_id).cmp(&(b.version_id.len(), &b.version_id)));
        versions
    };
    file::ManagedPolicy {
        policy_name: text(policy.policy_name().or_else(|| arn.rsplit('/').next())),
        policy_id: text(policy.policy_id()),
        arn: Cow::Borrowed(arn),
        path: path(policy.path()),
        default_version_id: text(policy.default_version_id()),
        attachment_count: policy.attachment_count.map(i64::from),
        permissions_boundary_usage_count: policy.permissions_boundary_usage_count.map(i64::from),
        is_attachable: Some(policy.is_attachable),
        description: policy.description().map(Cow::Borrowed),
        create_date: policy.create_date().and_then(time),
        update_date: policy.update_date().and_then(time),
        policy_version_list: policy.policy_version_list.as_deref().map(versions),
        unknown: None,
    }
}

fn version<'a>(version: &'a sdk::PolicyVersion, documents: &'a Documents) -> file::PolicyVersion<'a> {
    file::PolicyVersion {
        document: version.document().and_then(|sent| documents.get(sent)),
        version_id: text(version.version_id()),
        is_default_version: version.is_default_version,
        create_date: version.create_date().and_then(time),
    }
}

fn inline<'a>(list: &'a [sdk::PolicyDetail], documents: &'a Documents) -> Vec<file::InlinePolicy<'a>> {
    let mut policies: Vec<_> = (list.iter())
        .filter_map(|policy| {
            // `details` has rejected records without a document and decoded all others
            let policy_document = documents.get(policy.policy_document()?)?;
            Some(file::InlinePolicy { policy_name: text(policy.policy_name()), policy_document, unknown: None })
        })
        .collect();
    policies.sort_by(|a, b| a.policy_name.cmp(&b.policy_name));
    policies
}

fn attached(list: &[sdk::AttachedPolicy]) -> Vec<file::AttachedPolicy<'_>> {
    let mut policies: Vec<_> = (list.iter())
        .map(|policy| file::AttachedPolicy {
            policy_name: text(policy.policy_name()),
            policy_arn: text(policy.policy_arn()),
        })
        .collect();
    policies.sort_by(|a, b| a.policy_arn.cmp(&b.policy_arn));
    policies
}

fn boundary(boundary: &sdk::AttachedPermissionsBoundary) -> file::AttachedBoundary<'_> {
    file::AttachedBoundary {
        permissions_boundary_type: text(boundary.permissions_boundary_type().map(|kind| kind.as_str())),
        permissions_boundary_arn: text(boundary.permissions_boundary_arn()),
    }
}

fn profiles(list: &[sdk::InstanceProfile]) -> Vec<file::InstanceProfile<'_>> {
    let mut profiles: Vec<_> = (list.iter())
        .map(|profile| file::InstanceProfile {
            arn: Cow::Borrowed(profile.arn()),
            instance_profile_name: Cow::Borrowed(profile.instance_profile_name()),
            instance_profile_id: some(profile.instance_profile_id()),
            path: some(profile.path()),
            create_date: time(profile.create_date()),
        })
        .collect();
    profiles.sort_by(|a, b| a.arn.cmp(&b.arn));
    profiles
}

pub(crate) fn tags(list: &[sdk::Tag]) -> Vec<file::Tag> {
    let mut tags: Vec<_> =
        list.iter().map(|tag| file::Tag { key: tag.key().to_owned(), value: tag.value().to_owned() }).collect();
    tags.sort();
    tags
}

fn sorted(list: &[String]) -> Vec<String> {
    let mut list = list.to_vec();
    list.sort();
    list
}

/// Empty text is how the SDK fills a field that AWS left out.
fn some(value: &str) -> Option<Cow<'_, str>> {
    Some(value).filter(|value| !value.is_empty()).map(Cow::Borrowed)
}

fn text(value: Option<&str>) -> Cow<'_, str> {
    Cow::Borrowed(value.unwrap_or_default())
}

fn path(value: Option<&str>) -> Cow<'_, str> {
    Cow::Borrowed(value.filter(|path| !path.is_empty()).unwrap_or("/"))
}
