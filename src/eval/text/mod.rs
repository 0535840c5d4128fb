//! What the evaluator says in words: statements, tests, what an answer still needs.

mod list;
mod needs;
mod statement;
mod test;

pub(crate) use statement::conditions;

pub use needs::needs;
pub use statement::statement;
