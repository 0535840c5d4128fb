//! SARIF as its official schema and GitHub require it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a report that cannot be read has failed its test"
)]

use std::path::Path;

use rolehop::finding::{Finding, FindingSet, GroupBy, Status, fingerprint};
use rolehop::ids::AccountId;
use rolehop::report::csv::Formulas;
use rolehop::report::formats::FORMATS;
use rolehop::report::terminal::names::Names;
use rolehop::report::terminal::style::Style;
use rolehop::report::view::{Report, Run, Shown};
use rolehop::severity::{Confidence, Severity};
use rolehop::snapshot::ledger::Ledger;
use serde_json::Value;

/// The schema that OASIS publishes for SARIF 2.1.0. It is kept beside this file: a test must need neither a network nor
/// the cache of an earlier build.
fn schema() -> Value {
    let mut schema: Value = serde_json::from_str(include_str!("sarif/sarif-schema-2.1.0.json")).unwrap();
    // the published pattern of a language has an extra bracket, which stricter readers reject; rolehop writes no
    // language
    for owner in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][owner]["properties"]["language"];
        assert!(language.as_object_mut().unwrap().remove("pattern").is_some());
    }
    schema
}

fn report(example: &str) -> Value {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let output = assert_cmd::Command::cargo_bin("rolehop")
        .unwrap()
        .env_clear()
        .args(["check", "-f", "sarif", "--snapshot"])
        .arg(&dir)
        .arg("--config")
        .arg(dir.join("rolehop.toml"))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_report_validates_against_the_official_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for example in ["demo", "security-hub", "topic-groups"] {
        let sarif = report(example);
        let errors: Vec<String> = validator.iter_errors(&sarif).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{example}: {errors:#?}");
    }
    let mut broken = report("demo");
    broken["runs"][0]["results"][0]["message"] = Value::Null;
    assert!(!validator.is_valid(&broken), "the schema would accept anything");
}

#[test]
fn every_result_has_what_github_asks_for() {
    let sarif = report("demo");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        let score: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!(score > 0.0 && score <= 10.0);
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
    }
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let location = &result["locations"][0]["physicalLocation"];
        let uri = location["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("aws/") && !uri.contains(':') && !uri.contains(' '), "{uri}");
        assert_eq!(location["region"]["startLine"], 1);
        assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().len(), 32);
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let flows: Vec<&Value> = results.iter().filter_map(|r| r.get("codeFlows")).collect();
    let step =
        |flow: &Value, at: usize| flow[0]["threadFlows"][0]["locations"][at]["location"]["message"]["text"].clone();
    assert!(!flows.is_empty(), "paths are code flows");
    for flow in flows {
        assert!(step(flow, 0).as_str().unwrap().ends_with(" starts"), "{flow}");
        assert!(step(flow, 1).as_str().unwrap().starts_with("hop 1: assumes "), "{flow}");
    }
    let of_ismail = results.iter().map(|r| r["message"]["text"].as_str().unwrap());
    let told = "management/user/ismail: reaches 2 roles with write access in 2 accounts without MFA, all of them \
        administrators, prod-core/OrganizationAccountAccessRole among them.";
    assert!(of_ismail.clone().any(|text| text == told), "{:?}", of_ismail.collect::<Vec<_>>());
}

#[test]
fn tags_name_the_newest_controls_and_a_property_names_all() {
    let sarif = report("demo");
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(!rules.is_empty());
    for rule in rules {
        let card = rolehop::rules::card(rule["id"].as_str().unwrap());
        let Some(card) = card else { continue };
        let controls = &rule["properties"]["rolehop/controls"];
        let wanted = if card.maps.is_empty() { Value::Null } else { serde_json::to_value(&card.maps).unwrap() };
        assert_eq!(controls, &wanted, "{}", card.id);
        let tags: Vec<&str> =
            rule["properties"]["tags"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
        let newest = card.maps.get("cis-v7").into_iter().flatten().next();
        assert!(newest.is_none_or(|id| tags.contains(&format!("cis-v7/{id}").as_str())), "{}: {tags:?}", card.id);
    }
}

#[test]
fn every_rule_has_a_page_that_explains_it() {
    let sarif = report("demo");
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let page = |id: &str| {
        let rule = rules.iter().find(|rule| rule["id"] == id).unwrap_or_else(|| panic!("no rule {id}"));
        rule["helpUri"].as_str().unwrap_or_else(|| panic!("{id} has no page")).to_owned()
    };
    for card in rolehop::rules::cards() {
        assert!(page(&card.id).starts_with("https://"), "{}", card.id);
    }
    assert_eq!(
        page("root-access-key"),
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"
    );
}

#[test]
fn the_same_snapshot_gives_the_same_bytes() {
    assert_eq!(report("demo").to_string(), report("demo").to_string());
}

#[test]
fn more_results_than_github_keeps_are_cut_worst_first_and_counted() {
    let (log, length) = written(|_, _| Status::Open);
    // GitHub accepts ten megabytes, compressed; this is uncompressed
    assert!(length < 10_000_000, "{length} bytes");
    assert!(jsonschema::validator_for(&schema()).unwrap().is_valid(&log));
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let worst = results.iter().filter(|result| result["level"] == "error").count();
    assert_eq!((results.len(), worst), (5_000, 2_501), "all of the worst are there");
    let note = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(note.as_str().unwrap().starts_with("20001 open findings of lesser severity were left out"), "{note}");
    assert!(results.iter().all(|result| {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        uri.as_str().is_some_and(|uri| uri.is_ascii() && !uri.contains([' ', '#']) && uri.ends_with("/100%25%20%C3%BC"))
    }));
}

#[test]
fn what_is_accepted_takes_no_room_of_what_is_open() {
    let (log, _) = written(|n, severity| match (severity, n % 5) {
        (Severity::Critical, _) => Status::Waived,
        (_, 1) => Status::Unknown,
        (_, 2) => Status::Baseline,
        (_, 3) if n < 10_000 => Status::Open,
        _ => Status::Waived,
    });
    let results = log["runs"][0]["results"].as_array().unwrap();
    let open = |result: &&Value| result["kind"] == "fail" && result.get("suppressions").is_none();
    let unknown = results.iter().filter(|result| result["kind"] == "review").count();
    assert_eq!((results.len(), results.iter().filter(open).count(), unknown), (5_000, 2_000, 3_000));
    let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let note = notes.last().unwrap()["message"]["text"].as_str().unwrap();
    assert!(
        note.starts_with("2000 unknown results and 18001 findings that are waived or in the baseline were left out"),
        "{note}"
    );
}

#[test]
fn no_name_makes_a_link() {
    let finding =
        |subject: &str, message: &str| Finding { message: message.to_owned(), ..one(0, Status::Open, subject) };
    let subject = "arn:aws:iam::111122223333:role/[a](1)/r";
    let found = finding(subject, "trusts [see](https://example.com) \\");
    let (log, _) = written_of(vec![Finding { path: vec![subject.to_owned(), subject.to_owned()], ..found }]);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["message"]["text"], r"111122223333/role/\[a\](1)/r: trusts \[see\](https://example.com) \\.");
    let step = &result["codeFlows"][0]["threadFlows"][0]["locations"][0]["location"]["message"]["text"];
    assert!(step.as_str().unwrap().contains(r"\[a\](1)"), "{step}");
}

/// Many findings as SARIF, and how long it is. Every tenth belongs to the first rule and is critical, the others belong to the second and
/// are low.
fn written(status: impl Fn(u32, Severity) -> Status) -> (Value, usize) {
    let finding = |n: u32| {
        let severity = if n.is_multiple_of(10) { Severity::Critical } else { Severity::Low };
        // names that no URI may contain unescaped
        one(n, status(n, severity), &format!("arn:aws:iam::111122223333:role/a path #{n}/100% ü"))
    };
    written_of((0..25_001).map(finding).collect())
}

fn one(n: u32, status: Status, subject: &str) -> Finding {
    let cards = rolehop::rules::cards();
    let (card, severity) =
        if n.is_multiple_of(10) { (&cards[0], Severity::Critical) } else { (&cards[1], Severity::Low) };
    Finding {
        rule: card.id.clone().into(),
        severity,
        confidence: Confidence::High,
        status,
        account: AccountId::parse("111122223333").unwrap().into(),
        account_name: String::new().into(),
        other_accounts: Box::default(),
        fingerprint: fingerprint(&card.id, subject, ""),
        subject: subject.to_owned(),
        message: format!("finding {n}"),
        remediation: String::new().into(),
        evidence: Vec::new(),
        path: Vec::new(),
        principals: Box::default(),
        accepted: Box::default(),
        holds_to: None,
        expectation: None,
        waiver: None,
    }
}

fn written_of(findings: Vec<Finding>) -> (Value, usize) {
    let cards = rolehop::rules::cards();
    let set = FindingSet::new(findings, Ledger::default().view());
    let run = Run {
        tool_version: "0".into(),
        snapshot_digest: None,
        category: "test".into(),
        at: jiff::Timestamp::UNIX_EPOCH,
        organization: None,
        management: None,
    };
    let names = Names::new();
    let report = Report {
        frameworks: &[],
        dossier: None,
        results: &[],
        findings: &set,
        cards,
        names: &names,
        run: &run,
        formulas: Formulas::Defused,
        shown: Shown::Each,
        group_by: GroupBy::Rule,
        sources: None,
    };
    let mut text = Vec::new();
    let sarif = FORMATS.iter().find(|format| format.name == "sarif").unwrap();
    (sarif.write)(&report, &Style::plain(), &mut text).unwrap();
    (serde_json::from_slice(&text).unwrap(), text.len())
}
