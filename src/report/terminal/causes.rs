//! Findings in groups: how many of each severity, the accounts with the worst, and by rule what is found, where, and what to do.

use std::io::{self, Write};

use super::findings::{totals, unknowns};
use super::names::{number, plural};
use super::style::Style;
use super::waived;
use super::wrap::line;
use crate::finding::{Cause, Finding, FindingSet, GroupBy, OfAccount, OfRule, Status};
use crate::report::escape::escape;
use crate::severity::Severity;

/// Subjects that a line names at most.
const NAMED: usize = 3;

/// Findings that need no overview.
const FEW: usize = 30;

/// Accounts that the overview names at most.
const ACCOUNTS: usize = 10;

/// Rules below the overview, the worst first: what to do this week. The overview has the others.
const RULES: usize = 12;

/// The findings, at most so many groups of each rule.
///
/// # Errors
/// If the output cannot be written.
pub fn table(set: &FindingSet, group_by: GroupBy, most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rules = set.by_rule();
    let shown: usize = rules.iter().map(OfRule::count).sum();
    let has_overview = shown > FEW;
    if has_overview {
        overview(set, &rules, group_by, style, out)?;
    }
    match group_by {
        GroupBy::Rule => {
            let told = if has_overview && most != usize::MAX { RULES } else { rules.len() };
            rules.iter().take(told).try_for_each(|rule| of_rule(rule, most, style, out))?;
            let left = rules.len().saturating_sub(told);
            if left > 0 {
                writeln!(out, "and {} of the list above: --all tells them\n", plural(left, "more rule"))?;
            }
        }
        GroupBy::Account => accounts(&set.by_account(), most, style, out)?,
    }
    waived::groups(set, most, style, out)?;
    totals(set, style, out)?;
    let unknown: Vec<&Finding> = set.findings.iter().filter(|f| f.status == Status::Unknown).collect();
    unknowns(&unknown, style, out)
}

fn overview(
    set: &FindingSet,
    rules: &[OfRule<'_>],
    group_by: GroupBy,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let open = plural(rules.iter().map(OfRule::count).sum(), "open finding");
    let unknown = match set.summary.unknown {
        0 => String::new(),
        count => format!("; {} unknown: data is missing", number(count)),
    };
    line(&style.bold(&format!("{open}: {}{unknown}", severities(&set.by_severity()))), "", "", style, out)?;
    writeln!(out)?;
    let width = rules.iter().map(|rule| number(rule.count()).len()).max().unwrap_or_default();
    for rule in rules {
        let text = format!("{} in {}", escape(rule.rule), plural(rule.accounts, "account"));
        let first = if style.spoken {
            format!("{}: {} of ", rule.severity.as_str(), number(rule.count()))
        } else {
            format!("  {}  {:>width$}  ", style.padded_severity(rule.severity), number(rule.count()))
        };
        line(&text, &first, "      ", style, out)?;
    }
    if group_by == GroupBy::Account {
        return writeln!(out);
    }
    writeln!(out, "\nAccounts with the worst:")?;
    for account in set.by_account().iter().take(ACCOUNTS) {
        line(&escape(&of_account(account)), "  ", "      ", style, out)?;
    }
    writeln!(out)
}

/// Each account with what is found in it, the worst first.
fn accounts(found: &[OfAccount<'_>], most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let shown = if most == usize::MAX { found.len() } else { ACCOUNTS };
    for account in found.iter().take(shown) {
        line(&style.bold(&escape(&of_account(account))), "", "  ", style, out)?;
        for rule in &account.rules {
            writeln!(out, "  {} {}", style.padded_severity(rule.severity), escape(rule.rule))?;
            told(rule, most, "    ", style, out)?;
        }
        writeln!(out)?;
    }
    match found.len().saturating_sub(shown) {
        0 => Ok(()),
        left => writeln!(out, "and {}: --all shows them\n", plural(left, "more account")),
    }
}

fn of_account(account: &OfAccount<'_>) -> String {
    let place = match (account.first.account_name.as_str(), account.first.account.to_string()) {
        ("", id) if id.is_empty() => "the organization".to_owned(),
        ("", id) => id,
        (name, id) => format!("{name} ({id})"),
    };
    format!("{place}: {}", severities(&account.counts))
}

/// `4 critical, 2,375 high`.
pub(in crate::report) fn severities(counts: &[(Severity, usize)]) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts
        .iter()
        .map(|(severity, count)| format!("{} {}", number(*count), severity.as_str()))
        .collect::<Vec<_>>()
        .join(", ")
}

fn of_rule(rule: &OfRule<'_>, most: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let count = rule.count();
    let counted = if count == 1 { String::new() } else { format!(": {}", plural(count, "finding")) };
    writeln!(out, "{} {}{counted}", style.padded_severity(rule.severity), style.bold(&escape(rule.rule)))?;
    told(rule, most, "  ", style, out)?;
    if let Some(first) = rule.causes.first().and_then(|cause| cause.findings.first()) {
        // a rule of a user need not say what to do
        if !first.remediation.is_empty() {
            line(&escape(&first.remediation), "  fix: ", "    ", style, out)?;
        }
    }
    writeln!(out)
}

/// What the findings of a rule say, at most so many groups of them.
fn told(rule: &OfRule<'_>, most: usize, indent: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rest = format!("{indent}  ");
    for cause in rule.causes.iter().take(most) {
        line(&escape(&of_cause(cause, style)), indent, &rest, style, out)?;
    }
    match rule.causes.iter().skip(most).map(|cause| cause.findings.len()).sum() {
        0 => Ok(()),
        left => {
            let they = if left == 1 { "it says" } else { "they say" };
            line(&format!("and {}: --all shows what {they}", plural(left, "finding")), indent, &rest, style, out)
        }
    }
}

/// What, and where.
fn of_cause(cause: &Cause<'_>, style: &Style) -> String {
    let times = match style {
        Style { spoken: true, .. } => "times",
        Style { unicode: true, .. } => "×",
        _ => "x",
    };
    told_of(cause, times)
}

/// What a group of findings says, and where; not escaped.
pub(in crate::report) fn told_of(cause: &Cause<'_>, times: &str) -> String {
    if let [only] = cause.findings.as_slice() {
        return format!("{}: {}", only.place(), cause.message);
    }
    let named = cause.findings.iter().take(NAMED).map(|finding| finding.place()).collect::<Vec<_>>().join(", ");
    let left = cause.findings.len().saturating_sub(NAMED);
    let more = if left > 0 { format!(" and {} more", number(left)) } else { String::new() };
    format!("{} {times} {}: {named}{more}", number(cause.findings.len()), cause.message)
}
