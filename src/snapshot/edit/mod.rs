//! Changes to a snapshot that is in memory: the organization as it would be, without a copy on disk.
//!
//! Owns: which changes there are, where each is made, and that each is made exactly once. Does not know what a change does to an
//! answer (`change`, `cut`). INVARIANT: the files stay as they are; a change that finds nothing to change is an error.

mod account;
mod deleted;
mod groups;
mod holder;
mod holders;
mod kinds;
mod lists;
mod organization;
mod people;
mod planned;
mod settings;

pub(super) use account::apply;
pub(super) use deleted::{Ids, deleted, ids, trusts};
pub use holder::{Holder, HolderKind};
pub use kinds::{DocumentAt, Edit, EditError, GroupMade, Regrouping, Removal};
pub(super) use organization::{replace, set_organization, without_statement};
pub(super) use people::{without_assignment, without_entitlement, without_membership};
pub use settings::{OrganizationSetting, Setting, Value};
