//! Builds the estate of a snapshot, one file per step: a file's records (`draft`, `attachments`), the documents of all
//! accounts (`documents`), an account's tables (`tables`), their place in the estate (`append`), the organization
//! (`organization`), accounts that a question cannot touch (`part`), and people of Identity Center (`people`).

mod append;
mod assemble;
mod attachments;
mod builder;
mod documents;
mod draft;
mod local;
mod membership;
mod organization;
mod part;
mod partition;
mod people;
mod running;
mod split;
mod tables;

pub use assemble::BuildError;
pub use part::{Part, ReadAccount};
