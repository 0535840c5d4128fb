//! Tables that fit the terminal, and do not wrap if there is none.

use std::io::{self, Write};

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

use super::style::Style;
use super::wrap::line;
use crate::answer::Verdict;
use crate::report::escape::escape;
use crate::severity::Severity;

/// Columns of words and numbers no wider than this are never broken: verdicts, severities, account ids, dates.
const WORD: u16 = 12;

/// A cell with its color; the text is escaped.
pub(in crate::report) fn cell(text: &str, color: Option<Color>) -> Cell {
    let cell = Cell::new(escape(text));
    match color {
        Some(color) => cell.fg(color),
        None => cell,
    }
}

pub(super) fn of_severity(severity: Severity) -> Option<Color> {
    match severity {
        Severity::Critical | Severity::High => Some(Color::Red),
        Severity::Medium => Some(Color::Yellow),
        Severity::Low => Some(Color::Cyan),
        Severity::Info => None,
    }
}

pub(super) fn of_verdict(verdict: Verdict) -> Option<Color> {
    match verdict {
        Verdict::Allowed => Some(Color::Red),
        Verdict::Conditional => Some(Color::Yellow),
        Verdict::Unknown => Some(Color::Magenta),
        Verdict::Denied => Some(Color::Green),
    }
}

/// Blanks between columns.
const APART: u16 = 2;

/// Draws rows under a header, columns two spaces apart. Where columns would break words, and for those who listen, each row is a
/// sentence.
pub(in crate::report) fn draw(
    header: &[&str],
    rows: Vec<Vec<Cell>>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    if style.spoken || style.width.is_some_and(|width| breaks_words(header, &rows, width)) {
        return rows.iter().try_for_each(|row| sentence(header, row, style, out));
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(header.iter().map(Cell::new).collect::<Vec<_>>());
    match style.width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    if style.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for row in rows {
        table.add_row(row);
    }
    let widths = table.column_max_content_widths();
    for (column, width) in table.column_iter_mut().zip(widths) {
        column.set_padding((0, APART));
        if width <= WORD {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for line in table.trim_fmt().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// True where a column would be narrower than its longest word.
fn breaks_words(header: &[&str], rows: &[Vec<Cell>], width: u16) -> bool {
    let longest = |column: usize| {
        let words = rows.iter().filter_map(|row| row.get(column)).flat_map(widest_word);
        words.chain(header.get(column).map(|name| name.width())).max().unwrap_or_default()
    };
    let needed: usize = (0..header.len()).map(|column| longest(column) + usize::from(APART)).sum();
    needed > usize::from(width)
}

/// As a column counts it: short columns are not broken at all.
fn widest_word(cell: &Cell) -> Option<usize> {
    let content = cell.content();
    match content.width() {
        short if short <= usize::from(WORD) => Some(short),
        _ => content.split_whitespace().map(UnicodeWidthStr::width).max(),
    }
}

/// `allowed: role prod/role/admin, hops 1, needs nothing`
fn sentence(header: &[&str], row: &[Cell], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let said = |cell: &Cell| cell.content().replace('\n', ". ");
    let named = header.iter().zip(row).skip(1).filter(|(_, cell)| !cell.content().is_empty());
    let rest: Vec<String> = named.map(|(name, cell)| format!("{} {}", in_sentence(name), said(cell))).collect();
    let first = row.first().map(said).unwrap_or_default();
    line(&format!("{first}: {}", rest.join(", ")), "", "    ", style, out)
}

/// A name of a column; one of two letters is short for something.
fn in_sentence(name: &str) -> String {
    if name.len() <= 2 { name.to_owned() } else { name.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: Option<u16>) -> String {
        let rows = [["allowed", "prod-core/role/operate", "1"], ["denied", "a role of several words", ""]];
        let rows = rows.map(|row| row.map(|text| cell(text, None)).to_vec());
        let mut out = Vec::new();
        draw(&["VERDICT", "ROLE", "HOPS"], rows.to_vec(), &Style { width, ..Style::plain() }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_breaks_between_words_or_becomes_sentences() {
        assert!(drawn(None).starts_with("VERDICT  ROLE                     HOPS\n"), "{}", drawn(None));
        let narrow = drawn(Some(40));
        assert!(narrow.contains("prod-core/role/operate") && narrow.lines().all(|line| line.len() <= 40), "{narrow}");
        let sentences = drawn(Some(36));
        assert!(sentences.starts_with("allowed: role\n    prod-core/role/operate, hops 1\n"), "{sentences}");
        assert!(sentences.contains("\ndenied: role a role of several"), "{sentences}");
    }
}
