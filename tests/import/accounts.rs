//! Files of accounts: names, folders, encodings, pages, shapes of single calls.

use super::*;

const A: &str = "111122223333";
const B: &str = "444455556666";

fn plain(id: &str) -> Value {
    details(id, "ann", &trusts(root(id)))
}

fn allowed(dir: &Dir, id: &str) -> bool {
    path(&dir.estate(), &user(id, "ann"), &role(id, "deploy")).verdict == Verdict::Allowed
}

#[test]
fn packed_files_other_letters_and_folders_are_read() {
    let zstd = zstd::encode_all(plain(B).to_string().as_bytes(), 3).unwrap();
    let files: [(&str, Vec<u8>); 8] = [
        ("accounts/444455556666.json.gz", gzip(&plain(B).to_string())),
        ("accounts/444455556666.JSON", plain(B).to_string().into()),
        ("accounts/444455556666", plain(B).to_string().into()),
        ("accounts/444455556666.json.zst", zstd),
        ("accounts/444455556666.txt", plain(B).to_string().into()),
        ("accounts/444455556666/details.json", plain(B).to_string().into()),
        ("accounts/prod/iam/details.json.GZ", gzip(&plain(B).to_string())),
        ("accounts/prod.json", plain(B).to_string().into()),
    ];
    for (name, bytes) in files {
        let dir = Dir::new();
        dir.json(&format!("accounts/{A}.json"), &plain(A)).bytes(name, bytes);
        assert_eq!(dir.ids(), [A, B], "{name}");
        assert!(allowed(&dir, B), "{name}");
    }
    for name in ["444455556666.json", "prod.json", "444455556666/details.json"] {
        let dir = Dir::new();
        dir.json(&format!("accounts/{A}.json"), &plain(A)).json(name, &plain(B));
        assert_eq!(dir.ids(), [A, B], "{name}");
    }
}

#[test]
fn every_encoding_that_a_shell_writes_is_read() {
    let text = plain(A).to_string();
    let files = [
        [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(),
        utf16(&text, u16::to_le_bytes, true),
        utf16(&text, u16::to_be_bytes, true),
        utf16(&text, u16::to_le_bytes, false),
        utf16(&text, u16::to_be_bytes, false),
        format!("\r\n{}\r\n", text.replace('\n', "\r\n")).into_bytes(),
    ];
    for (at, bytes) in files.into_iter().enumerate() {
        let dir = Dir::new();
        dir.bytes(&format!("accounts/{A}.json"), bytes);
        assert!(allowed(&dir, A), "{at}");
    }
}

#[test]
fn what_file_managers_and_editors_leave_is_no_data_but_a_lone_backup_is() {
    let dir = Dir::new();
    dir.json(&format!("accounts/{A}.json"), &plain(A));
    for name in [".DS_Store", "Thumbs.db", "desktop.ini", "._111122223333.json", ".gitkeep", "111122223333.json~"] {
        dir.bytes(&format!("accounts/{name}"), "x");
    }
    dir.bytes("accounts/111122223333.json.bak", "x").bytes("accounts/.git/HEAD", "x");
    assert_eq!(dir.ids(), [A]);
    dir.bytes("accounts/444455556666.json.bak", "x");
    assert!(dir.refused().contains("444455556666.json.bak"), "{}", dir.refused());
}

#[test]
fn whose_data_it_is_is_what_its_arns_say() {
    let wrong = Dir::new();
    wrong.json(&format!("accounts/{B}.json"), &plain(A));
    assert!(wrong.refused().contains(A) && wrong.refused().contains(B));
    // every kind of record counts
    for (list, record) in [
        (
            "GroupDetailList",
            json!({"GroupName": "g", "Arn": format!("arn:aws:iam::{B}:group/g"), "GroupPolicyList": [], "AttachedManagedPolicies": []}),
        ),
        ("Policies", json!({"PolicyName": "p", "Arn": format!("arn:aws:iam::{B}:policy/p")})),
        (
            "UserDetailList",
            json!({"UserName": "u", "Arn": user(B, "u"), "GroupList": [], "AttachedManagedPolicies": []}),
        ),
        ("VirtualMFADevices", json!({"SerialNumber": format!("arn:aws:iam::{B}:mfa/u")})),
    ] {
        let mut file = plain(A);
        let mut records = file[list].as_array().cloned().unwrap_or_default();
        records.push(record);
        file[list] = json!(records);
        for name in [A, "prod"] {
            let dir = Dir::new();
            dir.json(&format!("accounts/{name}.json"), &file);
            assert!(dir.refused().contains(A) && dir.refused().contains(B), "{list} {name}: {}", dir.refused());
        }
    }
    let mut fine = plain(A);
    fine["Policies"] = json!([{"PolicyName": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]);
    let dir = Dir::new();
    dir.json(&format!("accounts/{A}.json"), &fine);
    assert_eq!(dir.ids(), [A]);
    fine["RoleDetailList"][0]["Arn"] = json!(format!("arn:aws-cn:iam::{A}:role/deploy"));
    dir.json(&format!("accounts/{A}.json"), &fine);
    assert!(dir.refused().contains("aws-cn"), "{}", dir.refused());
    let nobody = Dir::new();
    nobody.json(
        "accounts/prod.json",
        &json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}),
    );
    assert!(nobody.refused().contains("does not say whose"), "{}", nobody.refused());
    nobody.json("accounts/prod/caller.json", &json!({"UserId": "x", "Account": A, "Arn": user(A, "x")}));
    fs::rename(nobody.path().join("accounts/prod.json"), nobody.path().join("accounts/prod/details.json")).unwrap();
    assert_eq!(nobody.ids(), [A]);
}

#[test]
fn pages_saved_one_after_another_are_joined_when_the_last_is_there() {
    let (mut first, mut second) = (plain(A), plain(A));
    first["UserDetailList"] = json!([]);
    first["IsTruncated"] = json!(true);
    first["Marker"] = json!("AAA");
    second["RoleDetailList"] = json!([]);
    second["IsTruncated"] = json!(false);
    let (one, two) = (first.to_string(), second.to_string());
    let whole = |dir: &Dir| (allowed(dir, A), dir.estate().ledger().is_complete());
    let dir = Dir::new();
    for text in [format!("{one}\n{two}"), format!("{one}{two}"), format!("{two}\n{one}"), format!("[{one},{two}]")] {
        dir.bytes(&format!("accounts/{A}.json"), text);
        assert_eq!(whole(&dir), (true, true));
    }
    fs::remove_dir_all(dir.path().join("accounts")).unwrap();
    dir.bytes(&format!("accounts/{A}/page-1.json"), &one).bytes(&format!("accounts/{A}/page-2.json"), &two);
    assert_eq!(whole(&dir), (true, true));
    fs::remove_file(dir.path().join(format!("accounts/{A}/page-2.json"))).unwrap();
    assert!(!dir.estate().ledger().is_complete(), "the last page is missing");
    for (key, value) in [("NextToken", json!("x")), ("Marker", json!("x")), ("IsTruncated", json!(true))] {
        let mut cut = plain(A);
        cut[key] = value;
        let dir = Dir::new();
        dir.json(&format!("accounts/{A}.json"), &cut);
        assert!(!dir.estate().ledger().is_complete(), "{key}");
    }
}

#[test]
fn two_answers_that_say_the_same_are_one_and_two_that_differ_are_an_error() {
    let dir = Dir::new();
    dir.json(&format!("accounts/{A}.json"), &plain(A))
        .bytes(&format!("accounts/{A}.json.gz"), gzip(&plain(A).to_string()));
    assert!(allowed(&dir, A));
    let (mut changed, mut more) = (plain(A), plain(A));
    changed["RoleDetailList"][0]["AssumeRolePolicyDocument"] = trusts(root(B));
    let mut extra = more["RoleDetailList"][0].clone();
    extra["RoleName"] = json!("other");
    extra["Arn"] = json!(role(A, "other"));
    more["RoleDetailList"].as_array_mut().unwrap().push(extra);
    for other in [changed, more] {
        dir.bytes(&format!("accounts/{A}.json.gz"), gzip(&other.to_string()));
        assert!(dir.refused().contains("disagree"), "{}", dir.refused());
    }
    let summary = |users: i64| json!({"SummaryMap": {"Users": users, "AccountMFAEnabled": 1}});
    let dir = Dir::new();
    dir.json(&format!("accounts/{A}/a.json"), &summary(1)).json(&format!("accounts/{A}/b.json"), &summary(2));
    assert!(dir.refused().contains("disagree"), "{}", dir.refused());
}

#[test]
fn details_saved_kind_by_kind_are_one_account() {
    let all = plain(A);
    let dir = Dir::new();
    for (name, kept) in [("user", "UserDetailList"), ("role", "RoleDetailList"), ("group", "GroupDetailList")] {
        let mut one = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []});
        one[kept] = all[kept].clone();
        dir.json(&format!("accounts/{A}/details-{name}.json"), &one);
    }
    assert!(allowed(&dir, A));
}

#[test]
fn a_list_that_a_filter_emptied_is_told_by_the_counts() {
    let mut roles_only = plain(A);
    roles_only["UserDetailList"] = json!([]);
    let dir = Dir::new();
    dir.json(&format!("accounts/{A}/details.json"), &roles_only);
    dir.json(&format!("accounts/{A}/summary.json"), &json!({"SummaryMap": {"Users": 0, "Roles": 1, "Groups": 0}}));
    assert!(dir.estate().ledger().is_complete());
    dir.json(&format!("accounts/{A}/summary.json"), &json!({"SummaryMap": {"Users": 7, "Roles": 1, "Groups": 0}}));
    assert!(!dir.estate().ledger().is_complete());
}

#[test]
fn users_and_roles_that_were_only_listed_have_policies_that_were_not_read() {
    let listed = |document: &Value| {
        let dir = Dir::new();
        dir.json(&format!("accounts/{A}.json"), document);
        dir.estate()
    };
    let trust = trusts(root(A));
    let bare_user = json!({"Path": "/", "UserName": "ann", "UserId": "AIDA1", "Arn": user(A, "ann"), "CreateDate": "2025-01-01T00:00:00Z"});
    let bare_role = json!({"Path": "/", "RoleName": "app", "RoleId": "AROA1", "Arn": role(A, "app"), "CreateDate": "2025-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": trusts(json!({"Service": "ec2.amazonaws.com"})), "MaxSessionDuration": 3600});
    let mut as_details = plain(A);
    as_details["UserDetailList"] = json!([bare_user]);
    as_details["RoleDetailList"].as_array_mut().unwrap().push(bare_role.clone());
    let estate = listed(&as_details);
    for from in [user(A, "ann"), role(A, "app")] {
        let found = path(&estate, &from, &role(A, "deploy"));
        assert_eq!(found.verdict, Verdict::Unknown, "{from}");
        assert!(found.gaps.iter().any(|gap| gap.reason.contains("without their policies")), "{:?}", found.gaps);
    }
    // what a trust denies is denied whatever the caller's policies say
    let mut shut = as_details.clone();
    shut["RoleDetailList"][0]["AssumeRolePolicyDocument"] = trusts(root(B));
    assert_eq!(path(&listed(&shut), &user(A, "ann"), &role(A, "deploy")).verdict, Verdict::Denied);
    // in the shape of ListUsers and ListRoles itself
    let mut target = bare_role.clone();
    target["RoleName"] = json!("deploy");
    target["Arn"] = json!(role(A, "deploy"));
    target["AssumeRolePolicyDocument"] = trust;
    let dir = Dir::new();
    dir.json(&format!("accounts/{A}/list-users.json"), &json!({"Users": [bare_user]}));
    dir.json(&format!("accounts/{A}/list-roles.json"), &json!({"Roles": [bare_role, target], "IsTruncated": false}));
    let estate = dir.estate();
    assert!(!estate.ledger().is_complete());
    assert_eq!(path(&estate, &user(A, "ann"), &role(A, "deploy")).verdict, Verdict::Unknown);
    // details that leave out inline policies where there are none are details
    let mut none = plain(A);
    none["UserDetailList"][0].as_object_mut().unwrap().remove("UserPolicyList");
    assert_eq!(path(&listed(&none), &user(A, "ann"), &role(A, "deploy")).verdict, Verdict::Denied);
}

#[test]
fn tags_that_were_not_read_are_unknown_and_may_be_a_list_or_a_map() {
    let trust = support::trusts_if(root(A), json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}}));
    let verdict = |tags: Value| {
        let mut file = details(A, "ann", &trust);
        let person = file["UserDetailList"][0].as_object_mut().unwrap();
        person.remove("Tags");
        person.extend(tags.as_object().unwrap().clone());
        let dir = Dir::new();
        dir.json(&format!("accounts/{A}.json"), &file);
        path(&dir.estate(), &user(A, "ann"), &role(A, "deploy")).verdict
    };
    assert_eq!(verdict(json!({"Tags": [{"Key": "team", "Value": "ops"}]})), Verdict::Allowed);
    assert_eq!(verdict(json!({"Tags": {"team": "ops"}})), Verdict::Allowed);
    assert_eq!(verdict(json!({"Tags": {"team": "dev"}})), Verdict::Denied);
    assert_eq!(verdict(json!({"Tags": []})), Verdict::Denied);
    assert_eq!(verdict(json!({})), Verdict::Denied);
    // ListUsers tells neither policies nor tags: the trust names the user, so that only tags are asked for
    let named =
        support::trusts_if(json!({"AWS": user(A, "ann")}), json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}}));
    let mut file = details(A, "ann", &named);
    file["UserDetailList"] = json!([{"UserName": "ann", "Arn": user(A, "ann")}]);
    let dir = Dir::new();
    dir.json(&format!("accounts/{A}.json"), &file);
    assert_eq!(path(&dir.estate(), &user(A, "ann"), &role(A, "deploy")).verdict, Verdict::Unknown);
}

#[test]
fn answers_of_single_calls_are_the_facets_of_the_account() {
    use base64::Engine;
    let report = format!(
        "user,arn,user_creation_time,password_enabled,mfa_active,access_key_1_active,access_key_1_last_rotated\n\
         <root_account>,arn:aws:iam::{A}:root,2020-01-01T00:00:00+00:00,not_supported,true,false,N/A\n\
         ann,arn:aws:iam::{A}:user/ann,2025-01-01T00:00:00+00:00,true,false,true,2025-01-01T00:00:00+00:00\n"
    );
    let content = base64::engine::general_purpose::STANDARD.encode(&report);
    let provider = format!("arn:aws:iam::{A}:oidc-provider/token.example.com");
    let answers = [
        ("summary", json!({"SummaryMap": {"Users": 1, "Roles": 1, "AccountMFAEnabled": 1}})),
        (
            "report",
            json!({"Content": content, "ReportFormat": "text/csv", "GeneratedTime": "2026-11-01T00:00:00+00:00"}),
        ),
        (
            "devices",
            json!({"VirtualMFADevices": [{"SerialNumber": format!("arn:aws:iam::{A}:mfa/ann"), "EnableDate": "2025-01-01T00:00:00Z",
            "User": {"UserName": "ann", "Arn": user(A, "ann"), "Path": "/", "UserId": "AIDA1", "CreateDate": 1_735_689_600}}]}),
        ),
        ("aliases", json!({"AccountAliases": ["acme-prod"]})),
        ("password", json!({"PasswordPolicy": {"MinimumPasswordLength": 14}})),
        ("oidc", json!({"OpenIDConnectProviderList": [{"Arn": provider}]})),
        (
            "oidc-one",
            json!({"Url": "token.example.com", "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": [], "CreateDate": "2025-01-01T00:00:00+00:00"}),
        ),
        ("saml", json!({"SAMLProviderList": []})),
        (
            "access-keys-ann",
            json!({"AccessKeyMetadata": [{"UserName": "ann", "AccessKeyId": "AKIAEXAMPLE", "Status": "Active", "CreateDate": "2025-01-01T00:00:00+00:00"}]}),
        ),
        ("mfa-devices-ann", json!({"MFADevices": []})),
        (
            "certificates",
            json!({"ServerCertificateMetadataList": [{"ServerCertificateName": "shop", "Path": "/", "ServerCertificateId": "ASCA",
            "Arn": format!("arn:aws:iam::{A}:server-certificate/shop"), "Expiration": "2027-01-01T00:00:00+00:00"}]}),
        ),
        (
            "ssh-keys-ann",
            json!({"SSHPublicKeys": [{"UserName": "ann", "SSHPublicKeyId": "APKA1", "Status": "Active"}]}),
        ),
        (
            "specific-ann",
            json!({"ServiceSpecificCredentials": [{"UserName": "ann", "ServiceSpecificCredentialId": "ACCA1", "ServiceUserName": "ann-at-1",
            "ServiceName": "codecommit.amazonaws.com", "Status": "Active", "CreateDate": "2025-01-01T00:00:00+00:00"}]}),
        ),
    ];
    let many = Dir::new();
    many.json(&format!("accounts/{A}/details.json"), &plain(A));
    let mut one = plain(A);
    for (name, answer) in &answers {
        many.json(&format!("accounts/{A}/{name}.json"), answer);
        if *name != "oidc-one" {
            one.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
        }
    }
    let single = Dir::new();
    single.json(&format!("accounts/{A}.json"), &one);
    let as_csv = Dir::new();
    as_csv
        .json(&format!("accounts/{A}-details.json"), &plain(A))
        .bytes(&format!("accounts/{A}-credential-report.csv"), &report);
    for dir in [&many, &single] {
        let snapshot = Snapshot::open(dir.path()).unwrap();
        let id = A.parse().unwrap();
        let seen = snapshot.with_account(id, |file| {
            assert_eq!(file.account_summary.as_ref().unwrap()["AccountMFAEnabled"], 1);
            assert_eq!(file.credential_report.as_ref().unwrap().len(), 2);
            assert_eq!(file.virtual_mfa_devices.as_ref().unwrap().len(), 1);
            assert_eq!(file.account_aliases.as_deref().unwrap(), ["acme-prod"]);
            assert!(file.password_policy.as_ref().unwrap().is_some());
            assert_eq!(file.open_id_connect_providers.as_ref().unwrap().len(), 1);
            assert_eq!(file.saml_providers.as_deref(), Some([].as_slice()));
            assert_eq!(file.access_keys.as_ref().unwrap().len(), 1);
            assert_eq!(file.server_certificates.as_ref().unwrap()[0].server_certificate_name, "shop");
            assert_eq!(file.service_credentials.as_ref().unwrap().ssh_public_keys[0].ssh_public_key_id, "APKA1");
            file.role_detail_list.unwrap().len()
        });
        assert_eq!(seen.unwrap(), 1);
        assert!(dir.estate().ledger().is_complete());
    }
    let read =
        |dir: &Dir| dir.estate().accounts()[0].facts().credential_report.as_ref().map(|report| report.rows().len());
    assert_eq!(read(&as_csv), Some(2));
    // without its root row it is no whole report
    let cut: String =
        report.lines().filter(|line| !line.contains("root_account")).map(|line| format!("{line}\n")).collect();
    as_csv.bytes(&format!("accounts/{A}-credential-report.csv"), cut);
    assert_eq!(read(&as_csv), None);
}

#[test]
fn a_list_of_roles_beside_the_details_brings_what_only_it_has() {
    let dir = Dir::new();
    let listed = |name: &str| json!({"RoleName": name, "Arn": role(A, name), "MaxSessionDuration": 7200, "AssumeRolePolicyDocument": trusts(root(A))});
    dir.json(&format!("accounts/{A}/details.json"), &plain(A));
    dir.json(&format!("accounts/{A}/list-roles.json"), &json!({"Roles": [listed("deploy")]}));
    let snapshot = Snapshot::open(dir.path()).unwrap();
    let of = |file: rolehop::snapshot::account::AccountFile<'_>| file.role_detail_list.unwrap()[0].max_session_duration;
    assert_eq!(snapshot.with_account(A.parse().unwrap(), of).unwrap(), Some(7200));
    assert!(allowed(&dir, A) && dir.estate().ledger().is_complete());
    dir.json(&format!("accounts/{A}/list-roles.json"), &json!({"Roles": [listed("deploy"), listed("late")]}));
    assert!(!dir.estate().ledger().is_complete(), "a role that the details lack was not read");
}

#[test]
fn a_date_that_cannot_be_read_is_not_known_and_damages_nothing() {
    use rolehop::model::LastUsed;
    let used = |date: Value| {
        let mut file = plain(A);
        file["RoleDetailList"][0]["RoleLastUsed"] = json!({"LastUsedDate": date, "Region": "eu-west-1"});
        file["RoleDetailList"][0]["CreateDate"] = json!(1_735_689_600.5);
        let dir = Dir::new();
        dir.json(&format!("accounts/{A}.json"), &file);
        let estate = dir.estate();
        let role = estate.principal(estate.roles().next().unwrap());
        assert!(role.created().is_some());
        role.role().unwrap().last_used
    };
    let at = LastUsed::At("2026-11-01T00:00:00Z".parse().unwrap());
    for date in
        [json!("2026-11-01T00:00:00Z"), json!(1_793_491_200), json!("/Date(1793491200000)/"), json!("1793491200")]
    {
        assert_eq!(used(date.clone()), at, "{date}");
    }
    for date in [json!("Sun, 01 Nov 2026 00:00:00 GMT"), json!("2026-11-01 00:00:00"), json!(7), json!([1]), json!({})]
    {
        assert_eq!(used(date.clone()), LastUsed::NotCollected, "{date}");
    }
    assert_eq!(used(json!(null)), LastUsed::Never);
}
