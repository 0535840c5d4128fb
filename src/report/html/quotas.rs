//! How full quotas are: the fullest rows of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::text::clean;
use crate::answer::{QuotaRow, QuotaState, QuotasAnswer};
use crate::report::terminal::names::{Names, number, short};

/// Rows of each quota that the page names.
const ROWS: usize = 25;

/// Reasons that are told of a quota.
const REASONS: usize = 5;

/// All quotas.
#[derive(Debug, Serialize)]
pub(super) struct QuotasView {
    near: u8,
    /// Subjects near a limit, of these at it, and of which it is not known.
    totals: [usize; 3],
    quotas: Vec<QuotaView>,
    /// Quotas of which nothing is near.
    roomy: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct QuotaView {
    name: &'static str,
    subjects: usize,
    near: usize,
    full: usize,
    unknown: usize,
    rows: Vec<RowView>,
    left: usize,
    /// Why it is not known, with accounts counted.
    reasons: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RowView {
    subject: String,
    used: String,
    limit: String,
    /// For the bar; at most 100.
    percent: u32,
    state: QuotaState,
    /// Where the limit comes from, if the account does not state it.
    source: Option<&'static str>,
}

/// The quotas as they are read.
pub(super) fn of(answer: &QuotasAnswer, names: &Names) -> QuotasView {
    let mut known = BTreeMap::<&str, Vec<&QuotaRow>>::new();
    let mut unknown = BTreeMap::<&str, Vec<&QuotaRow>>::new();
    for row in &answer.rows {
        let rows = if row.state == QuotaState::Unknown { &mut unknown } else { &mut known };
        rows.entry(row.quota).or_default().push(row);
    }
    let sum = |of: fn(&crate::answer::QuotaCounts) -> usize| answer.quotas.iter().map(of).sum();
    let none = Vec::new();
    let told = answer.quotas.iter().filter(|quota| quota.near > 0 || quota.unknown > 0).map(|quota| {
        let rows = known.get(quota.quota).unwrap_or(&none);
        QuotaView {
            name: quota.quota,
            subjects: quota.subjects,
            near: quota.near,
            full: quota.full,
            unknown: quota.unknown,
            rows: rows.iter().take(ROWS).map(|row| row_view(row, names)).collect(),
            left: rows.len().saturating_sub(ROWS),
            reasons: reasons(unknown.get(quota.quota).unwrap_or(&none)),
        }
    });
    QuotasView {
        near: answer.near,
        totals: [sum(|quota| quota.near), sum(|quota| quota.full), sum(|quota| quota.unknown)],
        quotas: told.collect(),
        roomy: answer.quotas.iter().filter(|q| q.near == 0 && q.unknown == 0).map(|q| q.quota).collect(),
    }
}

fn row_view(row: &QuotaRow, names: &Names) -> RowView {
    let used = row.used.unwrap_or_default();
    let percent = u64::from(used).saturating_mul(100).checked_div(u64::from(row.limit)).unwrap_or(100);
    let subject = match (&row.name, row.subject.strip_suffix(":root")) {
        (Some(name), _) => name.clone(),
        (None, Some(root)) => short(root.rsplit(':').next().unwrap_or(root), names),
        (None, None) => short(&row.subject, names),
    };
    RowView {
        subject: clean(&subject),
        used: number(used as usize),
        limit: number(row.limit as usize),
        percent: u32::try_from(percent.min(100)).unwrap_or(100),
        state: row.state,
        source: (row.source != QuotaRow::STATED).then_some(row.source),
    }
}

fn reasons(rows: &[&QuotaRow]) -> Vec<String> {
    let mut by_reason = BTreeMap::<&str, BTreeSet<&str>>::new();
    for row in rows {
        let account = if row.account_name.is_empty() { &row.account } else { &row.account_name };
        let place = if account.is_empty() { "the organization" } else { account };
        by_reason.entry(row.reason.as_deref().unwrap_or_default()).or_default().insert(place);
    }
    let told = by_reason.iter().take(REASONS).map(|(reason, places)| {
        let named: Vec<&str> = places.iter().take(4).copied().collect();
        let more = if places.len() > 4 { format!(" and {} more", places.len() - 4) } else { String::new() };
        clean(&format!("{}{more}: {reason}", named.join(", ")))
    });
    let mut told: Vec<String> = told.collect();
    if by_reason.len() > REASONS {
        told.push(format!("and {} more reasons", by_reason.len() - REASONS));
    }
    told
}
