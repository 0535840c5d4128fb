//! A whole account file in one pass.
//!
//! Roles and managed policies, which are nearly all of a file, are read in place; the small lists go to serde_json one by one.

use serde::Deserialize;

use super::super::account::AccountFile;
use super::seen::Seen;
use super::tags::SharedTags;
use super::{Records, managed, role};
use crate::facet::Facet;
use crate::json::Cursor;

/// The file without its roles and managed policies, which are records; `None` if the text is not of the usual shape.
pub(in crate::snapshot) fn read(text: &str) -> Option<(AccountFile<'_>, Records<'_>)> {
    let mut file = AccountFile::default();
    let mut records = Records::new(std::iter::empty().collect());
    let mut tags = SharedTags::default();
    let mut versions = Vec::new();
    let mut all_have_settings = true;
    let mut seen = Seen::default();
    let mut cursor = Cursor::new(text);
    cursor.object(|cursor, key| {
        match key {
            "RoleDetailList" => {
                seen.once(0)?;
                cursor.list(|cursor| {
                    let setting = role::read(cursor, &mut records, &mut tags)?;
                    all_have_settings &= setting.is_read;
                    Some(())
                })?;
                records.has_roles = true;
            }
            "Policies" => {
                seen.once(1)?;
                cursor.list(|cursor| managed::read(cursor, &mut versions).map(|policy| records.managed.push(policy)))?;
                records.has_policies = true;
            }
            _ => rest(cursor, key, &mut file, &mut seen)?,
        }
        Some(())
    })?;
    cursor.end()?;
    // stand-ins: which data sets a file has depends on which lists it has
    file.role_detail_list = records.has_roles.then(Vec::new);
    file.policies = records.has_policies.then(Vec::new);
    records.facets = file.facets();
    if !all_have_settings {
        records.facets.remove(Facet::RoleSettings);
    }
    Some((file, records))
}

/// A value that is an object or list, typed by serde_json.
fn typed<'f, T: Deserialize<'f>>(key: u32, cursor: &mut Cursor<'f>, seen: &mut Seen) -> Option<Option<T>> {
    seen.once(key)?;
    matches!(cursor.peek()?, b'[' | b'{').then_some(())?;
    serde_json::from_str(cursor.value()?).ok().map(Some)
}

fn rest<'f>(cursor: &mut Cursor<'f>, key: &str, file: &mut AccountFile<'f>, seen: &mut Seen) -> Option<()> {
    match key {
        "UserDetailList" => file.user_detail_list = typed(2, cursor, seen)?,
        "GroupDetailList" => file.group_detail_list = typed(3, cursor, seen)?,
        "AccountSummary" => file.account_summary = typed(4, cursor, seen)?,
        "CredentialReport" => file.credential_report = typed(5, cursor, seen)?,
        "VirtualMFADevices" => file.virtual_mfa_devices = typed(6, cursor, seen)?,
        "PasswordPolicy" => {
            seen.once(7)?;
            let text = cursor.value()?;
            file.password_policy = Some(if text == "null" { None } else { Some(serde_json::from_str(text).ok()?) });
        }
        "OpenIDConnectProviders" => file.open_id_connect_providers = typed(8, cursor, seen)?,
        "SAMLProviders" => file.saml_providers = typed(9, cursor, seen)?,
        "AccountAliases" => file.account_aliases = typed(10, cursor, seen)?,
        "Trails" => file.trails = typed(11, cursor, seen)?,
        "AccessKeys" => file.access_keys = typed(12, cursor, seen)?,
        "MFADevices" => file.mfa_devices = typed(13, cursor, seen)?,
        "LastAccessed" => file.last_accessed = typed(14, cursor, seen)?,
        "AssumeRoleEvents" => file.assume_role_events = typed(15, cursor, seen)?,
        // any other key may be one of another call, or say that the file was cut
        _ => return None,
    }
    Some(())
}
