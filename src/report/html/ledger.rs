//! What the report rests on: which accounts were read, and what is missing.

use serde::Serialize;

use crate::report::terminal::ledger::Told;
use crate::report::terminal::names::Names;
use crate::snapshot::ledger::LedgerView;

/// How every listed account ended.
#[derive(Debug, Serialize)]
pub(super) struct LedgerPage {
    listed: usize,
    complete: usize,
    incomplete: usize,
    skipped: usize,
    is_complete: bool,
    /// What is missing, why and where: of accounts, of the organization; and what was left out on purpose.
    missing: Vec<String>,
    organization: Vec<String>,
    reasons: Vec<String>,
}

/// The ledger as it is read.
pub(super) fn of(view: &LedgerView, names: &Names) -> LedgerPage {
    let told = Told::new(view, names);
    LedgerPage {
        listed: view.listed,
        complete: view.complete,
        incomplete: view.incomplete.len(),
        skipped: view.skipped.len(),
        is_complete: view.is_complete(),
        missing: told.incomplete,
        organization: told.organization,
        reasons: told.skipped,
    }
}
