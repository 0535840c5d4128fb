//! `rolehop quotas`: exact rows of small snapshots, bounds, and what was not read.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "output that cannot be read has failed its test")]

use std::path::Path;

use serde_json::{Value, json};

const ACCOUNT: &str = "100000000001";
const OTHER: &str = "100000000002";

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

fn rolehop(dir: &Path, arguments: &[&str]) -> Run {
    let mut run = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    run.env_clear().env("HOME", dir).current_dir(dir).args(arguments).args(["--snapshot", "snapshot"]);
    let output = run.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A snapshot of these accounts.
fn snapshot(accounts: &[(&str, &Value)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("snapshot/accounts")).unwrap();
    for (id, file) in accounts {
        let path = dir.path().join(format!("snapshot/accounts/{id}.json"));
        std::fs::write(path, serde_json::to_vec_pretty(file).unwrap()).unwrap();
    }
    dir
}

fn organization(dir: &Path) {
    let organization = json!({
        "Organization": {"Id": "o-fixture001", "FeatureSet": "ALL", "MasterAccountId": ACCOUNT},
        "Roots": [{"Id": "r-fix1", "Name": "Root", "PolicyTypes": []}],
        "OrganizationalUnits": [],
        "Accounts": [
            {"Id": ACCOUNT, "Name": "main", "ParentId": "r-fix1", "State": "ACTIVE"},
            {"Id": OTHER, "Name": "other", "ParentId": "r-fix1", "State": "ACTIVE"},
        ],
        "Policies": [],
    });
    std::fs::write(dir.join("snapshot/organization.json"), organization.to_string()).unwrap();
}

fn document(buckets: usize) -> Value {
    let names: Vec<String> = (0..buckets).map(|at| format!("arn:aws:s3:::b{at}/*")).collect();
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": names}]})
}

/// An account with a user, a role that AWS made, a group and a policy; the summary lacks most.
fn account() -> Value {
    let groups: Vec<String> = (0..9).map(|at| format!("g{at}")).collect();
    let group = |name: &String| {
        json!({"Path": "/", "GroupName": name, "GroupId": "AGPAEXAMPLE", "Arn": format!("arn:aws:iam::{ACCOUNT}:group/{name}"),
            "GroupPolicyList": [], "AttachedManagedPolicies": []})
    };
    json!({
        "UserDetailList": [{
            "Path": "/", "UserName": "ann", "UserId": "AIDAEXAMPLE", "Arn": format!("arn:aws:iam::{ACCOUNT}:user/ann"),
            "UserPolicyList": [{"PolicyName": "a", "PolicyDocument": document(3)}], "GroupList": groups,
            "AttachedManagedPolicies": [],
        }],
        "GroupDetailList": groups.iter().map(group).collect::<Vec<_>>(),
        "RoleDetailList": [{
            "Path": "/aws-service-role/x.amazonaws.com/", "RoleName": "AWSServiceRoleForX", "RoleId": "AROAEXAMPLE",
            "Arn": format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
            "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"},
                "Action": "sts:AssumeRole"}]},
            "RolePolicyList": [], "AttachedManagedPolicies": [],
        }],
        "Policies": [{
            "PolicyName": "p", "PolicyId": "ANPAEXAMPLE", "Arn": format!("arn:aws:iam::{ACCOUNT}:policy/p"), "AttachmentCount": 0,
            "DefaultVersionId": "v2", "PolicyVersionList": [
                {"Document": document(1), "VersionId": "v2", "IsDefaultVersion": true},
                {"Document": document(2), "VersionId": "v1", "IsDefaultVersion": false},
            ],
        }],
        "AccountSummary": {"Users": 1, "UsersQuota": 5000, "GroupsPerUserQuota": 8, "PolicyVersionsInUse": 2},
        "AccessKeys": [{"UserName": "ann", "AccessKeyId": "AKIAEXAMPLE1", "Status": "Inactive"}],
        "OpenIDConnectProviders": [],
        "SAMLProviders": [],
    })
}

#[test]
fn every_row_says_used_limit_room_and_source() {
    let dir = snapshot(&[(ACCOUNT, &account())]);
    let run = rolehop(dir.path(), &["quotas", "--all", "-f", "csv"]);
    assert_eq!(run.code, Some(4), "{}", run.err);
    // most of nine groups alike
    let rows: Vec<&str> = run.out.lines().filter(|row| !row.contains(":group/") || row.contains("g0")).collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    quota,subject,account,account_name,used,limit,room,source
    groups-per-user,arn:aws:iam::100000000001:user/ann,100000000001,,9,8,0,account summary
    access-keys-per-user,arn:aws:iam::100000000001:user/ann,100000000001,,1,2,1,default of 2026-11-20
    versions-per-policy,arn:aws:iam::100000000001:policy/p,100000000001,,2,5,3,default of 2026-11-20
    inline-size-of-user,arn:aws:iam::100000000001:user/ann,100000000001,,154,2048,1894,default of 2026-11-20
    groups,arn:aws:iam::100000000001:root,100000000001,,9,300,291,default of 2026-11-20
    managed-policy-size,arn:aws:iam::100000000001:policy/p,100000000001,,114,6144,6030,default of 2026-11-20
    roles,arn:aws:iam::100000000001:root,100000000001,,1,1000,999,default of 2026-11-20
    customer-managed-policies,arn:aws:iam::100000000001:root,100000000001,,1,1500,1499,default of 2026-11-20
    users,arn:aws:iam::100000000001:root,100000000001,,1,5000,4999,account summary
    policy-versions-in-use,arn:aws:iam::100000000001:root,100000000001,,2,10000,9998,default of 2026-11-20
    managed-policies-per-user,arn:aws:iam::100000000001:user/ann,100000000001,,0,10,10,default of 2026-11-20
    managed-policies-per-group,arn:aws:iam::100000000001:group/g0,100000000001,,0,10,10,default of 2026-11-20
    inline-size-of-group,arn:aws:iam::100000000001:group/g0,100000000001,,0,5120,5120,default of 2026-11-20
    oidc-providers,arn:aws:iam::100000000001:root,100000000001,,0,100,100,default of 2026-11-20
    saml-providers,arn:aws:iam::100000000001:root,100000000001,,0,100,100,default of 2026-11-20
    instance-profiles,arn:aws:iam::100000000001:root,100000000001,,unknown,1000,unknown,default of 2026-11-20
    server-certificates,arn:aws:iam::100000000001:root,100000000001,,unknown,20,unknown,default of 2026-11-20
    ");
}

#[test]
fn what_a_lowered_quota_no_longer_allows_is_over_and_has_no_room() {
    let dir = snapshot(&[(ACCOUNT, &account())]);
    let run = rolehop(dir.path(), &["quotas", "--quota", "groups-per-user", "--json"]);
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(run.code, Some(0), "{}", run.err);
    let counts = json!([{"quota": "groups-per-user", "subjects": 1, "near": 1, "full": 1, "unknown": 0}]);
    assert_eq!(answer["quotas"], counts);
    let row = json!({
        "quota": "groups-per-user", "subject": format!("arn:aws:iam::{ACCOUNT}:user/ann"), "account": ACCOUNT, "account_name": "",
        "used": 9, "limit": 8, "room": 0, "state": "over", "source": "account summary",
    });
    assert_eq!(answer["rows"], json!([row]));
}

#[test]
fn a_rule_says_the_numbers_of_the_table() {
    let mut file = account();
    let inline = json!([{"PolicyName": "a", "PolicyDocument": document(90)}]);
    file["UserDetailList"][0]["UserPolicyList"] = inline;
    let dir = snapshot(&[(ACCOUNT, &file)]);
    let row = rolehop(dir.path(), &["quotas", "--quota", "inline-size-of-user", "--json"]).out;
    let row: Value = serde_json::from_str(&row).unwrap();
    let row = &row["rows"][0];
    let check = rolehop(dir.path(), &["check", "--rule", "policy-near-size-limit", "--json"]).out;
    let finding: Value = serde_json::from_str(&check).unwrap();
    let said = format!(
        "{} of {} characters of inline policies, room for {} more (AWS's default)",
        row["used"], row["limit"], row["room"]
    );
    assert_eq!(
        (&finding["findings"][0]["message"], &finding["findings"][0]["subject"]),
        (&json!(said), &row["subject"])
    );
}

#[test]
fn an_account_that_was_not_read_is_unknown_and_never_room() {
    let dir = snapshot(&[(ACCOUNT, &account())]);
    organization(dir.path());
    let run = rolehop(dir.path(), &["quotas", "--quota", "managed-policies-per-role", "-f", "csv"]);
    let source = "default of 2026-11-20";
    let expected =
        format!("managed-policies-per-role,arn:aws:iam::{OTHER}:root,{OTHER},other,unknown,10,unknown,{source}\n");
    assert_eq!((run.code, run.out.split_once('\n').unwrap().1), (Some(4), expected.as_str()));
    let table = rolehop(dir.path(), &["quotas", "--quota", "managed-policies-per-role"]).out;
    assert!(table.contains("none near (80 % or more), 1 unknown"), "{table}");
    assert!(table.contains("this is not room") && table.contains("other: authorization-details"), "{table}");
    let only = ["quotas", "--quota", "managed-policies-per-role", "--account", "main", "-f", "csv"];
    assert_eq!(rolehop(dir.path(), &only).out.lines().count(), 1);
}

#[test]
fn what_is_near_is_said_by_option_then_configuration() {
    let dir = snapshot(&[(ACCOUNT, &account())]);
    let near = |arguments: &[&str]| {
        let run =
            rolehop(dir.path(), &[&["quotas", "--quota", "users,access-keys-per-user", "--json"], arguments].concat());
        let answer: Value = serde_json::from_str(&run.out).unwrap();
        (answer["near"].as_u64().unwrap(), answer["rows"].as_array().unwrap().len())
    };
    assert_eq!(near(&[]), (80, 0));
    assert_eq!(near(&["--near", "0"]), (0, 2));
    assert_eq!(near(&["--near", "50"]), (50, 1));
    std::fs::write(dir.path().join("rolehop.toml"), "[quotas]\nnear = 50\n").unwrap();
    assert_eq!((near(&[]), near(&["--near", "51"])), ((50, 1), (51, 0)));
    std::fs::write(dir.path().join("rolehop.toml"), "[quotas]\nnear = 101\n").unwrap();
    let refused = rolehop(dir.path(), &["quotas"]);
    assert!(refused.code == Some(2) && refused.err.contains("more than 100 percent"), "{}", refused.err);
    assert_eq!(rolehop(dir.path(), &["quotas", "--near", "101", "--no-config"]).code, Some(2));
    let unknown = rolehop(dir.path(), &["quotas", "--quota", "group-per-user", "--no-config"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("did you mean `groups-per-user`?"), "{}", unknown.err);
}

#[test]
fn a_document_has_one_size_however_it_is_written() {
    let sizes = [
        document(3),
        json!(document(3).to_string()),
        json!(serde_json::to_string_pretty(&document(3)).unwrap()),
        json!(
            percent_encoding::utf8_percent_encode(&document(3).to_string(), percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        ),
    ]
    .map(|written| {
        let mut file = account();
        file["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = written;
        let dir = snapshot(&[(ACCOUNT, &file)]);
        let run = rolehop(dir.path(), &["quotas", "--quota", "inline-size-of-user", "--all", "-f", "csv"]);
        run.out.lines().nth(1).unwrap().to_owned()
    });
    let size = document(3).to_string().len();
    assert!(sizes.iter().all(|row| row.contains(&format!(",{size},2048,{},", 2048 - size))), "{sizes:?}");
}

#[test]
fn a_document_that_was_not_read_makes_the_sum_unknown() {
    let mut file = account();
    let list =
        json!([{"PolicyName": "a", "PolicyDocument": document(3)}, {"PolicyName": "b", "PolicyDocument": "%%%"}]);
    file["UserDetailList"][0]["UserPolicyList"] = list;
    let dir = snapshot(&[(ACCOUNT, &file)]);
    let run = rolehop(dir.path(), &["quotas", "--quota", "inline-size-of-user", "-f", "csv"]);
    assert!(run.code == Some(4) && run.out.contains(",unknown,2048,unknown,"), "{}{}", run.out, run.err);
}

#[test]
fn the_table_shows_the_fullest_of_each_quota_and_counts_the_rest() {
    let mut file = account();
    let keys: Vec<Value> =
        (0..12).map(|at| json!({"UserName": format!("u{:02}", at / 2), "AccessKeyId": format!("A{at}")})).collect();
    file["AccessKeys"] = json!(keys);
    let user = |at: usize| {
        json!({"Path": "/", "UserName": format!("u{at:02}"), "UserId": format!("AIDA{at}"), "GroupList": [],
            "Arn": format!("arn:aws:iam::{ACCOUNT}:user/u{at:02}"), "AttachedManagedPolicies": []})
    };
    file["UserDetailList"].as_array_mut().unwrap().extend((0..6).map(user));
    let dir = snapshot(&[(ACCOUNT, &file)]);
    let table = rolehop(dir.path(), &["quotas", "--quota", "access-keys-per-user,groups-per-user", "--limit", "2"]).out;
    insta::assert_snapshot!(table, @r"
      USED  LIMIT  ROOM  SUBJECT
    groups-per-user: 1 of 7 near, 1 full
         9      8     0  100000000001/user/ann
    access-keys-per-user: 6 of 7 near, 6 full
         2     2*     0  100000000001/user/u00
         2     2*     0  100000000001/user/u01
                         and 4 more

    Quotas    7 near (80 % or more), 7 of them full
    Room      7 rows
    More      --quota NAME --limit N, or --all
    * default of 2026-11-20: the snapshot does not state this quota
    ");
    let csv = rolehop(dir.path(), &["quotas", "--quota", "access-keys-per-user", "--limit", "2", "-f", "csv"]).out;
    assert_eq!(csv.lines().count(), 7, "{csv}");
}
