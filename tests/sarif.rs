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
    for (rule, card) in rules.iter().zip(rolehop::rules::cards_with(&rolehop::rules::OwnRules::default())) {
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
    let cards = rolehop::rules::cards();
    let finding = |n: u32| {
        // every tenth belongs to the first rule and is critical, the others belong to the second and are low
        let (card, severity) =
            if n.is_multiple_of(10) { (&cards[0], Severity::Critical) } else { (&cards[1], Severity::Low) };
        // names that no URI may contain unescaped
        let subject = format!("arn:aws:iam::111122223333:role/a path #{n}/100% ü");
        Finding {
            rule: card.id.clone().into(),
            severity,
            confidence: Confidence::High,
            status: Status::Open,
            account: AccountId::parse("111122223333").unwrap().into(),
            account_name: String::new().into(),
            fingerprint: fingerprint(&card.id, &subject, ""),
            subject,
            message: format!("finding {n}"),
            remediation: String::new().into(),
            evidence: Vec::new(),
            path: Vec::new(),
            waiver: None,
        }
    };
    let set = FindingSet::new((0..25_001).map(finding).collect(), Ledger::default().view());
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
    // GitHub accepts ten megabytes, compressed; this is uncompressed
    assert!(text.len() < 10_000_000, "{} bytes", text.len());
    let log: Value = serde_json::from_slice(&text).unwrap();
    assert!(jsonschema::validator_for(&schema()).unwrap().is_valid(&log));
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let worst = results.iter().filter(|result| result["level"] == "error").count();
    assert_eq!((results.len(), worst), (5_000, 2_501), "all of the worst are there");
    let note = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(note.as_str().unwrap().starts_with("20001 findings of lesser severity were left out"), "{note}");
    assert!(results.iter().all(|result| {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        uri.as_str().is_some_and(|uri| uri.is_ascii() && !uri.contains([' ', '#']) && uri.ends_with("/100%25%20%C3%BC"))
    }));
}
