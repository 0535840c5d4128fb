//! The sheet as CSV: what a reviewer fills in.

use std::io::{self, Write};

use crate::report::csv::{Formulas, rows};
use crate::review::{COLUMNS, Column, Row, Sheet};

/// Writes the sheet, each row as wide as the header.
///
/// # Errors
/// If the output cannot be written.
pub fn write(sheet: &Sheet, formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<Row> = sheet.rows().collect();
    let cells = all.iter().map(|row| row.each_ref().map(String::as_str));
    rows(&COLUMNS.map(Column::as_str), cells, formulas, out)
}
