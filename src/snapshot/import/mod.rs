//! Imported data: a directory of AWS CLI output, in whatever shapes, names and encodings it was saved.
//!
//! Owns: which files belong to which account. `account` and `organization` read a file's content, `encoding` decodes
//! it, `recognize` says what a foreign file is. A snapshot of our own, which has a manifest, never comes here.
//! INVARIANT: a file that may hold account data is either read or refused by name, never skipped; the ARNs in it decide
//! whose data it is.

mod account;
mod agreement;
mod compute;
mod compute_answers;
mod directory;
mod document;
mod encoding;
mod gathered;
mod join;
mod list;
mod names;
mod organization;
mod people;
mod people_names;
mod people_parts;
mod people_whole;
mod policy;
mod recognize;
mod tree;
mod whose;

pub(super) use account::is_whole;
pub(super) use compute::compute;
#[cfg(feature = "object-store")]
pub(super) use compute::compute_files;
pub(super) use directory::Import;
pub(super) use whose::{agrees, check};
