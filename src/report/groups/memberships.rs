//! Memberships as CSV: a row for each, with what becomes of it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::answer::PlanAnswer;
use crate::report::csv::{self, Formulas};

/// All memberships of the plan, those that are there and those that come, and those that go with groups that stay.
///
/// # Errors
/// If the output cannot be written.
pub fn memberships(answer: &PlanAnswer, formulas: Formulas, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Vec::new();
    for (account, group) in answer.groups() {
        let own = |user, change| [account.account.as_str(), &account.account_name, user, &group.name, change];
        let joins: BTreeSet<&str> = group.joins.iter().map(String::as_str).collect();
        for user in &group.members {
            let change = if joins.contains(user.as_str()) { "joins" } else { "stays" };
            rows.push(own(user.as_str(), change));
        }
        rows.extend(group.leaves.iter().map(|user| own(user, "leaves")));
    }
    rows.sort_unstable();
    csv::rows(&["account", "account_name", "user", "group", "change"], rows.into_iter(), formulas, out)
}
