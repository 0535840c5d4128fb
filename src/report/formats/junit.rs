//! JUnit: a suite for each rule, so that any pipeline shows what failed and what could not be judged.
//!
//! Owns: what is a failure, an error and a skipped case. An open finding is a failure. What is unknown is an error, as is an account that
//! was not read: a skipped case would pass. What is waived or in the baseline is skipped, with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::finding::{ControlResult, ControlStatus, Counts, Finding, FrameworkReport, Status};
use crate::report::escape::escape;
use crate::report::terminal::names::{plural, short};
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};

pub(super) const FORMAT: Format =
    Format { name: "junit", about: "a suite for each rule, for pipelines", file: Some("findings.junit.xml"), write };

/// The case of all subjects of a rule of which nothing is found.
const OTHERS: &str = "all other subjects";

struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed(String),
    Failed { kind: String, message: String, details: String },
    Error { message: String, details: String },
    Skipped(String),
}

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut suites =
        if report.frameworks.is_empty() { rules(report) } else { report.frameworks.iter().map(of_framework).collect() };
    suites.push(accounts(report));
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let at = report.run.at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    xml.create_element("testsuites")
        .with_attribute(("name", "rolehop"))
        .with_attributes(totals(all()).iter().map(|(key, count)| (*key, count.as_str())))
        .write_inner_content(|xml| suites.iter().try_for_each(|suite| element(suite, &at, xml)))?;
    drop(xml);
    writeln!(out)
}

fn totals<'a>(cases: impl Iterator<Item = &'a Case>) -> [(&'static str, String); 5] {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        match case.outcome {
            Outcome::Passed(_) => {}
            Outcome::Failed { .. } => failures += 1,
            Outcome::Error { .. } => errors += 1,
            Outcome::Skipped(_) => skipped += 1,
        }
    }
    let counts = [("tests", tests), ("failures", failures), ("errors", errors), ("skipped", skipped), ("time", 0)];
    counts.map(|(key, count): (_, usize)| (key, count.to_string()))
}

fn element<W: Write>(suite: &Suite, at: &str, xml: &mut Writer<W>) -> io::Result<()> {
    xml.create_element("testsuite")
        .with_attribute(("name", text(&suite.name).as_str()))
        .with_attributes(totals(suite.cases.iter()).iter().map(|(key, count)| (*key, count.as_str())))
        .with_attribute(("timestamp", at))
        .write_inner_content(|xml| suite.cases.iter().try_for_each(|case| case_element(&suite.name, case, xml)))?;
    Ok(())
}

fn case_element<W: Write>(suite: &str, case: &Case, xml: &mut Writer<W>) -> io::Result<()> {
    let (name, class) = (text(&case.name), text(&format!("rolehop.{suite}")));
    xml.create_element("testcase")
        .with_attributes([("classname", class.as_str()), ("name", name.as_str()), ("time", "0")])
        .write_inner_content(|xml| outcome(&case.outcome, xml))?;
    Ok(())
}

fn outcome<W: Write>(outcome: &Outcome, xml: &mut Writer<W>) -> io::Result<()> {
    match outcome {
        Outcome::Passed(said) => {
            xml.create_element("system-out").write_text_content(BytesText::new(&text(said)))?;
        }
        Outcome::Failed { kind, message, details } => {
            xml.create_element("failure")
                .with_attributes([("message", text(message).as_str()), ("type", kind)])
                .write_text_content(BytesText::new(&lines(details)))?;
        }
        Outcome::Error { message, details } => {
            xml.create_element("error")
                .with_attributes([("message", text(message).as_str()), ("type", "unknown")])
                .write_text_content(BytesText::new(&lines(details)))?;
        }
        Outcome::Skipped(why) => {
            xml.create_element("skipped").with_attribute(("message", text(why).as_str())).write_empty()?;
        }
    }
    Ok(())
}

/// A suite for each rule that ran.
fn rules(report: &Report<'_>) -> Vec<Suite> {
    let mut found = BTreeMap::<&str, Vec<&Finding>>::new();
    report.findings.findings.iter().for_each(|finding| found.entry(&finding.rule).or_default().push(finding));
    let counts: BTreeMap<&str, Counts> =
        report.results.iter().map(|result| (result.rule.as_str(), result.counts)).collect();
    let names: BTreeSet<&str> = found.keys().chain(counts.keys()).copied().collect();
    let suite = |rule: &str| {
        let findings = found.get(rule).map(Vec::as_slice).unwrap_or_default();
        let mut cases = cases(findings, report);
        cases.extend(counts.get(rule).and_then(|counts| others(*counts, findings, report)));
        Suite { name: rule.to_owned(), cases }
    };
    names.into_iter().map(suite).collect()
}

/// A case for each finding. Names are unique: most readers take a second case of one name for the first.
fn cases(findings: &[&Finding], report: &Report<'_>) -> Vec<Case> {
    let mut times = BTreeMap::<String, usize>::new();
    findings.iter().for_each(|finding| *times.entry(finding.place()).or_default() += 1);
    let named = |finding: &Finding| {
        let place = finding.place();
        let print = finding.fingerprint.get(..8).unwrap_or(&finding.fingerprint);
        if times.get(&place).is_some_and(|times| *times > 1) { format!("{place} ({print})") } else { place }
    };
    findings.iter().map(|finding| Case { name: named(finding), outcome: judged(finding, report) }).collect()
}

fn judged(finding: &Finding, report: &Report<'_>) -> Outcome {
    let message = finding.message.clone();
    match finding.status {
        Status::Open => {
            let kind = finding.severity.as_str().to_owned();
            Outcome::Failed { kind, message, details: details(finding, report) }
        }
        Status::Unknown => Outcome::Error { message, details: details(finding, report) },
        Status::Baseline => Outcome::Skipped(format!("known in the baseline: {message}")),
        Status::Waived => {
            let terms = finding.waiver.as_ref().map(|waiver| format!(", {}", waiver.sentence())).unwrap_or_default();
            Outcome::Skipped(format!("waived{terms}; {message}"))
        }
    }
}

/// Everything that a person needs to act on it.
fn details(finding: &Finding, report: &Report<'_>) -> String {
    let mut said = vec![format!("{}: {}", finding.place(), finding.message), format!("subject: {}", finding.subject)];
    let steps: Vec<String> = finding.path.iter().map(|arn| short(arn, report.names)).collect();
    said.extend((!steps.is_empty()).then(|| format!("path: {}", steps.join(" -> "))));
    said.extend(finding.evidence.iter().map(|evidence| {
        let policy = if evidence.policy.is_empty() { String::new() } else { format!(" {}", evidence.policy) };
        format!("{}{policy}: {}", evidence.layer.as_str(), evidence.text)
    }));
    said.extend((!finding.remediation.is_empty()).then(|| format!("fix: {}", finding.remediation)));
    said.push(format!("fingerprint: {}", finding.fingerprint));
    said.iter().map(|line| escape(line).into_owned()).collect::<Vec<_>>().join("\n")
}

/// Subjects of which nothing is found, in one case of a constant name; none if all have a case of their own. Never a pass where findings
/// were left out of view.
fn others(counts: Counts, findings: &[&Finding], report: &Report<'_>) -> Option<Case> {
    let shown = |status: fn(Status) -> bool| findings.iter().any(|finding| status(finding.status));
    let failed = shown(|status| status != Status::Unknown);
    let outcome = if counts.failed > 0 && !failed {
        Outcome::Skipped("its findings are not among those that were asked for".to_owned())
    } else if report.findings.only_accounts.is_some() {
        if findings.is_empty() { Outcome::Passed("nothing found in these accounts".to_owned()) } else { return None }
    } else if counts.passed() > 0 {
        let not = if counts.not_applicable > 0 {
            format!(", {} not applicable", counts.not_applicable)
        } else {
            String::new()
        };
        Outcome::Passed(format!("{} judged, {} passed{not}", counts.judged, counts.passed()))
    } else if findings.is_empty() {
        Outcome::Skipped(format!("nothing to judge: {} not applicable", plural(counts.not_applicable, "subject")))
    } else {
        return None;
    };
    Some(Case { name: OTHERS.to_owned(), outcome })
}

/// A case for each control.
fn of_framework(framework: &FrameworkReport<'_>) -> Suite {
    let cases = framework
        .controls
        .iter()
        .map(|control| Case { name: format!("{} {}", control.id, control.label), outcome: of_control(control) });
    Suite { name: framework.id.to_owned(), cases: cases.collect() }
}

fn of_control(control: &ControlResult<'_>) -> Outcome {
    let (subjects, status): (_, &str) = (control.subjects, control.status.into());
    let counts = format!("{} judged, {} failed, {} unknown", subjects.judged, subjects.failed, subjects.unknown);
    let rules: Vec<String> = control
        .rules
        .iter()
        .map(|rule| {
            escape(&format!("{}: {} of {} failed", rule.rule, rule.subjects.failed, rule.subjects.judged)).into()
        })
        .collect();
    match control.status {
        ControlStatus::Fail => Outcome::Failed { kind: status.to_owned(), message: counts, details: rules.join("\n") },
        ControlStatus::Unknown => Outcome::Error { message: counts, details: rules.join("\n") },
        ControlStatus::Pass => Outcome::Passed(counts),
        ControlStatus::Partial | ControlStatus::NotApplicable | ControlStatus::NotCovered => {
            Outcome::Skipped(format!("{}: {counts}", status.replace('-', " ")))
        }
    }
}

/// How every listed account ended: an account that was not read completely is an error.
fn accounts(report: &Report<'_>) -> Suite {
    let ledger = &report.findings.ledger;
    let named = |id: &str| short(id, report.names);
    let incomplete = ledger.incomplete.iter().map(|account| Case {
        name: named(&account.account.to_string()),
        outcome: Outcome::Error {
            message: "not read completely: results about it are unknown".to_owned(),
            details: escape(&account.reason).into_owned(),
        },
    });
    let organization = ledger.organization.iter().map(|gap| Case {
        name: match gap.scope.account() {
            Some(id) => format!("{} {}", named(&id.to_string()), gap.facet),
            None => format!("organization {}", gap.facet),
        },
        outcome: Outcome::Error {
            message: "not read: results that need it are unknown".to_owned(),
            details: escape(&gap.reason).into_owned(),
        },
    });
    let skipped = ledger.skipped.iter().map(|account| Case {
        name: named(&account.account.to_string()),
        outcome: Outcome::Skipped(format!("not read: {}", account.reason)),
    });
    let complete = (ledger.complete > 0).then(|| Case {
        name: "complete accounts".to_owned(),
        outcome: Outcome::Passed(format!("{} of {} listed", ledger.complete, ledger.listed)),
    });
    Suite {
        name: "accounts".to_owned(),
        cases: incomplete.chain(organization).chain(skipped).chain(complete).collect(),
    }
}

/// Text that XML 1.0 can hold: it has no place for most control characters, not even as references, nor for two more code points.
fn text(shown: &str) -> String {
    lines(&escape(shown))
}

/// As [`text()`], of lines that are escaped.
fn lines(escaped: &str) -> String {
    escaped.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}
