//! The formats of findings, as the command line names them.

use super::file_sinks::{FileSink, Formats};
use crate::report::formats::FORMATS;
use crate::report::view::Format;

/// A format of findings, and where it goes.
pub(super) type Sink = FileSink<&'static Format>;

impl Formats for &'static Format {
    fn all() -> Vec<(String, Self)> {
        FORMATS.iter().map(|format| (format.name.to_owned(), format)).collect()
    }
}

pub(super) fn format_help() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    let listed = match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    };
    format!("{listed}; =FILE writes a file")
}
