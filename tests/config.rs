//! `rolehop config`: a proposed file that works as it stands, problems at their places, and a schema that fits the parser.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a command that cannot be run has failed its test")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use rolehop::config::{Config, KEYS};
use serde_json::{Value, json};
use support::*;

const AT: &str = "2026-11-20T00:00:00Z";

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rolehop(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("rolehop").unwrap();
    command.env_clear().env("HOME", dir).env("ROLEHOP_AT", AT).current_dir(dir).args(arguments).output().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn schema() -> Value {
    rolehop::config::schema(
        &rolehop::rules::cards_with(&rolehop::rules::OwnRules::default()),
        rolehop::rules::setting_words,
    )
}

/// TOML as an editor gives it to a JSON Schema: dates are text.
fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect(),
        toml::Value::Array(list) => list.iter().map(as_json).collect(),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn accepted(text: &str) -> Result<(), String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let value = as_json(&toml::Value::Table(text.parse().unwrap()));
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}

/// Blocks of TOML on a page.
fn blocks(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(project().join(page)).unwrap();
    text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn a_wrong_setting_is_told_with_file_line_and_column_whoever_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let demo = project().join("examples/demo");
    for (text, code, place) in [
        ("[rules.role-unusd]\ndays = 1\n", "E310", "line 1, column 8"),
        ("[rules.role-unused]\nday = 1\n", "E311", "line 2, column 1"),
        ("\n[rules.role-unused]\n  days = \"x\"\n", "E312", "line 3, column 3"),
        ("[rules.role-unused]\ndays = -3\n", "E313", "line 2, column 1"),
        ("[rules.user-near-group-limit]\nheadroom = -5\n", "E313", "line 2, column 1"),
    ] {
        std::fs::write(dir.path().join("rolehop.toml"), text).unwrap();
        for command in [&["config", "check"][..], &["check", "--snapshot", demo.to_str().unwrap()]] {
            let ended = rolehop(dir.path(), command);
            assert_eq!(ended.status.code(), Some(2), "{text}");
            let told = err(&ended);
            assert!(told.contains(&format!("error[{code}]")) && told.contains(place), "{command:?} {text}: {told}");
            assert!(!told.contains("u32") && !told.contains("usize"), "{told}");
        }
    }
}

#[test]
fn an_empty_claim_is_none() {
    let dir = tempfile::tempdir().unwrap();
    for claim in ["", "  "] {
        std::fs::write(dir.path().join("rolehop.toml"), format!("[people]\nmfa = \"{claim}\"\n")).unwrap();
        let ended = rolehop(dir.path(), &["config", "check"]);
        assert_eq!(ended.status.code(), Some(2));
        assert!(err(&ended).contains("it is empty") && err(&ended).contains("line 2"), "{}", err(&ended));
    }
}

#[test]
fn the_schema_accepts_every_file_of_the_project_and_no_unknown_key() {
    let schema = schema();
    accepted("[rules.expectation]\nseverity = \"low\"\n").unwrap();
    accepted("[rules.expectation]\ndays = 1\n").unwrap_err();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(jsonschema::meta::is_valid(&schema));
    let mut texts = blocks("README.md");
    texts.extend(blocks("docs/configuration.md"));
    assert!(texts.len() >= 2);
    let examples = std::fs::read_dir(project().join("examples")).unwrap();
    for file in examples.map(|entry| entry.unwrap().path().join("rolehop.toml")).filter(|file| file.is_file()) {
        texts.push(std::fs::read_to_string(file).unwrap());
    }
    assert!(texts.len() > 8, "{}", texts.len());
    for text in &texts {
        accepted(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    }
    for header in ["", "[scan]", "[targets.x]", "[check]", "[rules.role-unused]", "[scan.external_id]\nenv = \"X\""] {
        accepted(&format!("{header}\nwholly_unknown = 1\n")).unwrap_err();
    }
    for text in [
        "version = 2",
        "[rules.role-unusd]",
        "[rules.role-unused]\ndays = \"x\"",
        "[rules.human-path-without-mfa]\naccess = \"wrte\"",
        "[check]\nfail_on = \"hihg\"",
        "[[waivers]]\nrule = \"role-unused\"",
    ] {
        accepted(text).unwrap_err();
    }
}

#[test]
fn every_example_of_a_key_is_read_by_parser_and_schema() {
    for key in KEYS {
        let header = match key.table {
            "" => String::new(),
            "targets.NAME" => "[targets.x]".to_owned(),
            "rules.ID" => "[rules.role-unused]".to_owned(),
            "waivers" | "expect" => continue,
            table => format!("[{table}]"),
        };
        let text = format!("{header}\n{}\n", key.example);
        accepted(&text).unwrap_or_else(|errors| panic!("{errors}: {text}"));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rolehop.toml");
        std::fs::write(&file, &text).unwrap();
        Config::read(&file).unwrap();
    }
    for table in ["waivers", "expect"] {
        let whole: String =
            KEYS.iter().filter(|key| key.table == table).map(|key| format!("{}\n", key.example)).collect();
        let text = format!("[[{table}]]\n{whole}");
        accepted(&text).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rolehop.toml");
        std::fs::write(&file, &text).unwrap();
        Config::read(&file).unwrap();
    }
}

#[test]
fn the_schema_is_printed_or_written() {
    let dir = tempfile::tempdir().unwrap();
    let printed: Value = serde_json::from_str(&out(&rolehop(dir.path(), &["config", "schema"]))).unwrap();
    assert_eq!(printed, schema());
    assert_eq!(
        printed["properties"]["rules"]["properties"]["human-path-without-mfa"]["properties"]["access"]["enum"][0],
        "write"
    );
    rolehop(dir.path(), &["config", "schema", "-o", "s.json"]);
    assert!(dir.path().join("s.json").is_file());
}

/// `who-can prod` works right away with what `config init` proposes.
fn works_at_once(snapshot: &Path) -> String {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = snapshot.to_str().unwrap();
    let init = rolehop(dir.path(), &["config", "init", "--snapshot", snapshot]);
    assert_eq!(init.status.code(), Some(0), "{}", err(&init));
    assert!(err(&init).contains("rolehop who-can prod --snapshot"), "{}", err(&init));
    let text = std::fs::read_to_string(dir.path().join("rolehop.toml")).unwrap();
    accepted(&text).unwrap();
    let check = rolehop(dir.path(), &["config", "check", "--snapshot", snapshot]);
    assert_eq!(check.status.code(), Some(0), "{}", err(&check));
    assert!(out(&check).contains("\nprod "), "{}", out(&check));
    let who = rolehop(dir.path(), &["who-can", "prod", "--snapshot", snapshot]);
    assert_eq!(who.status.code(), Some(0), "{}", err(&who));
    assert!(out(&who).contains("reach prod"), "{}", out(&who));
    let again = rolehop(dir.path(), &["config", "init", "--snapshot", snapshot]);
    assert_eq!(again.status.code(), Some(7));
    for part in ["error[E603]", "  where  rolehop.toml", "  why    ", "`--force`"] {
        assert!(err(&again).contains(part), "{}", err(&again));
    }
    let printed = rolehop(dir.path(), &["config", "init", "-o", "-", "--snapshot", snapshot]);
    assert_eq!(out(&printed), text);
    assert_eq!(rolehop(dir.path(), &["config", "init", "--force", "--snapshot", snapshot]).status.code(), Some(0));
    text
}

#[test]
fn what_is_proposed_for_the_demo_works_at_once() {
    let text = works_at_once(&project().join("examples/demo"));
    for line in [
        "    \"/Workloads/Prod\",  # confirm: 2 accounts",
        "    \"222222222201\",  # confirm: security has 6 of 8 IAM users, and its name says so",
        "    # \"999988887777\",  # confirm: trusted by the role prod-core/monitor",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn what_is_proposed_for_a_generated_organization_works_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("organization");
    assert!(rolehop(dir.path(), &["generate", "organization", "--accounts", "24", "--roles", "12"]).status.success());
    let text = works_at_once(&to);
    assert!(text.contains("tags.env = [\n    \"prod\",  # confirm: "), "{text}");
    assert!(text.contains("# confirm: identity has 72 of ") && text.contains("# confirm: trusted by "), "{text}");
}

#[test]
fn production_is_found_by_name_where_no_ou_says_it() {
    let mut world = World::of_organization();
    for (at, name) in ["hub-prod", "non-prod", "dev"].into_iter().enumerate() {
        world.organization()["Accounts"][at]["Name"] = json!(name);
    }
    for unit in world.organization()["OrganizationalUnits"].as_array_mut().into_iter().flatten() {
        unit["Name"] = json!("Workloads");
    }
    world.role(PROD, "ops", trusts(root(HUB)), &[]);
    let snapshot = world.write();
    let dir = tempfile::tempdir().unwrap();
    let printed = rolehop(dir.path(), &["config", "init", "-o", "-", "--snapshot", snapshot.path().to_str().unwrap()]);
    let text = out(&printed);
    assert!(text.contains("names = [\n    \"*-prod\",  # confirm: 2 accounts\n]"), "{text}");
    assert!(text.contains("except = [\n    \"") && text.contains("# confirm: its name is non-prod"), "{text}");
}

#[test]
fn without_a_snapshot_there_is_a_starter() {
    let dir = tempfile::tempdir().unwrap();
    let init = rolehop(dir.path(), &["config", "init"]);
    assert_eq!(init.status.code(), Some(0), "{}", err(&init));
    assert!(err(&init).contains("no snapshot was found") && err(&init).contains("rolehop scan --role-name NAME"));
    let text = std::fs::read_to_string(dir.path().join("rolehop.toml")).unwrap();
    assert!(KEYS.iter().all(|key| text.contains(key.example)), "{text}");
    let check = rolehop(dir.path(), &["config", "check"]);
    assert_eq!(check.status.code(), Some(0), "{}", err(&check));
    assert!(err(&check).contains("nothing was compared with a snapshot"), "{}", err(&check));
    assert_eq!(rolehop(dir.path(), &["config", "init", "--force", "--snapshot", "nowhere"]).status.code(), Some(8));
    assert_eq!(rolehop(dir.path(), &["config", "init", "-o", "no/such/dir.toml"]).status.code(), Some(7));
}

#[test]
fn every_problem_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let check = |text: &str, arguments: &[&str]| {
        std::fs::write(dir.path().join("rolehop.toml"), text).unwrap();
        rolehop(dir.path(), &[&["config", "check"], arguments].concat())
    };
    let wrong =
        check("[scan]\nrole_nam = 1\n[targets.prod]\nou = \"/Prod\"\n[[waivers]]\nrule = \"role-unused\"\n", &[]);
    assert_eq!((wrong.status.code(), out(&wrong).as_str()), (Some(2), ""));
    let text = err(&wrong);
    for part in [
        "line 2, column 1",
        "unknown key `role_nam`",
        "did you mean `role_name`",
        "line 4, column 6",
        "a list, in brackets",
        "neither `where` nor `accounts`",
        "`reason` is missing",
        "`owner` is missing",
        "`expires` is missing",
        "6 problems",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let rules = check(
        "[rules.role-unusd]\ndays = 1\n[rules.role-unused]\nday = 1\n[[waivers]]\nrule = \"role-unusd\"\nwhere = \"*\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-01-01\n",
        &[],
    );
    assert_eq!(rules.status.code(), Some(2));
    let text = err(&rules);
    for part in [
        "error[E310]",
        "error[E311]",
        "error[E304]",
        "line 1, column",
        "line 4, column 1",
        "line 6, column 1",
        "did you mean `role-unused`?",
        "3 problems",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let demo = project().join("examples/demo");
    let demo = demo.to_str().unwrap();
    let empty = check("[targets.prod]\nou = [\"/Workloads/Prd\"]\n", &["--snapshot", demo]);
    assert_eq!(empty.status.code(), Some(2));
    assert!(err(&empty).contains("error[E403]") && err(&empty).contains("line 1, column"), "{}", err(&empty));
    let idle = check(
        "[scan]\nexclude = [\"ou:/Sandbx\"]\n[targets.prod]\nou = [\"/Workloads/Prod\"]\nnames = [\"prd-*\"]\n",
        &["--snapshot", demo],
    );
    assert_eq!(idle.status.code(), Some(0), "{}", err(&idle));
    assert!(out(&idle).contains("target prod: names `prd-*` matches nothing"), "{}", out(&idle));
    assert!(out(&idle).contains("scan: exclude: ou `/Sandbx` matches nothing"), "{}", out(&idle));
    let nothing = tempfile::tempdir().unwrap();
    let none = rolehop(nothing.path(), &["config", "check"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(err(&none).contains("error[E301]") && err(&none).contains("rolehop config init"), "{}", err(&none));
    assert_eq!(rolehop(dir.path(), &["config", "check", "nowhere.toml"]).status.code(), Some(2));
}

/// What `check` prints and says about the demo with waivers, on a day.
fn waived(waivers: &str, at: &str, arguments: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("waivers.toml");
    std::fs::write(&config, format!("{waivers}[targets.prod]\nou = [\"/Workloads/Prod\"]\n")).unwrap();
    let demo = project().join("examples/demo");
    let mut command = Command::cargo_bin("rolehop").unwrap();
    command.env_clear().current_dir(dir.path()).args(["check", "--at", at, "--config"]).arg(&config);
    command.arg("--snapshot").arg(&demo).args(arguments).output().unwrap()
}

const VENDOR_WAIVER: &str = "[[waivers]]\nrule = \"external-account-not-allowed\"\nwhere = \"prod-core/role/monitor\"\n\
    reason = \"vendor contract\"\nowner = \"sec@example.com\"\nticket = \"SEC-1\"\nexpires = 2027-02-28\n";

#[test]
fn every_format_says_by_what_a_finding_is_accepted() {
    let json: Value = serde_json::from_slice(&waived(VENDOR_WAIVER, AT, &["--json"]).stdout).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let by: Vec<&Value> = findings.iter().filter(|finding| finding["status"] == "waived").collect();
    assert_eq!(by.len(), 1);
    assert_eq!(
        by[0]["waiver"],
        json!({"reason": "vendor contract", "owner": "sec@example.com", "expires": "2027-02-28", "ticket": "SEC-1"})
    );
    assert!(
        findings.iter().filter(|finding| finding["status"] != "waived").all(|finding| finding.get("waiver").is_none())
    );
    assert!(json.get("waivers").is_none(), "nobody has to look after it");

    let csv = out(&waived(VENDOR_WAIVER, AT, &["-f", "csv"]));
    assert!(
        csv.lines().next().unwrap().ends_with(",fingerprint,waiver_reason,waiver_owner,waiver_expires,waiver_ticket")
    );
    let row = csv.lines().find(|line| line.contains(",waived,")).unwrap();
    assert!(row.ends_with(",vendor contract,sec@example.com,2027-02-28,SEC-1"), "{row}");
    assert!(csv.lines().find(|line| line.contains(",open,")).unwrap().ends_with(",,,,"));

    let sarif: Value = serde_json::from_slice(&waived(VENDOR_WAIVER, AT, &["-f", "sarif"]).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed: Vec<&Value> = results.iter().filter_map(|result| result.get("suppressions")).collect();
    assert_eq!(
        suppressed,
        [&json!([{"kind": "external", "status": "accepted", "justification":
            "accepted by a waiver: owner sec@example.com, SEC-1, until 2027-02-28: vendor contract"}])]
    );

    let terms = "owner sec@example.com, SEC-1, until 2027-02-28: vendor contract";
    for arguments in [&[][..], &["--all"], &["--expand"]] {
        let text = out(&waived(VENDOR_WAIVER, AT, arguments));
        let (open, rest) = text.split_once("\nWaived: 1 finding\n").unwrap_or_else(|| panic!("{text}"));
        assert!(rest.contains(terms) && rest.contains("external-account-not-allowed"), "{text}");
        assert!(!open.contains("external-account-not-allowed") && open.contains("human-path-without-mfa"), "{text}");
        assert!(!text.contains("(waived)") && rest.contains("1 waived"), "{text}");
    }
    let plain = out(&waived(VENDOR_WAIVER, AT, &["--no-waivers"]));
    assert!(!plain.contains("Waived"), "{plain}");
}

#[test]
fn a_waiver_is_announced_from_the_fourteenth_day_before_its_end() {
    let on = |at: &str| {
        let output = waived(VENDOR_WAIVER, at, &[]);
        (err(&output), out(&output))
    };
    let (said, shown) = on("2027-02-13T23:59:59Z");
    assert!(!said.contains("E307") && !shown.contains("Waiver  "), "15 days before: {said}");
    let (said, shown) = on("2027-02-14T00:00:00Z");
    for part in
        ["warning[E307]: a waiver expires in 14 days, 2027-02-28", "line 1, column", "owner sec@example.com, SEC-1"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let line = "Waiver    expires in 14 days, 2027-02-28: waiver of `external-account-not-allowed` for `prod-core/role/monitor`, \
                owner sec@example.com, SEC-1\n";
    assert!(shown.contains(line), "{shown}");
    let (said, shown) = on("2027-02-28T23:59:59Z");
    assert!(said.contains("expires today") && shown.contains("Waived: 1 finding"), "the last day counts: {said}");
    let (said, shown) = on("2027-03-01T00:00:00Z");
    assert!(said.contains("warning[E305]: a waiver expired on 2027-02-28"), "{said}");
    assert!(shown.contains("Waiver    expired on 2027-02-28") && !shown.contains("Waived"), "{shown}");
    let notice = waived(VENDOR_WAIVER, "2027-02-14T00:00:00Z", &["--json"]);
    let json: Value = serde_json::from_slice(&notice.stdout).unwrap();
    let expected = json!([{"state": "expiring", "rule": "external-account-not-allowed", "where": "prod-core/role/monitor",
        "owner": "sec@example.com", "ticket": "SEC-1", "expires": "2027-02-28", "days_left": 14, "findings": 1}]);
    assert_eq!(json["waivers"], expected);
}

#[test]
fn a_waiver_that_fits_nothing_is_said_unless_its_rule_did_not_run() {
    let gone = VENDOR_WAIVER.replace("monitor", "monitors");
    let said = err(&waived(&gone, AT, &[]));
    assert!(
        said.contains("warning[E306]: a waiver fits no finding") && said.contains("the pattern is wrong"),
        "{said}"
    );
    let said = err(&waived(&gone, AT, &["--rule", "role-unused"]));
    assert!(!said.contains("warning["), "{said}");
    let longer = VENDOR_WAIVER.replace("2027-02-28", "2027-06-30").replace("SEC-1", "SEC-2");
    let both = waived(&format!("{VENDOR_WAIVER}{longer}"), "2027-03-01T00:00:00Z", &["-f", "csv"]);
    assert!(!err(&both).contains("warning["), "another accepts it for longer: {}", err(&both));
    assert!(out(&both).contains(",2027-06-30,SEC-2"), "{}", out(&both));
}

#[test]
fn a_check_of_the_configuration_looks_at_waivers_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let demo = project().join("examples/demo");
    let text = [
        VENDOR_WAIVER.to_owned(),
        VENDOR_WAIVER.replace("2027-02-28", "2026-11-19"),
        VENDOR_WAIVER.replace("monitor", "x").replace("2027-02-28", "2026-12-04"),
    ];
    std::fs::write(dir.path().join("rolehop.toml"), text[1..].concat()).unwrap();
    let check = rolehop(dir.path(), &["config", "check", "--snapshot", demo.to_str().unwrap()]);
    assert_eq!(check.status.code(), Some(0), "{}", err(&check));
    assert!(err(&check).contains("warning[E305]") && err(&check).contains("warning[E306]"), "{}", err(&check));
    assert!(err(&check).contains("rolehop.toml line 8, column"), "{}", err(&check));
    let alone = rolehop(dir.path(), &["config", "check"]);
    assert!(err(&alone).contains("warning[E305]") && err(&alone).contains("warning[E307]"), "{}", err(&alone));
}

#[test]
fn each_setting_is_shown_with_where_it_comes_from() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[scan]\nconcurrency = 7\nregion = \"eu-west-1\"\n[targets.prod]\nou = [\"/Prod\"]\n[rules.role-unused]\ndays = 60\n";
    std::fs::write(dir.path().join("rolehop.toml"), text).unwrap();
    let mut command = Command::cargo_bin("rolehop").unwrap();
    command.env_clear().env("ROLEHOP_REGION", "eu-north-1").env("ROLEHOP_EXTERNAL_ID", "hush").current_dir(dir.path());
    let shown = out(&command.args(["config", "show", "--origin"]).output().unwrap());
    let row = |key: &str| -> Vec<String> {
        let line =
            shown.lines().find(|line| line.split("  ").next() == Some(key)).unwrap_or_else(|| panic!("{key}: {shown}"));
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
    };
    assert!(row("scan.concurrency")[2].ends_with("rolehop.toml line 2, column 1"), "{shown}");
    assert_eq!(row("scan.region")[1..], ["eu-north-1", "environment variable ROLEHOP_REGION"]);
    assert_eq!(row("check.fail_on")[1..], ["high", "default"]);
    assert_eq!(row("rules.access-key-old.days")[1..], ["90", "default"]);
    assert!(row("rules.role-unused.days")[2].ends_with("line 7, column 1"), "{shown}");
    assert!(row("targets.prod.ou")[2].ends_with("line 5, column 1") && !shown.contains("hush"), "{shown}");
}
