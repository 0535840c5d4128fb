//! `plan groups`: put into the account, the groups of a plan let every user into exactly what was wanted.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a command that cannot be run has failed its test"
)]

#[path = "support/program.rs"]
mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use program::{Ended, run_in};
use serde_json::{Value, json};

/// The account of the users.
const HUB: &str = "250000000000";
const JOBS: [&str; 3] = ["vpc", "ec2", "admin"];
const SELF_SERVICE: &str = "arn:aws:iam::*:user/${aws:username}";

/// Roles by user.
type Wanted = BTreeMap<String, BTreeSet<String>>;

/// The reference set-up of topics: an account of the users and others, each with a role for each job.
struct World {
    accounts: Vec<(String, String)>,
    users: Vec<Value>,
    groups: Vec<Value>,
    /// By account and name: the trust policy, where it is not that of the hub with MFA.
    trusts: BTreeMap<(String, String), Value>,
    roles: Vec<String>,
    summary: Option<Value>,
}

fn allow(resources: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resources}]})
}

fn inline(name: &str, document: Value) -> Value {
    json!({"PolicyName": name, "PolicyDocument": document})
}

fn group(name: &str, policies: Value) -> Value {
    json!({"GroupName": name, "Path": "/", "Arn": format!("arn:aws:iam::{HUB}:group/{name}"), "GroupId": format!("AGPA{name}"),
        "GroupPolicyList": policies, "AttachedManagedPolicies": []})
}

fn group_of(name: &str, document: Value) -> Value {
    group(name, json!([inline("assume", document)]))
}

fn user(name: &str, groups: &[String]) -> Value {
    json!({"UserName": name, "Path": "/", "Arn": format!("arn:aws:iam::{HUB}:user/{name}"), "UserId": format!("AIDA{name}"),
        "GroupList": groups, "UserPolicyList": [], "AttachedManagedPolicies": []})
}

impl World {
    fn new(accounts: usize, users: usize) -> Self {
        let number = |at: usize| format!("{}", 250_000_000_000_u64 + at as u64);
        let name = |at: usize| if at == 0 { "M".to_owned() } else { format!("team-{at:02}") };
        let accounts: Vec<(String, String)> = (0..=accounts).map(|at| (number(at), name(at))).collect();
        let mut own =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ChangePassword"}]});
        own["Statement"][0]["Resource"] = SELF_SERVICE.into();
        Self {
            accounts,
            users: (0..users).map(|at| user(&format!("user-{at:02}"), &["users".to_owned()])).collect(),
            groups: vec![group("users", json!([inline("self-service", own)]))],
            trusts: BTreeMap::new(),
            roles: JOBS.map(str::to_owned).to_vec(),
            summary: None,
        }
    }

    fn role(&self, account: usize, job: &str) -> String {
        format!("arn:aws:iam::{}:role/{job}", self.accounts[account].0)
    }

    fn write(&self, dir: &Path) {
        fs::create_dir_all(dir.join("accounts")).unwrap();
        let listed: Vec<Value> = self
            .accounts
            .iter()
            .map(|(id, name)| json!({"Id": id, "Name": name, "State": "ACTIVE", "ParentId": "r-1"}))
            .collect();
        let organization = json!({
            "Organization": {"Id": "o-1", "MasterAccountId": HUB, "FeatureSet": "CONSOLIDATED_BILLING"},
            "Roots": [{"Id": "r-1", "Name": "Root"}], "OrganizationalUnits": [], "Accounts": listed, "Policies": [],
        });
        fs::write(dir.join("organization.json"), organization.to_string()).unwrap();
        for (id, _) in &self.accounts {
            let roles: Vec<Value> = self.roles.iter().map(|job| self.detail(id, job)).collect();
            let is_hub = id == HUB;
            let mut file = json!({
                "UserDetailList": if is_hub { json!(self.users) } else { json!([]) },
                "GroupDetailList": if is_hub { json!(self.groups) } else { json!([]) },
                "RoleDetailList": roles, "Policies": [],
            });
            if let (true, Some(summary)) = (is_hub, &self.summary) {
                file["AccountSummary"] = summary.clone();
            }
            fs::write(dir.join("accounts").join(format!("{id}.json")), file.to_string()).unwrap();
        }
    }

    fn detail(&self, id: &str, job: &str) -> Value {
        let of_hub = || {
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{HUB}:root")},
                "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]})
        };
        let trust = self.trusts.get(&(id.to_owned(), job.to_owned())).cloned().unwrap_or_else(of_hub);
        json!({"RoleName": job, "Path": "/", "RoleId": format!("AROA{id}{job}"), "Arn": format!("arn:aws:iam::{id}:role/{job}"),
            "AssumeRolePolicyDocument": trust, "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": []})
    }

    fn needs(&self, wanted: &Wanted) -> String {
        let mut csv = "user,role\n".to_owned();
        for user in self.users.iter().map(|user| user["UserName"].as_str().unwrap()) {
            match wanted.get(user) {
                Some(roles) => roles.iter().for_each(|role| writeln!(csv, "{user},{role}").unwrap()),
                None => writeln!(csv, "{user},").unwrap(),
            }
        }
        csv
    }
}

/// Runs `plan groups` beside the snapshot in `dir`.
fn plan(dir: &Path, arguments: &[&str]) -> Ended {
    run_in(dir, &[], &[&["plan", "groups", "--snapshot", ".", "--no-config"], arguments].concat())
}

fn planned(dir: &Path, csv: &str, arguments: &[&str]) -> (Ended, Value) {
    fs::write(dir.join("needs.csv"), csv).unwrap();
    let ended = plan(dir, &[&["needs.csv", "--json"], arguments].concat());
    let answer = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
    (ended, answer)
}

/// What every user assumes directly, as `export edges` says it.
fn reached(dir: &Path) -> Wanted {
    let edges = run_in(dir, &[], &["export", "edges", "--format", "json", "--snapshot", ".", "--no-config"]);
    let edges: Value = serde_json::from_str(&edges.out).unwrap();
    let mut reached = Wanted::new();
    for edge in edges.as_array().unwrap_or_else(|| edges["edges"].as_array().unwrap()) {
        if let Some((_, user)) = edge["from"].as_str().unwrap().split_once(":user/") {
            assert_eq!(edge["conditions"], json!(["aws:MultiFactorAuthPresent"]), "{edge}");
            reached.entry(user.to_owned()).or_default().insert(edge["to"].as_str().unwrap().to_owned());
        }
    }
    reached
}

/// Puts what a template has into the account's file, and takes away the groups that the plan takes away.
fn put(dir: &Path, files: &Path) {
    let answer: Value = serde_json::from_slice(&fs::read(files.join("plan.json")).unwrap()).unwrap();
    let template: Value =
        serde_json::from_slice(&fs::read(files.join(HUB).join("groups.template.json")).unwrap()).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    let place = dir.join("accounts").join(format!("{HUB}.json"));
    let mut file: Value = serde_json::from_slice(&fs::read(&place).unwrap()).unwrap();
    let deleted: BTreeSet<&str> =
        answer["accounts"][0]["deleted"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    file["GroupDetailList"]
        .as_array_mut()
        .unwrap()
        .retain(|group| !deleted.contains(group["GroupName"].as_str().unwrap()));
    for user in file["UserDetailList"].as_array_mut().unwrap() {
        user["GroupList"].as_array_mut().unwrap().retain(|group| !deleted.contains(group.as_str().unwrap()));
    }
    let arn = |name: &Value| format!("arn:aws:iam::{HUB}:policy/{}", name.as_str().unwrap());
    for resource in resources.values() {
        let own = &resource["Properties"];
        match resource["Type"].as_str().unwrap() {
            "AWS::IAM::ManagedPolicy" => file["Policies"].as_array_mut().unwrap().push(json!({
                "PolicyName": own["ManagedPolicyName"], "Arn": arn(&own["ManagedPolicyName"]), "Path": "/", "DefaultVersionId": "v1",
                "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": own["PolicyDocument"]}]})),
            "AWS::IAM::Group" => {
                let mut made = group(own["GroupName"].as_str().unwrap(), json!([]));
                if let Some(policies) = own.get("Policies") {
                    made["GroupPolicyList"] = policies.clone();
                }
                let attached = own.get("ManagedPolicyArns").and_then(Value::as_array).into_iter().flatten();
                let names = attached.map(|one| &resources[one["Ref"].as_str().unwrap()]["Properties"]["ManagedPolicyName"]);
                made["AttachedManagedPolicies"] =
                    names.map(|name| json!({"PolicyName": name, "PolicyArn": arn(name)})).collect();
                file["GroupDetailList"].as_array_mut().unwrap().push(made);
            }
            "AWS::IAM::UserToGroupAddition" => {
                let name = match own["GroupName"].as_str() {
                    Some(name) => json!(name),
                    None => resources[own["GroupName"]["Ref"].as_str().unwrap()]["Properties"]["GroupName"].clone(),
                };
                for user in file["UserDetailList"].as_array_mut().unwrap() {
                    let groups = user["GroupList"].as_array().unwrap();
                    if own["Users"].as_array().unwrap().contains(&user["UserName"]) && !groups.contains(&name) {
                        user["GroupList"].as_array_mut().unwrap().push(name.clone());
                    }
                }
            }
            other => panic!("{other}"),
        }
    }
    // templates add members and take none away
    for group in answer["accounts"][0]["groups"].as_array().unwrap() {
        for user in file["UserDetailList"].as_array_mut().unwrap() {
            if group["leaves"].as_array().unwrap().contains(&user["UserName"]) {
                user["GroupList"].as_array_mut().unwrap().retain(|own| own != &group["name"]);
            }
        }
    }
    fs::write(place, file.to_string()).unwrap();
}

/// Terraform makes the same memberships and documents.
fn says_the_same_in_terraform(dir: &Path, account: &Value) {
    let file = dir.join("plan").join(HUB).join("groups.tf.json");
    let terraform: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let of_terraform = |kind: &str| terraform["resource"][kind].as_object().unwrap().values();
    let groups = account["groups"].as_array().unwrap();
    let members: BTreeMap<&str, &Value> =
        groups.iter().map(|one| (one["name"].as_str().unwrap(), &one["members"])).collect();
    let there = of_terraform("aws_iam_group_membership").map(|one| (one["name"].as_str().unwrap(), &one["users"]));
    assert_eq!(there.collect::<BTreeMap<_, _>>(), members);
    let policies = groups.iter().flat_map(|one| one["policies"].as_array().unwrap());
    let documents: BTreeSet<String> = policies.map(|policy| policy["document"].to_string()).collect();
    let there = of_terraform("aws_iam_group_policy").map(|one| one["policy"].as_str().unwrap().to_owned());
    assert_eq!(there.collect::<BTreeSet<_>>(), documents);
}

/// Numbers that look random and are the same in every run.
fn below(state: &mut u64, limit: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*state >> 33) % limit as u64).unwrap()
}

#[test]
fn whatever_is_there_and_whatever_is_needed_users_get_exactly_that() {
    for seed in 0..10 {
        let mut state = seed;
        let (dir, mut world) = (tempfile::tempdir().unwrap(), World::new(4, 8));
        let roles: Vec<String> =
            (0..=4).flat_map(|at| JOBS.map(|job| (at, job))).map(|(at, job)| world.role(at, job)).collect();
        for at in 0..6 {
            let own: Vec<&String> = roles.iter().filter(|_| below(&mut state, 5) == 0).collect();
            let resources = if below(&mut state, 6) == 0 { json!("arn:aws:iam::*:role/vpc") } else { json!(own) };
            if !own.is_empty() {
                world.groups.push(group_of(&format!("old-{at}"), allow(resources)));
            }
        }
        let names: Vec<Value> = world.groups.iter().skip(1).map(|group| group["GroupName"].clone()).collect();
        for user in &mut world.users {
            let groups = user["GroupList"].as_array_mut().unwrap();
            groups.extend(names.iter().filter(|_| below(&mut state, 3) == 0).cloned());
        }
        world.write(dir.path());
        let wanted: Wanted = (0..8)
            .map(|user| {
                (format!("user-{user:02}"), roles.iter().filter(|_| below(&mut state, 4) == 0).cloned().collect())
            })
            .filter(|(_, roles): &(String, BTreeSet<String>)| !roles.is_empty())
            .collect();
        let (ended, answer) = planned(dir.path(), &world.needs(&wanted), &["--output-dir", "plan"]);
        assert_eq!((ended.code, &answer["exact"]), (Some(0), &json!(true)), "{seed}: {} {}", ended.out, ended.err);
        put(dir.path(), &dir.path().join("plan"));
        assert_eq!(reached(dir.path()), wanted, "{seed}");
    }
}

/// Thirty people and fourteen accounts: teams that work in several accounts, some who need a job everywhere, and some who are in two teams.
fn of_thirty(world: &World) -> Wanted {
    let mut wanted = Wanted::new();
    let mut want = |user: usize, account: usize, job: &str| {
        _ = wanted.entry(format!("user-{user:02}")).or_default().insert(world.role(account, job));
    };
    for at in 1..=14 {
        (0..6).for_each(|user| want(user, at, "vpc"));
        (6..9).for_each(|user| want(user, at, "admin"));
        (2..5).for_each(|user| want(user, at, "ec2"));
        // four teams, each with a third of the accounts or so
        (9..27).filter(|user| at % 4 == user % 4).for_each(|user| want(user, at, "ec2"));
    }
    for user in 20..27 {
        want(user, 1 + user % 3, "admin");
        want(user, 12, "vpc");
    }
    want(27, 3, "vpc");
    want(28, 3, "vpc");
    want(28, 14, "admin");
    wanted
}

#[test]
fn thirty_people_and_fourteen_accounts_are_planned_written_out_imported_and_get_exactly_what_is_wanted() {
    let (dir, mut world) = (tempfile::tempdir().unwrap(), World::new(14, 30));
    // a group for each role and account, as far as ten groups go: two of them say what the plan says
    for job in ["vpc", "admin"] {
        for at in [3, 4] {
            let name = format!("{job}-{}", world.accounts[at].1);
            world.groups.push(group(&name, json!([inline("assume", allow(json!(world.role(at, job))))])));
            world.users[0]["GroupList"].as_array_mut().unwrap().push(json!(name));
        }
    }
    world.write(dir.path());
    let wanted = of_thirty(&world);
    assert!(wanted.values().any(|roles| roles.len() > 10));
    let (ended, answer) = planned(dir.path(), &world.needs(&wanted), &["--output-dir", "plan"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!((&answer["exact"], &answer["verified"], &answer["proven"]), (&json!(true), &json!(true), &json!(true)));
    let account = &answer["accounts"][0];
    assert_eq!(account["is_smallest"], true, "{account}");
    assert_eq!(account["groups"].as_array().unwrap().len(), account["at_least"]);
    let stays: Vec<&Value> =
        account["groups"].as_array().unwrap().iter().filter(|group| group["fate"] == "stays").collect();
    assert_eq!(stays.len(), 1, "{stays:?}");
    assert_eq!((&stays[0]["name"], &stays[0]["leaves"]), (&json!("vpc-team-03"), &json!(["user-00"])));

    says_the_same_in_terraform(dir.path(), account);
    put(dir.path(), &dir.path().join("plan"));
    assert_eq!(reached(dir.path()), wanted);
    let quotas = [
        "quotas",
        "--quota",
        "groups-per-user,inline-size-of-group",
        "--all",
        "--json",
        "--snapshot",
        ".",
        "--no-config",
    ];
    let quotas: Value = serde_json::from_str(&run_in(dir.path(), &[], &quotas).succeeded().out).unwrap();
    let rows = quotas["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["used"].as_u64().unwrap() <= row["limit"].as_u64().unwrap()), "{rows:?}");
    let most = rows.iter().filter(|row| row["quota"] == "groups-per-user").filter_map(|row| row["used"].as_u64()).max();
    assert_eq!(most, account["limits"]["most_groups_of_user"].as_u64());

    // what is there now is what the plan wants: a second one changes nothing
    let (ended, again) = planned(dir.path(), &world.needs(&wanted), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let groups = again["accounts"][0]["groups"].as_array().unwrap();
    let has_none = |group: &Value, key: &str| group[key].as_array().unwrap().is_empty();
    assert!(groups.iter().all(|one| one["fate"] == "stays" && has_none(one, "joins") && has_none(one, "leaves")));
    assert_eq!(again["accounts"][0]["deleted"], json!([]));
}

#[test]
fn the_same_question_has_the_same_answer_and_todays_reach_can_be_asked_for() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new(6, 9));
    world.write(dir.path());
    let wanted: Wanted = (0..9)
        .map(|user| {
            let roles = (1..=6).filter(|at| (user + at) % 3 != 0).map(|at| world.role(at, JOBS[user % 3]));
            (format!("user-{user:02}"), roles.collect())
        })
        .collect();
    let (first, answer) = planned(dir.path(), &world.needs(&wanted), &["--output-dir", "plan"]);
    let (second, _) = planned(dir.path(), &world.needs(&wanted), &[]);
    assert_eq!(first.out, second.out);
    let names: Vec<&str> = answer["accounts"][0]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["name"].as_str().unwrap())
        .collect();
    assert!(names.iter().all(|name| JOBS.iter().any(|job| name.starts_with(job))), "{names:?}");
    put(dir.path(), &dir.path().join("plan"));
    let reach = plan(dir.path(), &["--from", "reach", "--json"]).succeeded();
    let reach: Value = serde_json::from_str(&reach.out).unwrap();
    assert_eq!((&reach["pairs"], &reach["exact"]), (&answer["pairs"], &json!(true)));
    assert_eq!(reach["accounts"][0]["differences"], json!([]));
}

#[test]
fn what_groups_cannot_do_is_named_with_the_reason() {
    let (dir, mut world) = (tempfile::tempdir().unwrap(), World::new(2, 3));
    let (refusing, role) = (world.accounts[1].0.clone(), world.role(1, "vpc"));
    let nobody = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    world.trusts.insert((refusing, "vpc".to_owned()), nobody);
    let other = world.role(2, "ec2");
    world.users[1]["UserPolicyList"] = json!([inline("own", allow(json!(other)))]);
    let full: Vec<String> = (0..10).map(|at| format!("club-{at}")).collect();
    full.iter().for_each(|name| world.groups.push(group(name, json!([]))));
    world.users[2]["GroupList"] = json!(full);
    world.write(dir.path());
    let wanted: Wanted = [
        ("user-00", vec![role.clone(), world.role(2, "vpc")]),
        ("user-01", vec![world.role(2, "vpc")]),
        ("user-02", vec![world.role(2, "admin")]),
    ]
    .into_iter()
    .map(|(user, roles)| (user.to_owned(), roles.into_iter().collect()))
    .collect();
    let (ended, answer) = planned(dir.path(), &world.needs(&wanted), &[]);
    assert_eq!((ended.code, &answer["exact"], &answer["verified"]), (Some(3), &json!(false), &json!(true)));
    let deviations = json!([
        {"why": "refused", "user": "user-00", "roles": [role]},
        {"why": "extra", "user": "user-01", "roles": [other]},
        {"why": "no-room", "user": "user-02", "roles": [world.role(2, "admin")]},
    ]);
    assert_eq!(answer["accounts"][0]["deviations"], deviations);
    let table = plan(dir.path(), &["needs.csv"]).out;
    assert!(table.contains("refused whatever groups say") && table.contains("users who have no room"), "{table}");
    let ways: Vec<&Value> = answer["alternatives"].as_array().unwrap().iter().map(|one| &one["way"]).collect();
    assert_eq!(ways, ["identity-center", "account-wildcard", "policies-of-users"]);
}

#[test]
fn roles_without_room_in_a_policy_are_divided_over_policies_and_groups() {
    let (dir, mut world) = (tempfile::tempdir().unwrap(), World::new(14, 2));
    world.summary =
        Some(json!({"GroupPolicySizeQuota": 200, "PolicySizeQuota": 260, "AttachedPoliciesPerGroupQuota": 2,
        "GroupsPerUserQuota": 10, "GroupsQuota": 300, "PoliciesQuota": 1500}));
    world.write(dir.path());
    let all = (1..=14).map(|at| world.role(at, "vpc")).collect();
    let wanted: Wanted = [("user-00".to_owned(), all)].into();
    let (ended, answer) = planned(dir.path(), &world.needs(&wanted), &["--output-dir", "plan"]);
    assert_eq!(ended.code, Some(0), "{} {}", ended.out, ended.err);
    let groups = answer["accounts"][0]["groups"].as_array().unwrap();
    assert!(groups.len() > 1, "{groups:?}");
    for policy in groups.iter().flat_map(|group| group["policies"].as_array().unwrap()) {
        let most = if policy["kind"] == "inline" { 200 } else { 260 };
        assert!(policy["document"].to_string().len() as u64 <= most && policy["size"].as_u64().unwrap() <= most);
    }
    put(dir.path(), &dir.path().join("plan"));
    assert_eq!(reached(dir.path()), wanted);
}

#[test]
fn a_wildcard_stands_for_all_roles_of_a_name_or_is_not_written() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new(4, 2));
    world.write(dir.path());
    let all = "user,account,role\nuser-00,*,vpc\nuser-01,team-*,ec2\n";
    let (_, answer) = planned(dir.path(), all, &[]);
    let of = |answer: &Value| -> BTreeMap<String, Value> {
        let groups = answer["accounts"][0]["groups"].as_array().unwrap();
        groups.iter().map(|one| (one["members"][0].as_str().unwrap().to_owned(), one["wildcards"].clone())).collect()
    };
    let every = json!([{"resource": "arn:aws:iam::*:role/vpc", "roles": 5}]);
    assert_eq!(of(&answer), [("user-00".to_owned(), every), ("user-01".to_owned(), json!([]))].into());
    let (_, answer) = planned(dir.path(), all, &["--no-wildcards"]);
    assert!(of(&answer).values().all(|wildcards| *wildcards == json!([])));
    // an account that was not read may have such a role
    fs::remove_file(dir.path().join("accounts/250000000004.json")).unwrap();
    let (ended, answer) = planned(
        dir.path(),
        "user,role\nuser-00,M/vpc\nuser-00,team-01/vpc\nuser-00,team-02/vpc\nuser-00,team-03/vpc\n",
        &[],
    );
    assert_eq!((ended.code, &answer["proven"]), (Some(4), &json!(false)));
    assert!(of(&answer).values().all(|wildcards| *wildcards == json!([])));
}

#[test]
fn where_nobody_is_known_to_assume_anything_it_counts_what_was_not_read() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new(2, 1));
    world.write(dir.path());
    let planned = || plan(dir.path(), &["--from", "reach", "--account", HUB]);
    let file = dir.path().join(format!("accounts/{HUB}.json"));
    let mut hub: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    hub["UserDetailList"] = json!([]);
    fs::write(&file, hub.to_string()).unwrap();
    let none = planned().failed(2, "E300");
    assert!(none.contains("there is nothing to plan"), "{none}");
    fs::remove_file(&file).unwrap();
    let unread = planned().failed(4, "E407");
    assert!(unread.contains(HUB), "{unread}");
}

#[test]
fn policies_of_a_plan_can_ask_for_mfa_and_names_can_have_a_beginning() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new(2, 1));
    world.write(dir.path());
    let (_, answer) = planned(dir.path(), "user,role\nuser-00,team-01/vpc\n", &["--mfa", "--prefix", "assume-"]);
    let group = &answer["accounts"][0]["groups"][0];
    assert_eq!(group["name"], "assume-vpc-team-01");
    let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(group["policies"][0]["document"]["Statement"][0]["Condition"], condition);
    // a group that asks for no MFA does not stay where MFA is asked for, and the other way round
    for (conditions, arguments, fate) in
        [(false, &["--mfa"][..], "new"), (false, &[], "stays"), (true, &["--mfa"], "stays"), (true, &[], "new")]
    {
        let (dir, mut world) = (tempfile::tempdir().unwrap(), World::new(2, 1));
        let mut document = allow(json!(world.role(1, "vpc")));
        if conditions {
            document["Statement"][0]["Condition"] = condition.clone();
        }
        world.groups.push(group_of("old", document));
        world.write(dir.path());
        let (_, answer) = planned(dir.path(), "user,role\nuser-00,team-01/vpc\n", arguments);
        assert_eq!(answer["accounts"][0]["groups"][0]["fate"], fate, "{conditions} {arguments:?}");
    }
}

#[test]
fn what_was_used_lately_is_planned_and_the_rest_is_counted() {
    let (dir, mut world) = (tempfile::tempdir().unwrap(), World::new(2, 2));
    let roles = [world.role(1, "vpc"), world.role(2, "vpc"), world.role(2, "ec2")];
    world.groups.push(group("all", json!([inline("assume", allow(json!(roles)))])));
    world.users.iter_mut().for_each(|user| user["GroupList"].as_array_mut().unwrap().push(json!("all")));
    world.write(dir.path());
    let place = dir.path().join(format!("accounts/{}.json", world.accounts[2].0));
    let mut file: Value = serde_json::from_slice(&fs::read(&place).unwrap()).unwrap();
    file["RoleDetailList"][0]["RoleLastUsed"] = json!({"LastUsedDate": "2026-01-01T00:00:00Z"});
    file["AssumeRoleEvents"] = json!({"From": "2026-06-01T00:00:00Z", "To": "2026-11-20T00:00:00Z", "Regions": ["us-east-1"],
        "Roles": [roles[2]], "Events": [{"EventTime": "2026-11-01T00:00:00Z", "EventId": "1", "EventName": "AssumeRole",
            "Region": "us-east-1", "RoleArn": roles[2], "Principal": format!("arn:aws:iam::{HUB}:user/user-01")}]});
    fs::write(&place, file.to_string()).unwrap();
    let ended = plan(dir.path(), &["--from", "last-use", "--json", "--at", "2026-11-20T00:00:00Z"]).succeeded();
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    // team-01/vpc is not known, team-02/vpc was used in January, team-02/ec2 by one of the two
    assert_eq!((&answer["pairs"], &answer["from"]), (&json!(3), &json!("last-use")));
    assert!(ended.err.contains("3 pairs of user and role unused for 90 days are left out"), "{}", ended.err);
    assert!(ended.err.contains("2 pairs stay"), "{}", ended.err);
}

#[test]
fn lines_that_are_not_understood_are_named_and_nothing_is_planned() {
    let (dir, world) = (tempfile::tempdir().unwrap(), World::new(2, 2));
    world.write(dir.path());
    let cases = [
        ("user,role\nuser-0,team-01/vpc\n", "line 2: no IAM user is called `user-0`"),
        ("user,role\n\nuser-00,team-01/vcp\n", "line 3: no role `vcp` is in team-01: did you mean `vpc`?"),
        ("user;role\nuser-00;team-9/vpc\n", "line 2: no account is called `team-9`"),
        ("user,role\nuser-00,vpc\n", "line 2: `vpc` names no account"),
        ("user,role\nuser-00,arn:aws:iam::250000000001:role/none\n", "the snapshot has no role"),
        ("user,role\nuser-00,arn:aws:s3:::bucket\n", "is no ARN of a role"),
        ("user,role\n,team-01/vpc\n", "line 2: no user is named"),
        ("name,role\nuser-00,team-01/vpc\n", "the columns `user` and `role` are needed"),
        ("user,role\n", "it names nobody"),
        ("", "the columns `user` and `role` are needed"),
    ];
    for (csv, why) in cases {
        fs::write(dir.path().join("needs.csv"), csv).unwrap();
        let told = plan(dir.path(), &["needs.csv"]).failed(2, "E316");
        assert!(told.contains(why), "{csv}: {told}");
    }
    plan(dir.path(), &["absent.csv"]).failed(2, "E316");
    plan(dir.path(), &["needs.csv", "--redact=accounts", "--output-dir", "x"]).failed(2, "E300");
    plan(dir.path(), &[]).failed(2, "E300");
    plan(dir.path(), &["--from", "reach"]).failed(2, "E300");
}
