//! What rows lack, said on standard error: they have no room for missing data.

use super::output::Console;
use super::workspace::Workspace;
use crate::graph::query::Edges;
use crate::report::escape::escape;
use crate::report::terminal::names::plural;

/// Rows have no room for missing data, so it is reported on standard error. True if nothing is missing.
pub(super) fn say(edges: &Edges, included: bool, workspace: &Workspace, console: &Console) -> bool {
    let shown = plural(edges.unknown, "edge");
    let (is, are) = if edges.unknown == 1 { ("is", "it") } else { ("are", "them") };
    match (edges.unknown, included) {
        (0, _) => {}
        (_, true) => {
            console.say(&format!("incomplete: {shown} {is} unknown, because data is missing (verdict `unknown`)"))
        }
        (_, false) => console.say(&format!(
            "incomplete: {shown} {is} unknown, because data is missing, and left out (--include-unknown shows {are})"
        )),
    }
    let unread = edges.unread.len();
    if unread > 0 {
        let accounts = plural(unread, "account");
        console.say(&format!("incomplete: the principals of {accounts} were not read, so edges of theirs are missing"));
    }
    let view = workspace.ledger();
    if !view.incomplete.is_empty() {
        console.say(&format!(
            "incomplete: {} of {} accounts were not read completely, so edges may be missing (rolehop accounts --incomplete)",
            view.incomplete.len(),
            view.listed
        ));
    }
    for gap in &view.organization {
        console.say(&format!("incomplete: {}: {}", gap.facet, escape(&gap.reason)));
    }
    edges.unknown == 0 && unread == 0 && view.is_complete()
}

/// The same of an answer, of whose gaps every other format tells.
pub(super) fn say_of_answer(is_proven: bool, console: &Console) {
    if !is_proven {
        console.say("incomplete: data is missing, so that more may be true than these rows say (--json tells what)");
    }
}
