//! What an exit code says of findings, in words.

use crate::diagnostic::Exit;
use crate::finding::FindingSet;
use crate::report::terminal::names::plural;
use crate::severity::Severity;

/// What the exit code says of these findings, in words.
pub(super) fn of(exit: Exit, threshold: Severity, set: &FindingSet) -> String {
    let (at, unknown) = (threshold.as_str(), set.summary.unknown);
    let complete = match set.ledger.skipped.len() {
        0 => "complete".to_owned(),
        skipped => format!("complete but for {}", plural(skipped, "skipped account")),
    };
    let results = if unknown == 1 { "result is" } else { "results are" };
    let judged = if unknown == 0 { String::new() } else { format!("{unknown} {results} unknown, ") };
    match exit {
        // the code says nothing of findings where they were not to change it
        Exit::Clean if set.fails_on(threshold) => {
            format!("{complete}; open findings of severity {at} or worse do not change it (--no-fail)")
        }
        Exit::Clean => format!("{complete}, no open finding of severity {at} or worse"),
        Exit::Findings => format!("{complete}, with open findings of severity {at} or worse"),
        Exit::Incomplete => format!("incomplete: {judged}something was not read, so this is not clean"),
        Exit::IncompleteWithFindings => {
            format!("incomplete: {judged}and open findings of severity {at} or worse in what was read")
        }
        _ => String::new(),
    }
}
