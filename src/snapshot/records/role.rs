//! A role as AWS writes it.

use super::seen::Seen;
use super::tags::SharedTags;
use super::{AttachedRecord, InlineRecord, Records, RoleRecord, Span};
use crate::json::Cursor;
use crate::policy::Outlines;

/// A text that may have escapes, and that nobody needs.
pub(super) fn unused_text(cursor: &mut Cursor<'_>) -> Option<()> {
    (cursor.peek()? == b'"').then_some(())?;
    let text = cursor.value()?;
    (!text.contains('\\') || serde_json::from_str::<String>(text).is_ok()).then_some(())
}

/// Reads a role and appends it.
pub(super) fn read<'f>(
    cursor: &mut Cursor<'f>,
    records: &mut Records<'f>,
    shared: &mut SharedTags<'f>,
) -> Option<Setting> {
    let mut role = RoleRecord {
        path: "/",
        name: "",
        unique_id: "",
        arn: "",
        created: None,
        trust: None,
        inline: None,
        attached: None,
        boundary: None,
        tags: None,
        last_used: None,
        max_session_seconds: None,
        profiles: None,
        unknown_trust: None,
        unknown_tags: None,
    };
    let mut seen = Seen::default();
    cursor.object(|cursor, key| {
        match key {
            "Path" => role.path = seen.text(0, cursor)?,
            "RoleName" => role.name = seen.text(1, cursor)?,
            "RoleId" => role.unique_id = seen.text(2, cursor)?,
            "Arn" => role.arn = seen.text(3, cursor)?,
            "CreateDate" => role.created = Some(seen.date(4, cursor)?),
            "AssumeRolePolicyDocument" => {
                seen.once(5)?;
                role.trust = Some(document(cursor)?);
            }
            "InstanceProfileList" => {
                seen.once(6)?;
                let start = records.profiles.len();
                cursor.list(|cursor| instance_profile(cursor).map(|arn| records.profiles.push(arn)))?;
                role.profiles = Some(Span { start, end: records.profiles.len() });
            }
            "RolePolicyList" => {
                seen.once(7)?;
                let start = records.inline.len();
                cursor
                    .list(|cursor| inline(cursor, &mut records.outlines).map(|policy| records.inline.push(policy)))?;
                role.inline = Some(Span { start, end: records.inline.len() });
            }
            "AttachedManagedPolicies" => {
                seen.once(8)?;
                let start = records.attached.len();
                cursor.list(|cursor| attached(cursor).map(|policy| records.attached.push(policy)))?;
                role.attached = Some(Span { start, end: records.attached.len() });
            }
            "PermissionsBoundary" => {
                seen.once(9)?;
                role.boundary = Some(boundary(cursor)?);
            }
            "Tags" => {
                seen.once(10)?;
                role.tags = Some(shared.read(cursor)?);
            }
            "RoleLastUsed" => {
                seen.once(11)?;
                role.last_used = Some(last_used(cursor)?);
            }
            "Description" => {
                seen.once(12)?;
                unused_text(cursor)?;
            }
            "MaxSessionDuration" => {
                seen.once(13)?;
                role.max_session_seconds = Some(cursor.value()?.parse::<i32>().ok()?);
            }
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    (seen.has(1) && seen.has(3)).then_some(())?;
    records.roles.push(role);
    Some(Setting { is_read: seen.has(13) })
}

/// Whether a role has what only ListRoles returns.
pub(super) struct Setting {
    pub(super) is_read: bool,
}

/// A document is an object, or a text that contains one; `null` is none.
pub(super) fn document<'f>(cursor: &mut Cursor<'f>) -> Option<&'f str> {
    (cursor.peek()? != b'n').then_some(())?;
    cursor.value()
}

fn inline<'f>(cursor: &mut Cursor<'f>, outlines: &mut Outlines<'f>) -> Option<InlineRecord<'f>> {
    let mut policy = InlineRecord { name: "", document: "", outline: None, unknown: None };
    let mut seen = Seen::default();
    cursor.object(|cursor, key| {
        match key {
            "PolicyName" => policy.name = seen.text(0, cursor)?,
            "PolicyDocument" => {
                seen.once(1)?;
                cursor.peek()?;
                let start = cursor.clone();
                policy.outline = outlines.read(cursor);
                if policy.outline.is_none() {
                    *cursor = start.clone();
                    cursor.value()?;
                }
                policy.document = cursor.since(&start)?;
            }
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    (seen.has(0) && seen.has(1)).then_some(policy)
}

fn attached<'f>(cursor: &mut Cursor<'f>) -> Option<AttachedRecord<'f>> {
    let mut policy = AttachedRecord { name: "", arn: "" };
    let mut seen = Seen::default();
    cursor.object(|cursor, key| {
        match key {
            "PolicyName" => policy.name = seen.text(0, cursor)?,
            "PolicyArn" => policy.arn = seen.text(1, cursor)?,
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    seen.has(1).then_some(policy)
}

fn boundary<'f>(cursor: &mut Cursor<'f>) -> Option<&'f str> {
    let mut arn = "";
    let mut seen = Seen::default();
    cursor.object(|cursor, key| {
        match key {
            "PermissionsBoundaryType" => {
                seen.once(0)?;
                cursor.string()?;
            }
            "PermissionsBoundaryArn" => arn = seen.text(1, cursor)?,
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    seen.has(1).then_some(arn)
}

fn last_used<'f>(cursor: &mut Cursor<'f>) -> Option<Option<&'f str>> {
    let mut date = None;
    let mut seen = Seen::default();
    cursor.object(|cursor, key| {
        match key {
            "LastUsedDate" => date = Some(seen.date(0, cursor)?),
            "Region" => {
                seen.once(1)?;
                cursor.string()?;
            }
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    Some(date)
}

/// Its ARN; the rest is read for its shape alone.
fn instance_profile<'f>(cursor: &mut Cursor<'f>) -> Option<&'f str> {
    let mut arn = "";
    let mut seen = Seen::default();
    cursor.object(|cursor, key| {
        let number = match key {
            "Arn" => {
                arn = seen.text(0, cursor)?;
                return Some(());
            }
            "InstanceProfileName" => 1,
            "InstanceProfileId" => 2,
            "Path" => 3,
            "CreateDate" => 4,
            _ => return cursor.value().map(|_| ()),
        };
        seen.once(number)?;
        cursor.string().map(|_| ())
    })?;
    Some(arn)
}
