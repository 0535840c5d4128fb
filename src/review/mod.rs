//! Access reviews: the sheet that a reviewer fills in and an auditor reads.
//!
//! Owns: what a sheet holds, its columns, reading one that went through a spreadsheet, what changed between two, and what is missing
//! in one that was filled in. Does not know how somebody comes to be on it (`roster`), or how it looks (`report::review`).
//! INVARIANT: a sheet says how many lines it had when it was made and carries a seal over them and over what it covers: nothing of that goes
//! away in silence.

mod change;
mod check;
mod columns;
mod dates;
mod line;
mod population;
mod read;
mod remark;
mod seal;
mod sheet;
mod written;

pub use change::{Change, ChangeKind, Changes, OfSheet};
pub use check::{Checked, NotCompared, check};
pub use columns::{COLUMNS, Column, Row, Section};
pub use line::{Decision, Line, Mark, Power};
pub use population::Frozen;
pub use read::{ReadError, read};
pub use remark::Remark;
pub use sheet::{LooseEnd, LooseKind, Sheet};
