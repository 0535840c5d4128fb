//! Names that people type: every form that rolehop prints is understood, and of a slip it is said what was meant.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a command that cannot be run has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;

use program::{Ended, run};
use serde_json::json;
use support::*;

const GITHUB: &str = "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com";

/// Accounts core-prod, core-prod-eu and dev; targets as in `config`.
struct Place {
    snapshot: tempfile::TempDir,
    config: &'static str,
}

fn place() -> Place {
    let mut world = World::of_organization();
    let mut federated = trusts(json!({"Federated": GITHUB}));
    federated["Statement"][0]["Action"] = json!("sts:AssumeRoleWithWebIdentity");
    world.organization()["Accounts"][1]["Name"] = json!("core-prod");
    world.organization()["Accounts"][1]["Tags"] = json!([{"Key": "env", "Value": "live"}]);
    world.organization()["Accounts"][0]["Tags"] = json!([]);
    world.organization()["Accounts"][2]["Tags"] = json!([]);
    world.role(PROD, "deploy-admin", trusts(root(HUB)), &[]).role(PROD, "github", federated, &[]);
    world.role(DEV, "deploy", trusts(root(HUB)), &[]).user(HUB, "carla.ops", &[may_assume(&["*"])]);
    world.account(PROD)["OpenIDConnectProviders"] = json!([{"Arn": GITHUB}]);
    world.account(PROD)["SAMLProviders"] = json!([]);
    Place { snapshot: world.write(), config: "" }
}

impl Place {
    fn with(self, config: &'static str) -> Self {
        Self { config, ..self }
    }

    fn ask(&self, arguments: &[&str]) -> Ended {
        let config = self.snapshot.path().join("targets.toml");
        std::fs::write(&config, self.config).unwrap();
        let place = ["--snapshot", self.snapshot.path().to_str().unwrap(), "--config", config.to_str().unwrap()];
        run(&[], &[arguments, &place[..]].concat())
    }

    /// The error, in which each of these stands.
    #[track_caller]
    fn says(&self, arguments: &[&str], id: &str, parts: &[&str]) {
        let text = self.ask(arguments).failed(2, id);
        for part in parts {
            assert!(text.contains(part), "{arguments:?} lacks `{part}`: {text}");
        }
    }
}

/// A question about the demo.
fn of_demo(arguments: &[&str]) -> Ended {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo");
    run(&[], &[arguments, &["--snapshot", demo, "--config", &format!("{demo}/rolehop.toml")]].concat())
}

#[test]
fn people_and_groups_are_found_by_a_part_of_their_name_and_by_a_slip() {
    let cases = [
        ("ada", "did you mean `ada@acme.example`?"),
        ("lovelace", "did you mean `ada@acme.example`?"),
        ("ada@acme.exampel", "did you mean `ada@acme.example`?"),
        ("Develpoers", "did you mean `group Developers`?"),
    ];
    for (name, meant) in cases {
        let text = of_demo(&["can", name]).failed(2, "E401");
        assert!(text.contains(meant) && text.contains("no account, person, user"), "{name}: {text}");
    }
}

#[test]
fn a_person_is_not_said_to_be_nobody_where_identity_center_was_not_read() {
    let mut world = World::of_organization();
    let name = "AWSReservedSSO_Admin_0123456789abcdef";
    world.role(DEV, name, trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    world.with(DEV, "RoleDetailList", "Path", json!("/aws-reserved/sso.amazonaws.com/"));
    let place = Place { snapshot: world.write(), config: "" };
    place.says(&["can", "ada@example.com"], "E401", &["people are unknown: Identity Center was not read"]);
}

#[test]
fn one_hop_of_a_person_says_by_which_group_and_permission_set() {
    let explained = of_demo(&["explain", "alan@acme.example", "dev-sandbox/AWSReservedSSO_Developer_a87a0223560522ef"]);
    let table = explained.succeeded().out;
    let second = table.lines().nth(1).unwrap();
    assert_eq!(second.trim(), "enters by group Developers, permission set Developer", "{table}");
}

#[test]
fn who_can_reach_prod_is_answered_with_a_name_first() {
    let table = of_demo(&["who-can", "prod"]).succeeded().out;
    let first = table.lines().skip_while(|line| !line.starts_with("VERDICT")).nth(1).unwrap();
    let named = "allowed      alan@acme.example and 5 more people (group Developers, permission set Developer)";
    assert!(first.starts_with(named), "{table}");
}

#[test]
fn a_slip_in_a_name_is_told_with_what_was_meant() {
    let place = place().with("[targets.jewels]\nnames = [\"core-*\"]\n");
    let cases: &[(&str, &[&str])] = &[
        ("jewles", &["`jewles` names nothing", "did you mean `jewels`?"]),
        ("core-prdo", &["`core-prdo` names nothing", "did you mean `core-prod`?"]),
        ("core-prdo/deploy-admin", &["no account `core-prdo`", "did you mean `core-prod/deploy-admin`?"]),
        ("core-prdo/deploy-admn", &["no account `core-prdo`", "did you mean `core-prod/deploy-admin`?"]),
        (
            "core-prod/deploy-admn",
            &["account `core-prod` has no role `deploy-admn`", "did you mean `core-prod/deploy-admin`?"],
        ),
        ("core-prod/role/deploy-admn", &["has no role `deploy-admn`", "did you mean `core-prod/deploy-admin`?"]),
        ("deploy-admn", &["`deploy-admn` names nothing", "did you mean `core-prod/deploy-admin`?"]),
        ("/Prod", &["the path of an OU starts with `ou:`", "did you mean `ou:/Prod`?"]),
        ("tag:env", &["`tag:env` lacks a value", "did you mean `'tag:env=*'`?"]),
        ("unit:/Prod", &["`unit:` is no kind of selector", "`ou:/PATH`"]),
        ("nothing-like-this", &["`ou:/PATH`", "`rolehop accounts` lists the accounts"]),
    ];
    for (name, parts) in cases {
        place.says(&["who-can", name], "E401", parts);
    }
    place.says(&["can", "carla.osp"], "E401", &["did you mean `hub/carla.ops`?"]);
    place.says(&["can", "hub/carla.osp"], "E401", &["did you mean `hub/carla.ops`?"]);
    place.says(
        &["who-can", "jewels", "--via", "core-prod/deploy-admn"],
        "E401",
        &["did you mean `core-prod/deploy-admin`?"],
    );
    place.says(
        &["explain", "hub/carla.ops", "core-prod/deploy-admn"],
        "E401",
        &["did you mean `core-prod/deploy-admin`?"],
    );
    place.says(&["targets", "show", "jewles"], "E300", &["did you mean `jewels`?"]);
}

#[test]
fn an_arn_or_id_that_cannot_be_meant_says_why() {
    let place = place();
    let cases: &[(&str, &[&str])] = &[
        (
            "arn:aws:iam:222222222222:role/deploy-admin",
            &["is not a whole ARN", "six parts", "did you mean `core-prod/deploy-admin`?"],
        ),
        (
            "arn:aws:iam::22222222222:role/deploy-admin",
            &["`22222222222` is not twelve digits", "did you mean `core-prod/deploy-admin`?"],
        ),
        (
            "arn:aws:iam::222222222222:role/deploy-admn",
            &["account `core-prod` has no role `deploy-admn`", "did you mean `core-prod/deploy-admin`?"],
        ),
        ("arn:aws:iam::111111111111:user/carla.osp", &["account `hub` has no user `carla.osp`"]),
        ("arn:aws:iam::111111111111:group/ops", &["is a group", "name one of its users"]),
        ("arn:aws:s3:::bucket", &["is not a user, role or provider", "a resource of s3"]),
        (
            "arn:aws:sts::222222222222:assumed-role/deploy-admin/me",
            &["is a session", "did you mean `core-prod/deploy-admin`?"],
        ),
        (GITHUB, &["is an identity provider, not a role", "`rolehop can arn:aws:iam::222222222222:oidc-provider/"]),
        ("ec2.amazonaws.com", &["is a service or identity provider, not a role"]),
        ("999988887777", &["account `999988887777` is not in the snapshot", "`rolehop can 999988887777`"]),
        ("999988887777/ops", &["account `999988887777` is not in the snapshot", "`rolehop can 999988887777`"]),
        (
            "arn:aws:iam::999988887777:role/ops",
            &["account `999988887777` is not in the snapshot", "`rolehop can 999988887777/role/ops`"],
        ),
        ("222222222223", &["account `222222222223` is not in the snapshot", "did you mean `222222222222`?"]),
        ("22222222222", &["`22222222222` is not an account id", "this has 11", "did you mean `222222222222`?"]),
        ("2222-2222-2222", &["is not an account id", "without blanks and hyphens", "did you mean `222222222222`?"]),
    ];
    for (name, parts) in cases {
        place.says(&["who-can", name], "E401", parts);
    }
    for name in ["arn:aws:iam::111111111111:user/carla.ops", "hub/carla.ops", "hub/user/carla.ops", "carla.ops"] {
        place.says(&["who-can", name], "E404", &["`hub/user/carla.ops` is a user", "`rolehop can hub/user/carla.ops`"]);
    }
    // what an error names next is understood
    place.ask(&["can", "999988887777"]).succeeded();
    place.ask(&["can", "999988887777/role/ops"]).succeeded();
    place.ask(&["can", "hub/user/carla.ops"]).succeeded();
}

#[test]
fn a_word_that_may_stand_for_an_ou_a_tag_or_names_is_offered_as_a_target() {
    let place = place();
    let text = place.ask(&["who-can", "prod"]).failed(2, "E401");
    assert!(text.contains("it may mean OU /Prod (1 account)"), "{text}");
    assert!(text.contains("`rolehop who-can ou:/Prod`"), "{text}");
    assert!(text.ends_with("rolehop.toml:\n           [targets.prod]\n           ou = [\"/Prod\"]\n"), "{text}");
    place.ask(&["who-can", "ou:/Prod"]).succeeded();
    let text = place.ask(&["who-can", "live"]).failed(2, "E401");
    assert!(text.contains("`rolehop who-can tag:env=live`") && text.contains("tags = { env = [\"live\"] }"), "{text}");
    place.ask(&["who-can", "tag:env=live"]).succeeded();
    let text = place.ask(&["who-can", "core"]).failed(2, "E401");
    assert!(text.contains("`rolehop who-can 'name:core-*'`") && text.contains("names = [\"core-*\"]"), "{text}");
    place.ask(&["who-can", "name:core-*"]).succeeded();
    for config in [
        "[targets.prod]\nou = [\"/Prod\"]\n",
        "[targets.prod]\ntags = { env = [\"live\"] }\n",
        "[targets.prod]\nnames = [\"core-*\"]\n",
    ] {
        let place = self::place().with(config);
        assert!(place.ask(&["who-can", "prod"]).succeeded().out.contains("prod (2 roles"));
    }
}

#[test]
fn a_selector_that_matches_nothing_is_named_with_what_is_near() {
    let all = "[targets.prod]\nou = [\"/Prdo\"]\nnames = [\"core-prd\"]\naccounts = [\"hbu\"]\ntags = { env = [\"liev\"] }\n\
        [targets.some]\nou = [\"/Prdo\", \"/Dev\"]\n[targets.none]\n[targets.gone]\nou = [\"/Prod\"]\nexcept = [\"*\"]\n";
    let place = place().with(all);
    let parts = [
        "target `prod` matches no account",
        "ou `/Prdo` matches nothing (did you mean `/Prod`?)",
        "tags `env=liev` matches nothing (did you mean `env=live`?)",
        "names `core-prd` matches nothing (did you mean `core-prod`?)",
        "accounts `hbu` matches nothing (did you mean `hub`?)",
        "correct `[targets.prod]`",
    ];
    place.says(&["who-can", "prod"], "E403", &parts);
    place.says(&["targets", "show", "prod"], "E403", &parts);
    assert!(!place.ask(&["targets", "show", "prod"]).err.contains("rolehop targets show"), "no circle");
    let some = place.ask(&["targets", "show", "some"]).succeeded();
    assert!(some.err.contains("note: ou `/Prdo` matches nothing (did you mean `/Prod`?)"), "{some:?}");
    assert!(!some.err.contains("/Dev"), "{some:?}");
    place.says(&["who-can", "none"], "E403", &["it has no selector of accounts"]);
    place.says(&["who-can", "gone"], "E403", &["`except` leaves none"]);
    place.says(
        &["can", "hub/carla.ops", "--account", "hbu"],
        "E403",
        &["`hbu` matches no account", "did you mean `hub`?"],
    );
    place.says(&["can", "hub/carla.ops", "--ou", "/Prdo"], "E403", &["did you mean `/Prod`?"]);
    place.says(&["who-can", "ou:/Prdo"], "E403", &["`ou:/Prdo` matches no account", "did you mean `ou:/Prod`?"]);
}

#[test]
fn one_of_several_selectors_that_matches_nothing_is_a_slip_as_well() {
    let place = place();
    let near = ["`hbu` matches no account", "did you mean `hub`?"];
    place.says(&["who-can", "core-prod", "--account", "dev,hbu"], "E403", &near);
    place.says(&["can", "hub/carla.ops", "--ou", "/Dev,/Prdo"], "E403", &["did you mean `/Prod`?"]);
    place.says(&["check", "--account", "hub", "--ou", "/Prdo"], "E403", &["did you mean `/Prod`?"]);
    place.says(&["check", "--account", "hub,tag:env=liev"], "E403", &["did you mean `tag:env=live`?"]);
    place.ask(&["can", "hub/carla.ops", "--account", "dev,hub"]).succeeded();
}

#[test]
fn globs_on_roles_that_match_nothing_are_told_as_selectors_of_accounts_are() {
    let place = place().with(
        "[targets.none]\nnames = [\"core-*\"]\nroles = [\"deploy_*\", \"*/deplox-admin\"]\n\
         [targets.some]\nnames = [\"core-*\"]\nroles = [\"deploy-admin\", \"depoy-admin\"]\n\
         [[expect]]\nname = \"x\"\ntarget = \"none\"\nonly = []\n",
    );
    let told =
        ["target `none` matches no role", "roles `deploy_*` matches nothing", "correct `roles` of `[targets.none]`"];
    place.says(&["who-can", "none", "--expect-none"], "E403", &told);
    place.says(&["targets", "show", "none"], "E403", &told);
    place.says(&["check", "--rule", "expectation"], "E309", &told[..2]);
    let near = "roles `depoy-admin` matches nothing (did you mean `deploy-admin`?)";
    for question in [["who-can", "some"], ["can", "hub/carla.ops"]] {
        let ended = place.ask(&question).succeeded();
        assert_eq!(ended.err.contains(near), question[0] == "who-can", "{ended:?}");
    }
    let shown = place.ask(&["targets", "show", "some"]).succeeded();
    assert!(shown.err.contains(near), "{shown:?}");
    assert!(place.ask(&["config", "check"]).err.contains("target `none` matches no role"));
}

#[test]
fn every_name_that_is_printed_is_understood() {
    let place = place();
    let verdict = |from: &str, to: &str| {
        let ended = place.ask(&["path", from, to, "--json"]).succeeded();
        serde_json::from_str::<serde_json::Value>(&ended.out).unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    for from in ["hub/user/carla.ops", "hub/carla.ops", "111111111111/user/carla.ops", "hub (111111111111)", "hub/root"]
    {
        for to in
            ["core-prod/role/deploy-admin", "222222222222/deploy-admin", "core-prod (222222222222)", "core-prod/root"]
        {
            assert_eq!(verdict(from, to), "allowed", "{from} {to}");
        }
    }
    for from in [GITHUB, "core-prod/oidc-provider/token.actions.githubusercontent.com"] {
        assert_eq!(verdict(from, "core-prod/role/github"), "allowed", "{from}");
    }
    place.ask(&["can", "* (anybody)"]).succeeded();
    place.ask(&["can", "account 999988887777"]).succeeded();
    place.ask(&["can", "core-prod/assumed-role/deploy-admin/me"]).succeeded();
    let near = "did you mean `core-prod/oidc-provider/token.actions.githubusercontent.com`?";
    place.says(&["can", "core-prod/oidc-provider/token.actions.githubusercontent.cmo"], "E401", &[near]);
    // a path before a name is the role's own, or an error
    place.says(&["who-can", "core-prod/rol/deploy-admin"], "E401", &["has no role `rol/deploy-admin`"]);
}

#[test]
fn an_account_that_was_not_read_is_not_said_to_lack_a_role() {
    let mut world = World::of_organization();
    world.without_file(DEV);
    let dir = world.write();
    let ended = run(&[], &["who-can", "dev/ops", "--snapshot", dir.path().to_str().unwrap()]);
    let text = ended.failed(2, "E401");
    assert!(text.contains("whether account `dev` has a role `ops` is not known"), "{text}");
}

#[test]
fn of_an_account_that_cannot_be_used_it_is_said_that_it_cannot() {
    let mut world = World::of_organization();
    world.organization()["Accounts"][2]["State"] = json!("SUSPENDED");
    world.user(DEV, "mallory", &[]).role(DEV, "ops", trusts(root(HUB)), &[]).role(PROD, "ops", trusts(root(DEV)), &[]);
    let dir = world.write();
    for question in [&["path", "dev/mallory", "prod/ops"][..], &["can", &user(DEV, "mallory")], &["who-can", "dev/ops"]]
    {
        let ended = run(&[], &[question, &["--snapshot", dir.path().to_str().unwrap()]].concat());
        let told = format!("{}{}", ended.out, ended.err);
        assert!(told.contains("suspended") && !told.contains("no such name"), "{question:?}: {ended:?}");
    }
    let ended = run(&[], &["who-can", "dev", "--snapshot", dir.path().to_str().unwrap()]);
    assert!(ended.err.contains("is suspended: nobody can act in it"), "{ended:?}");
}

#[test]
fn a_role_named_root_is_a_role() {
    let mut world = World::of_organization();
    world.role(PROD, "root", trusts(root(HUB)), &[]).role(PROD, "ops", trusts(root(HUB)), &[]);
    let dir = world.write();
    let ended = run(&[], &["who-can", "prod/root", "--snapshot", dir.path().to_str().unwrap()]).succeeded();
    assert!(ended.out.contains("(1 role"), "{ended:?}");
}

#[test]
fn an_ambiguous_name_lists_names_that_can_be_used() {
    let mut world = World::of_organization();
    world.role(PROD, "ops", trusts(root(HUB)), &[]).role(DEV, "ops", trusts(root(HUB)), &[]);
    let dir = world.write();
    let place = dir.path().to_str().unwrap();
    let text = run(&[], &["who-can", "ops", "--snapshot", place]).failed(2, "E402");
    assert!(text.contains("prod/role/ops, dev/role/ops"), "{text}");
    run(&[], &["who-can", "dev/role/ops", "--snapshot", place]).succeeded();
}

#[test]
fn names_in_suggestions_are_quoted_and_shown_harmless() {
    let mut world = World::of_organization();
    world.organization()["OrganizationalUnits"][0]["Name"] = json!("Pr\u{1b}[2J$(x)\n");
    world.organization()["Accounts"][1]["Name"] = json!("jewels $(x)\u{1b}[2J");
    let dir = world.write();
    let text = run(&[], &["who-can", "jewels", "--snapshot", dir.path().to_str().unwrap()]).failed(2, "E401");
    assert!(!text.contains('\u{1b}'), "{text}");
    let text =
        run(&[], &["who-can", "Pr\u{1b}[2J$(x)\n", "--snapshot", dir.path().to_str().unwrap()]).failed(2, "E401");
    assert!(!text.contains('\u{1b}') && text.contains("'ou:/Pr"), "{text}");
}

#[test]
fn an_ou_that_was_not_read_is_not_shown_as_the_root() {
    let mut world = World::of_organization();
    world.user(VENDOR, "outsider", &[]);
    world.organization()["Accounts"][2].as_object_mut().unwrap().remove("ParentId");
    let dir = world.write();
    let place = dir.path().to_str().unwrap();
    let json = run(&[], &["accounts", "--json", "--snapshot", place]);
    let rows: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let unit = |id: &str| rows.as_array().unwrap().iter().find(|row| row["account"] == id).unwrap()["unit"].clone();
    assert_eq!([unit(HUB), unit(PROD), unit(DEV), unit(VENDOR)], [json!("/"), json!("/Prod"), json!(null), json!("")]);
    let table = run(&[], &["accounts", "--snapshot", place]).out;
    let row = table.lines().find(|line| line.starts_with(DEV)).unwrap();
    assert!(row.contains("not read"), "{table}");
    let csv = run(&[], &["accounts", "-f", "csv", "--snapshot", place]).out;
    assert!(csv.contains("333333333333,dev,not read,"), "{csv}");
}

#[test]
fn an_empty_name_names_nobody() {
    let mut world = World::of_organization();
    world.role(PROD, "only", trusts(root(HUB)), &[]);
    let place = Place { snapshot: world.write(), config: "" };
    for asked in [
        &["path", "", "only", "--expect", "denied"][..],
        &["path", "only", ""],
        &["path", "", ""],
        &["who-can", ""],
        &["who-can", " "],
        &["who-can", "prod", "--via", ""],
        &["can", ""],
        &["explain", "", "only"],
        &["profiles", ""],
        &["cut", "prod", "--keep", ""],
        &["cut", "prod", "--principal", ""],
        &["export", "graph", "--target", ""],
    ] {
        place.says(asked, "E401", &["an empty name names nothing"]);
    }
}

#[test]
fn a_part_of_a_name_is_no_name_and_is_told() {
    let place = place().with("[[expect]]\nname = \"nobody\"\ntarget = \"ploy-adm\"\nnever = [\"user:*/*\"]\n");
    let meant = &["did you mean `core-prod/deploy-admin`?"][..];
    for asked in [
        &["who-can", "ploy-adm", "--expect-none"][..],
        &["who-can", "PLOY-ADM"],
        &["who-can", "core-prod/ploy-adm"],
        &["path", "hub/carla.ops", "ploy-adm", "--expect", "denied"],
        &["can", "ploy-adm"],
        &["who-can", "core-prod", "--via", "ploy-adm"],
        &["explain", "hub/carla.ops", "ploy-adm"],
        &["review", "ploy-adm"],
        &["cut", "ploy-adm"],
        &["export", "graph", "--target", "ploy-adm"],
        &["what-if", "--detach", "core-prod/role/deploy-admin:x", "--target", "ploy-adm"],
    ] {
        place.says(asked, "E401", if asked[0] == "what-if" { &[] } else { meant });
    }
    place.says(&["can", "carla"], "E401", &["did you mean `hub/carla.ops`?"]);
    let text = place.ask(&["check", "--rule", "expectation"]);
    assert!(text.code != Some(0), "an expectation of nothing is not met: {text:?}");
    // the whole name of a role still means it
    place.ask(&["who-can", "deploy-admin"]).succeeded();
}

/// With an account whose name begins as another's goes on.
fn with_a_slash() -> World {
    let mut world = World::of_organization();
    world.organization()["Accounts"][1]["Name"] = json!("dev/test");
    world.role(PROD, "deploy", trusts(root(HUB)), &[]).user(HUB, "ann", &[may_assume(&["*"])]);
    world.role(DEV, "deploy", trusts(root(HUB)), &[]).with(DEV, "RoleDetailList", "Path", json!("/test/role/"));
    world.with(DEV, "RoleDetailList", "Arn", json!("arn:aws:iam::333333333333:role/test/role/deploy"));
    world
}

#[test]
fn a_name_of_an_account_with_a_slash_in_it_names_nothing_else_in_silence() {
    let place = Place { snapshot: with_a_slash().write(), config: "" };
    let text = place.ask(&["who-can", "dev/test/role/deploy"]).failed(2, "E402");
    assert!(text.contains("222222222222/role/deploy"), "{text}");
    let said = place.ask(&["who-can", PROD]).succeeded().err;
    assert!(said.contains("Next: rolehop path hub/user/ann 222222222222/role/deploy"), "{said}");
}

#[test]
fn a_command_that_is_printed_names_what_it_is_about_whatever_it_is_called() {
    let mut world = World::of_organization();
    world.organization()["Accounts"][1]["Name"] = json!("prod: #1");
    // one statement closes both ways
    world.user(HUB, "bob", &[may_assume(&["*"])]);
    world.role(PROD, "deploy", trusts(root(HUB)), &[]).user(HUB, "ann", &[may_assume(&["*"])]);
    world.guardrail("SERVICE_CONTROL_POLICY", "ou-prod", json!({"Version": "2012-10-17", "Statement": []}));
    let policies = world.organization()["Policies"].as_array_mut().unwrap();
    policies.last_mut().unwrap()["Name"] = json!("Deny: leaving");
    policies.last_mut().unwrap()["Content"] = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]});
    // its policies have no ARN, and the organization tells which they have
    world.organization()["Organization"]["Arn"] = json!("arn:aws:organizations::111111111111:organization/o-example");
    let place = Place { snapshot: world.write(), config: "" };
    let cut = place.ask(&["cut", PROD]).succeeded().out;
    let value = cut.split_once("try it: rolehop what-if --remove-statement ").unwrap().1.split(" --").next().unwrap();
    assert_eq!(value.trim_matches('\''), "222222222222/role/deploy:trust#0", "{cut}");
    for changed in [
        &["--remove-statement", "222222222222/role/deploy:trust#0"][..],
        &["--remove-statement", "Deny: leaving#0"],
        &[
            "--policy",
            r#"Deny: leaving={"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}"#,
        ],
    ] {
        place.ask(&[&["what-if", "--target", PROD, "--only", "paths"], changed].concat()).succeeded();
    }
}

#[test]
fn of_a_role_that_was_not_read_every_hint_leads_on() {
    let mut world = World::of_organization();
    world.without_file(DEV).role(PROD, "ops", trusts(json!({"AWS": role(DEV, "mid")})), &[]);
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    let place = Place { snapshot: world.write(), config: "" };
    let mid = role(DEV, "mid");
    for asked in [
        &["who-can", "prod/ops", "--via", &mid][..],
        &["who-can", "prod/ops", "--via", "dev/role/mid"],
        &["explain", "hub/ann", &mid],
        &["can", "hub/ann", "--via", &mid],
    ] {
        let parts = ["whether account `dev` has a role `mid` is not known", "read the account"];
        place.says(asked, "E401", &parts);
    }
    let rows: serde_json::Value = serde_json::from_str(&place.ask(&["accounts", "--json"]).out).unwrap();
    let of =
        |id: &str, key: &str| rows.as_array().unwrap().iter().find(|row| row["account"] == id).unwrap()[key].clone();
    assert_eq!(
        [of(DEV, "roles"), of(DEV, "users"), of(PROD, "roles"), of(PROD, "users")],
        [json!(null), json!(null), json!(1), json!(0)]
    );
    let table = place.ask(&["accounts"]).out;
    assert_eq!(table.lines().find(|line| line.starts_with(DEV)).unwrap().matches("not read").count(), 2, "{table}");
}

/// A tag is no way to name accounts where none has one, an OU none where no OU was read, a target none where none is configured.
#[test]
fn only_what_the_snapshot_has_is_offered_as_a_target() {
    let offers = |place: &Place| place.ask(&["who-can", "zzz"]).failed(2, "E401");
    let whole = offers(&place().with("[targets.jewels]\nnames = [\"core-prod\"]\n"));
    assert!(whole.contains("a target, ") && whole.contains("`ou:/PATH` or `tag:KEY=VALUE`"), "{whole}");
    let mut world = World::of_organization();
    let untagged = offers(&Place { snapshot: world.write(), config: "" });
    assert!(untagged.contains("name or `ou:/PATH`;") && !untagged.contains("a target, "), "{untagged}");
    world = World::default();
    world.account(PROD);
    let alone = offers(&Place { snapshot: world.write(), config: "" });
    assert!(alone.contains("an ARN or an account's id or name;"), "{alone}");
}

#[test]
fn a_proposal_says_that_ous_and_tags_were_not_read() {
    let mut world = World::default();
    world.account(PROD);
    let text = Place { snapshot: world.write(), config: "" }.ask(&["config", "init", "-o", "-"]).succeeded().out;
    assert!(
        text.contains("# The tags of 1 account were not read") && text.contains("# The OUs above 1 account"),
        "{text}"
    );
}

#[test]
fn a_person_who_is_called_like_an_account_is_not_taken_for_one() {
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("accounts")).unwrap();
    for part in ["", "accounts"] {
        let files = std::fs::read_dir(demo.join(part)).unwrap().map(|entry| entry.unwrap().path());
        for file in
            files.filter(|file| file.extension().is_some_and(|end| end == "json") && !file.ends_with("manifest.json"))
        {
            std::fs::copy(&file, copy.path().join(part).join(file.file_name().unwrap())).unwrap();
        }
    }
    let file = copy.path().join("identity-center.json");
    let people = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, people.replace("alan@acme.example", "000000012345")).unwrap();
    let ask = |arguments: &[&str]| {
        let place = ["--snapshot", copy.path().to_str().unwrap(), "--at", "2026-11-20T00:00:00Z"];
        run(&[], &[arguments, &place].concat())
    };
    let error = ask(&["can", "000000012345", "--expect-none"]);
    assert!(error.code == Some(2) && error.err.contains("error[E402]"), "{error:?}");
    assert!(error.err.contains("(a person of Identity Center), account 000000012345"), "{error:?}");
    let table = ask(&["who-can", "prod-core/deploy-admin", "--expand"]);
    assert!(table.out.contains("000000012345 (d-") && !table.out.contains("account 000000012345"), "{table:?}");
    assert!(ask(&["can", "account 000000012345"]).out.contains("account 000000012345"));
}
