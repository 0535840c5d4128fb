//! What was lost when a snapshot took the place of another.
//!
//! Owns: that a run which read less than the one before it does not do so in silence.

use std::collections::BTreeSet;

use super::location::Location;
use super::output::Console;
use crate::diagnostic::{Code, Diagnostic};
use crate::ids::AccountId;
use crate::report::terminal::diagnostic::Level;
use crate::report::terminal::names::{plural, some};
use crate::snapshot::ledger::{AccountState, Ledger};
use crate::snapshot::manifest_of;

/// The accounts that a place had in full before a snapshot is written there. What is in an object store is not fetched for this.
pub(super) struct Before(BTreeSet<AccountId>);

impl Before {
    pub(super) fn at(place: &Location) -> Self {
        // what cannot be read has nothing to lose
        let manifest = manifest_of(&place.dir).ok().flatten();
        Self(manifest.iter().flat_map(|manifest| complete(&manifest.ledger)).collect())
    }

    /// Warns of those that a snapshot at the same place does not have in full.
    pub(super) fn warn(&self, ledger: &Ledger, place: &Location, console: &Console) {
        let now: BTreeSet<AccountId> = complete(ledger).collect();
        let lost: Vec<String> = self.0.difference(&now).map(ToString::to_string).collect();
        if lost.is_empty() {
            return;
        }
        let diagnostic = Diagnostic::new(
            Code::SnapshotShrank,
            format!(
                "{} that the earlier snapshot had in full {} not in this one, or only in part",
                plural(lost.len(), "account"),
                if lost.len() == 1 { "is" } else { "are" }
            ),
            place.dir.display().to_string(),
            format!("it took the place of the earlier one: {}", some(&lost)),
            "read what is missing with `--resume`; to keep each snapshot, give each a directory of its own",
        );
        console.diagnostic(&diagnostic, Level::Warning);
    }
}

fn complete(ledger: &Ledger) -> impl Iterator<Item = AccountId> {
    ledger.iter().filter(|(_, state)| **state == AccountState::Complete).map(|(account, _)| account)
}
