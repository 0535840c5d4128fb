//! The page: template, style, scripts and data in one file.
//!
//! Owns: what may run in it. INVARIANT: the policy of the page names the digest of its one style and its one script; nothing else
//! runs, and nothing is loaded.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, Unit};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior, Value};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::data::Data;
use super::findings::Named;
use super::frameworks::FrameworkView;
use super::ledger::LedgerPage;
use super::quotas::QuotasView;
use super::rules::RuleView;
use super::summary::SummaryView;
use super::targets::TargetView;
use super::text::{Texts, clean};
use super::waivers::WaiversView;
use super::{findings, frameworks, ledger, quotas, rules, summary, targets, waivers};
use crate::report::terminal::names::number;
use crate::report::view::Report;

const TEMPLATE: &str = include_str!("../../../reports/html/report.html");
const STYLE: &str =
    concat!(include_str!("../../../reports/html/style.css"), include_str!("../../../reports/html/drawing.css"));
const SCRIPT: &str = concat!(
    include_str!("../../../reports/html/page.js"),
    include_str!("../../../reports/html/drawing.js"),
    include_str!("../../../reports/html/panel.js"),
    include_str!("../../../reports/html/findings.js"),
    include_str!("../../../reports/html/start.js"),
);

/// What the template gets.
#[derive(Debug, Serialize)]
struct Page<'a> {
    policy: String,
    style: &'a str,
    script: &'a str,
    data: String,
    run: RunView,
    /// False if a run did not ask who reaches the targets.
    has_dossier: bool,
    ledger: LedgerPage,
    summary: SummaryView,
    named: Named,
    targets: Vec<TargetView>,
    quotas: Option<QuotasView>,
    frameworks: Vec<FrameworkView>,
    rules: Vec<RuleView>,
    waivers: WaiversView,
}

/// Which run of which program on which snapshot.
#[derive(Debug, Serialize)]
struct RunView {
    version: String,
    digest: Option<String>,
    organization: Option<String>,
    /// The time that ages are counted to, RFC 3339 in UTC.
    at: String,
    endpoint: Option<String>,
    /// The accounts that were asked for, if not all were.
    only: Option<usize>,
}

/// Writes the page.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut texts = Texts::default();
    let dossier = report.dossier;
    let (targets, drawn) = dossier.map(|dossier| targets::of(dossier, report.names, &mut texts)).unwrap_or_default();
    let (of_rules, named) = findings::of(report, &mut texts);
    let data = Data { texts, targets: drawn, rules: of_rules }.json()?;
    let run = RunView {
        version: report.run.tool_version.clone(),
        digest: report.run.snapshot_digest.clone(),
        organization: report.run.organization.as_deref().map(clean),
        at: seconds(report.run.at).to_string(),
        endpoint: dossier.and_then(|dossier| dossier.endpoint.as_deref()).map(clean),
        only: report.findings.only_accounts.as_ref().map(std::collections::BTreeSet::len),
    };
    let page = Page {
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        data,
        run,
        has_dossier: dossier.is_some(),
        ledger: ledger::of(&report.findings.ledger, report.names),
        summary: summary::of(report),
        named,
        targets,
        quotas: dossier.map(|dossier| quotas::of(&dossier.quotas, report.names)),
        frameworks: frameworks::of(dossier.map_or(report.frameworks, |dossier| &dossier.frameworks)),
        rules: rules::of(report),
        waivers: waivers::of(report.findings),
    };
    render(&page, out).map_err(io::Error::other)
}

/// Fractions of a second tell a reader nothing.
fn seconds(at: Timestamp) -> Timestamp {
    at.round(Unit::Second).unwrap_or(at)
}

fn policy() -> String {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(SCRIPT),
        digest(STYLE)
    )
}

fn render(page: &Page<'_>, out: &mut dyn Write) -> Result<(), minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("number", |count: usize| number(count));
    environment.add_filter("ticks", ticks);
    environment.add_template("report", TEMPLATE)?;
    environment.get_template("report")?.render_captured_to(minijinja::value::Serde(page), out).map(|_| ())
}

/// Text with code between backticks, as markup.
fn ticks(text: &str) -> Value {
    let mut parts = text.split('`');
    let mut markup = parts.next().map(escaped).unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    for pair in rest.chunks(2) {
        match pair {
            [code, after] => markup.push_str(&format!("<code>{}</code>{}", escaped(code), escaped(after))),
            // one that is not closed is a character like any other
            [open] => markup.push_str(&format!("`{}", escaped(open))),
            _ => {}
        }
    }
    Value::from_safe_string(markup)
}

fn escaped(text: &str) -> String {
    HtmlEscape(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_marked_and_everything_is_escaped() {
        assert_eq!(ticks("use `a<b>` & `c`").to_string(), "use <code>a&lt;b&gt;</code> &amp; <code>c</code>");
        assert_eq!(ticks("one ` alone").to_string(), "one ` alone");
        assert_eq!(ticks("<script>").to_string(), "&lt;script&gt;");
    }
}
