//! How full quotas are, for people: grouped by quota, the fullest first.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use comfy_table::{Cell, CellAlignment, Color};

use super::grid::{cell, draw};
use super::names::{Names, number, plural, short, some};
use super::style::Style;
use super::wrap::line;
use crate::answer::{QuotaCounts, QuotaRow, QuotaState, QuotasAnswer};
use crate::report::escape::escape;

/// Rows of each quota up to `most`, what else there is, and what was not read.
///
/// # Errors
/// If the output cannot be written.
pub fn table(answer: &QuotasAnswer, most: usize, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let groups = groups(answer);
    if !groups.is_empty() {
        let mut cells = Vec::new();
        for (quota, rows) in &groups {
            let counts = answer.quotas.iter().find(|counts| counts.quota == *quota);
            cells.push(heading(quota, counts.map(said).unwrap_or_default()));
            cells.extend(rows.iter().take(most).map(|row| shown(row, names)));
            if rows.len() > most {
                cells.push(heading("", format!("and {} more", number(rows.len() - most))));
            }
        }
        draw(&["QUOTA", "USED", "LIMIT", "ROOM", "SUBJECT"], cells, style, out)?;
        writeln!(out)?;
    }
    totals(answer, &groups, most, style, out)?;
    unknowns(answer, style, out)
}

/// Rows that are known, by quota; the quota with the fullest row first.
fn groups(answer: &QuotasAnswer) -> Vec<(&'static str, Vec<&QuotaRow>)> {
    let mut order = Vec::new();
    let mut by_quota = BTreeMap::<&str, Vec<&QuotaRow>>::new();
    for row in answer.rows.iter().filter(|row| row.state != QuotaState::Unknown) {
        let rows = by_quota.entry(row.quota).or_default();
        if rows.is_empty() {
            order.push(row.quota);
        }
        rows.push(row);
    }
    order.into_iter().map(|quota| (quota, by_quota.remove(quota).unwrap_or_default())).collect()
}

fn heading(quota: &str, text: String) -> Vec<Cell> {
    vec![cell(quota, None), cell("", None), cell("", None), cell("", None), cell(&text, None)]
}

/// `14 of 412 near, 3 full`.
fn said(counts: &QuotaCounts) -> String {
    let known = counts.subjects.saturating_sub(counts.unknown);
    let full = if counts.full > 0 { format!(", {} full", number(counts.full)) } else { String::new() };
    format!("{} of {} near{full}", number(counts.near), number(known))
}

fn shown(row: &QuotaRow, names: &Names) -> Vec<Cell> {
    let color = match row.state {
        QuotaState::Over | QuotaState::Full => Some(Color::Red),
        QuotaState::Near => Some(Color::Yellow),
        QuotaState::Room | QuotaState::Unknown => None,
    };
    let count = |count: Option<u32>| number(count.map_or(0, |count| count as usize));
    let star = if row.source == QuotaRow::STATED { "" } else { "*" };
    let limit = format!("{}{star}", number(row.limit as usize));
    let right = |text: &str, color| cell(text, color).set_alignment(CellAlignment::Right);
    vec![
        cell("", None),
        right(&count(row.used), color),
        right(&limit, None),
        right(&count(row.room), None),
        cell(&subject(row, names), None),
    ]
}

fn subject(row: &QuotaRow, names: &Names) -> String {
    if let Some(root) = row.subject.strip_suffix(":root").filter(|_| row.name.is_none()) {
        return short(root.rsplit(':').next().unwrap_or(root), names);
    }
    match &row.name {
        Some(name) if row.subject.contains(":policy/") => format!("policy {name}"),
        Some(name) => name.clone(),
        None => short(&row.subject, names),
    }
}

fn totals(
    answer: &QuotasAnswer,
    groups: &[(&str, Vec<&QuotaRow>)],
    most: usize,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sum = |of: fn(&QuotaCounts) -> usize| answer.quotas.iter().map(of).sum::<usize>();
    let known = sum(|quota| quota.subjects) - sum(|quota| quota.unknown);
    let (near, full, unknown) = (sum(|quota| quota.near), sum(|quota| quota.full), sum(|quota| quota.unknown));
    let unknown = if unknown > 0 { format!(", {} unknown", number(unknown)) } else { String::new() };
    writeln!(
        out,
        "Quotas    {} near ({} % or more), {} of them full{unknown}",
        number(near),
        answer.near,
        number(full)
    )?;
    let roomy = answer.quotas.iter().filter(|quota| quota.near == 0 && quota.subjects > quota.unknown);
    let roomy: Vec<&str> = roomy.map(|quota| quota.quota).collect();
    let room = plural(known - near, "row");
    if roomy.is_empty() {
        writeln!(out, "Room      {room}")?;
    } else {
        line(&format!("Room      {room}; nothing near: {}", roomy.join(", ")), "", "          ", style, out)?;
    }
    if groups.iter().any(|(_, rows)| rows.len() > most) {
        writeln!(out, "More      --quota NAME --limit N, or --all")?;
    }
    let sources: BTreeSet<&str> = answer.rows.iter().map(|row| row.source).filter(|s| *s != QuotaRow::STATED).collect();
    for source in sources {
        let text = format!("* {source}: the snapshot does not state this quota");
        line(&text, "", "  ", style, out)?;
    }
    let beaten =
        answer.rows.iter().filter(|row| row.state == QuotaState::Over && row.source != QuotaRow::STATED).count();
    if beaten > 0 {
        let text = format!("  {} more than a default: more was granted than the snapshot says", plural(beaten, "row"));
        line(&text, "", "  ", style, out)?;
    }
    Ok(())
}

/// What is not known, by quota and then by reason: quotas that lack the same data in the same accounts stand together.
fn unknowns(answer: &QuotasAnswer, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut by_quota = BTreeMap::<&str, BTreeMap<&str, BTreeSet<String>>>::new();
    for row in answer.rows.iter().filter(|row| row.state == QuotaState::Unknown) {
        let account = if row.account_name.is_empty() { &row.account } else { &row.account_name };
        let place = if account.is_empty() { "the organization" } else { account };
        let reason = row.reason.as_deref().unwrap_or_default();
        by_quota.entry(row.quota).or_default().entry(reason).or_default().insert(escape(place).into_owned());
    }
    if by_quota.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nunknown: data was not read; this is not room")?;
    let mut alike = Vec::<(&BTreeMap<&str, BTreeSet<String>>, Vec<&str>)>::new();
    for (quota, reasons) in &by_quota {
        match alike.iter_mut().find(|(known, _)| *known == reasons) {
            Some((_, quotas)) => quotas.push(quota),
            None => alike.push((reasons, vec![quota])),
        }
    }
    for (reasons, quotas) in alike {
        line(&quotas.join(", "), "  ", "    ", style, out)?;
        for (reason, places) in reasons.iter().take(REASONS) {
            let places: Vec<String> = places.iter().cloned().collect();
            line(&format!("{}: {}", some(&places), escape(reason)), "    ", "      ", style, out)?;
        }
        if reasons.len() > REASONS {
            writeln!(out, "    and {} more reasons", number(reasons.len() - REASONS))?;
        }
    }
    Ok(())
}

/// Reasons that are told of quotas.
const REASONS: usize = 5;
