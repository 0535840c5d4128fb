//! `findings.parquet`: the columns of `check -f csv`.

use std::io::{self, Write};

use super::table::Table;
use crate::finding::Finding;
use crate::report::finding_cells as cells;

/// Findings in the order given.
///
/// # Errors
/// If the output cannot be written.
pub fn write(findings: &[Finding], out: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut table = Table::new(&cells::COLUMNS, out)?;
    for finding in findings {
        table.push(cells::of(finding, &cells::texts(finding)))?;
    }
    table.finish()
}
