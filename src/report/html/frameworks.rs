//! How the controls of each framework came out.

use serde::Serialize;

use super::text::clean;
use crate::finding::{ControlCounts, ControlResult, FrameworkReport};

/// A framework.
#[derive(Debug, Serialize)]
pub(super) struct FrameworkView {
    title: String,
    version: String,
    scope: String,
    summary: ControlCounts,
    controls: Vec<ControlView>,
}

#[derive(Debug, Serialize)]
struct ControlView {
    id: String,
    label: String,
    status: &'static str,
    open: usize,
    waived: usize,
    unknown: usize,
    judged: usize,
    /// Ids of its rules, and why one does not decide what it could.
    rules: Vec<(String, Option<String>)>,
}

/// The frameworks as they are read.
pub(super) fn of(frameworks: &[FrameworkReport<'_>]) -> Vec<FrameworkView> {
    let framework = |framework: &FrameworkReport<'_>| FrameworkView {
        title: framework.title.to_owned(),
        version: framework.version.to_owned(),
        scope: framework.scope.to_owned(),
        summary: framework.summary,
        controls: framework.controls.iter().map(control).collect(),
    };
    frameworks.iter().map(framework).collect()
}

fn control(control: &ControlResult<'_>) -> ControlView {
    ControlView {
        id: control.id.to_owned(),
        label: control.label.to_owned(),
        status: control.status.into(),
        open: control.findings.open,
        waived: control.findings.waived,
        unknown: control.subjects.unknown,
        judged: control.subjects.judged,
        rules: control.rules.iter().map(|rule| (rule.rule.to_owned(), rule.note.as_deref().map(clean))).collect(),
    }
}
