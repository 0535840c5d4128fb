//! What the evaluator says in words: statements, tests, what an answer still needs.

mod brief;
mod claim;
mod list;
mod needs;
mod statement;
mod test;

pub(crate) use statement::conditions;

pub use brief::brief;
pub use needs::needs;
pub use statement::{delta, statement, whole_statement};

/// What a test of a claim asks for, as those who set up the identity provider call it.
pub(crate) fn claim_words(key: &str, value: &str) -> String {
    let (what, which) = claim::claim(key, value);
    format!("{what} {which}")
}
