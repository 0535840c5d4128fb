//! Changes that Terraform or CloudFormation has planned: from a plan or a template to edits of a snapshot.
//!
//! Owns: which resource is which edit, where it stands, and what cannot be told of it. Does not make the edits (`snapshot::edit`), nor
//! judge them. INVARIANT: a value that is not known before the change is made stays unknown with its reason, and what is not
//! understood is listed.

pub mod cloudformation;
mod error;
mod generated;
mod plan;
mod sources;
mod suffix;
pub mod terraform;

pub use error::PlanError;
pub use generated::{Accounts, settle};
pub use plan::{Plan, Step};
pub use sources::name_sources;
