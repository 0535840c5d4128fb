//! What the script of docs/import.md saves is read whole: every file that it names, under the name that it gives it.

use super::*;

const A: &str = "222222222222";

/// Names after `save` or `org` in the page, quotes and all.
fn names(command: &str) -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/import.md")).unwrap();
    let script: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    let words = |line: &str| line.split([';', '{', '}']).map(str::trim).map(str::to_owned).collect::<Vec<_>>();
    let calls = script.iter().flat_map(|block| block.lines()).flat_map(words);
    let mut names: Vec<String> = calls
        .filter_map(|call| {
            let call = call.strip_prefix("do ").unwrap_or(&call);
            let rest = call.strip_prefix(command)?.strip_prefix(' ')?;
            Some(rest.split_whitespace().next()?.trim_matches('"').to_owned())
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

fn account_answers() -> Vec<(&'static str, Value)> {
    let listed = json!({"RoleName": "deploy", "Arn": role(A, "deploy"), "Path": "/", "RoleId": "AROA1", "MaxSessionDuration": 3600,
        "AssumeRolePolicyDocument": trusts(root(A))});
    let report =
        format!("user,arn,password_enabled,mfa_active\n<root_account>,arn:aws:iam::{A}:root,not_supported,true\n");
    use base64::Engine;
    let content = base64::engine::general_purpose::STANDARD.encode(report);
    vec![
        ("details", details(A, "ann", &trusts(root(A)))),
        ("summary", json!({"SummaryMap": {"Users": 1, "Roles": 1}})),
        ("roles", json!({"Roles": [listed]})),
        ("aliases", json!({"AccountAliases": []})),
        ("password-policy", json!({"PasswordPolicy": {"MinimumPasswordLength": 8}})),
        ("virtual-mfa", json!({"VirtualMFADevices": []})),
        ("server-certificates", json!({"ServerCertificateMetadataList": []})),
        ("saml-providers", json!({"SAMLProviderList": []})),
        ("oidc-providers", json!({"OpenIDConnectProviderList": []})),
        ("credential-report", json!({"Content": content, "ReportFormat": "text/csv"})),
        ("access-keys-$u", json!({"AccessKeyMetadata": []})),
        ("mfa-devices-$u", json!({"MFADevices": []})),
        ("ssh-keys-$u", json!({"SSHPublicKeys": []})),
        ("specific-$u", json!({"ServiceSpecificCredentials": []})),
    ]
}

fn organization_answers() -> Vec<(&'static str, Value)> {
    let account = json!({"Id": A, "Arn": format!("arn:aws:organizations::{A}:account/o-example/{A}"), "Name": "only", "Status": "ACTIVE"});
    vec![
        ("organization", json!({"Organization": {"Id": "o-example", "FeatureSet": "ALL", "MasterAccountId": A}})),
        ("roots", json!({"Roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": []}]})),
        ("accounts", json!({"Accounts": [account]})),
        ("units-$1", json!({"OrganizationalUnits": []})),
        ("parents-$a", json!({"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]})),
        ("tags-$a", json!({"Tags": []})),
        ("delegated", json!({"DelegatedAdministrators": []})),
        ("services-$a", json!({"DelegatedServices": []})),
        ("policies-$t", json!({"Policies": []})),
        (
            "policy-$p",
            json!({"Policy": {"PolicySummary": {"Id": "p-12345678", "Type": "SERVICE_CONTROL_POLICY"}, "Content": "{\"Version\": \"2012-10-17\", \"Statement\": []}"}}),
        ),
        ("targets-$p", json!({"Targets": []})),
    ]
}

#[test]
fn what_the_script_of_the_page_saves_is_read_whole() {
    let (mut account, mut organization) = (account_answers(), organization_answers());
    account.sort_by_key(|(name, _)| *name);
    organization.sort_by_key(|(name, _)| *name);
    assert_eq!(names("save"), account.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert_eq!(names("org"), organization.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let dir = Dir::new();
    let named = |name: &str| {
        let filled =
            [("$u", "ann"), ("$a", A), ("$t", "SERVICE_CONTROL_POLICY"), ("$p", "p-12345678"), ("$1", "r-ab12")];
        filled.iter().fold(name.to_owned(), |name, (variable, value)| name.replace(variable, value))
    };
    account.iter().for_each(|(name, value)| {
        dir.json(&format!("accounts/{A}/{}.json", named(name)), value);
    });
    organization.iter().for_each(|(name, value)| {
        dir.json(&format!("organization/{}.json", named(name)), value);
    });
    let estate = dir.estate();
    assert!(estate.ledger().is_complete() && estate.gaps().is_empty(), "{:?}", estate.gaps());
    let only = &estate.accounts()[0];
    assert!(only.is_management() && only.units() == ["r-ab12"] && only.tags() == Some(&[]));
    let snapshot = Snapshot::open(dir.path()).unwrap();
    let all = snapshot.with_account(A.parse().unwrap(), |file| {
        let keys = (file.access_keys.is_some(), file.mfa_devices.is_some(), file.password_policy.is_some());
        let rest =
            (file.virtual_mfa_devices.is_some(), file.credential_report.is_some(), file.account_aliases.is_some());
        assert_eq!((file.server_certificates, file.service_credentials), (Some(vec![]), Some(Default::default())));
        (keys, rest, file.role_detail_list.unwrap()[0].max_session_duration)
    });
    assert_eq!(all.unwrap(), ((true, true, true), (true, true, true), Some(3600)));
}
