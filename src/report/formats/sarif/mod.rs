//! SARIF 2.1.0, as GitHub code scanning accepts it.
//!
//! Owns: what of a finding and of a rule stands where. `log` has the object model, `place` says where a cloud resource is.
//! Source: OASIS SARIF 2.1.0; GitHub Docs, "SARIF support for code scanning".

mod log;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use self::log::{
    AutomationDetails, CodeFlow, Configuration, Driver, Fingerprints, Help, Invocation, Log, Notification,
    ResultProperties, Rule, RuleProperties, Run, SarifResult, Suppression, Text, ThreadFlow, ThreadFlowLocation, Tool,
};
use self::place::{location, related};
use crate::finding::{BaselineResult, Finding, FindingSet, RuleCard, Status, Summary};
use crate::report::escape::escape;
use crate::report::json;
use crate::report::terminal::findings;
use crate::report::terminal::names::short;
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};
use crate::severity::Severity;

pub(super) const FORMAT: Format =
    Format { name: "sarif", about: "SARIF 2.1.0, for code scanning", file: Some("findings.sarif"), write };

/// Results per run that GitHub keeps.
const MAX_RESULTS: usize = 5_000;

/// Tags per rule that GitHub keeps.
const MAX_TAGS: usize = 10;

/// One run: the rules that ran, the findings worst first.
fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Report { findings: set, results, cards, run, .. } = *report;
    let with_findings: BTreeSet<&str> = set.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let ran: BTreeSet<&str> = results.iter().map(|result| result.rule.as_str()).chain(with_findings).collect();
    let cards: Vec<&RuleCard> = cards.iter().filter(|card| ran.contains(card.id.as_str())).collect();
    let index: BTreeMap<&str, usize> = cards.iter().enumerate().map(|(at, card)| (card.id.as_str(), at)).collect();
    let (kept, left_out) = kept(set);
    let known = kept.into_iter().filter_map(|f| index.get(f.rule.as_str()).map(|at| (*at, f)));
    let results: Vec<SarifResult<'_>> = known.map(|(at, f)| result(at, f, report)).collect();
    let worst = |card: &RuleCard| {
        let of_rule = set.findings.iter().filter(|f| f.rule == card.id && f.status != Status::Unknown);
        of_rule.map(|finding| finding.severity).max().unwrap_or(card.severity)
    };
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "rolehop",
                    semantic_version: &run.tool_version,
                    rules: cards.iter().map(|card| rule(card, worst(card))).collect(),
                },
            },
            automation_details: AutomationDetails { id: format!("{}/", run.category) },
            invocations: [invocation(report, &left_out)],
            results,
            column_kind: "unicodeCodePoints",
            properties: run.snapshot_digest.iter().map(|d| ("rolehop/snapshotDigest", d.as_str())).collect(),
        }],
    };
    json::write(&log, out)
}

/// The findings that there is room for, and the others: what is open comes first, then what could not be judged, then what is accepted.
/// GitHub closes what an upload lacks.
fn kept(set: &FindingSet) -> (Vec<&Finding>, Vec<&Finding>) {
    let mut kept: Vec<&Finding> = set.findings.iter().collect();
    if kept.len() <= MAX_RESULTS {
        return (kept, Vec::new());
    }
    kept.sort_by_key(|finding| match finding.status {
        Status::Open => 0,
        Status::Unknown => 1,
        Status::Waived | Status::Baseline => 2,
    });
    let left_out = kept.split_off(MAX_RESULTS);
    (kept, left_out)
}

/// Unsuccessful if something was not read; says which results were left out.
fn invocation(report: &Report<'_>, left_out: &[&Finding]) -> Invocation {
    let set = report.findings;
    let mut notes = Vec::new();
    let mut warn = |text: String| notes.push(Notification { level: "warning", message: Text::plain(&text) });
    let ledger = &set.ledger;
    if !ledger.incomplete.is_empty() {
        let accounts = ledger.incomplete.iter().map(|a| a.account.to_string()).collect::<Vec<_>>().join(", ");
        warn(format!(
            "Incomplete: {} of {} accounts were not read completely: {accounts}",
            ledger.incomplete.len(),
            ledger.listed
        ));
    }
    for gap in &ledger.organization {
        warn(format!("Incomplete: {} {} was not read: {}", gap.facet, gap.owner(), gap.reason));
    }
    for notice in &set.waivers {
        warn(format!("A waiver {}: {}", notice.what(), notice.which()));
    }
    if let Some(told) = set.baseline.as_ref().and_then(BaselineResult::sentence) {
        warn(format!("Baseline: {told}"));
    }
    if set.summary.unknown > 0 {
        warn(format!("{} results are unknown because data that their rules need was not read", set.summary.unknown));
    }
    if let Some(told) = findings::left_out(set) {
        warn(format!("Not among the results: {told}"));
    }
    if let Some(which) = counted(left_out) {
        warn(format!("{which} left out: GitHub keeps {MAX_RESULTS} results a run"));
    }
    place::ambiguous(report).into_iter().for_each(warn);
    let execution_successful = ledger.is_complete() && set.summary.unknown == 0;
    Invocation { execution_successful, tool_execution_notifications: notes }
}

/// `3 open findings of lesser severity and 2 accepted ones were`.
fn counted(left_out: &[&Finding]) -> Option<String> {
    let Summary { open, waived, baseline, unknown } = Summary::of(left_out.iter().copied());
    let parts = [
        (open, "open findings of lesser severity"),
        (unknown, "unknown results"),
        (waived + baseline, "findings that are waived or in the baseline"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("{} were", parts.join(" and ")))
}

/// `worst` is the severity of its worst finding: GitHub reads it of the rule alone, and those of a rule can differ.
fn rule(card: &RuleCard, worst: Severity) -> Rule<'_> {
    let mut tags = vec!["security".to_owned(), "aws".to_owned()];
    // the first control of each framework, then the second: of versions of one framework, the newest is what a reader looks for
    let most = card.maps.values().map(Vec::len).max().unwrap_or_default();
    let newest_first =
        |at: usize| card.maps.iter().rev().filter_map(move |(framework, ids)| Some((framework, ids.get(at)?)));
    tags.extend((0..most).flat_map(newest_first).map(|(framework, id)| format!("{framework}/{id}")));
    tags.truncate(MAX_TAGS);
    let name = card.id.split('-').map(capitalized).collect();
    Rule {
        id: &card.id,
        name,
        short_description: Text { text: card.title.clone() },
        full_description: Text { text: clipped(&card.summary) },
        help: Help {
            text: format!("{}\n\nRisk: {}\n\nFix: {}", card.summary, card.risk, card.fix),
            markdown: format!(
                "{}\n\n**Risk.** {}\n\n**Fix.** {}\n\n**Careful.** {}",
                card.summary, card.risk, card.fix, card.careful
            ),
        },
        help_uri: card.page().map(|(_, url)| url.as_str()),
        default_configuration: Configuration { level: level(card.severity) },
        properties: RuleProperties {
            security_severity: score(worst),
            precision: match card.confidence {
                crate::severity::Confidence::High => "high",
                crate::severity::Confidence::Medium => "medium",
                crate::severity::Confidence::Low => "low",
            },
            tags,
            controls: card.maps.iter().map(|(framework, controls)| (framework.as_str(), controls.as_slice())).collect(),
        },
    }
}

fn result<'a>(rule_index: usize, finding: &'a Finding, report: &Report<'_>) -> SarifResult<'a> {
    let (kind, level) =
        if finding.status == Status::Unknown { ("review", "none") } else { ("fail", level(finding.severity)) };
    let locations = steps(finding, report);
    let suppression = match finding.status {
        Status::Waived => {
            let by = finding.waiver.as_ref().map_or_else(String::new, |waiver| format!(": {}", waiver.sentence()));
            Some(format!("accepted by a waiver{by}"))
        }
        Status::Baseline => Some("in the baseline: known when it was made".to_owned()),
        Status::Open | Status::Unknown => None,
    };
    SarifResult {
        rule_id: &finding.rule,
        rule_index,
        kind,
        level,
        message: Text::plain(&format!("{}: {}.", finding.place(), finding.message)),
        locations: [location(&finding.subject, None, report.sources)],
        related_locations: related(&finding.subject, report.sources),
        partial_fingerprints: Fingerprints {
            primary_location_line_hash: &finding.fingerprint,
            own: &finding.fingerprint,
        },
        code_flows: if locations.is_empty() {
            Vec::new()
        } else {
            vec![CodeFlow { thread_flows: [ThreadFlow { locations }] }]
        },
        suppressions: suppression
            .map(|text| Suppression { kind: "external", status: "accepted", justification: escape(&text).into_owned() })
            .into_iter()
            .collect(),
        properties: ResultProperties { security_severity: score(finding.severity) },
    }
}

/// The calls of a path, each told at the role that it assumes.
fn steps(finding: &Finding, report: &Report<'_>) -> Vec<ThreadFlowLocation> {
    let last = finding.path.len().saturating_sub(1);
    let step = |(hop, arn): (usize, &String)| {
        let name = short(arn, report.names);
        let told = match hop {
            0 => format!("{name} starts"),
            hop if hop == last => format!("hop {hop}: assumes {name}, the end"),
            hop => format!("hop {hop}: assumes {name}"),
        };
        ThreadFlowLocation { location: location(arn, Some(told), report.sources) }
    };
    finding.path.iter().enumerate().map(step).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub treats over 9.0 as critical, from 7.0 as high, from 4.0 as medium, above 0.0 as low.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.1",
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// GitHub shows 1,024 characters of a description.
fn clipped(text: &str) -> String {
    text.chars().take(1_024).collect()
}
