//! A whole scan against moto, and the same organization saved with the real AWS CLI.
//!
//! Both are compared with what was loaded (`moto/load.py` prints it) and with each other. The organization is loaded,
//! scanned and saved once; the server is gone before the first comparison. Needs Python 3 and, on the first run, a
//! package index for the environment under `target/`; `ROLEHOP_SKIP_MOTO=1` skips the tests, and they say so.
#![cfg(feature = "aws")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: what is missing is a failure"
)]

#[path = "moto/server.rs"]
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use percent_encoding::percent_decode_str;
use rolehop::snapshot::ledger::AccountState;
use rolehop::snapshot::manifest::Manifest;
use serde_json::{Value, json};

use server::{Server, Venv, scrubbed};

/// What was loaded, the result of `scan`, and that of the AWS CLI; and people, who were loaded and read last.
struct Loaded {
    people: Value,
    people_read: PathBuf,
    truth: Value,
    doctor: Output,
    scan: Output,
    scanned: PathBuf,
    saved: PathBuf,
}

/// The organization; `None` if the tests are skipped.
fn loaded() -> Option<&'static Loaded> {
    static LOADED: OnceLock<Option<Result<Loaded, String>>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| {
        if std::env::var_os("ROLEHOP_SKIP_MOTO").is_some_and(|value| value == "1") {
            // not through `eprintln!`: the test harness would swallow it, and the skip would look like a pass
            let _ = writeln!(std::io::stderr(), "\nmoto tests: TURNED OFF by ROLEHOP_SKIP_MOTO=1, nothing was checked");
            return None;
        }
        Some(load())
    });
    match loaded {
        None => None,
        Some(Ok(loaded)) => Some(loaded),
        Some(Err(error)) => panic!("{error}"),
    }
}

fn load() -> Result<Loaded, String> {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto");
    // left by an earlier run; absent on the first
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(|error| format!("`{}`: {error}", work.display()))?;
    let (scanned, saved) = (work.join("scanned"), work.join("saved"));

    let venv = Venv::provision("python3")?;
    let server = Server::start(&venv, &work.join("server.log"))?;
    let truth = venv.script("load.py", &[server.endpoint()])?;
    let truth: Value = serde_json::from_slice(&truth).map_err(|error| format!("load.py: {error}"))?;

    let role = text(&truth, "role_name");
    // moto answers ListOrganizationsFeatures with a web page and status 500, and its credential reports lack the root
    // user's row
    let skipped = "organization-features,credential-report,identity-center";
    let fixed = ["scan", "--role-name", role, "--skip-facets", skipped, "--snapshot"];
    let mut command = rolehop(&fixed);
    command.arg(&scanned).env("AWS_ENDPOINT_URL", server.endpoint()).current_dir(&work);
    let scan = command.output().map_err(|error| format!("rolehop scan: {error}"))?;

    let mut command =
        rolehop(&["doctor", "--role-name", role, "--skip-facets", "organization-features,identity-center"]);
    command.env("AWS_ENDPOINT_URL", server.endpoint());
    let doctor = command.output().map_err(|error| format!("rolehop doctor: {error}"))?;

    let aws = venv.command("aws");
    venv.script("save.py", &[aws.as_os_str(), server.endpoint().as_ref(), role.as_ref(), saved.as_os_str()])?;

    let people = venv.script("people.py", &[server.endpoint()])?;
    let people: Value = serde_json::from_slice(&people).map_err(|error| format!("people.py: {error}"))?;
    let people_read = work.join("people");
    let account = text(&people, "account");
    let fixed =
        ["collect", "--role-name", role, "--facets", "core,identity-center", "--accounts", account, "--snapshot"];
    let mut command = rolehop(&fixed);
    command.arg(&people_read).env("AWS_ENDPOINT_URL", server.endpoint()).current_dir(&work);
    command.output().map_err(|error| format!("rolehop collect: {error}"))?;
    Ok(Loaded { truth, doctor, scan, scanned, saved, people, people_read })
}

fn rolehop(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolehop"));
    scrubbed(&mut command).args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

/// The JSON answer to a question about a snapshot. 4 is "rests on missing data": the AWS CLI saved only the
/// authorization details, and no file for the closed account.
fn ask(snapshot: &Path, arguments: &[&str], codes: &[i32]) -> Value {
    let mut command = rolehop(arguments);
    let output = command.arg("--snapshot").arg(snapshot).args(["--format", "json"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{arguments:?}: {}: {said}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {said}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("no list `{key}` in {value}"))
}

fn read(path: &Path) -> String {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(_) => {
            let packed = PathBuf::from(format!("{}.zst", path.display()));
            let packed = fs::read(&packed).unwrap_or_else(|error| panic!("`{}`: {error}", packed.display()));
            zstd::decode_all(packed.as_slice()).unwrap()
        }
    };
    String::from_utf8(bytes).unwrap()
}

fn account_file(snapshot: &Path, account: &Value) -> Value {
    let path = snapshot.join("accounts").join(format!("{}.json", text(account, "id")));
    serde_json::from_str(&read(&path)).unwrap()
}

/// A policy document in any of the three forms that a snapshot may hold.
fn document(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&percent_decode_str(text).decode_utf8().unwrap()))
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn inline(entry: &Value, key: &str) -> Value {
    let policies = entry[key].as_array().cloned().unwrap_or_default();
    policies.iter().map(|policy| (text(policy, "PolicyName").to_owned(), document(&policy["PolicyDocument"]))).collect()
}

/// An account file in the form of `load.py`.
fn details(file: &Value) -> Value {
    let by_name = |list_key: &str, name_key: &str, describe: &dyn Fn(&Value) -> Value| -> Value {
        list(file, list_key).iter().map(|entry| (text(entry, name_key).to_owned(), describe(entry))).collect()
    };
    let users = by_name("UserDetailList", "UserName", &|user| {
        let groups: BTreeSet<_> = list(user, "GroupList").iter().filter_map(Value::as_str).collect();
        json!({"groups": groups, "inline": inline(user, "UserPolicyList")})
    });
    let groups = by_name("GroupDetailList", "GroupName", &|group| {
        let attached: BTreeSet<_> =
            list(group, "AttachedManagedPolicies").iter().map(|policy| text(policy, "PolicyArn")).collect();
        json!({"attached": attached, "inline": inline(group, "GroupPolicyList")})
    });
    let roles = by_name("RoleDetailList", "RoleName", &|role| {
        json!({"trust": document(&role["AssumeRolePolicyDocument"]), "inline": inline(role, "RolePolicyList"),
               "boundary": role["PermissionsBoundary"]["PermissionsBoundaryArn"], "path": role["Path"]})
    });
    let policies = by_name("Policies", "Arn", &|policy| {
        let versions = list(policy, "PolicyVersionList");
        let version = versions.iter().find(|version| version["IsDefaultVersion"] == json!(true)).unwrap();
        document(&version["Document"])
    });
    json!({"users": users, "groups": groups, "roles": roles, "policies": policies})
}

/// The same part of what was loaded.
fn loaded_details(account: &Value) -> Value {
    let mut users = account["users"].clone();
    for user in users.as_object_mut().unwrap().values_mut() {
        let user = user.as_object_mut().unwrap();
        user.retain(|key, _| key == "groups" || key == "inline");
    }
    json!({"users": users, "groups": account["groups"], "roles": account["roles"], "policies": account["policies"]})
}

fn strings(value: &Value) -> BTreeSet<&str> {
    value.as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

/// Rows as a set, so that a difference names the rows and not their positions.
fn rows(value: &[Value]) -> BTreeSet<String> {
    let rows: BTreeSet<_> = value.iter().map(canonical).collect();
    assert_eq!(rows.len(), value.len(), "no row is there twice");
    rows
}

/// The value with its keys in order, as text.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<_, _> = map.iter().map(|(key, value)| (key, canonical(value))).collect();
            format!("{map:?}")
        }
        Value::Array(items) => format!("{:?}", items.iter().map(canonical).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

fn edges(snapshot: &Path, codes: &[i32]) -> Vec<Value> {
    match ask(snapshot, &["export", "edges"], codes) {
        Value::Array(edges) => edges,
        // `edges` inside an object with a schema is fine as well
        object => list(&object, "edges").to_vec(),
    }
}

/// The answers to `who-can`, without the path: of several shortest paths any is right.
fn who_can(snapshot: &Path, target: &str, codes: &[i32]) -> Vec<Value> {
    let answer = ask(snapshot, &["who-can", target], codes);
    assert_eq!(answer["schema"], "rolehop/who-can/v3");
    let mut answers = list(&answer, "answers").to_vec();
    for answer in &mut answers {
        let entry = answer.as_object_mut().unwrap();
        entry.retain(|key, _| {
            ["principal", "kind", "account", "verdict", "conditions", "hop_count", "reaches"].contains(&key.as_str())
        });
    }
    answers
}

#[test]
fn the_scan_reads_every_open_account_and_says_so() {
    let Some(Loaded { truth, scan, scanned, .. }) = loaded() else { return };
    let (out, said) = (String::from_utf8_lossy(&scan.stdout), String::from_utf8_lossy(&scan.stderr));
    // 5: findings, which this organization deserves, and unknown for what depends on the credential report
    assert_eq!(scan.status.code(), Some(5), "{}: {out}{said}", scan.status);
    let manifest: Manifest = serde_json::from_str(&read(&scanned.join("manifest.json"))).unwrap();
    let ledger = manifest.ledger.view();
    assert_eq!(ledger.listed, list(truth, "accounts").len() + 1);
    assert_eq!(ledger.complete, list(truth, "accounts").len(), "{:?}", ledger.incomplete);
    let closed = text(truth, "closed").parse().unwrap();
    assert!(matches!(manifest.ledger.get(closed), Some(AccountState::Skipped { .. })), "{ledger:?}");
    assert!(manifest.endpoint.is_some(), "a snapshot of a made-up AWS is marked as such");
}

#[test]
fn the_snapshot_holds_what_was_loaded() {
    let Some(Loaded { truth, scanned, .. }) = loaded() else { return };
    for account in list(truth, "accounts") {
        let (file, name) = (account_file(scanned, account), text(account, "name"));
        assert_eq!(canonical(&details(&file)), canonical(&loaded_details(account)), "{name}");
        let devices: BTreeSet<_> =
            list(&file, "VirtualMFADevices").iter().map(|device| text(device, "SerialNumber")).collect();
        assert_eq!(devices, strings(&account["mfa"]), "{name}");
        for (key, expected) in [("OpenIDConnectProviders", "oidc"), ("SAMLProviders", "saml")] {
            let found: BTreeSet<_> = list(&file, key).iter().map(|provider| text(provider, "Arn")).collect();
            assert_eq!(found, strings(&account[expected]), "{name}: {key}");
        }
        let users = account["users"].as_object().unwrap();
        assert_eq!(file["AccountSummary"]["Users"], json!(users.len()), "{name}");
        assert_eq!(file["AccountSummary"]["Roles"], json!(account["roles"].as_object().unwrap().len()), "{name}");
        let active = list(&file, "AccessKeys").iter().filter(|key| key["Status"] == "Active");
        let active: BTreeSet<&str> = active.map(|key| text(key, "UserName")).collect();
        for (user, expected) in users {
            assert_eq!(json!(active.contains(user.as_str())), expected["key"], "{name}: {user}");
        }
    }
}

#[test]
fn people_are_read_as_they_were_loaded() {
    let Some(Loaded { people, people_read, .. }) = loaded() else { return };
    let manifest: Manifest = serde_json::from_str(&read(&people_read.join("manifest.json"))).unwrap();
    let gaps: Vec<&str> = manifest.gaps.iter().map(|gap| gap.reason.as_str()).collect();
    let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
    assert!(gap.starts_with("DescribeInstanceAccessControlAttributeConfiguration"), "moto has no such call: {gap}");
    let file: Value = serde_json::from_str(&read(&people_read.join("identity-center.json"))).unwrap();
    let instance =
        list(&file, "Instances").iter().find(|instance| instance["InstanceArn"] == people["instance"]).unwrap();
    let rows = |key: &str, fields: &[&str]| {
        let row = |entry: &Value| match fields {
            [field] => entry.pointer(field).unwrap().clone(),
            fields => fields.iter().map(|field| entry.pointer(field).unwrap().clone()).collect(),
        };
        let mut rows: Vec<Value> = list(instance, key).iter().map(row).collect();
        rows.sort_by_key(Value::to_string);
        Value::Array(rows)
    };
    let loaded = |key: &str| {
        let mut rows = people[key].as_array().unwrap().clone();
        rows.sort_by_key(Value::to_string);
        Value::Array(rows)
    };
    assert_eq!(rows("Users", &["/UserId"]), loaded("users"));
    assert_eq!(rows("Groups", &["/GroupId"]), loaded("groups"));
    assert_eq!(rows("GroupMemberships", &["/GroupId", "/MemberId/UserId"]), loaded("members"));
    assert_eq!(rows("PermissionSets", &["/PermissionSetArn", "/Name"]), loaded("sets"));
    let assigned = rows("AccountAssignments", &["/PermissionSetArn", "/PrincipalType", "/PrincipalId"]);
    assert_eq!(assigned, loaded("assignments"));
}

#[test]
fn the_snapshot_has_the_tree_of_units() {
    let Some(Loaded { truth, scanned, saved, .. }) = loaded() else { return };
    for snapshot in [scanned, saved] {
        let file: Value = serde_json::from_str(&read(&snapshot.join("organization.json"))).unwrap();
        assert_eq!(file["Organization"]["Id"], truth["organization"]);
        let units: BTreeMap<_, _> = list(&file, "OrganizationalUnits")
            .iter()
            .map(|unit| (text(unit, "Name"), text(unit, "ParentId")))
            .collect();
        let expected: BTreeMap<_, _> = truth["units"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, parent)| (name.as_str(), parent.as_str().unwrap()))
            .collect();
        assert_eq!(units, expected);
    }
}

#[test]
fn no_secret_of_moto_is_in_the_snapshot() {
    let Some(Loaded { truth, scanned, .. }) = loaded() else { return };
    for account in list(truth, "accounts") {
        let path = scanned.join("accounts").join(format!("{}.json", text(account, "id")));
        let file = read(&path);
        // moto's ListVirtualMFADevices returns the seed, which AWS does not
        for secret in ["Base32StringSeed", "QRCodePNG", "SecretAccessKey", "SessionToken"] {
            assert!(!file.contains(secret), "{}: {secret}", path.display());
        }
    }
}

#[test]
fn the_edges_are_those_that_were_loaded() {
    let Some(Loaded { truth, scanned, .. }) = loaded() else { return };
    assert_eq!(rows(&edges(scanned, &[0])), rows(list(truth, "edges")));
}

#[test]
fn who_can_reach_prod_is_answered_as_loaded() {
    let Some(Loaded { truth, scanned, .. }) = loaded() else { return };
    for (target, expected) in truth["who_can"].as_object().unwrap() {
        assert_eq!(rows(&who_can(scanned, target, &[0])), rows(expected.as_array().unwrap()), "{target}");
    }
}

#[test]
fn paths_go_where_they_were_laid() {
    let Some(Loaded { truth, scanned, .. }) = loaded() else { return };
    for expected in list(truth, "paths") {
        let answer = ask(scanned, &["path", text(expected, "from"), text(expected, "to")], &[0]);
        assert_eq!(answer["verdict"], expected["verdict"], "{answer}");
        let entered: Vec<_> = list(&answer, "hops").iter().map(|hop| hop["to"].clone()).collect();
        assert_eq!(json!(entered), expected["hops"], "{answer}");
    }
}

#[test]
fn what_the_aws_cli_saved_is_what_the_scan_read() {
    let Some(Loaded { truth, saved, .. }) = loaded() else { return };
    for account in list(truth, "accounts") {
        let file = account_file(saved, account);
        assert_eq!(canonical(&details(&file)), canonical(&loaded_details(account)), "{}", text(account, "name"));
    }
}

#[test]
fn what_the_aws_cli_saved_gives_the_same_answers_as_the_scan() {
    let Some(Loaded { truth, scanned, saved, .. }) = loaded() else { return };
    assert_eq!(edges(saved, &[0, 4]), edges(scanned, &[0]));
    for (target, _) in truth["who_can"].as_object().unwrap() {
        assert_eq!(who_can(saved, target, &[0, 4]), who_can(scanned, target, &[0]), "{target}");
    }
    for asked in list(truth, "paths") {
        let arguments = ["path", text(asked, "from"), text(asked, "to")];
        let (from_saved, from_scan) = (ask(saved, &arguments, &[0, 4]), ask(scanned, &arguments, &[0]));
        for key in ["verdict", "conditions", "hop_count"] {
            assert_eq!(from_saved[key], from_scan[key], "{arguments:?}: {key}");
        }
        // which way to sign is named depends on keys and devices, which the authorization details alone do not have
        let hops = |answer: &Value| {
            let mut hops = list(answer, "hops").to_vec();
            hops.iter_mut().filter_map(Value::as_object_mut).for_each(|hop| drop(hop.remove("credential")));
            hops
        };
        assert_eq!(hops(&from_saved), hops(&from_scan), "{arguments:?}: hops");
    }
}

#[test]
fn without_python_the_error_names_the_way_to_turn_the_tests_off() {
    let error = Venv::provision("python3-that-nobody-has").err().unwrap();
    assert!(error.contains("python3-that-nobody-has") && error.contains("ROLEHOP_SKIP_MOTO=1"), "{error}");
}

/// Before the scan, `doctor` finds what the scan will find.
#[test]
fn doctor_finds_the_organization_and_what_is_closed_in_it() {
    let Some(loaded) = loaded() else { return };
    let said = String::from_utf8_lossy(&loaded.doctor.stdout).into_owned();
    let listed = list(&loaded.truth, "accounts").len() + 1;
    for part in ["credentials", &format!("{listed} accounts listed"), "a scan skips them", "estimate"] {
        assert!(said.contains(part), "`{part}` is not in {said}");
    }
    // if something cannot be read, the line below says what to do
    let lines: Vec<&str> = said.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with("warn")) {
        assert!(pair[1].trim_start().starts_with("next"), "{pair:?}");
    }
    assert!(matches!(loaded.doctor.status.code(), Some(0 | 4)), "{said}");
}
