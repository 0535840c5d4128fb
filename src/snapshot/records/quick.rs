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

/// A role has some fourteen hundred bytes; room for a few more than there are costs less than growing.
const BYTES_OF_ROLE: usize = 1200;

/// The file without its roles and managed policies, which are records; `None` if the text is not of the usual shape.
pub(in crate::snapshot) fn read(text: &str) -> Option<(AccountFile<'_>, Records<'_>)> {
    let mut file = AccountFile::default();
    let mut records = Records::new(std::iter::empty().collect(), text.len() / BYTES_OF_ROLE);
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
                cursor
                    .list(|cursor| managed::read(cursor, &mut versions).map(|policy| records.managed.push(policy)))?;
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
        "ServerCertificates" => file.server_certificates = typed(16, cursor, seen)?,
        "ServiceCredentials" => file.service_credentials = typed(17, cursor, seen)?,
        // any other key may be one of another call, or say that the file was cut
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Records, typed};
    use super::read;
    use crate::snapshot::account::AccountFile;

    const FILE: &str = r#"{"UserDetailList":[{"Path":"/","UserName":"ann","UserId":"AIDA","Arn":"arn:aws:iam::1:user/ann","GroupList":[]}],
"GroupDetailList":[],
"RoleDetailList":[
 {"Path":"/team/","RoleName":"app","RoleId":"AROA1","Arn":"arn:aws:iam::1:role/team/app","CreateDate":"2026-01-02T03:04:05+00:00",
  "AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]},
  "InstanceProfileList":[{"Path":"/","InstanceProfileName":"app","InstanceProfileId":"AIPA","Arn":"a","CreateDate":"x","Roles":[{}]}],
  "RolePolicyList":[{"PolicyName":"own","PolicyDocument":{"Statement":{"Sid":"A","Effect":"Deny","NotAction":["a:b"],"Resource":"*"}}},
   {"PolicyName":"text","PolicyDocument":"%7B%7D"},{"PolicyName":"odd","PolicyDocument":{"Statement":[null,{"a\n":1e5}]} }],
  "AttachedManagedPolicies":[{"PolicyName":"x","PolicyArn":"arn:aws:iam::aws:policy/x"},{"PolicyArn":"arn:y"}],
  "PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:b"},
  "Tags":[{"Key":"team","Value":"a"}],"RoleLastUsed":{"LastUsedDate":"2026-01-02T03:04:05Z","Region":"eu-west-1"},
  "Description":"says \"hello\"","MaxSessionDuration":3600,"New":[1,{"a":null}]},
 {"RoleName":"bare","Arn":"arn:aws:iam::1:role/bare","Tags":[{"Key":"team","Value":"a"}],"RoleLastUsed":{},"MaxSessionDuration":43200}],
"Policies":[{"PolicyName":"p","PolicyId":"ANPA","Arn":"arn:p","Path":"/","DefaultVersionId":"v2","AttachmentCount":1,
 "PermissionsBoundaryUsageCount":0,"IsAttachable":true,"Description":"d","CreateDate":"c","UpdateDate":"u","PolicyVersionList":[
  {"Document":{"Statement":[]},"VersionId":"v1","IsDefaultVersion":false,"CreateDate":"c"},
  {"Document":{"Statement":[1]},"VersionId":"v2","IsDefaultVersion":true}]}],
"AccountSummary":{"Users":1},"CredentialReport":[{"user":"ann","arn":"arn:aws:iam::1:user/ann"}],"PasswordPolicy":null,
"AccountAliases":["a"],"Trails":[{"TrailARN":"t"}],"AccessKeys":[{"UserName":"ann","AccessKeyId":"AKIA"}]}
"#;

    /// Everything but where the parts of a document are, which only one way knows.
    fn shown(records: &Records<'_>) -> String {
        let inline: Vec<_> = records.inline.iter().map(|policy| (policy.name, policy.document)).collect();
        let Records { facets, roles, managed, attached, has_roles, has_policies, .. } = records;
        format!("{facets:?} {roles:?} {managed:?} {attached:?} {has_roles} {has_policies} {inline:?}")
    }

    /// The quick way does not take the text, or serde_json reads the same from it.
    fn same(text: &str) -> Result<bool, String> {
        let Some((rest, records)) = read(text) else { return Ok(false) };
        let mut file: AccountFile<'_> = serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))?;
        let expected = shown(&typed::of(&file));
        if shown(&records) != expected {
            return Err(format!("{} is not {expected} in {text}", shown(&records)));
        }
        file.role_detail_list = file.role_detail_list.map(|_| Vec::new());
        file.policies = file.policies.map(|_| Vec::new());
        if format!("{rest:?}") == format!("{file:?}") { Ok(true) } else { Err(format!("{rest:?} is not {file:?}")) }
    }

    #[test]
    fn a_file_of_usual_shape_takes_the_quick_way() {
        assert_eq!(same(FILE), Ok(true));
        let outlined = read(FILE).unwrap().1.inline.iter().map(|policy| policy.outline.is_some()).collect::<Vec<_>>();
        assert_eq!(outlined, [true, false, false]);
    }

    #[test]
    fn what_is_unusual_is_left_to_serde_json() {
        for (usual, unusual) in [
            ("\"RoleName\":\"bare\"", "\"RoleName\":\"b\\u0061re\""),
            ("\"RoleName\":\"bare\"", "\"RoleName\":\"bare\",\"RoleName\":\"bare\""),
            ("\"RoleName\":\"bare\",", ""),
            ("\"Tags\":[{\"Key\":\"team\",\"Value\":\"a\"}],\"RoleLastUsed\":{}", "\"Tags\":null"),
            ("\"LastUsedDate\":\"2026-01-02T03:04:05Z\"", "\"LastUsedDate\":\"2026-01-02T15Z\""),
            ("\"CreateDate\":\"2026-01-02T03:04:05+00:00\"", "\"CreateDate\":\"2026-01-02 03:04+00:00\""),
            ("43200", "43200.5"),
            ("43200", "99999999999999999999"),
            ("\"AccountSummary\":{\"Users\":1}", "\"IsTruncated\":true"),
            ("\"AccountSummary\":{\"Users\":1}", "\"Roles\":[]"),
            ("\"AccountSummary\":{\"Users\":1}", "\"AccountSummary\":{\"Users\":\"1\"}"),
            ("\"Region\":\"eu-west-1\"", "\"Region\":1"),
            ("\"IsAttachable\":true", "\"IsAttachable\":1"),
            ("says \\\"hello\\\"", "\\ud800"),
            ("\"GroupDetailList\":[]", "\"GroupDetailList\":null"),
        ] {
            let text = FILE.replacen(usual, unusual, 1);
            assert_ne!(text, FILE, "{usual}");
            assert_eq!(same(&text), Ok(false), "{unusual}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn a_damaged_file_is_read_as_serde_json_reads_it(
            from in 0..FILE.len(),
            length in 0_usize..30,
            piece in prop::sample::select(vec![
                "", "\"", "{", "}", "[]", ",", "null", "1", "\\", "\\\"", "\u{7}", "é", "\"Arn\":\"x\",", "\"Tags\":{\"a\":\"b\"},", ":",
            ]),
        ) {
            let end = (from + length).min(FILE.len());
            let text = format!("{}{piece}{}", FILE.get(..from).unwrap(), FILE.get(end..).unwrap());
            same(&text).map_err(TestCaseError::fail)?;
        }
    }
}
