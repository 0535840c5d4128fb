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
pub use statement::statement;
