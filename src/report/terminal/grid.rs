//! Tables that fit the terminal, and do not wrap if there is none.

use std::io::{self, Write};

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table};

use super::style::Style;
use crate::answer::Verdict;
use crate::report::escape::escape;
use crate::severity::Severity;

/// Columns of words and numbers no wider than this are never broken: verdicts, severities, account ids, dates.
const WORD: u16 = 12;

/// A cell with its color; the text is escaped.
pub(super) fn cell(text: &str, color: Option<Color>) -> Cell {
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

/// Draws rows under a header, columns two spaces apart.
pub(super) fn draw(header: &[&str], rows: Vec<Vec<Cell>>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
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
        column.set_padding((0, 2));
        if width <= WORD {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for line in table.trim_fmt().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
