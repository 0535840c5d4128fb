//! Ways to escalate: every row of the table is open to whoever holds exactly its actions, and closed by each layer that closes it;
//! a second reading of bindings agrees; paths that mix them with assumed roles carry nothing on; the page lists every row.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a world that cannot be built has failed its test"
)]

#[path = "escalation/abroad.rs"]
mod abroad;
#[path = "escalation/administrators.rs"]
mod administrators;
#[path = "escalation/boundaries.rs"]
mod boundaries;
#[path = "escalation/changed_first.rs"]
mod changed_first;
#[path = "escalation/choices.rs"]
mod choices;
#[path = "escalation/classmates.rs"]
mod classmates;
#[path = "escalation/compute.rs"]
mod compute;
#[path = "escalation/credentials.rs"]
mod credentials;
#[path = "escalation/denies.rs"]
mod denies;
#[path = "escalation/differences.rs"]
mod differences;
#[path = "escalation/differential.rs"]
mod differential;
#[path = "escalation/keys.rs"]
mod keys;
#[path = "escalation/left_groups.rs"]
mod left_groups;
#[path = "escalation/limits.rs"]
mod limits;
#[path = "escalation/monotone.rs"]
mod monotone;
#[path = "escalation/narrowed.rs"]
mod narrowed;
#[path = "escalation/new_principals.rs"]
mod new_principals;
#[path = "escalation/page.rs"]
mod page;
#[path = "escalation/paths.rs"]
mod paths;
#[path = "escalation/places.rs"]
mod places;
#[path = "escalation/profiles.rs"]
mod profiles;
#[path = "support/program.rs"]
mod program;
#[path = "escalation/providers.rs"]
mod providers;
mod reference;
#[path = "escalation/rewritten.rs"]
mod rewritten;
#[path = "escalation/rows.rs"]
mod rows;
#[path = "escalation/shown.rs"]
mod shown;
#[path = "escalation/situations.rs"]
mod situations;
#[path = "escalation/standing.rs"]
mod standing;
mod support;
#[path = "escalation/tags.rs"]
mod tags;
#[path = "escalation/tags_law.rs"]
mod tags_law;
#[path = "escalation/taken_over.rs"]
mod taken_over;
#[path = "escalation/twins.rs"]
mod twins;
#[path = "escalation/worth.rs"]
mod worth;
