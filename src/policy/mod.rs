//! The IAM policy language: what a document says, read once and typed.
//!
//! Owns: documents, actions and which of them AWS has, resources, principals, condition operators, context keys, variables. Does not
//! know who exists or what a request is (`eval`). INVARIANT: a document either parses whole or not at all; nothing is skipped.

pub mod action;
pub mod alphabet;
mod caller_tests;
pub mod catalog;
pub mod condition;
pub mod document;
mod edit;
pub mod fitting;
