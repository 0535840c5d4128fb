//! The IAM policy language: what a document says, read once and typed.
//!
//! Owns: documents, actions and which of them AWS has, resources, principals, condition operators, context keys, variables. Does not
//! know who exists or what a request is (`eval`). INVARIANT: a document either parses whole or not at all; nothing is skipped.

pub mod action;
pub mod alphabet;
mod by_value;
mod caller_tests;
pub mod catalog;
pub mod comparison;
pub mod condition;
pub mod document;
mod edit;
pub mod fitting;
mod hidden;
pub mod key;
mod key_kind;
pub mod operator;
mod outline;
mod parse;
mod parser;
mod pinned;
mod place;
pub mod principal;
mod redact;
pub mod resource;
mod role_tests;
pub mod savable;
pub mod session_keys;
pub(crate) mod shadow;
mod size;
mod spelling;
pub mod sts;
pub mod text;
mod told_accounts;
pub(crate) mod value;
mod wording;

pub use by_value::TagOf;
pub use caller_tests::{
    CallerTests, Outcome, UserFacts, UserTests, reads_callers, speaks_of_roles, tells_roles_apart, tells_users_apart,
    tests_tags,
};
pub use document::{Effect, Policy, Statement, Terms, Version};
pub use edit::without_statements;
pub(crate) use outline::{Outline, Outlines};
pub use parse::{PolicyError, parse, size};
pub use parser::Parser;
pub use pinned::{Pinned, pinned_accounts};
pub use place::Place;
pub use redact::Redacted;
pub use role_tests::{RoleFacts, RoleTests};
pub use told_accounts::ToldAccounts;
pub(crate) use wording::wording;
