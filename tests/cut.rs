//! `cut`: as few removals as any, and none of the ways left.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a command that cannot be run has failed its test"
)]

#[path = "support/program.rs"]
mod program;
#[path = "cut/removable.rs"]
mod removable;
#[path = "cut/smallest.rs"]
mod smallest;
#[path = "cut/told.rs"]
mod told;
#[path = "cut/world.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};

use program::{Ended, run_in};
use serde_json::{Value, json};

#[test]
fn machines_are_cut_without_people_and_users() {
    let count = |arguments: &[&str]| {
        let ended = on_demo(&[&["prod", "--json"], arguments].concat()).succeeded();
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        (found["ways"].as_u64().unwrap(), found)
    };
    let (all, _) = count(&[]);
    let (of_machines, found) = count(&["--machines"]);
    assert!(of_machines > 0 && of_machines < all, "{found:#}");
    assert_eq!(found["closed"], found["ways"]);
    let stays = found["stays"].as_array().unwrap().iter().find(|stay| stay["why"] == "not-asked").unwrap();
    assert_eq!(stays["ways"], all - of_machines);
    let people = stays["principals"].as_array().unwrap();
    assert!(
        people.contains(&json!("ada@acme.example"))
            && people.iter().any(|who| who.as_str().unwrap().contains(":user/"))
    );
    assert!(people.iter().all(|who| !who.as_str().unwrap().contains(":role/ci-runner")), "{people:?}");
}

pub(crate) fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo")
}

fn on_demo(arguments: &[&str]) -> Ended {
    let (snapshot, config) = (demo(), demo().join("rolehop.toml"));
    let mut all = vec!["cut", "--snapshot", snapshot.to_str().unwrap(), "--config", config.to_str().unwrap()];
    all.extend_from_slice(arguments);
    run_in(tempfile::tempdir().unwrap().path(), &[], &all)
}

/// `--keep` for the administrators of the demo, who sign in with MFA.
const ADMINISTRATORS: [&str; 4] = ["--keep", "security/group/admins", "--keep", "group Platform Engineering"];

#[test]
fn prod_of_the_demo_is_closed_to_all_but_its_administrators_by_what_cut_names() {
    let ended = on_demo(&[&["prod", "--json"], &ADMINISTRATORS[..]].concat()).succeeded();
    let found: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&found["ways"], &found["closed"]), (&json!(23), &json!(23)), "{found}");
    assert_eq!(
        (&found["is_smallest"], &found["verified"], &found["proven"]),
        (&json!(true), &json!(true), &json!(true))
    );
    let removals = found["removals"].as_array().unwrap();
    let named: Vec<&str> = removals.iter().map(|removal| removal["value"].as_str().unwrap()).collect();
    for value in [
        "prod-core/role/deploy-admin:trust#0",
        "security/group/operators:assume-operate#0",
        "prod-core/role/monitor:trust#0",
        "prod-data/role/etl-deploy:trust#0",
        "tim@acme.example:AdministratorAccess:prod-data",
    ] {
        assert!(named.contains(&value), "{named:?}");
    }
    let closes: Vec<u64> = removals.iter().map(|removal| removal["closes"].as_u64().unwrap()).collect();
    assert!(closes.is_sorted_by(|one, next| one >= next), "{closes:?}");
    // tried together, they leave the administrators and services alone
    let mut arguments = vec!["what-if", "--json", "--only", "paths"];
    for removal in removals {
        arguments.extend([removal["option"].as_str().unwrap(), removal["value"].as_str().unwrap()]);
    }
    let (snapshot, config) = (demo(), demo().join("rolehop.toml"));
    arguments.extend(["--snapshot", snapshot.to_str().unwrap(), "--config", config.to_str().unwrap()]);
    let tried = run_in(snapshot.parent().unwrap(), &[], &arguments).succeeded();
    let tried: Value = serde_json::from_str(&tried.out).unwrap();
    let of_target = |key: &str| tried["paths"][0]["ways"][key].as_u64().unwrap();
    assert_eq!((of_target("new"), of_target("easier")), (0, 0));
    let stays = |why: &str| {
        let all = found["stays"].as_array().unwrap();
        all.iter().find(|stay| stay["why"] == why).map_or(0, |stay| stay["ways"].as_u64().unwrap())
    };
    let beside: u64 = found["also"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|also| also["target"] == "prod")
        .map(|also| also["ways"].as_u64().unwrap())
        .sum();
    assert_eq!(of_target("lost"), 23 + beside);
    assert_eq!(of_target("unchanged"), stays("kept") + stays("service") - beside);
    assert_eq!(stays("kept"), 8);
}

#[test]
fn two_changes_close_prod_of_the_demo_to_everybody_who_is_not_accepted_one_by_one() {
    let accepted = [
        "group Auditors",
        "tim@acme.example",
        "management/user/ismail",
        "management/role/rolehop-scanner",
        "999988887777",
        "prod-data/oidc-provider/token.actions.githubusercontent.com",
    ];
    let accepted: Vec<&str> = accepted.iter().flat_map(|who| ["--keep", who]).collect();
    let ended = on_demo(&[&["prod", "--json"], &ADMINISTRATORS[..], &accepted].concat()).succeeded();
    let found: Value = serde_json::from_str(&ended.out).unwrap();
    let named: Vec<&Value> = found["removals"].as_array().unwrap().iter().map(|removal| &removal["value"]).collect();
    assert_eq!(named, ["prod-core/role/deploy-admin:trust#0", "security/group/operators:assume-operate#0"]);
    assert_eq!(
        (&found["closed"], &found["is_smallest"], &found["verified"]),
        (&found["ways"], &json!(true), &json!(true))
    );
}

#[test]
fn what_is_kept_is_not_removed_and_what_rests_on_it_alone_is_said_to_stay() {
    let ended =
        on_demo(&["prod", "--keep", "dmitri.ops", "--principal", "carla.ops", "--principal", "dmitri.ops", "--json"]);
    let found: Value = serde_json::from_str(&ended.succeeded().out).unwrap();
    let values: Vec<&Value> = found["removals"].as_array().unwrap().iter().map(|removal| &removal["value"]).collect();
    assert_eq!(values, [&json!("security/user/carla.ops:operators")], "the membership is hers alone");
    // both enter by one statement of the role that the hub assumes
    let ended = on_demo(&[
        "prod-core/role/deploy-admin",
        "--keep",
        "dev-sandbox/role/ci-runner",
        "--principal",
        "deploy-hub",
        "--json",
    ]);
    let found: Value = serde_json::from_str(&ended.succeeded().out).unwrap();
    assert_eq!(found["removals"], json!([]), "{found}");
    let shared = found["stays"].as_array().unwrap().iter().find(|stay| stay["why"] == "shared").unwrap();
    assert_eq!(shared["ways"], 1);
}

#[test]
fn missing_data_is_told_and_no_unknown_way_is_called_closed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("accounts")).unwrap();
    for file in ["organization.json", "identity-center.json", "account-access.json"] {
        fs::copy(demo().join(file), dir.path().join(file)).unwrap();
    }
    for entry in fs::read_dir(demo().join("accounts")).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("222222222201.json") {
            fs::copy(&path, dir.path().join("accounts").join(path.file_name().unwrap())).unwrap();
        }
    }
    let config = demo().join("rolehop.toml");
    let ended =
        run_in(dir.path(), &[], &["cut", "prod", "--json", "--snapshot", ".", "--config", config.to_str().unwrap()]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let found: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(found["proven"], false);
    assert!(!found["gaps"].as_array().unwrap().is_empty());
}

#[test]
fn a_name_that_is_not_there_is_an_error() {
    on_demo(&["prod", "--keep", "nobody"]).failed(2, "E401");
    on_demo(&["prd"]).failed(2, "E401");
    assert!(on_demo(&["prod", "--account", "securty"]).failed(2, "E300").contains("did you mean `security`?"));
    assert!(on_demo(&["prod", "--keep", "security/group/admin"]).failed(2, "E401").contains("did you mean `admins`?"));
}

#[test]
fn of_the_demo_ways_without_mfa_or_of_an_account_are_cut_alone() {
    let asked = |arguments: &[&str]| -> Value {
        let ended = on_demo(&[&["prod", "--json"], arguments].concat()).succeeded();
        serde_json::from_str(&ended.out).unwrap()
    };
    let stays = |found: &Value, why: &str| {
        let all = found["stays"].as_array().unwrap();
        all.iter().find(|stay| stay["why"] == why).map_or(0, |stay| stay["ways"].as_u64().unwrap())
    };
    let all = asked(&[]);
    let ways = all["ways"].as_u64().unwrap();
    let found = asked(&["--without-mfa"]);
    let with_mfa = stays(&found, "needs-mfa");
    assert!(with_mfa > 0 && with_mfa < ways, "{found:#}");
    assert_eq!(found["ways"], ways - with_mfa);
    let found = asked(&["--account", "management"]);
    assert_eq!(found["ways"], 3);
    assert_eq!(stays(&found, "not-asked"), ways + stays(&all, "service") - 3);
    let removals = found["removals"].as_array().unwrap();
    let of_tools =
        removals.iter().find(|removal| removal["what"].as_str().unwrap().contains("OrganizationAccountAccessRole"));
    let remark = of_tools.unwrap()["remarks"][0].as_str().unwrap();
    assert!(remark.starts_with("OrganizationAccountAccessRole is a role of AWS Organizations"), "{remark}");
}

/// A line that is pasted is asked of the same snapshot, on a terminal of any width.
#[test]
fn every_command_that_is_suggested_runs_as_it_stands() {
    let text = on_demo(&["prod", "--all"]).succeeded().out;
    let commands: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("try it: rolehop ")).collect();
    assert!(commands.len() > 5, "{text}");
    for command in commands {
        let words = shlex::split(command).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let told = run_in(tempfile::tempdir().unwrap().path(), &[], &words).succeeded();
        assert!(told.out.contains("way lost") || told.out.contains("ways lost"), "{command}: {}", told.out);
    }
}
