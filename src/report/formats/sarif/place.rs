//! Where a cloud resource is: in the file and line that defines it, if `--iac` found one; else at a synthetic path that is the same in
//! every run. Its ARN is the logical location in either case.

use std::collections::BTreeSet;

use super::log::{ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region, Text};
use crate::finding::Finding;
use crate::iac::{Definitions, Place};
use crate::report::formats::synthetic::{file_path, synthetic_path};
use crate::report::view::Report;

/// Resources that a notification names.
const NAMED: usize = 10;

/// Definitions that a result lists, where several fit.
const LISTED: usize = 20;

/// The one place of a resource.
pub(super) fn location(subject: &str, message: Option<String>, sources: Option<&Definitions>) -> Location {
    match sources.map(|sources| sources.find(subject)).as_deref() {
        Some([place]) => at(file_path(&place.file), place.line, subject, message),
        _ => at(synthetic_path(subject), 1, subject, message),
    }
}

/// Every place that may define it, if there are several: nothing tells which of them is the account's.
pub(super) fn related(subject: &str, sources: Option<&Definitions>) -> Vec<Location> {
    let places = several(subject, sources);
    let text = || Some("one of several definitions of this name".to_owned());
    places.iter().take(LISTED).map(|place| at(file_path(&place.file), place.line, subject, text())).collect()
}

/// What is to be said of resources that are defined several times.
pub(super) fn ambiguous(report: &Report<'_>) -> Option<String> {
    let subjects: BTreeSet<&str> =
        report.findings.findings.iter().map(|finding: &Finding| finding.subject.as_str()).collect();
    let ambiguous: Vec<&str> =
        subjects.into_iter().filter(|subject| !several(subject, report.sources).is_empty()).collect();
    let named = ambiguous.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = if ambiguous.len() > NAMED { format!(" and {} more", ambiguous.len() - NAMED) } else { String::new() };
    (!ambiguous.is_empty()).then(|| {
        format!("Defined several times, so results about these have no file: {named}{more}; relatedLocations has the candidates")
    })
}

fn several<'a>(subject: &str, sources: Option<&'a Definitions>) -> Vec<&'a Place> {
    let places = sources.map(|sources| sources.find(subject)).unwrap_or_default();
    if places.len() > 1 { places } else { Vec::new() }
}

fn at(uri: String, start_line: usize, subject: &str, message: Option<String>) -> Location {
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri },
            region: Region { start_line },
        },
        logical_locations: [LogicalLocation { fully_qualified_name: subject.to_owned(), kind: "resource" }],
        message: message.map(|text| Text::plain(&text)),
    }
}
