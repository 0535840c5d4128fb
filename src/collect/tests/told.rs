//! What a collection told its user on the way.
#![cfg(test)]

use std::sync::Mutex;

/// The events that were reported.
#[derive(Default)]
pub(super) struct Told(pub(super) Mutex<Vec<String>>);

impl Told {
    fn say(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    pub(super) fn all(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl super::super::Progress for Told {
    fn identity(&self, arn: &str, account: &str, source: &str) {
        self.say(format!("{arn} {account} {source}"));
    }

    fn listed(&self, listed: usize, skipped: usize) {
        self.say(format!("listed {listed} skipped {skipped}"));
    }

    fn account_done(&self, id: crate::ids::AccountId, name: &str, state: &crate::snapshot::ledger::AccountState) {
        self.say(format!("{id} {name} {state:?}"));
    }

    fn note(&self, text: &str) {
        self.say(text.to_owned());
    }

    fn warning(&self, diagnostic: &crate::diagnostic::Diagnostic) {
        self.say(format!("{} {diagnostic:?}", diagnostic.code.as_str()));
    }
}
