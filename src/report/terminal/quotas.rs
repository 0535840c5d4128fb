//! How full quotas are, for people: grouped by quota, the fullest first.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

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
    let shown = || groups.iter().flat_map(|(_, rows)| rows.iter().take(most));
    let widths = Widths::of(shown().map(|row| numbers(row)));
    if !groups.is_empty() && !style.spoken {
        writeln!(out, "{}  SUBJECT", widths.line(HEADER.map(str::to_owned)))?;
    }
    for (quota, rows) in &groups {
        let counts = answer.quotas.iter().find(|counts| counts.quota == *quota);
        let heading = format!("{quota}: {}", counts.map(said).unwrap_or_default());
        line(&heading, "", "  ", style, out)?;
        for row in rows.iter().take(most) {
            if style.spoken {
                spoken(row, names, style, out)?;
                continue;
            }
            let start = style.paint(&widths.line(numbers(row)), code(row.state));
            let name = escape(&subject(row, names)).into_owned();
            let room = style.width.map(|width| usize::from(width).saturating_sub(widths.total() + 2));
            if room.is_some_and(|room| name.width() > room) {
                writeln!(out, "{start}")?;
                line(&name, "      ", "      ", style, out)?;
            } else {
                writeln!(out, "{start}  {name}")?;
            }
        }
        if rows.len() > most {
            let indent = if style.spoken { 0 } else { widths.total() };
            writeln!(out, "{}  and {} more", " ".repeat(indent), number(rows.len() - most))?;
        }
    }
    if !groups.is_empty() {
        writeln!(out)?;
    }
    totals(answer, &groups, most, style, out)?;
    unknowns(answer, style, out)
}

/// A row as a sentence.
fn spoken(row: &QuotaRow, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let [used, limit, room] = numbers(row);
    let limit = match limit.strip_suffix('*') {
        Some(limit) => format!("{limit} by {}", row.source),
        None => limit,
    };
    let text = format!("{}: used {used}, limit {limit}, room {room}", escape(&subject(row, names)));
    line(&text, "  ", "    ", style, out)
}

const HEADER: [&str; 3] = ["USED", "LIMIT", "ROOM"];

/// How wide the columns of numbers are.
struct Widths([usize; 3]);

impl Widths {
    fn of(rows: impl Iterator<Item = [String; 3]>) -> Self {
        let mut widths = HEADER.map(str::len);
        for row in rows {
            widths.iter_mut().zip(&row).for_each(|(width, text)| *width = (*width).max(text.len()));
        }
        Self(widths)
    }

    fn total(&self) -> usize {
        self.0.iter().map(|width| width + 2).sum()
    }

    /// Right-aligned, each after two blanks.
    fn line(&self, cells: [String; 3]) -> String {
        self.0.iter().zip(&cells).map(|(width, text)| format!("  {text:>width$}", width = *width)).collect()
    }
}

/// Used, limit and room; a limit that the account does not state has a mark.
fn numbers(row: &QuotaRow) -> [String; 3] {
    let count = |count: Option<u32>| number(count.map_or(0, |count| count as usize));
    let mark = if row.source == QuotaRow::STATED { "" } else { "*" };
    [count(row.used), format!("{}{mark}", number(row.limit as usize)), count(row.room)]
}

fn code(state: QuotaState) -> &'static str {
    match state {
        QuotaState::Over | QuotaState::Full => "31",
        QuotaState::Near => "33",
        QuotaState::Room | QuotaState::Unknown => "0",
    }
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

/// `14 of 412 near, 3 full`.
fn said(counts: &QuotaCounts) -> String {
    let known = counts.subjects.saturating_sub(counts.unknown);
    let full = if counts.full > 0 { format!(", {} full", number(counts.full)) } else { String::new() };
    format!("{} of {} near{full}", number(counts.near), number(known))
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
    let full = match full {
        _ if near == 0 => String::new(),
        0 => ", none of them full".to_owned(),
        full => format!(", {} of them full", number(full)),
    };
    let count = if near == 0 { "none".to_owned() } else { number(near) };
    line(&format!("{count} near ({} % or more){full}{unknown}", answer.near), "Quotas    ", "          ", style, out)?;
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
        let text = format!("{} more than a default: more was granted than the snapshot says", plural(beaten, "row"));
        line(&text, "  ", "  ", style, out)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_keeps_numbers_whole() {
        let row = |used: u32, state, name: &str| QuotaRow {
            quota: "managed-policies-per-role",
            subject: format!("arn:aws:iam::111122223333:role/{name}"),
            name: None,
            account: "111122223333".to_owned(),
            account_name: "production".to_owned(),
            used: (state != QuotaState::Unknown).then_some(used),
            limit: 10,
            room: (state != QuotaState::Unknown).then(|| 10_u32.saturating_sub(used)),
            state,
            source: "default of 2026-11-20",
            reason: (state == QuotaState::Unknown).then(|| "authorization-details of 111122223333: denied".to_owned()),
        };
        let counts = QuotaCounts { quota: "managed-policies-per-role", subjects: 1_204, near: 3, full: 2, unknown: 1 };
        let answer = QuotasAnswer {
            schema: QuotasAnswer::SCHEMA,
            near: 80,
            quotas: vec![counts],
            rows: vec![
                row(12, QuotaState::Over, "a-role-with-a-name-that-is-long"),
                row(10, QuotaState::Full, "b"),
                row(8, QuotaState::Near, "c\u{202e}"),
                row(0, QuotaState::Unknown, "d"),
            ],
        };
        let names = Names::from([("111122223333".to_owned(), "production".to_owned())]);
        let style = Style { width: Some(60), ..Style::plain() };
        let mut out = Vec::new();
        table(&answer, 2, &names, &style, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        insta::assert_snapshot!(text, @r"
          USED  LIMIT  ROOM  SUBJECT
        managed-policies-per-role: 3 of 1,203 near, 2 full
            12    10*     0
              production/role/a-role-with-a-name-that-is-long
            10    10*     0  production/role/b
                             and 1 more

        Quotas    3 near (80 % or more), 2 of them full, 1 unknown
        Room      1,200 rows
        More      --quota NAME --limit N, or --all
        * default of 2026-11-20: the snapshot does not state this
          quota
          1 row more than a default: more was granted than the
          snapshot says

        unknown: data was not read; this is not room
          managed-policies-per-role
            production: authorization-details of 111122223333:
              denied
        ");
    }
}
