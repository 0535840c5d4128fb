//! A file that is something else is refused by name, and the error says what it is.

use super::*;

const A: &str = "111122223333";

fn refused(name: &str, bytes: &[u8]) -> String {
    let dir = Dir::new();
    dir.json("accounts/444455556666.json", &details("444455556666", "ann", &trusts(root("444455556666"))))
        .bytes(name, bytes);
    let text = dir.refused();
    assert!(text.contains(name.rsplit('/').next().unwrap()), "{name}: {text}");
    assert!(!text.contains("damaged") || text.contains("gzip"), "{text}");
    text
}

#[test]
fn an_error_says_what_the_file_is() {
    let details = details(A, "ann", &trusts(root(A))).to_string();
    let cut: String = details.chars().take(details.len() / 2).collect();
    let odd = utf16(&details, u16::to_le_bytes, true);
    let table = "-----------\n|  GetAccountAuthorizationDetails |\n+---------+\n";
    let files: [(&[u8], &str); 28] = [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\nAn error occurred (AccessDenied) when calling the GetAccountAuthorizationDetails operation: User x is not authorized", "error text: AccessDenied, from GetAccountAuthorizationDetails"),
        (b"aws: [ERROR]: An error occurred (ExpiredToken) when calling the ListRoles operation: expired", "error text: ExpiredToken"),
        (b"\nUnable to locate credentials. You can configure credentials by running \"aws configure\".", "AWS CLI's error text"),
        (b"Error when retrieving token from sso: Token has expired and refresh failed", "AWS CLI's error text"),
        (b"UserDetailList:\n- Arn: x\n", "YAML"),
        (b"---\nUserDetailList: []\n", "YAML"),
        (table.as_bytes(), "a table"),
        (b"GROUPDETAILLIST\tarn:aws:iam::1:group/x\n", "text output"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"<?xml version=\"1.0\"?><ErrorResponse/>", "XML"),
        (b"AUTH_METHOD;TIMESTAMP;ACCOUNT_UID\nx;y;z\n", "Prowler"),
        (b"[{\"metadata\": {\"product\": {\"name\": \"Prowler\"}}, \"finding_info\": {}}]", "Prowler"),
        (b"{\"groups\": {}, \"roles\": {}, \"users\": {}, \"inline_policies\": {}, \"exclusions\": {}}", "Cloudsplaining"),
        (b"{\"UserDetailList\": [], \"GroupDetailList\": [], \"RoleDetailList\": [{\"PolicyName\": \"p\", \"PolicyId\": \"ANPA1\"}], \"Policies\": []}", "cloudsplaining"),
        (b"[{\"id\": \"role/x\", \"arn\": \"x\", \"trust_policy\": {}, \"is_admin\": false}]", "PMapper"),
        (b"{\"rows\": [], \"columns\": []}", "Steampipe"),
        (b"{\"schema\": \"rolehop/findings/v1\"}", "rolehop"),
        (b"{\"Records\": []}", "CloudTrail"),
        (b"{\"Group\": {}, \"Users\": []}", "none of the keys"),
        (b"{\"AttachedPolicies\": []}", "none of the keys"),
        (b"[]", "no object"),
        (b"\"x\"", "no object"),
        (cut.as_bytes(), "ends in the middle"),
        (&odd[..odd.len() - 1], "UTF-16 cut in the middle"),
        (b"PK\x03\x04rest", "zip"),
        (b"a,b,c,d,e\n1,2,3,4,5\n", "CSV"),
    ];
    for (bytes, wanted) in files {
        for name in [
            "accounts/111122223333.json",
            "accounts/prod.json",
            "accounts/111122223333.yaml",
            "accounts/111122223333/a",
        ] {
            let text = refused(name, bytes);
            assert!(text.contains(wanted), "{name}, {wanted}: {text}");
        }
    }
    let gz = gzip(&details);
    assert!(refused("accounts/111122223333.json.gz", &gz[..gz.len() / 2]).contains("gzip"));
    assert!(refused("accounts/111122223333.json", b"{\"Users\": [\xff\xfe]}").contains("neither UTF-8 nor UTF-16"));
    let bad = br#"{"UserDetailList": "none", "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;
    assert!(refused("accounts/111122223333.json", bad).contains("UserDetailList"));
    let twice = br#"{"UserDetailList": [], "UserDetailList": [], "RoleDetailList": []}"#;
    assert!(refused("accounts/111122223333.json", twice).contains("twice"));
}

#[test]
fn no_password_policy_is_told_by_the_error_that_says_so() {
    let dir = Dir::new();
    dir.json(&format!("accounts/{A}/details.json"), &details(A, "ann", &trusts(root(A))));
    let text = "\nAn error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy operation: The Password Policy with domain name 111122223333 cannot be found.\n";
    dir.bytes(&format!("accounts/{A}/password-policy.json"), text);
    let snapshot = Snapshot::open(dir.path()).unwrap();
    let policy = snapshot.with_account(A.parse().unwrap(), |file| file.password_policy.map(|policy| policy.is_some()));
    assert_eq!(policy.unwrap(), Some(false));
}

#[test]
fn an_error_text_that_a_policy_or_description_quotes_is_no_answer() {
    let dir = Dir::new();
    let mut quoting = details(A, "ann", &trusts(root(A)));
    quoting["RoleDetailList"][0]["Description"] =
        json!("An error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy operation");
    dir.json(&format!("accounts/{A}/details.json"), &quoting);
    let snapshot = Snapshot::open(dir.path()).unwrap();
    let read = snapshot.with_account(A.parse().unwrap(), |file| {
        (file.role_detail_list.map(|roles| roles.len()), file.password_policy.is_some())
    });
    assert_eq!(read.unwrap(), (Some(1), false));
}

#[test]
fn a_file_named_by_an_account_beside_the_others_is_refused_if_it_cannot_be_read() {
    let whole = details(A, "ann", &trusts(root(A))).to_string();
    let cut = whole.get(..whole.len() - 9).unwrap();
    for (text, wanted) in [
        (cut, "ends in the middle"),
        ("", "empty"),
        (
            "An error occurred (AccessDenied) when calling the GetAccountAuthorizationDetails operation: x",
            "AccessDenied",
        ),
    ] {
        let said = refused(&format!("{A}.json"), text.as_bytes());
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn other_tools_directories_are_recognized_and_say_what_to_run() {
    for (name, wanted) in [
        ("aws/aws/accounts/111122223333/iam/role/x/metadata.json", "iam-collect"),
        ("accounts/111122223333/iam/role/x/metadata.json", "iam-collect"),
        ("111122223333/graph/nodes.json", "PMapper"),
        ("accounts/111122223333/graph/nodes.json", "PMapper"),
        ("graph/nodes.json", "PMapper"),
        ("prowler-output-111122223333.ocsf.json", "Prowler"),
    ] {
        let dir = Dir::new();
        dir.bytes(name, "[]");
        if name.ends_with("nodes.json") {
            dir.bytes(&name.replace("nodes", "edges"), "[]");
        }
        let text = dir.refused();
        assert!(text.contains(wanted) && text.contains("get-account-authorization-details"), "{name}: {text}");
    }
}

#[test]
fn a_folder_without_files_and_links_are_refused_by_name() {
    let dir = Dir::new();
    fs::create_dir_all(dir.path().join("accounts/111122223333")).unwrap();
    assert!(dir.refused().contains("111122223333"), "{}", dir.refused());
    #[cfg(unix)]
    {
        let dir = Dir::new();
        dir.json("accounts/444455556666.json", &details("444455556666", "ann", &trusts(root("444455556666"))));
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("accounts/111122223333.json")).unwrap();
        assert!(dir.refused().contains("111122223333.json"), "{}", dir.refused());
    }
}
