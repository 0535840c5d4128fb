//! `edges.parquet`: the columns of `export edges`.

use std::io::{self, Write};

use super::table::Table;
use crate::answer::EdgeRef;

/// Direct edges in the order given.
///
/// # Errors
/// If the output cannot be written.
pub fn write<'a>(rows: impl Iterator<Item = EdgeRef<'a>>, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut table = Table::new(&["from", "to", "kind", "action", "verdict", "conditions"], out)?;
    for row in rows {
        let conditions = row.conditions.join(";");
        table.push([row.from, row.to, row.kind, row.action, row.verdict.as_str(), &conditions])?;
    }
    table.finish()
}
