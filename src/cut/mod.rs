//! The fewest removals that close the way to a target for those who are chosen.
//!
//! Owns: that the cut is as small as any (implicit hitting sets: J. Davies and F. Bacchus, "Solving MAXSAT by Solving a Sequence of
//! Simpler SAT Instances", 2011), and what it takes away beside. Every way that is left yields a proof; whatever closes it removes a part
//! of this proof; the fewest parts that meet every proof are tried by deciding the organization without them, until nothing is left.
//! INVARIANT: removals take grants away and nothing that denies, so that no removal opens a way; what is unknown is never called cut.

mod answer;
mod branch;
mod choice;
mod derive;
mod effect;
mod hitting;
mod known;
mod remarks;
mod search;

pub use choice::{Asked, Choice};
pub use search::cut;
