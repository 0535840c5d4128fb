//! Infrastructure as code: which file and line defines a role, a user, a group or a policy.
//!
//! Owns: Terraform (HCL and JSON) and CloudFormation (YAML and JSON) as far as names of IAM go, and how a definition is found by type,
//! name and path. Does not know findings. INVARIANT: a name that is put together from variables is never guessed, and of several
//! definitions that fit none is chosen.

mod cloudformation;
mod definition;
mod read;
mod terraform;
mod yaml;

pub use definition::{Definitions, Place};
pub use read::{Sources, Unread, read};
