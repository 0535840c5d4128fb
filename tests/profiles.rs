//! `rolehop profiles`: what is written is what the calls of a path pass, AWS's own tools read all of it, and no way is lost.
//!
//! botocore comes from PyPI into `target/` on the first run. `ROLEHOP_SKIP_MOTO=1` skips it, like the other tests that need Python.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "output that cannot be read has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use program::{Ended, run_in};
use serde_json::{Value, json};
use support::*;
use tools::{are_off, python, tool};

fn profiles(snapshot: &Path, arguments: &[&str]) -> Ended {
    let home = tempfile::tempdir().unwrap();
    let place = ["--no-config", "--snapshot", snapshot.to_str().unwrap()];
    run_in(home.path(), &[], &[&["profiles"], arguments, &place[..]].concat())
}

fn example(name: &str, arguments: &[&str]) -> Ended {
    profiles(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name), arguments)
}

fn as_json(snapshot: &Path, arguments: &[&str]) -> Value {
    let ended = profiles(snapshot, &[arguments, &["--json"]].concat());
    serde_json::from_str(&ended.out).unwrap_or_else(|error| unreachable!("{error}: {ended:?}"))
}

/// Settings of each profile, by name.
fn settings(answer: &Value) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let profiles = answer["profiles"].as_array().unwrap().iter();
    profiles
        .map(|profile| {
            let all = profile["settings"].as_array().unwrap();
            (text(&profile["name"]), all.iter().map(|one| (text(&one["key"]), text(&one["value"]))).collect())
        })
        .collect()
}

fn one<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let mut all = answer["profiles"].as_array().unwrap().iter();
    all.find(|profile| profile["name"] == name).unwrap_or_else(|| unreachable!("no {name}: {answer:#}"))
}

/// An organization in which ann reaches a role by three hops, one by a way with MFA at its end, and others that ask for something.
fn ways() -> World {
    let mut world = World::of_organization();
    let ann = json!({ "AWS": user(HUB, "ann") });
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    world.role(HUB, "entry", trusts(ann.clone()), &[may_assume(&["*"])]);
    world.role(DEV, "middle", trusts(json!({ "AWS": role(HUB, "entry") })), &[may_assume(&["*"])]);
    world.role(PROD, "end", trusts(json!({ "AWS": role(DEV, "middle") })), &[]);
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    world.role(PROD, "with-mfa", trusts_if(ann.clone(), mfa.clone()), &[]);
    world.role(DEV, "late-mfa", trusts_if(json!({ "AWS": role(HUB, "entry") }), mfa), &[]);
    let id = json!({"StringEquals": {"sts:ExternalId": ["acme-77", "acme-78"]}});
    world.role(PROD, "vendor", trusts_if(ann.clone(), id), &[]);
    let name = json!({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}});
    world.role(PROD, "named", trusts_if(ann.clone(), name), &[]);
    let network = json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}});
    world.role(PROD, "from-office", trusts_if(ann, network), &[]);
    let devices = json!([{"UserName": "ann", "SerialNumber": format!("arn:aws:iam::{HUB}:u2f/user/ann/key-1"), "Type": "fido"},
        {"UserName": "ann", "SerialNumber": format!("arn:aws:iam::{HUB}:mfa/ann-phone"), "Type": "virtual"}]);
    world.account(HUB)["MFADevices"] = devices;
    world
}

#[test]
fn cobus_gets_a_profile_for_each_account_and_a_code_is_asked_for_where_production_wants_it() {
    let ended = example("role-switch", &["cobus", "--source-profile", "cobus"]).succeeded();
    let expected = "\
# AWS config profiles of master/user/cobus: 2 roles. To be added to ~/.aws/config.
# Profile `cobus` must hold the credentials of master/user/cobus.
# The user has no active access key today: `cobus` needs one, or a session (aws login)

[profile development-administrator]
role_arn = arn:aws:iam::240000000001:role/administrator
source_profile = cobus

# Needs MFA.
[profile production-administrator]
role_arn = arn:aws:iam::240000000002:role/administrator
source_profile = cobus
mfa_serial = arn:aws:iam::240000000000:mfa/cobus
";
    assert_eq!(ended.out, expected);
    assert_eq!(ended.err, "");
}

#[test]
fn alice_gets_her_two_roles_and_no_others() {
    let ended = example("topic-groups", &["alice", "--name", "{role}@{account_id}"]).succeeded();
    let sections: Vec<&str> = ended.out.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(sections, ["[profile vpc@250000000001]", "[profile vpc@250000000002]"]);
    assert_eq!(ended.out.matches("mfa_serial = arn:aws:iam::250000000000:mfa/alice").count(), 2, "{}", ended.out);
}

#[test]
fn a_chain_is_a_profile_a_hop_each_with_the_one_before_as_its_source() {
    let dir = ways().write();
    let answer = as_json(dir.path(), &["ann", "--to", "prod/end"]);
    let found = settings(&answer);
    let source = |name: &str| found[name]["source_profile"].as_str();
    assert_eq!(source("prod-end"), "dev-middle");
    assert_eq!(source("dev-middle"), "hub-entry");
    assert_eq!(source("hub-entry"), "default");
    assert_eq!(found.len(), 3, "{found:?}");
    let chain = [user(HUB, "ann"), role(HUB, "entry"), role(DEV, "middle"), role(PROD, "end")];
    assert_eq!(one(&answer, "prod-end")["path"], json!(chain));
    assert_eq!(one(&answer, "prod-end")["asked"], true);
    assert_eq!(one(&answer, "dev-middle")["asked"], false);
    assert_eq!(one(&answer, "dev-middle")["path"], json!(chain[..3]));
}

#[test]
fn what_a_call_can_pass_is_set_and_what_it_cannot_is_said() {
    let dir = ways().write();
    let answer = as_json(dir.path(), &["ann"]);
    let found = settings(&answer);
    let phone = format!("arn:aws:iam::{HUB}:mfa/ann-phone");
    assert_eq!(found["prod-with-mfa"]["mfa_serial"], phone, "a security key shows no code");
    assert_eq!(found["prod-vendor"]["external_id"], "acme-77");
    assert_eq!(found["prod-named"]["role_session_name"], "ann");
    let comments = |name: &str| one(&answer, name)["comments"].to_string();
    for name in ["prod-with-mfa", "prod-vendor", "prod-named", "hub-entry"] {
        assert_eq!(comments(name), "[]", "{name}");
    }
    assert!(comments("prod-from-office").contains("only from 198.51.100.0/24"), "{answer:#}");
    // a code in the first call is not handed on to the second
    let late = one(&answer, "dev-late-mfa");
    let entry = found["dev-late-mfa"]["source_profile"].clone();
    assert!(!found["dev-late-mfa"].contains_key("mfa_serial"), "{late}");
    assert!(comments(&entry).contains("must hold a session with MFA"), "{answer:#}");
    assert!(entry != "hub-entry" && !found[&entry].contains_key("mfa_serial"), "{entry}");
}

#[test]
fn a_user_who_needs_mfa_today_is_asked_for_a_code_although_an_access_key_would_not_need_one() {
    let ended = example("demo", &["security/carla.ops", "--to", "prod-data/operate"]).succeeded();
    assert!(ended.out.contains("# Needs MFA.\n[profile prod-data-operate]"), "{ended:?}");
    assert!(ended.out.contains("mfa_serial = ") || ended.out.contains("# Fill in mfa_serial"), "{ended:?}");
}

#[test]
fn an_mfa_device_that_is_not_known_is_to_be_filled_in() {
    let mut world = ways();
    let asked = |world: &World| as_json(world.write().path(), &["ann", "--to", "prod/with-mfa"]);
    world.account(HUB).as_object_mut().unwrap().remove("MFADevices");
    let unread = asked(&world);
    assert!(!settings(&unread)["prod-with-mfa"].contains_key("mfa_serial"));
    assert!(one(&unread, "prod-with-mfa")["comments"][0].as_str().unwrap().contains("were not read"), "{unread:#}");
    world.account(HUB)["VirtualMFADevices"] = json!([
        {"SerialNumber": format!("arn:aws:iam::{HUB}:mfa/ann"), "User": {"Arn": user(HUB, "ann"), "UserName": "ann"}}]);
    assert_eq!(settings(&asked(&world))["prod-with-mfa"]["mfa_serial"], format!("arn:aws:iam::{HUB}:mfa/ann"));
    world.account(HUB)["MFADevices"] = json!([]);
    let none = asked(&world);
    assert!(one(&none, "prod-with-mfa")["comments"][0].as_str().unwrap().contains("no MFA device"), "{none:#}");
}

#[test]
fn an_external_id_is_never_printed_where_it_is_redacted() {
    let dir = ways().write();
    for format in ["config", "json"] {
        let shown = profiles(dir.path(), &["ann", "--to", "prod/vendor", "-f", format]);
        assert!(shown.out.contains("acme-77"), "{shown:?}");
        let redacted = profiles(dir.path(), &["ann", "--to", "prod/vendor", "-f", format, "--redact"]);
        assert!(!redacted.out.contains("acme-7") && !redacted.out.contains("redacted-"), "{redacted:?}");
        assert!(redacted.out.contains("Fill in external_id"), "{redacted:?}");
    }
}

#[test]
fn the_console_is_linked_where_it_can_switch_and_production_is_red() {
    let dir = ways().write();
    std::fs::write(dir.path().join("rolehop.toml"), "[targets.production]\nou = [\"/Prod\"]\n").unwrap();
    let config = dir.path().join("rolehop.toml");
    let arguments =
        ["profiles", "ann", "--json", "-c", config.to_str().unwrap(), "--snapshot", dir.path().to_str().unwrap()];
    let answer: Value = serde_json::from_str(&run_in(dir.path(), &[], &arguments).out).unwrap();
    let link = "https://signin.aws.amazon.com/switchrole?account=222222222222&roleName=with-mfa&displayName=prod-with-mfa&color=f2b0a9";
    assert_eq!(one(&answer, "prod-with-mfa")["console"], link);
    let plain = "https://signin.aws.amazon.com/switchrole?account=111111111111&roleName=entry&displayName=hub-entry";
    assert_eq!(one(&answer, "hub-entry")["console"], plain);
    // it switches from the user who signed in, never from a role, and passes no external id
    assert_eq!(one(&answer, "prod-end")["console"], Value::Null);
    assert_eq!(one(&answer, "prod-vendor")["console"], Value::Null);
}

#[test]
fn the_page_has_the_links_of_the_json_and_production_stands_out() {
    let mut hostile = ways();
    hostile.organization()["Accounts"][0]["Name"] = json!("<script>alert(1)</script>");
    let dir = hostile.write();
    std::fs::write(dir.path().join("rolehop.toml"), "[targets.prod]\nou = [\"/Prod\"]\n").unwrap();
    let asked = |format: &str| {
        let at = dir.path().to_str().unwrap();
        let config = format!("{at}/rolehop.toml");
        run_in(dir.path(), &[], &["profiles", "ann", "-f", format, "-c", &config, "--snapshot", at]).out
    };
    let answer: Value = serde_json::from_str(&asked("json")).unwrap();
    let html = asked("html");
    let page = scraper::Html::parse_document(&html);
    let all = |selector: &str| page.select(&scraper::Selector::parse(selector).unwrap()).collect::<Vec<_>>();
    let profiles = answer["profiles"].as_array().unwrap();
    let links: Vec<&str> = profiles.iter().filter_map(|profile| profile["console"].as_str()).collect();
    let shown: Vec<&str> = all("a.switch").iter().map(|link| link.value().attr("href").unwrap()).collect();
    assert!(links.len() >= 4 && shown == links, "{shown:?}");
    let red = profiles.iter().filter(|profile| profile["account"] == PROD).count();
    assert!(red >= 4 && all("tr.production").len() == red, "{red}");
    assert!(profiles.iter().all(|profile| profile["production"] == (profile["account"] == PROD)), "{answer:#}");
    let said: Vec<String> = all("td[data-label=Console] .quiet").iter().map(|cell| cell.text().collect()).collect();
    assert_eq!(said.len(), profiles.len() - links.len());
    for reason in ["no link: reached through another role", "no link: the console passes no external id"] {
        assert!(said.iter().any(|cell| cell == reason), "{said:?}");
    }
    assert_eq!(all("tbody tr").len(), profiles.len() + answer["left_out"].as_array().unwrap().len());
    assert!(all("script").is_empty() && html.contains("&lt;script&gt;"));
}

#[test]
fn a_page_of_what_was_not_read_says_so() {
    let mut world = ways();
    world.role(PROD, "lost", json!("{not a document"), &[]);
    let ended = profiles(world.write().path(), &["ann", "-f", "html"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let page = scraper::Html::parse_document(&ended.out);
    let cells = scraper::Selector::parse("#left-out td").unwrap();
    let left_out: Vec<String> = page.select(&cells).map(|cell| cell.text().collect()).collect();
    assert_eq!(left_out, ["prod/role/lost", "unknown, because data is missing"]);
    assert!(ended.out.contains("Not whole."), "{}", ended.err);
    let whole = profiles(ways().write().path(), &["ann", "-f", "html"]);
    assert!(whole.code == Some(0) && !whole.out.contains("Not whole."), "{}", whole.err);
}

#[test]
fn links_lead_to_the_console_of_the_partition() {
    for (partition, host) in [("aws-cn", "signin.amazonaws.cn"), ("aws-us-gov", "signin.amazonaws-us-gov.com")] {
        let home = ways().write();
        for id in [HUB, PROD, DEV] {
            let file = home.path().join(format!("accounts/{id}.json"));
            let text = std::fs::read_to_string(&file).unwrap().replace("arn:aws:", &format!("arn:{partition}:"));
            std::fs::write(file, text).unwrap();
        }
        let answer = as_json(home.path(), &["ann", "--to", "prod/with-mfa"]);
        let link = one(&answer, "prod-with-mfa")["console"].as_str().unwrap().to_owned();
        assert!(link.starts_with(&format!("https://{host}/switchrole?account={PROD}&")), "{link}");
    }
}

#[test]
fn people_sign_in_once_and_go_on_from_their_permission_set() {
    let ended = example("demo", &["alan@acme.example", "--to", "prod-core/deploy-admin"]).succeeded();
    let expected = "\
# AWS config profiles of alan@acme.example: 1 role. To be added to ~/.aws/config.

[sso-session sso]
sso_start_url = https://d-9367a1b2c3.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
# AWS's own URL of the access portal; fill in yours if it has another

[profile prod-core-deploy-admin]
role_arn = arn:aws:iam::101010101010:role/deploy-admin
source_profile = shared-tools-deploy-hub

# Others lead through this role.
[profile dev-sandbox-Developer]
sso_session = sso
sso_account_id = 444455556666
sso_role_name = Developer

# Others lead through this role.
[profile shared-tools-deploy-hub]
role_arn = arn:aws:iam::777788889999:role/deploy-hub
source_profile = dev-sandbox-Developer
";
    assert_eq!(ended.out, expected);
    let url = "https://acme.awsapps.com/start";
    let other = example("demo", &["ada@acme.example", "--sso-session", "acme", "--sso-start-url", url]).succeeded();
    assert!(other.out.contains(&format!("[sso-session acme]\nsso_start_url = {url}\n")), "{other:?}");
    assert!(other.out.contains("sso_session = acme\n") && !other.out.contains("AWS's own URL"), "{other:?}");
    let idle = example("demo", &["ada@acme.example", "--source-profile", "x"]).succeeded();
    assert!(idle.err.contains("note: --source-profile is not used"), "{idle:?}");
}

#[test]
fn a_way_that_is_not_known_is_counted_and_written_only_when_asked_for() {
    let mut world = ways();
    world.role(PROD, "lost", json!("{not a document"), &[]);
    let dir = world.write();
    let ended = profiles(dir.path(), &["ann"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(!ended.out.contains("[profile prod-lost]"), "{ended:?}");
    assert!(ended.out.contains("# Left out: prod/role/lost: unknown"), "{ended:?}");
    assert!(ended.err.contains("left out: 1 role: unknown") && ended.err.contains("incomplete: "), "{ended:?}");
    let all = profiles(dir.path(), &["ann", "--include-unknown"]);
    assert_eq!(all.code, Some(4));
    assert!(all.out.contains("# Unknown, because data is missing.\n[profile prod-lost]"), "{all:?}");
}

#[test]
fn every_role_that_can_names_is_a_profile_or_is_left_out() {
    let dir = ways().write();
    let place = ["--no-config", "--json", "--snapshot", dir.path().to_str().unwrap()];
    let can = run_in(dir.path(), &[], &[&["can", "ann"], &place[..]].concat());
    let can: Value = serde_json::from_str(&can.out).unwrap();
    let roles = |list: &Value| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap().to_owned()).collect()
    };
    let answer = as_json(dir.path(), &["ann"]);
    let written: BTreeSet<String> = roles(&answer["profiles"]).union(&roles(&answer["left_out"])).cloned().collect();
    assert_eq!(written, roles(&can["answers"]));
    assert!(written.len() >= 8, "{written:?}");
}

#[test]
fn only_one_user_role_or_person_has_profiles_and_names_must_be_names() {
    let dir = ways().write();
    for who in ["lambda.amazonaws.com", "*", HUB] {
        let ended = profiles(dir.path(), &[who]);
        assert_eq!(ended.code, Some(2), "{who}: {ended:?}");
    }
    for wrong in [
        &["--name", "{who}"][..],
        &["--name", "a]b"],
        &["--source-profile", "a\nb"],
        &["--sso-session", "a b"],
        &["--sso-start-url", "http://x"],
    ] {
        profiles(dir.path(), &[&["ann"], wrong].concat()).failed(2, "E300");
    }
    let role = as_json(dir.path(), &["hub/entry", "--source-profile", "base"]);
    assert_eq!(settings(&role)["dev-middle"]["source_profile"], "base");
}

/// Every section that rolehop's JSON lists is one that botocore reads, with these settings and no others.
fn assert_read_back(name: &str, snapshot: &Path, arguments: &[&str]) {
    let file = snapshot.join("config");
    profiles(snapshot, &[arguments, &["-o", file.to_str().unwrap()]].concat());
    let python = python("profiles-venv", "profiles").join("python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profiles/read.py");
    // whatever the locale is: the AWS CLI on Windows reads no UTF-8
    let read = tool(Command::new(python).arg(script).arg(&file).env("LC_ALL", "C").env("PYTHONUTF8", "0"));
    let read: Value = serde_json::from_str(&read).unwrap();
    let answer = as_json(snapshot, arguments);
    assert_eq!(read["profiles"], json!(settings(&answer)), "{name}");
    assert_eq!(read["listed"], json!(settings(&answer).keys().collect::<Vec<_>>()), "{name}");
    assert_eq!(read["others"], json!([]), "{name}");
    let session = answer.get("sso_session").map(|session| {
        let pairs = session["settings"].as_array().unwrap().iter();
        let pairs = pairs.map(|one| (one["key"].as_str().unwrap(), one["value"].clone())).collect::<BTreeMap<_, _>>();
        json!({session["name"].as_str().unwrap(): pairs})
    });
    assert_eq!(read["sso_sessions"], session.unwrap_or_else(|| json!({})), "{name}");
}

#[test]
fn botocore_reads_every_profile_back_whatever_accounts_are_called() {
    if are_off("botocore read no profile") {
        return;
    }
    let mut hostile = ways();
    let names = ["hub\"'\n[profile stolen]\nrole_arn = x", "生産] # ; \u{202e}", "  default  "];
    for (at, name) in names.iter().enumerate() {
        hostile.organization()["Accounts"][at]["Name"] = json!(name);
    }
    hostile.role(PROD, "bad\n[profile x]", trusts(json!({ "AWS": user(HUB, "ann") })), &[]);
    let dir = hostile.write();
    assert_read_back("hostile", dir.path(), &["ann"]);
    let answer = as_json(dir.path(), &["ann"]);
    assert!(answer["left_out"][0]["reason"].as_str().unwrap().contains("characters"), "{answer:#}");
    assert_read_back("one name", ways().write().path(), &["ann", "--name", "default"]);
    assert_read_back("source", ways().write().path(), &["ann", "--source-profile", "my own profile"]);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("accounts")).unwrap();
    for folder in ["", "accounts"] {
        for entry in std::fs::read_dir(demo.join(folder)).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                std::fs::copy(entry.path(), copy.path().join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    assert_read_back("people", copy.path(), &["alan@acme.example"]);
    assert_read_back("user", copy.path(), &["security/carla.ops"]);
}
