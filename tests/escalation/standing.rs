//! Who is an administrator of its account, and who is one step from it, in `can` and in rules of a user.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::paths::{allow, everything, policy};
use crate::program::{Ended, run_in};
use crate::support::{DEV, World, may_assume, role, trusts, user};

/// `ann` enters `admin`, `deploy`, which may change the trust of `admin`, and `reader`.
fn world() -> TempDir {
    let mut world = World::of_organization();
    let by_ann = || trusts(json!({"AWS": user(DEV, "ann")}));
    world.role(DEV, "admin", by_ann(), &[everything()]);
    world.role(DEV, "deploy", by_ann(), &[allow(&["iam:UpdateAssumeRolePolicy"], &role(DEV, "admin"))]);
    world.role(DEV, "reader", by_ann(), &[allow(&["s3:GetObject"], "*")]);
    world.user(DEV, "ann", &[may_assume(&[&role(DEV, "*")])]);
    // of herself alone
    world.user(DEV, "eve", &[allow(&["iam:PutUserPolicy"], &user(DEV, "eve"))]);
    world.user(DEV, "root-like", &[everything()]);
    world.write()
}

const BOTH: [&str; 2] = ["--edges", "assume,escalation"];

fn can(dir: &TempDir, who: &str, more: &[&str]) -> Ended {
    let snapshot = dir.path().display().to_string();
    let ended = run_in(dir.path(), &[], &[&["can", who, "--snapshot", &snapshot, "--no-config"], more].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

fn answer(dir: &TempDir, who: &str, more: &[&str]) -> Value {
    serde_json::from_str(&can(dir, who, &[&["--json"], more].concat()).out).unwrap()
}

#[test]
fn can_says_which_roles_are_administrators_and_which_are_one_step_from_it() {
    let dir = world();
    let found = answer(&dir, "dev/ann", &BOTH);
    let of = |name: &str| {
        let all = found["answers"].as_array().unwrap();
        all.iter().find(|one| one["role"] == role(DEV, name).as_str()).unwrap().get("administrator").cloned()
    };
    assert_eq!(of("admin"), Some(json!({"in_one_step": false})));
    assert_eq!(of("deploy"), Some(json!({"in_one_step": true, "kind": "update-trust", "catalogue": "iam-012"})));
    assert_eq!((of("reader"), found.get("administrator")), (None, None));
    let one = json!({"in_one_step": true, "kind": "put-policy", "catalogue": "iam-007"});
    assert_eq!(answer(&dir, "dev/eve", &BOTH)["administrator"], one);
    assert_eq!(answer(&dir, "dev/root-like", &BOTH)["administrator"], json!({"in_one_step": false}));
    // nobody asked for ways to escalate
    let plain = answer(&dir, "dev/ann", &[]).to_string();
    assert!(!plain.contains("administrator"), "{plain}");
    assert_eq!(answer(&dir, "dev/eve", &[]).get("administrator"), None);
}

/// A role that somebody makes is an administrator where nothing limits it; what limits it then counts, and what limits its maker does not.
#[test]
fn whoever_makes_an_administrator_is_one_step_from_it() {
    let arn = |what: &str| format!("arn:aws:iam::{DEV}:{what}");
    let bound = arn("policy/bound");
    let managed = |document: Value| {
        let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
        json!([{"PolicyName": "bound", "Arn": bound, "DefaultVersionId": "v1", "PolicyVersionList": [version]}])
    };
    let actions = ["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"];
    let steps = |boundary: Value| {
        let mut world = World::of_organization();
        let guarded = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions,
            "Resource": arn("role/app-*"), "Condition": {"StringEquals": {"iam:PermissionsBoundary": bound}}}]});
        world.user(DEV, "free", &[allow(&actions, &arn("role/app-*"))]).user(DEV, "guarded", &[guarded]);
        world.account(DEV)["Policies"] = managed(boundary);
        let dir = world.write();
        let of = |name: &str| answer(&dir, &format!("dev/{name}"), &BOTH).get("administrator").cloned();
        [of("free"), of("guarded")]
    };
    let one = json!({"in_one_step": true, "kind": "create-role-and-attach-policy", "catalogue": "rh-create-role-and-attach-policy"});
    assert_eq!(steps(allow(&["s3:*", "sts:*"], "*")), [Some(one.clone()), None]);
    assert_eq!(steps(everything()), [Some(one.clone()), Some(one)]);
}

#[test]
fn every_form_for_people_tells_them() {
    let dir = world();
    let table = can(&dir, "dev/ann", &BOTH).out;
    assert!(table.contains("\nadministrators of their accounts: dev/role/admin\n"), "{table}");
    assert!(table.contains("\none step from administrator: dev/role/deploy (update-trust iam-012)\n"), "{table}");
    let table = can(&dir, "dev/eve", &BOTH).out;
    assert!(
        table.contains("dev/user/eve is one step from administrator of its account (put-policy iam-007)"),
        "{table}"
    );
    let expanded = can(&dir, "dev/ann", &[&BOTH[..], &["--expand"]].concat()).out;
    let line = |name: &str| expanded.lines().find(|line| line.contains(name)).unwrap();
    assert!(line("role/admin").ends_with("  administrator"), "{expanded}");
    assert!(line("role/deploy").ends_with("  one step from administrator (update-trust iam-012)"), "{expanded}");
    assert!(!line("role/reader").contains("administrator"), "{expanded}");
    let markdown = can(&dir, "dev/ann", &[&BOTH[..], &["-f", "markdown"]].concat()).out;
    assert!(markdown.contains("one step from administrator: dev/role/deploy"), "{markdown}");
    let csv = can(&dir, "dev/ann", &[&BOTH[..], &["-f", "csv"]].concat()).out;
    let cell =
        |name: &str| csv.lines().find(|line| line.contains(name)).unwrap().rsplit(',').next().unwrap().to_owned();
    assert_eq!([cell("role/admin"), cell("role/deploy"), cell("role/reader")], ["yes", "in-one-step", ""]);
}

#[test]
fn rules_of_a_user_can_ask_for_it() {
    let dir = world();
    let rule = |id: &str, subject: &str| {
        let text = format!(
            "view = 1\nid = \"{id}\"\ntitle = \"It holds\"\nseverity = \"medium\"\nsubject = \"{subject}\"\nwhen = '''{subject}.administrator_in_one_step'''\n"
        );
        let rules = tempfile::tempdir().unwrap();
        std::fs::write(rules.path().join("own.toml"), text).unwrap();
        let [snapshot, from] = [&dir, &rules].map(|dir| dir.path().display().to_string());
        let all = ["check", "--snapshot", &snapshot, "--no-config", "--json", "--rules", &from, "--rule", id];
        let ended = run_in(rules.path(), &[], &all);
        let found: Value = serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        let subjects = found["findings"].as_array().unwrap().iter().map(|f| f["subject"].as_str().unwrap().to_owned());
        subjects.collect::<Vec<String>>()
    };
    assert_eq!(rule("one-step", "role"), [role(DEV, "deploy")]);
    assert_eq!(rule("one-step-of-users", "user"), [user(DEV, "eve")]);
}

/// Whoever may attach policies to anybody but itself cannot make itself anything. Source: AWS IAM User Guide, "Policy evaluation logic": an
/// explicit Deny wins.
#[test]
fn who_is_kept_from_changing_itself_is_no_administrator() {
    let on = |resource: &str| json!({"Effect": "Deny", "Action": "iam:Attach*", "Resource": resource});
    let but = |denied: Value| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:AttachUserPolicy", "iam:AttachRolePolicy"], "Resource": "*"}, denied]});
    let not = |resource: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:AttachUserPolicy", "NotResource": resource}]});
    let administrator = |policy: &Value| {
        let mut world = World::of_organization();
        world.user(DEV, "ann", std::slice::from_ref(policy));
        world.account(DEV)["UserDetailList"][0]["Tags"] = json!([{"Key": "kept", "Value": "yes"}]);
        answer(&world.write(), "dev/ann", &BOTH).get("administrator").cloned()
    };
    let by_tag = json!({"Effect": "Deny", "Action": "iam:Attach*", "Resource": "*", "Condition": {"StringEquals": {"iam:ResourceTag/kept": "yes"}}});
    let kept = [
        but(on(&user(DEV, "ann"))),
        but(on("arn:aws:iam::*:user/${aws:username}")),
        but(by_tag),
        not(&user(DEV, "ann")),
        not("arn:aws:iam::*:user/a*"),
    ];
    for policy in &kept {
        assert_eq!(administrator(policy), None, "{policy}");
    }
    let of_others = [but(on(&user(DEV, "bob"))), not(&user(DEV, "bob"))];
    for policy in &of_others {
        assert_eq!(administrator(policy), Some(json!({"in_one_step": false})), "{policy}");
    }
    // one of two who share their policy
    let mut world = World::of_organization();
    let shared = but(on(&user(DEV, "ann")));
    world.user(DEV, "ann", std::slice::from_ref(&shared)).user(DEV, "bob", &[shared]);
    let dir = world.write();
    assert_eq!(answer(&dir, "dev/ann", &BOTH).get("administrator"), None);
    assert_ne!(answer(&dir, "dev/bob", &BOTH).get("administrator"), None);
    // and a role, by its account's guardrail
    let mut world = World::of_organization();
    world.role(DEV, "ci", trusts(json!({"Service": "ec2.amazonaws.com"})), &[allow(&["iam:PutRolePolicy"], "*")]);
    let guarded = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": role("*", "ci*")}]});
    world.guardrail("SERVICE_CONTROL_POLICY", DEV, guarded);
    assert_eq!(answer(&world.write(), "dev/ci", &BOTH).get("administrator"), None);
}

/// One step is a sure one: a way under a condition is none, and of a service role that needs MFA nobody can bring some.
#[test]
fn a_way_under_a_condition_is_no_step() {
    let statement = |condition: Value| {
        policy(json!([{"Effect": "Allow", "Action": "iam:UpdateAssumeRolePolicy", "Resource": role(DEV, "admin"),
            "Condition": condition}]))
    };
    let mut world = World::of_organization();
    let of_service = |name: &str| trusts(json!({"Service": name}));
    world.role(DEV, "admin", of_service("lambda.amazonaws.com"), &[everything()]);
    let here = json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}});
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    world.role(DEV, "here", of_service("ec2.amazonaws.com"), &[statement(here.clone())]);
    world.role(DEV, "with-mfa", of_service("ec2.amazonaws.com"), &[statement(mfa)]);
    world.user(DEV, "ann", &[statement(here)]);
    let dir = world.write();
    for who in ["dev/here", "dev/with-mfa", "dev/ann"] {
        assert_eq!(answer(&dir, who, &BOTH).get("administrator"), None, "{who}");
    }
    let snapshot = dir.path().display().to_string();
    let checked = run_in(dir.path(), &[], &["check", "--snapshot", &snapshot, "--no-config", "--only", "escalation"]);
    assert!(
        checked.out.contains("role/here can become") && !checked.out.contains("with-mfa can become"),
        "{}",
        checked.out
    );
}
