//! Ways to escalate: every row of the table is open to whoever holds exactly its actions, and closed by each layer that closes it;
//! the page lists every row.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a world that cannot be built has failed its test"
)]

#[path = "escalation/page.rs"]
mod page;
#[path = "escalation/rows.rs"]
mod rows;
mod support;
