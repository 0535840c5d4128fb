//! The formats of findings: one file each, and one row in the table.
//!
//! Owns: their names. Command line, help and errors read the table. A new format is a file and a row.

mod asff;
mod csv;
mod html;
mod json;
mod junit;
mod markdown;
mod ocsf;
mod sarif;
mod synthetic;
mod table;
mod unread;

use super::view::Format;

/// Every format of findings, in the order in which they are offered; the first is the default.
pub const FORMATS: &[Format] = &[
    table::FORMAT,
    json::FORMAT,
    csv::FORMAT,
    markdown::FORMAT,
    sarif::FORMAT,
    junit::FORMAT,
    ocsf::FORMAT,
    asff::FORMAT,
    html::FORMAT,
];

/// True for a format that tells more than findings: who reaches each target, quotas, every framework.
#[must_use]
pub fn wants_dossier(format: &Format) -> bool {
    format.name == html::FORMAT.name
}
