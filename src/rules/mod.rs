//! Rules: a card for people, and a function that judges one subject.
//!
//! Owns: which rules there are, which run, with which parameters, and what missing data means. Does not know what the facts
//! that a rule asks for rest on (`posture`), nor how findings are printed. INVARIANT: data that a rule needs and that is
//! missing makes its result unknown, never a pass.
//!
//! A new rule is a card, and a function with its row in the file of its family.

mod context;
mod error;
mod families;
mod judge;
mod outcome;
mod parameters;
mod registry;
mod rule;
mod runner;
mod selection;

pub use error::RuleError;
pub use registry::{card, cards};
pub use runner::check;
pub use selection::{RuleSettings, Selection};
