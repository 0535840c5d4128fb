//! Imported data: a directory of what the AWS CLI printed, in the shapes, names and encodings that people have it in.
//!
//! Owns: which files are whose. What a file says is for `account` and `organization`, how it is written for `encoding`, what it
//! is where it is none of ours for `recognize`. A snapshot of our own, which has a manifest, never comes here.
//! INVARIANT: a file that may hold data of an account is read or refused by name, never passed over; and whose data it is, is
//! what the ARNs in it say.

mod account;
mod directory;
mod document;
mod encoding;
mod gathered;
mod join;
mod list;
mod names;
mod organization;
mod policy;
mod recognize;
mod tree;
mod whose;

pub(super) use account::is_whole;
pub(super) use directory::Import;
pub(super) use whose::check;
