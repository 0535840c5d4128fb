//! Edges into roles: for each kind who may make its call, and the question that decides it.
//!
//! A kind is a file (its candidates and what its call asks for), a variant of `EdgeKind` and a row in `table`.

mod assume_role;
mod call;
mod candidates;
mod changed_first;
mod climbs;
mod decide;
mod escalation;
mod federation;
mod memo;
mod opened;
mod people;
mod service;
mod table;
mod taken_over;
mod tree;
mod without_gain;

pub(super) use call::EdgeCall;
pub(super) use climbs::into as escalations_into;
pub(super) use decide::{into, of_outsiders, outsiders_named};
pub(super) use escalation::{
    EscalationCall, attempt as escalation_attempt, entry as escalation_entry, tags_changed, truth as escalation_truth,
};
pub(super) use memo::Memo;
pub(super) use people::{PeopleCall, assignments, entitlements};
pub(crate) use people::{is_for_unread, is_of_identity_center, stands_for};
pub(super) use table::kind_of;
pub(super) use without_gain::without_gain;
