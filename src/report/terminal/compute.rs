//! Of which accounts the data set `compute` tells, for people: one line for each state, and one for the lists that accounts lack alike.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::names::{Names, number, some};
use super::style::Style;
use super::wrap::line;
use crate::ids::AccountId;
use crate::report::escape::escape;
use crate::snapshot::compute::Coverage;

/// What was read of what runs with roles. What was not read may run: that is no missing data of the accounts.
///
/// # Errors
/// If the output cannot be written.
pub fn compute(coverage: &Coverage, names: &Names, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let [complete, incomplete, absent] =
        [coverage.complete.len(), coverage.incomplete.len(), coverage.absent.len()].map(number);
    writeln!(out, "\nCompute   {complete} complete + {incomplete} incomplete + {absent} absent")?;
    let mut list = |text: &str| line(text, "  ", "     ", style, out);
    let mut by_lists = BTreeMap::<String, Vec<String>>::new();
    for (id, unread) in &coverage.incomplete {
        by_lists.entry(unread.join(", ")).or_default().push(shown(*id, names));
    }
    for (unread, accounts) in by_lists {
        list(&format!("{}  not whole: {unread}: {}", number(accounts.len()), some(&accounts)))?;
    }
    let unlisted: Vec<String> = coverage.unlisted.iter().map(AccountId::to_string).collect();
    if !unlisted.is_empty() {
        list(&format!("{}  not accounts of this snapshot: {}", number(unlisted.len()), some(&unlisted)))?;
    }
    Ok(())
}

fn shown(id: AccountId, names: &Names) -> String {
    match names.get(&id.to_string()).filter(|name| !name.is_empty()) {
        Some(name) => format!("{} ({id})", escape(name)),
        None => id.to_string(),
    }
}
