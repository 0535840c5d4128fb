//! JSON: pretty, in the order of the types, with a final newline.

use std::io::{self, Write};

use serde::Serialize;

/// Writes any answer or set of findings.
///
/// # Errors
/// Where the output cannot be written.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
