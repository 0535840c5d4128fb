//! The page: template, style, scripts and data in one file.
//!
//! Owns: what stands in it. INVARIANT: its policy names the digest of its one style and its one script.

use std::io::{self, Write};

use serde::Serialize;

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
use super::{findings, frameworks, ledger, markup, quotas, rules, summary, targets, waivers};
use crate::report::terminal::findings::left_out;
use crate::report::time::seconds;
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
    /// How many findings are counted and not shown, if some are.
    left_out: Option<String>,
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
        left_out: left_out(report.findings),
        only: report.findings.only_accounts.as_ref().map(std::collections::BTreeSet::len),
    };
    let page = Page {
        policy: markup::policy(Some(SCRIPT), STYLE),
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
    markup::render(TEMPLATE, &page, out)
}
