//! Markdown, JUnit, OCSF and ASFF as their readers require them, and `--output-dir`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a report that cannot be read has failed its test")]

use std::collections::{BTreeMap, BTreeSet};
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
use roxmltree::{Document, Node};
use serde_json::Value;

fn rolehop(example: &str, arguments: &[&str]) -> std::process::Output {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let mut command = assert_cmd::Command::cargo_bin("rolehop").unwrap();
    command.env_clear().arg("check").args(arguments).arg("--snapshot").arg(&dir).arg("--config");
    command.arg(dir.join("rolehop.toml")).output().unwrap()
}

fn printed(example: &str, arguments: &[&str]) -> String {
    String::from_utf8(rolehop(example, arguments).stdout).unwrap()
}

fn findings(example: &str) -> Value {
    serde_json::from_str(&printed(example, &["--json"])).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A report of these findings in one format; the account `222222222222` was not read.
fn written(format: &str, findings: Vec<Finding>) -> String {
    let mut ledger = Ledger::default();
    let unread = AccountId::parse("222222222222").unwrap();
    ledger.add_gap(unread, rolehop::facet::Facet::AuthorizationDetails, "AssumeRole: AccessDenied: no");
    let set = FindingSet::new(findings, ledger.view());
    let run = Run {
        tool_version: "0".into(),
        snapshot_digest: None,
        category: "test".into(),
        at: "2026-11-20T00:00:00Z".parse().unwrap(),
        organization: None,
        management: None,
    };
    let names = Names::new();
    let report = Report {
        dossier: None,
        frameworks: &[],
        results: &[],
        findings: &set,
        cards: rolehop::rules::cards(),
        names: &names,
        run: &run,
        formulas: Formulas::Defused,
        shown: Shown::Each,
        group_by: GroupBy::Rule,
        sources: None,
    };
    let mut text = Vec::new();
    let format = FORMATS.iter().find(|known| known.name == format).unwrap();
    (format.write)(&report, &Style::plain(), &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// A finding whose texts are as long as AWS lets them be, and longer.
fn long(n: usize, status: Status) -> Finding {
    let subject = format!("arn:aws:iam::111122223333:role/{}/{n}", "very-long-path/".repeat(30));
    Finding {
        rule: "role-unused".into(),
        severity: Severity::Medium,
        confidence: Confidence::High,
        status,
        account: AccountId::parse("111122223333").unwrap().into(),
        account_name: "n".repeat(60).into(),
        other_accounts: Box::default(),
        fingerprint: fingerprint("role-unused", &subject, ""),
        subject,
        message: format!("{n} {}", "message ".repeat(400)),
        remediation: "do ".repeat(400).into(),
        evidence: Vec::new(),
        path: Vec::new(),
        principals: Box::default(),
        accepted: Box::default(),
        holds_to: None,
        expectation: None,
        waiver: None,
    }
}

#[test]
fn every_event_validates_against_the_schema_of_its_ocsf_class() {
    let validator = |text: &str| jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap();
    let classes = BTreeMap::from([
        (2003, validator(include_str!("ocsf/compliance_finding-1.5.0.json"))),
        (2004, validator(include_str!("ocsf/detection_finding-1.5.0.json"))),
    ]);
    let mut seen = BTreeSet::new();
    let unread = written("ocsf", vec![long(1, Status::Unknown), long(2, Status::Waived), long(3, Status::Baseline)]);
    for text in [printed("demo", &["-f", "ocsf"]), printed("security-hub", &["-f", "ocsf"]), unread] {
        for event in lines(&text) {
            let class = event["class_uid"].as_u64().unwrap();
            let errors: Vec<String> = classes[&class].iter_errors(&event).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{event}: {errors:#?}");
            assert!(event["time"].as_i64().unwrap() > 1_700_000_000_000, "milliseconds: {event}");
            seen.insert(class);
        }
    }
    assert_eq!(seen.len(), 2, "both classes are written");
    let mut broken = lines(&printed("demo", &["-f", "ocsf"])).remove(0);
    broken["severity_id"] = "high".into();
    let class = broken["class_uid"].as_u64().unwrap();
    assert!(!classes[&class].is_valid(&broken), "the schema would accept anything");
}

#[test]
fn ocsf_and_asff_have_every_finding_by_its_fingerprint() {
    for example in ["demo", "topic-groups-drifted"] {
        let wanted: BTreeSet<String> = findings(example)["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["fingerprint"].as_str().unwrap().to_owned())
            .collect();
        let events = lines(&printed(example, &["-f", "ocsf"]));
        let uid = |event: &Value| event["finding_info"]["uid"].as_str().unwrap().to_owned();
        assert_eq!(events.iter().map(uid).collect::<BTreeSet<_>>(), wanted, "{example}");
        let batches = lines(&printed(example, &["-f", "asff"]));
        let ids = batches.iter().flat_map(|batch| batch.as_array().unwrap());
        let print = |finding: &Value| finding["Id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        assert_eq!(ids.map(print).collect::<BTreeSet<_>>(), wanted, "{example}");
    }
}

/// The first page that is known is the one to read; OCSF has room for all.
#[test]
fn every_finding_that_can_be_fixed_has_the_pages_of_its_rule() {
    let pages = |id: &str| -> Vec<String> {
        let card = rolehop::rules::card(id).unwrap();
        card.references.iter().filter_map(|page| Some(page.url.as_ref()?.to_string())).collect()
    };
    let mut seen = 0;
    for event in lines(&printed("demo", &["-f", "ocsf"])) {
        let id = event["finding_info"]["analytic"]["uid"].as_str().unwrap();
        if let (Some(remediation), Some(_)) = (event.get("remediation"), rolehop::rules::card(id)) {
            assert!(!pages(id).is_empty() && remediation["references"] == serde_json::json!(pages(id)), "{event}");
            seen += 1;
        }
    }
    assert!(seen > 0);
    for batch in lines(&printed("demo", &["-f", "asff"])) {
        for finding in batch.as_array().unwrap() {
            let id = finding["GeneratorId"].as_str().unwrap().trim_start_matches("rolehop/");
            if let (Some(remediation), Some(_)) = (finding.get("Remediation"), rolehop::rules::card(id)) {
                assert_eq!(remediation["Recommendation"]["Url"], pages(id)[0].as_str(), "{finding}");
                seen -= 1;
            }
        }
    }
    assert_eq!(seen, 0, "OCSF and ASFF have the same findings");
}

/// Source: AWS Security Hub User Guide, "Required top-level ASFF attributes"; API Reference, BatchImportFindings.
#[test]
fn every_batch_is_one_that_security_hub_takes() {
    let many = written("asff", (0..250).map(|n| long(n, Status::Open)).collect());
    let mut sizes = Vec::new();
    for text in [printed("demo", &["-f", "asff"]), many] {
        for batch in lines(&text) {
            let batch = batch.as_array().unwrap();
            sizes.push(batch.len());
            let accounts: BTreeSet<&str> = batch.iter().map(|f| f["AwsAccountId"].as_str().unwrap()).collect();
            assert_eq!(accounts.len(), 1, "a product of an account imports findings of that account alone");
            for finding in batch {
                let text = |key: &str| finding[key].as_str().unwrap().chars().count();
                assert!(finding["SchemaVersion"] == "2018-10-08" && text("Id") <= 512 && text("GeneratorId") <= 512);
                assert!((1..=256).contains(&text("Title")) && (1..=1_024).contains(&text("Description")));
                let account = finding["AwsAccountId"].as_str().unwrap();
                let arn = finding["ProductArn"].as_str().unwrap();
                assert!(
                    account.len() == 12 && arn.ends_with(&format!(":{account}:product/{account}/default")),
                    "{arn}"
                );
                for time in ["CreatedAt", "UpdatedAt"] {
                    finding[time].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
                }
                let label = finding["Severity"]["Label"].as_str().unwrap();
                assert!(["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"].contains(&label), "{label}");
                let status = finding["Compliance"]["Status"].as_str().unwrap();
                assert!(["PASSED", "WARNING", "FAILED", "NOT_AVAILABLE"].contains(&status), "{status}");
                let resource = &finding["Resources"][0];
                assert!(resource["Type"].is_string() && resource["Id"].as_str().unwrap().chars().count() <= 512);
                let fix = finding["Remediation"]["Recommendation"]["Text"].as_str().unwrap_or_default();
                assert!(fix.chars().count() <= 512);
                let fields = finding["ProductFields"].as_object().unwrap();
                assert!(fields.len() <= 50 && fields.values().all(|v| v.as_str().unwrap().chars().count() <= 2_048));
                assert!(serde_json::to_string(finding).unwrap().len() < 240_000);
                assert!(finding.get("Workflow").is_none() && finding.get("Note").is_none(), "these are the customer's");
            }
        }
    }
    assert!(sizes.contains(&100) && sizes.iter().all(|size| (1..=100).contains(size)), "{sizes:?}");
}

#[test]
fn an_account_that_was_not_read_is_in_every_format() {
    for format in FORMATS {
        let text = written(format.name, vec![long(1, Status::Open)]);
        // a row of CSV is a finding, and the exit code says the rest
        assert!(format.name == "csv" || text.contains("222222222222"), "{}", format.name);
    }
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let part = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    std::fs::create_dir(part.path().join("accounts")).unwrap();
    for file in ["organization.json", "rolehop.toml", "accounts/101010101011.json"] {
        std::fs::copy(demo.join(file), part.path().join(file)).unwrap();
    }
    let part = part.path().to_str().unwrap();
    for format in FORMATS {
        for (example, gate, code) in
            [("demo", "-q", 3), ("demo", "--no-fail", 0), (part, "-q", 5), (part, "--no-fail", 4)]
        {
            let output = rolehop(example, &["-f", format.name, gate]);
            assert_eq!(output.status.code(), Some(code), "{} of {example} {gate}", format.name);
        }
    }
}

fn count(node: Node<'_, '_>, name: &str) -> usize {
    node.descendants().filter(|inner| inner.has_tag_name(name)).count()
}

#[test]
fn junit_counts_what_it_has_and_names_each_case_once() {
    for (example, extra) in [("demo", &[][..]), ("security-hub", &[]), ("demo", &["--framework", "cis-v7"])] {
        let text = printed(example, &[&["-f", "junit"][..], extra].concat());
        let document = Document::parse(&text).unwrap();
        let root = document.root_element();
        for suite in root.descendants().filter(|node| node.has_tag_name("testsuites") || node.has_tag_name("testsuite"))
        {
            for (attribute, element) in
                [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
            {
                let told: usize = suite.attribute(attribute).unwrap().parse().unwrap();
                assert_eq!(told, count(suite, element), "{:?} {attribute}", suite.attribute("name"));
            }
        }
        let cases: Vec<(&str, &str)> = root
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
            .map(|case| (case.attribute("classname").unwrap(), case.attribute("name").unwrap()))
            .collect();
        assert_eq!(cases.iter().collect::<BTreeSet<_>>().len(), cases.len(), "a name twice");
        if extra.is_empty() {
            let summary = &findings(example)["summary"];
            assert_eq!(count(root, "failure") as u64, summary["open"].as_u64().unwrap());
        }
    }
}

#[test]
fn what_is_unknown_is_an_error_in_junit_and_what_is_hidden_is_no_pass() {
    let text = written("junit", vec![long(1, Status::Unknown), long(2, Status::Waived), long(3, Status::Baseline)]);
    let document = Document::parse(&text).unwrap();
    let root = document.root_element();
    // the result, and the account that was not read
    assert_eq!((count(root, "error"), count(root, "skipped"), count(root, "failure")), (2, 2, 0), "{text}");
    let hidden = printed("demo", &["-f", "junit", "--min-severity", "critical"]);
    let document = Document::parse(&hidden).unwrap();
    let case = document.descendants().find(|node| node.attribute("classname") == Some("rolehop.role-unused")).unwrap();
    assert_eq!(count(case, "skipped"), 1, "{hidden}");
}

#[test]
fn a_page_of_markdown_fits_into_a_comment_and_counts_what_it_leaves_out() {
    for count in [1, 60, 20_000] {
        let page = written("markdown", (0..count).map(|n| long(n, Status::Open)).collect());
        assert!(page.len() <= 60_000, "{} bytes", page.len());
        let rows = page.lines().filter(|line| line.starts_with("| medium |")).count();
        let more: usize = page
            .lines()
            .find_map(|line| line.split_once(" findings more: this page is cut"))
            .map_or(0, |(more, _)| more.replace(',', "").parse().unwrap());
        assert!(rows > 0 && rows + more == count, "{rows} rows, {more} more of {count}");
        assert!(page.contains("**Incomplete**"), "{page}");
    }
}

#[test]
fn a_page_of_markdown_says_what_to_do_first() {
    let page = printed("demo", &["-f", "markdown"]);
    let (_, first) = page.split_once("#### What to do first").unwrap();
    assert!(
        first.trim_start().starts_with("- **critical** principal-takes-over-stronger-one: 1 finding in 1 account\n")
    );
    assert!(first.contains("\n- **critical** root-access-key: 1 finding in 1 account\n"), "{first}");
    let page = "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html";
    let what_to_do = format!(
        "  - Fix: Delete the key; use roles instead.\n  - Source: [AWS IAM User Guide, Root user best practices for your AWS account](<{page}>)\n"
    );
    assert!(first.contains(&what_to_do), "{first}");
    let controls = printed("demo", &["-f", "markdown", "--framework", "cis-v7"]);
    assert!(controls.contains("| control | status | open | about | rules |"), "{controls}");
}

#[cfg(unix)]
#[test]
fn an_output_directory_gets_every_format_that_has_a_file() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("new/reports");
    let shown = dir.to_str().unwrap();
    for _ in 0..2 {
        let output = rolehop("demo", &["--output-dir", shown]);
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8(output.stdout).unwrap().contains("42 open"), "the table is still printed");
        let said = String::from_utf8(output.stderr).unwrap();
        let names: BTreeSet<String> =
            std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let wanted: BTreeSet<String> = FORMATS.iter().filter_map(|format| format.file).map(str::to_owned).collect();
        assert_eq!(names, wanted, "and nothing else is left");
        for name in &names {
            let mode = std::fs::metadata(dir.join(name)).unwrap().permissions().mode();
            assert!(mode & 0o777 == 0o600 && said.contains(name.as_str()), "{name}: {mode:o}: {said}");
        }
        // an earlier file that others may read is replaced, not written into
        std::fs::set_permissions(dir.join("findings.json"), PermissionsExt::from_mode(0o644)).unwrap();
    }
    let json: Value = serde_json::from_slice(&std::fs::read(dir.join("findings.json")).unwrap()).unwrap();
    assert_eq!(json, findings("demo"));
}

#[test]
fn an_output_directory_that_cannot_be_is_told_before_any_work() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    for dir in [file.clone(), file.join("below")] {
        let output = rolehop("demo", &["--output-dir", dir.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}
