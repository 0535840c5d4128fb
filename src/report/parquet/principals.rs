//! `principals.parquet`: users and roles, and whoever else stands at an edge.

use std::io::{self, Write};

use super::table::Table;
use crate::answer::PrincipalRow;

/// Principals in the order given.
///
/// # Errors
/// If the output cannot be written.
pub fn write(rows: impl Iterator<Item = PrincipalRow>, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut table = Table::new(&["principal", "kind", "name", "account", "account_name", "ou"], out)?;
    for row in rows {
        table.push([&row.principal, row.kind.as_str(), &row.name, &row.account, &row.account_name, &row.ou])?;
    }
    table.finish()
}
