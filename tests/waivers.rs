//! Waivers in a file of their own: which findings they accept, how long, and what is wrong with one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a run that cannot be read has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;

use std::fs;
use std::path::Path;

use program::{Ended, run_in};
use serde_json::Value;
use support::{PROD, World, may_assume};

/// What `check` says of the demo with a configuration and a file of waivers.
fn check(config: &str, waivers: &str, arguments: &[&str]) -> Ended {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("etc")).unwrap();
    fs::write(dir.path().join("etc/rolehop.toml"), config).unwrap();
    fs::write(dir.path().join("etc/waivers.toml"), waivers).unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let common = ["check", "-c", "etc/rolehop.toml", "--snapshot", demo.to_str().unwrap()];
    run_in(dir.path(), &[], &[&common, arguments].concat())
}

const NAMED: [&str; 3] = ["--waivers", "etc/waivers.toml", "--json"];

fn waiver(rule: &str, keys: &str) -> String {
    format!(
        "[[waivers]]\nrule = {rule:?}\n{keys}\nreason = \"r\"\nowner = \"o\"\nticket = \"SEC-1\"\nexpires = 2027-02-28\n"
    )
}

/// Names of the accounts in which it accepts something.
fn accepted_in(keys: &str) -> Vec<String> {
    let ended = check("", &waiver("member-root-credentials-kept", keys), &NAMED);
    let json: Value = serde_json::from_str(&ended.out).unwrap();
    let waived = json["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == "waived");
    let mut names: Vec<String> = waived.map(|finding| finding["account_name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_waiver_names_subjects_accounts_or_both() {
    assert_eq!(accepted_in("where = \"prod-*/root\""), ["prod-core", "prod-data"]);
    assert_eq!(accepted_in("where = [\"staging/root\", \"*::444455556666:root\"]"), ["dev-sandbox", "staging"]);
    assert_eq!(accepted_in("accounts = [\"ou:/Sandbox\"]"), ["dev-sandbox", "ml-sandbox"]);
    assert_eq!(accepted_in("accounts = [\"101010101010\", \"stag*\"]"), ["prod-core", "staging"]);
    assert_eq!(accepted_in("where = \"*-sandbox/*\"\naccounts = [\"444455557777\", \"staging\"]"), ["ml-sandbox"]);
    assert_eq!(accepted_in("accounts = [\"ou:/Nope\"]"), [""; 0]);
}

#[test]
fn a_waiver_by_tags_that_were_not_read_accepts_nothing_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    fs::create_dir(dir.path().join("accounts")).unwrap();
    for file in fs::read_dir(demo.join("accounts")).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), dir.path().join("accounts").join(file.file_name())).unwrap();
    }
    let mut organization: Value = serde_json::from_slice(&fs::read(demo.join("organization.json")).unwrap()).unwrap();
    let write =
        |organization: &Value| fs::write(dir.path().join("organization.json"), organization.to_string()).unwrap();
    let check = |keys: &str| {
        fs::write(dir.path().join("waivers.toml"), waiver("member-root-credentials-kept", keys)).unwrap();
        let arguments = ["check", "--snapshot", ".", "--waivers", "waivers.toml", "--json"];
        let ended = run_in(dir.path(), &[], &arguments);
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        (ended.err, found["summary"]["waived"].as_u64().unwrap(), found["waivers"].clone())
    };
    organization["Accounts"][1]["Tags"] = serde_json::json!([{"Key": "env", "Value": "test"}]);
    write(&organization);
    let whole = check("accounts = [\"tag:env=test\"]");
    assert!(whole.1 > 0 && !whole.0.contains("could not be matched"), "{whole:?}");
    for account in organization["Accounts"].as_array_mut().unwrap() {
        account.as_object_mut().unwrap().remove("Tags");
    }
    write(&organization);
    let (err, waived, notices) = check("accounts = [\"tag:env=test\"]");
    assert_eq!((waived, &notices[0]["state"], notices.as_array().unwrap().len()), (0, &Value::from("unread"), 1));
    assert!(err.contains("could not be matched: tags of accounts not read"), "{err}");
    // what the id or the subject decides does not hang on tags
    let (err, waived, _) = check("accounts = [\"tag:env=test\", \"*\"]");
    assert!(waived > 0 && !err.contains("could not be matched"), "{err}");
    let (err, waived, notices) = check("where = \"nowhere/*\"\naccounts = [\"tag:env=test\"]");
    assert_eq!((waived, &notices[0]["state"]), (0, &Value::from("unmatched")), "{err}");
}

#[test]
fn the_file_is_named_on_the_command_line_or_beside_the_configuration() {
    let file = waiver("external-account-not-allowed", "where = \"*/role/monitor\"");
    let own = waiver("root-access-key", "where = \"*\"");
    let of = |ended: Ended| serde_json::from_str::<Value>(&ended.out).unwrap()["summary"]["waived"].clone();
    assert_eq!(of(check("", &file, &["--json"])), 0);
    assert_eq!(of(check("", &file, &NAMED)), 1);
    assert_eq!(of(check("[check]\nwaivers_file = \"waivers.toml\"\n", &file, &["--json"])), 1);
    assert_eq!(of(check(&own, &file, &NAMED)), 2, "beside those of the configuration");
    let configured = format!("{own}[check]\nwaivers_file = \"waivers.toml\"\n");
    assert_eq!(of(check(&configured, &file, &["--json", "--no-waivers"])), 0);
    assert_eq!(check(&configured, &file, &["--no-waivers", "--fail-on", "critical"]).code, Some(3));
    let sarif = check("", &file, &["--waivers", "etc/waivers.toml", "-f", "sarif"]).out;
    assert!(sarif.contains("accepted by a waiver: owner o, SEC-1, until 2027-02-28: r"), "{sarif}");
}

#[test]
fn no_waiver_lasts_longer_than_the_configuration_allows() {
    let long = waiver("root-access-key", "where = \"*\"").replace("2027-02-28", "2999-12-31");
    let text = check("", &long, &NAMED).failed(2, "E304");
    assert!(text.contains("may last 366") && text.contains("waivers.toml line 1"), "{text}");
    let allowed = check("[check]\nmax_waiver_days = 400000\n", &long, &NAMED);
    assert!(allowed.err.is_empty() || !allowed.err.contains("E304"), "{allowed:?}");
    check("[check]\nmax_waiver_days = 399\n", &long, &NAMED).failed(2, "E304");
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("rolehop.toml"), &long).unwrap();
    let checked = run_in(dir.path(), &[], &["config", "check"]);
    assert!(checked.code == Some(2) && checked.err.contains("lasts too long"), "{checked:?}");
}

#[test]
fn a_rule_that_does_not_exist_is_found_in_both_files() {
    let dir = tempfile::tempdir().unwrap();
    let (own, file) = (waiver("root-acess-key", "where = \"*\""), waiver("role-unusd", "where = \"*\""));
    fs::write(dir.path().join("rolehop.toml"), format!("{own}[check]\nwaivers_file = \"waivers.toml\"\n")).unwrap();
    fs::write(dir.path().join("waivers.toml"), format!("\n{file}")).unwrap();
    let text = run_in(dir.path(), &[], &["config", "check"]).failed(2, "E304");
    assert!(text.contains("rolehop.toml line 2") && text.contains("did you mean `root-access-key`"), "{text}");
    assert!(text.contains("waivers.toml line 3") && text.contains("did you mean `role-unused`"), "{text}");
    assert!(text.contains("2 problems"), "{text}");
}

#[test]
fn what_is_wrong_with_the_file_is_told_with_its_place() {
    let whole = waiver("root-access-key", "where = \"*\"");
    let other = check("", &format!("[check]\nfail_on = \"low\"\n{whole}"), &NAMED).failed(2, "E302");
    assert!(other.contains("`check` does not belong into a file of waivers"), "{other}");
    let typo = check("", &whole.replace("ticket", "tickt"), &NAMED).failed(2, "E302");
    assert!(typo.contains("waivers.toml line 6") && typo.contains("did you mean `ticket`"), "{typo}");
    check("", "[[waivers", &NAMED).failed(2, "E302");
    check("", &whole, &["--waivers", "absent.toml"]).failed(2, "E301");
    let idle = check("", &waiver("root-access-key", "where = \"nowhere/*\""), &NAMED);
    assert!(idle.err.contains("warning[E306]") && idle.err.contains("waivers.toml line 1"), "{idle:?}");
    let late = check("", &whole, &[&NAMED[..], &["--at", "2027-02-20T00:00:00Z"]].concat());
    assert!(late.err.contains("warning[E307]") && late.err.contains("waivers.toml line 1"), "{late:?}");
    let over = check("", &whole, &[&NAMED[..], &["--at", "2027-03-01T00:00:00Z"]].concat());
    assert!(over.err.contains("warning[E305]") && over.out.contains("\"state\": \"expired\""), "{over:?}");
}

#[test]
fn everything_that_is_wrong_with_the_file_is_told_by_a_check_of_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("rolehop.toml"), "[check]\nwaivers_file = \"waivers.toml\"\n").unwrap();
    let broken = waiver("root-access-key", "where = \"*\"\nwho = 1") + &waiver("root-access-key", "");
    fs::write(dir.path().join("waivers.toml"), broken).unwrap();
    let ended = run_in(dir.path(), &[], &["config", "check"]);
    assert_eq!(ended.code, Some(2));
    for told in ["unknown key `who`", "neither `where` nor `accounts`", "2 problems"] {
        assert!(ended.err.contains(told), "{told}: {}", ended.err);
    }
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let judged = run_in(dir.path(), &[], &["check", "--snapshot", demo.to_str().unwrap()]);
    assert!(
        judged.code == Some(2) && judged.err.contains("`rolehop config check` says what else is wrong: 1 more"),
        "{judged:?}"
    );
    let long = waiver("root-access-key", "where = \"*\"").replace("2027", "2099");
    fs::write(dir.path().join("waivers.toml"), format!("{long}{long}[scan]\n[quotas]\n")).unwrap();
    assert!(run_in(dir.path(), &[], &["config", "check"]).err.contains("2 problems"));
    fs::write(dir.path().join("waivers.toml"), format!("{long}{long}")).unwrap();
    assert!(run_in(dir.path(), &[], &["config", "check"]).err.contains("2 problems"));
}

#[test]
fn a_waiver_that_leaves_out_the_path_of_a_role_is_told_the_whole_name() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    fs::create_dir_all(dir.path().join("snapshot/accounts")).unwrap();
    fs::copy(demo.join("organization.json"), dir.path().join("snapshot/organization.json")).unwrap();
    for entry in fs::read_dir(demo.join("accounts")).unwrap() {
        let path = entry.unwrap().path();
        let mut account: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let roles = account["RoleDetailList"].as_array_mut().unwrap();
        for role in roles.iter_mut().filter(|role| role["RoleName"] == "etl-deploy") {
            role["Path"] = "/ci/".into();
            role["Arn"] = "arn:aws:iam::101010101011:role/ci/etl-deploy".into();
        }
        fs::write(dir.path().join("snapshot/accounts").join(path.file_name().unwrap()), account.to_string()).unwrap();
    }
    let said = |place: &str| {
        fs::write(dir.path().join("rolehop.toml"), waiver("github-oidc-subject-wide", &format!("where = {place:?}")))
            .unwrap();
        run_in(dir.path(), &[], &["check", "--snapshot", "snapshot", "--no-fail"]).err
    };
    let near = "is `prod-data/role/ci/etl-deploy` meant?";
    assert!(said("*/role/etl-deploy").contains(near), "{}", said("*/role/etl-deploy"));
    assert!(said("staging/role/ci/etl-deploy").contains(near));
    for fits in ["*/role/*etl-deploy", "prod-data/role/ci/etl-deploy"] {
        assert!(!said(fits).contains("fits no finding"), "{fits}");
    }
    assert!(said("*/role/other").contains("remove or correct it"));
}

#[test]
fn a_waiver_that_fits_nothing_is_told_the_nearest_of_several() {
    let said =
        |place: &str| check("", &waiver("member-root-credentials-kept", &format!("where = {place:?}")), &NAMED).err;
    for (place, near) in [
        ("PROD-DATA/root", "prod-data/root"),
        ("prod-dat/root", "prod-data/root"),
        ("303030303031/root", "staging/root"),
        ("stagin/root", "staging/root"),
    ] {
        assert!(said(place).contains(&format!("is `{near}` meant?")), "{place}: {}", said(place));
    }
}

/// The finding is about a policy, and told for those who hold it.
#[test]
fn a_waiver_for_one_of_several_is_told_the_one_that_is_written_most_alike() {
    let mut world = World::of_organization();
    let wide = may_assume(&["*"]);
    world.user(PROD, "first", std::slice::from_ref(&wide)).user(PROD, "dana", &[wide]);
    let place = world.write();
    let dir = tempfile::tempdir().unwrap();
    let said = |place_of: &str| {
        let waiver = waiver("assume-role-on-all-resources", &format!("where = {place_of:?}"));
        fs::write(dir.path().join("rolehop.toml"), waiver).unwrap();
        run_in(dir.path(), &[], &["check", "--snapshot", place.path().to_str().unwrap(), "--no-fail"]).err
    };
    assert!(said("prd/user/dana").contains("is `prod/user/dana` meant?"), "{}", said("prd/user/dana"));
    assert!(!said("prod/user/dana").contains("fits no finding"));
}

#[test]
fn digits_are_the_id_of_an_account_and_never_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    fs::create_dir_all(dir.path().join("snapshot/accounts")).unwrap();
    for entry in fs::read_dir(demo.join("accounts")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, dir.path().join("snapshot/accounts").join(path.file_name().unwrap())).unwrap();
    }
    let text = fs::read_to_string(demo.join("organization.json")).unwrap();
    // a member account may give itself any name
    fs::write(dir.path().join("snapshot/organization.json"), text.replace("\"dev-sandbox\"", "\"101010101010\""))
        .unwrap();
    fs::write(dir.path().join("rolehop.toml"), waiver("member-root-credentials-kept", "where = \"101010101010/root\""))
        .unwrap();
    let ended = run_in(dir.path(), &[], &["check", "--json", "--snapshot", "snapshot"]);
    let json: Value = serde_json::from_str(&ended.out).unwrap();
    let waived = json["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == "waived");
    assert_eq!(waived.map(|f| f["account"].as_str().unwrap()).collect::<Vec<_>>(), ["101010101010"]);
}
