//! Findings or controls as one page of Markdown: a pull-request comment, a step summary.
//!
//! Owns: what stands on the page, and in which order. INVARIANT: the page is not longer than [`MOST`] bytes, and says how many rows
//! it has no room for.

use std::io::{self, Write};

use crate::finding::{ControlResult, ControlStatus, Finding, FindingSet, FrameworkReport, OfRule, RuleCard, Status};
use crate::report::markdown::{clipped, header, row};
use crate::report::terminal::causes::{severities, told_of};
use crate::report::terminal::findings::{UNKNOWN, counted, left_out, limited, unknown_groups};
use crate::report::terminal::ledger::Told;
use crate::report::terminal::names::{number, plural};
use crate::report::terminal::style::Style;
use crate::report::view::{Format, Report};

pub(super) const FORMAT: Format =
    Format { name: "markdown", about: "a page for pull requests and step summaries", file: Some("findings.md"), write };

/// GitHub takes 65,536 characters in a comment; a caller may add a few words of its own.
const MOST: usize = 60_000;

/// Bytes of a line or a cell.
const LINE: usize = 400;

/// Rules that say what to do first.
const RULES: usize = 5;

/// What the findings of such a rule say.
const CAUSES: usize = 2;

/// Lines of a list below the table.
const LISTED: usize = 10;

fn write(report: &Report<'_>, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut head = Vec::new();
    let mut tail = Vec::new();
    summary(report, &mut head)?;
    state(report, &mut tail)?;
    out.write_all(&head)?;
    let room = MOST.saturating_sub(head.len() + tail.len());
    if report.frameworks.is_empty() {
        findings(report.findings, room, out)?
    } else {
        controls(report, room, out)?
    }
    out.write_all(&tail)
}

/// What was found, and what to do first.
fn summary(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let set = report.findings;
    let shown = set.by_severity();
    let found = if shown.is_empty() { String::new() } else { format!(": {}", severities(&shown)) };
    writeln!(out, "### rolehop: {}{found}\n", plural(set.summary.open, "open finding"))?;
    writeln!(out, "- Findings: {}", counted(set))?;
    if let Some(only) = limited(set) {
        writeln!(out, "- Only {}", clipped(&only, LINE))?;
    }
    if let Some(left_out) = left_out(set) {
        writeln!(out, "- Not shown: {left_out}")?;
    }
    writeln!(out, "- Accounts: {}", Told::new(&set.ledger, report.names).totals)?;
    if !set.ledger.is_complete() {
        writeln!(out, "- **Incomplete**: some data was not read, so what is not found here is not clean")?;
    }
    if report.frameworks.is_empty() && !shown.is_empty() {
        writeln!(out, "\n#### What to do first\n")?;
        set.by_rule().iter().take(RULES).try_for_each(|rule| first(rule, report.cards, out))?;
    }
    Ok(())
}

fn first(rule: &OfRule<'_>, cards: &[RuleCard], out: &mut dyn Write) -> io::Result<()> {
    let (count, accounts) = (plural(rule.count(), "finding"), plural(rule.accounts, "account"));
    writeln!(out, "- **{}** {}: {count} in {accounts}", rule.severity.as_str(), clipped(rule.rule, LINE))?;
    for cause in rule.causes.iter().take(CAUSES) {
        writeln!(out, "  - {}", clipped(&told_of(cause, "×"), LINE))?;
    }
    match rule.causes.first().and_then(|cause| cause.findings.first()) {
        Some(finding) if !finding.remediation.is_empty() => {
            writeln!(out, "  - Fix: {}", clipped(&finding.remediation, LINE))?;
        }
        _ => {}
    }
    match cards.iter().find(|card| card.id == rule.rule).and_then(RuleCard::page) {
        Some((title, url)) => writeln!(out, "  - Source: [{}](<{url}>)", clipped(title, LINE)),
        None => Ok(()),
    }
}

/// A row for each finding, open ones first, as far as there is room.
fn findings(set: &FindingSet, room: usize, out: &mut dyn Write) -> io::Result<()> {
    let with = |wanted: fn(Status) -> bool| set.findings.iter().filter(move |finding| wanted(finding.status));
    let open = with(|status| status == Status::Open);
    let accepted = with(|status| matches!(status, Status::Waived | Status::Baseline));
    table("Findings", &["severity", "rule", "subject", "finding"], open.chain(accepted), cells, "finding", room, out)
}

fn cells(finding: &Finding) -> [String; 4] {
    let severity = finding.severity.as_str();
    let status = match (finding.status, &finding.waiver) {
        (Status::Waived, Some(waiver)) => {
            format!("{severity}, waived until {}, owner {}", waiver.expires, waiver.owner)
        }
        (Status::Open, _) => severity.to_owned(),
        (status, _) => format!("{severity}, {}", status.as_str()),
    };
    [status, finding.rule.to_string(), finding.place(), finding.message.clone()].map(|cell| clipped(&cell, LINE))
}

/// A row for each control, those that failed or are unknown first.
fn controls(report: &Report<'_>, room: usize, out: &mut dyn Write) -> io::Result<()> {
    let room = room / report.frameworks.len().max(1);
    for framework in report.frameworks {
        let title = format!("{} {}", framework.title, framework.version);
        let counts = &framework.summary;
        let shown = format!("{title}: {} fail, {} unknown, {} pass", counts.fail, counts.unknown, counts.pass);
        let cells = |control: &ControlResult<'_>| {
            let status: &str = control.status.into();
            let rules: Vec<&str> = control.rules.iter().map(|rule| rule.rule).collect();
            let open = number(control.findings.open);
            [control.id, status, &open, control.label, &rules.join(", ")].map(|cell| clipped(cell, LINE))
        };
        let columns = ["control", "status", "open", "about", "rules"];
        table(&shown, &columns, ordered(framework).into_iter(), cells, "control", room, out)?;
    }
    Ok(())
}

fn ordered<'a, 'b>(framework: &'a FrameworkReport<'b>) -> Vec<&'a ControlResult<'b>> {
    let mut controls: Vec<_> = framework.controls.iter().collect();
    controls.sort_by_key(|control| match control.status {
        ControlStatus::Fail => 0,
        ControlStatus::Unknown => 1,
        _ => 2,
    });
    controls
}

/// Rows under a heading, as many as there is room for, and how many are left out; nothing if there are none.
fn table<'a, T: 'a, const N: usize>(
    title: &str,
    columns: &[&str; N],
    rows: impl Iterator<Item = &'a T>,
    cells: impl Fn(&'a T) -> [String; N],
    noun: &str,
    room: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    /// Bytes of heading, header and the line below.
    const AROUND: usize = 600;
    let mut text = Vec::new();
    let mut left = 0;
    for one in rows {
        // once a row has no room, no other is shown either: worst first
        if left > 0 {
            left += 1;
            continue;
        }
        let before = text.len();
        row(cells(one).iter().map(String::as_str), &mut text)?;
        if text.len() + AROUND > room {
            text.truncate(before);
            left = 1;
        }
    }
    if text.is_empty() && left == 0 {
        return Ok(());
    }
    writeln!(out, "\n#### {}\n", clipped(title, LINE))?;
    header(columns, out)?;
    out.write_all(&text)?;
    if left > 0 {
        let more = plural(left, noun);
        writeln!(out, "\n{more} more: this page is cut at {} kB, the other formats have all.", MOST / 1_000)?;
    }
    Ok(())
}

/// What could not be judged or was not read, and which waivers somebody has to look after.
fn state(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let set = report.findings;
    let told = Told::new(&set.ledger, report.names);
    let unknown = unknown_groups(set.findings.iter().filter(|finding| finding.status == Status::Unknown));
    list(&capitalized(UNKNOWN), &unknown, out)?;
    list("Incomplete accounts: results about these are unknown, not clean", &told.incomplete, out)?;
    list("Missing data of the organization", &told.organization, out)?;
    list("Skipped accounts", &told.skipped, out)?;
    let waivers: Vec<String> =
        set.waivers.iter().map(|notice| format!("{}: {}", notice.what(), notice.which())).collect();
    list("Waivers to look after", &waivers, out)
}

fn list(title: &str, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n#### {title}\n")?;
    lines.iter().take(LISTED).try_for_each(|line| writeln!(out, "- {}", clipped(line, LINE)))?;
    match lines.len().saturating_sub(LISTED) {
        0 => Ok(()),
        left => writeln!(out, "- and {} more", number(left)),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
