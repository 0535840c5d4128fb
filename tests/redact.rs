//! `--redact`: what may be shown to others.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "output that cannot be read has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;

use program::{Ended, run_in};
use serde_json::{Value, json};
use support::{DEV, HUB, PROD, VENDOR, World, may_assume, root, trusts, trusts_if};

/// What a command says of a world, as of a fixed time, with a configuration.
fn ask(world: &World, config: &str, arguments: &[&str]) -> Ended {
    let dir = world.write();
    std::fs::write(dir.path().join("rolehop.toml"), config).unwrap();
    let common = ["--snapshot", ".", "--config", "rolehop.toml", "--at", "2026-11-20T00:00:00Z"];
    run_in(dir.path(), &[], &[arguments, &common].concat())
}

fn answer(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap()
}

/// A user of the hub who may pass some external ids, and a role of prod that asks for some.
fn asking(trust: Value, more: Option<Value>, pass: Option<Value>) -> World {
    let mut world = World::of_organization();
    let mut may = may_assume(&["*"]);
    if let Some(condition) = pass {
        may["Statement"][0]["Condition"] = condition;
    }
    let mut asks = trusts_if(root(HUB), trust);
    asks["Statement"].as_array_mut().unwrap().extend(more);
    world.user(HUB, "alice", &[may]).role(PROD, "deploy", asks, &[]);
    world
}

#[test]
fn what_is_hidden_is_decided_by_all_the_same() {
    let id = |operator: &str, id: &str| json!({operator: {"sts:ExternalId": id}});
    let deny = |condition: Value| {
        Some(json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}))
    };
    let worlds = [
        (asking(id("StringLike", "tenant-*"), None, Some(id("StringEquals", "tenant-1"))), "conditional"),
        (asking(id("StringEquals", "tenant-1"), deny(id("StringNotLike", "tenant-*")), None), "conditional"),
        (asking(id("StringEquals", "tenant-1"), deny(id("StringLike", "tenant-*")), None), "denied"),
        (asking(id("StringEquals", "${aws:username}"), None, Some(id("StringEquals", "alice"))), "conditional"),
        (asking(id("StringEqualsIgnoreCase", "TENANT"), None, Some(id("StringEquals", "tenant"))), "conditional"),
        (asking(id("StringEquals", "tenant-1"), None, Some(id("StringEquals", "tenant-2"))), "denied"),
    ];
    for (world, verdict) in &worlds {
        for redact in ["-q", "--redact", "--redact=accounts"] {
            let asked = ["path", "111111111111/alice", "222222222222/deploy", "--json", redact];
            let ended = ask(world, "", &asked);
            assert_eq!(answer(&ended)["verdict"], *verdict, "{redact}: {}", ended.out);
            assert!(redact == "-q" || !ended.out.to_lowercase().contains("tenant"), "{}", ended.out);
        }
    }
}

#[test]
fn a_report_without_external_ids_judges_alike_and_has_the_same_fingerprints() {
    let mut world = World::of_organization();
    let asks = |id: &str| trusts_if(root(VENDOR), json!({"StringEquals": {"sts:ExternalId": id}}));
    world.role(PROD, "strong", asks("7f1d9c0e-52a1-4c1b-9d1e-3f0a"), &[]).role(DEV, "weak", asks("Zq9"), &[]);
    let judged = |redact: &str| {
        let ended = ask(&world, "", &["check", "--rule", "external-id-weak", "--json", "--fail-on", "info", redact]);
        assert!(redact == "-q" || !ended.out.contains("Zq9"), "{}", ended.out);
        let findings = answer(&ended)["findings"].clone();
        let texts = findings.as_array().unwrap().iter().map(|f| (f["status"].clone(), f["fingerprint"].clone()));
        (ended.code, texts.collect::<Vec<_>>())
    };
    let plain = judged("-q");
    assert!(plain.0 == Some(3) && plain.1.len() == 1, "{plain:?}");
    assert_eq!(judged("--redact"), plain);
}

#[test]
fn the_value_of_a_key_that_is_a_slip_for_the_external_id_is_hidden_too() {
    for key in ["sts:ExternalId ", "sts:External-Id", "sts:ExternalIds", "aws:ExternalId", "sts:External_ID"] {
        let mut world = World::of_organization();
        world.role(PROD, "scan", trusts_if(root(VENDOR), json!({"StringEquals": {key: "Zq9-secret"}})), &[]);
        let ended = ask(&world, "", &["explain", VENDOR, "prod/scan", "--redact"]);
        assert!(ended.out.contains("is meant?") && ended.out.contains("redacted-1"), "{key}: {}", ended.out);
        assert!(!ended.out.contains("Zq9"), "{key}: {}", ended.out);
    }
}

#[test]
fn waivers_name_accounts_by_their_own_names_where_others_are_shown() {
    let mut world = World::of_organization();
    for (at, name) in [(1, "account-3"), (2, "account-2")] {
        world.organization()["Accounts"][at]["Name"] = json!(name);
    }
    for account in [PROD, DEV] {
        world.role(account, "ext", trusts(root(VENDOR)), &[]);
    }
    let waiver = "[[waivers]]\nrule = \"external-account-not-allowed\"\nwhere = \"account-2/role/ext\"\n\
        reason = \"r\"\nowner = \"o\"\nexpires = 2027-06-01\n";
    let waived = |redact: &str| {
        let ended = ask(&world, waiver, &["check", "--rule", "external-account-not-allowed", "--json", redact]);
        assert!(!ended.err.contains("fits no finding"), "{}", ended.err);
        let findings = answer(&ended)["findings"].as_array().unwrap().clone();
        let waived = findings.iter().filter(|finding| finding["status"] == "waived");
        waived.map(|finding| finding["fingerprint"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(waived("-q").len(), 1);
    assert_eq!(waived("--redact=accounts"), waived("-q"));
}

#[test]
fn redacted_answers_and_reports_hold_no_external_id() {
    let run = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().args(arguments).args(["--snapshot", "examples/demo", "--no-config"]);
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let questions: &[&[&str]] = &[
        &["path", "management/rolehop-scanner", "prod-core/audit-readonly"],
        &["path", "management/rolehop-scanner", "prod-core/audit-readonly", "--json"],
        &["path", "999988887777", "prod-core/audit-readonly", "--why-not", "--json"],
        &["explain", "management/rolehop-scanner", "prod-core/audit-readonly"],
        &["who-can", "prod-core/audit-readonly", "--json"],
        &["can", "management/rolehop-scanner"],
        &["profiles", "management/rolehop-scanner"],
        &["profiles", "management/rolehop-scanner", "--json"],
        &["check", "-f", "json"],
        &["export", "edges", "-f", "json"],
    ];
    let quoted = questions.iter().filter(|question| run(question).contains("rolehop-demo")).count();
    assert!(quoted >= 3, "the proofs quote it: {quoted}");
    for question in questions {
        let text = run(&[question, &["--redact"][..]].concat());
        assert!(!text.is_empty() && !text.contains("rolehop-demo"), "{question:?}: {text}");
    }
    assert!(run(&[questions[0], &["--redact"]].concat()).contains("redacted-1"));
}

#[test]
fn redacted_accounts_are_in_no_format_of_any_answer() {
    let run = |arguments: &[&str], what: &str| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        command.env_clear().args(arguments).args([
            "--snapshot",
            "examples/demo",
            "--config",
            "examples/demo/rolehop.toml",
            what,
        ]);
        let output = command.output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let accounts: serde_json::Value = serde_json::from_str(&run(&["accounts", "--json"], "-q").0).unwrap();
    let accounts = accounts.as_array().unwrap();
    let texts = |key: &str| accounts.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let mut hidden = texts("account");
    hidden.push("999988887777".to_owned());
    // a word such as `security` is found elsewhere too, but not before a slash or in brackets
    hidden.extend(texts("name").into_iter().filter(|name| name.contains('-')));
    hidden.extend(texts("name").iter().map(|name| format!("{name}/")));
    hidden.extend(texts("name").iter().map(|name| format!(" {name} (")));
    let (who, to) = ("dev-sandbox/ci-runner", "prod-core/deploy-admin");
    let mut questions: Vec<Vec<&str>> = rolehop::report::formats::FORMATS
        .iter()
        .flat_map(|format| {
            [vec!["check", "-f", format.name], vec!["check", "--framework", "cis-v7", "-f", format.name]]
        })
        .collect();
    for format in ["table", "json", "csv", "markdown"] {
        questions.push(vec!["who-can", "prod", "--all", "-f", format]);
        questions.push(vec!["can", who, "-f", format]);
    }
    for format in ["table", "json", "csv"] {
        questions.push(vec!["path", who, to, "-f", format]);
        questions.push(vec!["accounts", "-f", format]);
        questions.push(vec!["quotas", "--all", "-f", format]);
    }
    questions.push(vec!["check", "--expand"]);
    questions.push(vec!["check", "--group-by", "account", "--all"]);
    questions.push(vec!["explain", who, to, "--json"]);
    questions.push(vec!["profiles", who]);
    questions.push(vec!["profiles", who, "--json"]);
    questions.push(vec!["profiles", who, "-f", "html"]);
    questions.push(vec!["what-if", "--remove-statement", "101010101010/role/operate:trust#0"]);
    questions.push(vec!["what-if", "--remove-statement", "101010101010/role/operate:trust#0", "--json"]);
    questions.push(vec!["cut", "prod"]);
    questions.push(vec!["plan", "groups", "--from", "reach", "--all"]);
    questions.push(vec!["export", "edges"]);
    for format in ["dot", "mermaid", "graphml", "json"] {
        questions.push(vec!["export", "graph", "--target", "prod", "-f", format]);
    }
    questions.push(vec!["targets", "show", "prod"]);
    let mut showed = 0;
    for question in &questions {
        let (out, said) = run(question, "--redact=accounts");
        assert!(!out.is_empty(), "{question:?}: {said}");
        for text in [&out, &said] {
            let text = without_pages(text);
            let left: Vec<&String> = hidden.iter().filter(|id| text.contains(id.as_str())).collect();
            assert!(left.is_empty(), "{question:?} shows {left:?}:\n{text}");
        }
        showed += usize::from(run(question, "-q").0.contains("101010101010"));
    }
    assert!(showed > questions.len() / 2, "without the option the ids are shown: {showed}");
}

/// Without the addresses of public pages, whose folders may be called as accounts are.
fn without_pages(text: &str) -> String {
    let (first, others) = text.split_once("https://docs.").map_or((text, ""), |(first, others)| (first, others));
    let rest = others
        .split("https://docs.")
        .map(|part| part.find([' ', '"', ')', '<', '\n']).and_then(|end| part.get(end..)).unwrap_or_default());
    std::iter::once(first).chain(rest).collect()
}

#[test]
fn pseudonyms_are_the_same_in_all_formats_of_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().args([
        "check",
        "-q",
        "--redact=accounts,external-ids",
        "--snapshot",
        "examples/demo",
        "--no-config",
    ]);
    command.arg("--output-dir").arg(dir.path()).output().unwrap();
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    let findings: serde_json::Value = serde_json::from_str(&read("findings.json")).unwrap();
    for finding in findings["findings"].as_array().unwrap() {
        let text = |key: &str| finding[key].as_str().unwrap();
        assert!(text("account").starts_with("00000000"), "{finding}");
        let row =
            read("findings.csv").lines().any(|row| row.contains(text("subject")) && row.contains(text("account_name")));
        assert!(row && read("findings.ocsf.jsonl").contains(text("subject")), "{finding}");
        assert!(read("findings.asff.jsonl").contains(text("fingerprint")), "{finding}");
    }
}

#[test]
fn an_option_that_could_do_nothing_is_refused() {
    let refused = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
        let output = command.env_clear().args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = refused(&["simulate", "requests.json", "--redact"]);
    assert!(code == Some(2) && text.contains("does not take `--redact`"), "{text}");
    let (code, text) = refused(&["check", "--redact=names"]);
    assert!(code == Some(2) && text.contains("external-ids or accounts"), "{text}");
    let (code, text) = refused(&["check", "--expand", "--group-by", "account"]);
    assert!(code == Some(2) && text.contains("--group-by"), "{text}");
}

#[test]
fn the_name_of_an_account_is_not_shown_where_it_was_typed() {
    let mut world = World::of_organization();
    world.organization()["Accounts"][1]["Name"] = json!("zebra");
    world.user(HUB, "alice", &[may_assume(&["*"])]).role(PROD, "deploy", trusts(root(HUB)), &[]);
    for target in ["zebra", "ZEBRA", "zebra/deploy", "zebra/role/deploy", "zebra (222222222222)", "name:zeb*"] {
        for asked in [
            &["who-can", target][..],
            &["who-can", target, "--json"],
            &["path", "hub/alice", target, "--json"],
            &["path", "dev", target],
            &["export", "graph", "--target", target],
            &["cut", target],
            &["cut", target, "--json"],
            &["cut", "hub", "--keep", "zebra/deploy", "--json"],
            &["what-if", "--remove-statement", "zebra/role/deploy:trust#0", "--target", target, "--only", "paths"],
            &["who-can", "hub", "--account", "zebra"],
            &["who-can", "hub", "--account", "zeb*"],
            &["who-can", "hub", "--via", "zebra/deploy"],
            &["can", "hub/alice", "--account", "zebra", "--json"],
        ] {
            let ended = ask(&world, "", &[asked, &["--redact=accounts"]].concat());
            let told = format!("{}{}", ended.out, ended.err).to_lowercase();
            assert!(ended.code == Some(0) && !told.contains("zeb"), "{asked:?}: {ended:?}");
        }
    }
    // a target of the configuration is no account
    let defined = "version = 1\n[targets.zebra]\naccounts = [\"222222222222\"]\n";
    let told = ask(&world, defined, &["who-can", "zebra", "--redact=accounts"]);
    assert!(told.out.contains("reaches zebra (1 role"), "{told:?}");
}
