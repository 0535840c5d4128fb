//! Users' own rules: a card with `when`, an expression in CEL over the facts about one subject.
//!
//! Owns: what such a rule may say and read, and how it is evaluated. Does not know how facts are derived (`posture`). INVARIANTS: a fact
//! that was not read makes the expression unknown, unless the facts that were read decide it; what is wrong with a rule is an error at its
//! place in its file, before any subject is judged; an expression is bounded in depth, loops and the length of the lists it reads.
//!
//! - `card`: the file. `expression`: parsed once. `types`: what is checked before it runs. `fields`: the facts that there are.
//! - `view`: the facts of one subject as CEL asks for them. `principal`, `account`, `group`, `policy`, `edge`: where they come from; `callers`: the accounts that an edge starts in.
//! - `memo`: what is worked out once for each account; `reached`: who reaches the targets of the configuration. `run`: a rule as it runs; `judge`: on every subject. `example`, `tests`: examples in the file of a rule, and how they come out.

mod account;
mod callers;
mod card;
mod edge;
mod error;
mod example;
mod expression;
mod fields;
mod group;
mod judge;
mod memo;
mod policy;
mod principal;
mod reached;
mod run;
mod tests;
mod types;
mod view;

pub(super) use reached::Reached;
pub(super) use run::OwnRun;

pub use card::OwnRules;
pub use fields::{FIELDS, Field, Kind, VIEW};
pub use tests::{TestResult, run_tests};
