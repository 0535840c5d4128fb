//! The questions: `path`, `who-can`, `can`, and every edge.
//!
//! Owns: from names to answers in the shapes of `answer`. Does not know how they are printed.

mod beyond;
mod can;
mod conditions;
mod drawing;
mod edges;
mod escalation;
mod evidence;
mod explain;
mod gaps;
mod hops;
mod limits;
mod named;
mod needs;
mod onward;
mod path;
mod people;
mod principals;
mod profile_ways;
mod shown;
mod targets;
mod via;
mod who_can;
mod words;

pub use can::{can, can_within};
pub use drawing::{DrawOptions, TooManyNodes, everything};
pub use edges::{Edges, all_edges, edges};
pub(crate) use escalation::object_of_escalation;
pub(crate) use evidence::Signer;
pub use evidence::{evidence, why_not};
pub(crate) use evidence::{statements_between, statements_of_escalation};
pub use explain::explain;
pub(crate) use gaps::as_gap;
pub(crate) use hops::hops;
pub use limits::Limits;
pub(crate) use named::{account_name, account_named, people_group_named, sources_named};
pub(crate) use onward::Onward;
pub use path::{path, paths};
pub use principals::principals;
pub use profile_ways::profile_ways;
pub(crate) use targets::roles_of_target;
pub use targets::{
    Targets, check_target, idle_selectors, roles_of, selected_accounts, shown_target, target_accounts, target_roles,
    unit_paths,
};
pub(crate) use who_can::{FirstRoles, Reaching, is_machine, needs_mfa, ways_into};
pub use who_can::{ReachFilter, Vias, WhoCan, who_can, who_can_within};
