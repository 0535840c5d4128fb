//! End to end: people are collected, the snapshot is written, and the program says who can reach a role, and what it does not know.

use std::collections::{BTreeMap, BTreeSet};

use assert_cmd::Command;
use rolehop::collect::{AssignmentsBy, Scope};
use rolehop::emulator::{EmulatorOptions, Fault, Rule, Schedule, When};
use serde_json::{Value, json};

use crate::run::*;
use crate::world::*;

/// The management account, one whose roles of permission sets may each assume one role, and the account of these.
const WORLD: Size = Size { accounts: 3, sets: 6, users: 520, groups: 7, members: 500 };
const DEV: usize = 1;
const PROD: usize = 2;

/// Who has a permission set: a group of five hundred, one of three, and four users.
fn assigned(set: usize) -> (&'static str, String) {
    match set {
        0 => ("GROUP", group(0)),
        2 => ("GROUP", group(2)),
        n => ("USER", user(510 + n)),
    }
}

/// The people whom that lets in: every tenth is disabled.
fn people(set: usize) -> BTreeSet<String> {
    let numbers: Vec<usize> = match set {
        0 => (0..WORLD.members).collect(),
        2 => vec![22, 23, 24],
        n => vec![510 + n],
    };
    numbers.into_iter().filter(|n| n % 10 != 9).map(|n| format!("person_{n}@example.com")).collect()
}

fn role(account_n: usize, path: &str, name: &str, trust: &Value, policies: &Value) -> Value {
    json!({"Path": path, "RoleName": name, "RoleId": format!("AROA{account_n}{}", name.len()), "Tags": [],
        "Arn": format!("arn:aws:iam::{}:role{path}{name}", account(account_n)), "CreateDate": "2024-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}, "RolePolicyList": policies,
        "AttachedManagedPolicies": [], "InstanceProfileList": []})
}

fn reserved(set: usize) -> String {
    format!("AWSReservedSSO_{}_{:016x}", set_name(set), set + 0xa000)
}

const PATH: &str = "/aws-reserved/sso.amazonaws.com/eu-west-1/";

fn world() -> BTreeMap<String, Value> {
    let mut files = files(WORLD);
    let instance = &mut files.get_mut("identity-center.json").unwrap()["Instances"][0];
    let assignments = (0..WORLD.sets).map(|n| {
        let (of, principal) = assigned(n);
        json!({"AccountId": account(DEV), "PermissionSetArn": set(n), "PrincipalType": of, "PrincipalId": principal})
    });
    instance["AccountAssignments"] = assignments.collect();
    instance["Provisioned"] =
        json!([{"AccountId": account(DEV), "PermissionSets": (0..WORLD.sets).map(set).collect::<Vec<_>>()}]);
    files.remove("account-access.json");

    let provider = format!("arn:aws:iam::{}:saml-provider/AWSSSO_abcdef0123456789_DO_NOT_DELETE", account(DEV));
    let by_provider = json!({"Effect": "Allow", "Principal": {"Federated": &provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}});
    let assume = json!([{"PolicyName": "assume", "PolicyDocument": {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}}]);
    let of_sets = (0..WORLD.sets).map(|n| role(DEV, PATH, &reserved(n), &by_provider, &assume));
    let trusting =
        |principal: String| json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
    let targets = (0..WORLD.sets).map(|n| {
        let principal = format!("arn:aws:iam::{}:role{PATH}{}", account(DEV), reserved(n));
        role(PROD, "/", &format!("by-{n}"), &trusting(principal), &json!([]))
    });
    let scanner = |n| role(n, "/", ROLE, &trusting(format!("arn:aws:iam::{MANAGEMENT}:root")), &json!([]));
    for (n, roles) in [(DEV, of_sets.collect::<Vec<_>>()), (PROD, targets.collect())] {
        let mut file = files[&format!("accounts/{MANAGEMENT}.json")].clone();
        file["RoleDetailList"] = roles.into_iter().chain([scanner(n)]).collect();
        if n == DEV {
            file["SAMLProviders"] = json!([{"Arn": &provider}]);
        }
        files.insert(format!("accounts/{}.json", account(n)), file);
    }
    files
}

/// What the program says of the role that one permission set alone leads to: the people, and whether that is proven.
fn who_can(ran: &Ran, set: usize) -> (BTreeSet<String>, bool) {
    let target = format!("arn:aws:iam::{}:role/by-{set}", account(PROD));
    let mut command = Command::cargo_bin("rolehop").unwrap();
    command.env_clear().current_dir(ran.directory.path());
    let output =
        command.args(["who-can", &target, "--people", "--format", "json", "--snapshot", "."]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    assert!(answer.is_some(), "{said}");
    let answer = answer.unwrap();
    let proven = answer["proven"].as_bool().unwrap();
    assert_eq!(output.status.code(), Some(if proven { 0 } else { 4 }), "{said}");
    let answers = answer["answers"].as_array().unwrap().iter().filter(|one| one["verdict"] == "allowed");
    (answers.map(|one| one["principal"].as_str().unwrap().to_owned()).collect(), proven)
}

async fn scanned(files: &BTreeMap<String, Value>, options: EmulatorOptions, by: AssignmentsBy) -> Ran {
    scan(&start(files, options), |options| {
        options.scope = Scope::Organization;
        options.people.assignments = by;
    })
    .await
}

#[track_caller]
fn everybody_and_nobody_else(ran: &Ran) {
    assert_eq!(ran.reason(), None);
    for set in 0..WORLD.sets {
        assert_eq!(who_can(ran, set), (people(set), true), "{}", set_name(set));
    }
}

#[tokio::test]
async fn whoever_has_a_set_by_its_exact_name_comes_in_and_nobody_else() {
    for by in [AssignmentsBy::Account, AssignmentsBy::Principal] {
        everybody_and_nobody_else(&scanned(&world(), EmulatorOptions::default(), by).await);
    }
}

#[tokio::test]
async fn throttled_and_cut_scans_give_the_same_answers() {
    let cut = |operation, nth| Rule::always(operation, Fault::Cut).when(When::Nth(nth));
    let pages = Schedule::of([cut("ListUsers", 2), cut("ListGroupMemberships", 1), cut("ListAccountAssignments", 3)]);
    for faults in [Schedule::throttling(3, 0.2), pages] {
        let options = EmulatorOptions { faults, page_size: 50, quotas: Some(SCALE), ..EmulatorOptions::default() };
        everybody_and_nobody_else(&scanned(&world(), options, AssignmentsBy::Account).await);
    }
}

#[tokio::test]
async fn a_pair_that_is_denied_makes_the_answers_behind_its_role_unproven_and_no_other() {
    let mut files = world();
    let instance = &mut files.get_mut("identity-center.json").unwrap()["Instances"][0];
    instance["UnreadAssignments"] =
        json!([{"AccountId": account(DEV), "PermissionSetArn": set(0), "Reason": "an SCP denies it"}]);
    let ran = scanned(&files, EmulatorOptions::default(), AssignmentsBy::Account).await;
    assert!(ran.reason().unwrap().contains("1 pairs of account and permission set are unread"));
    assert_eq!(who_can(&ran, 0), (BTreeSet::new(), false));
    for set in 1..WORLD.sets {
        assert_eq!(who_can(&ran, set).0, people(set), "{}", set_name(set));
    }
}

#[tokio::test]
async fn a_member_account_that_is_denied_makes_every_answer_about_its_roles_unproven() {
    let denied = Rule::always("ListPermissionSetsProvisionedToAccount", Fault::Refuse(400, "AccessDeniedException"));
    let faults = Schedule::of([denied]);
    let ran = scanned(&world(), EmulatorOptions { faults, ..EmulatorOptions::default() }, AssignmentsBy::Account).await;
    assert!(ran.reason().unwrap().contains("3 accounts are unread"), "{:?}", ran.manifest.gaps);
    for set in 0..WORLD.sets {
        assert_eq!(who_can(&ran, set), (BTreeSet::new(), false), "{}", set_name(set));
    }
}

#[tokio::test]
async fn a_set_that_is_deleted_during_the_scan_lets_nobody_in_and_its_namesake_keeps_its_people() {
    // the sets are described in the order of their ARNs
    for deleted in [0, 1] {
        let gone = Rule::always("DescribePermissionSet", Fault::Refuse(400, "ResourceNotFoundException"));
        let faults = Schedule::of([gone.when(When::Nth(deleted as u64))]);
        let options = EmulatorOptions { faults, latency: std::time::Duration::ZERO, ..EmulatorOptions::default() };
        let ran = scanned(&world(), options, AssignmentsBy::Account).await;
        let names: BTreeSet<String> = ran.instance().permission_sets.unwrap().into_iter().map(|set| set.name).collect();
        let left: Vec<usize> = (0..WORLD.sets).filter(|n| names.contains(&set_name(*n))).collect();
        assert_eq!(left.len(), WORLD.sets - 1, "{names:?}");
        for set in 0..WORLD.sets {
            let wanted = if left.contains(&set) { people(set) } else { BTreeSet::new() };
            assert_eq!(who_can(&ran, set).0, wanted, "{}", set_name(set));
        }
    }
}

#[tokio::test]
async fn people_of_a_second_instance_in_another_region_take_no_part() {
    let mut files = world();
    let second = json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-5555222233334444", "IdentityStoreId": "d-5555222233",
        "OwnerAccountId": ADMINISTRATOR, "Status": "ACTIVE", "Region": "us-east-1", "GroupMemberships": [],
        "Users": [{"UserId": user(513), "UserName": "person_513@example.com", "UserStatus": "ENABLED"}], "Groups": []});
    files.get_mut("identity-center.json").unwrap()["Instances"].as_array_mut().unwrap().push(second);
    let caller_account = Some(id(ADMINISTRATOR));
    let options = EmulatorOptions { caller_account, ..EmulatorOptions::default() };
    let ran = scanned(&files, options, AssignmentsBy::Account).await;
    assert_eq!(ran.file().instances.len(), 2, "both regions were asked");
    for set in 0..WORLD.sets {
        let people: BTreeSet<String> = people(set).into_iter().collect();
        let found = who_can(&ran, set).0;
        let plain = |name: &String| name.trim_end_matches(" (d-1111222233)").to_owned();
        assert_eq!(found.iter().map(plain).collect::<BTreeSet<_>>(), people, "{}", set_name(set));
        assert_eq!(found.len(), people.len());
    }
}

#[tokio::test]
async fn an_instance_that_two_regions_serve_is_one() {
    let mut files = world();
    files.get_mut("identity-center.json").unwrap()["Instances"][0]["Regions"] = json!([REGION, "us-east-1"]);
    let ran = scanned(&files, EmulatorOptions::default(), AssignmentsBy::Account).await;
    let file = ran.file();
    assert_eq!((file.regions_asked.as_slice(), file.instances.len()), (&["us-east-1".to_owned()][..], 1));
    assert_eq!(ran.instance().region.as_deref(), Some(REGION), "the primary one");
    everybody_and_nobody_else(&ran);
}
