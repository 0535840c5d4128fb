//! How the difference of two snapshots looks: a table for people, JSON, CSV with a row for each change, Markdown for a pull request.
//!
//! Owns: the formats of a difference and their words. INVARIANT: what was left out is counted, and what cannot be compared is said in
//! every format.

mod csv;
mod markdown;
mod table;
mod words;

pub use csv::write as csv;
pub use markdown::write as markdown;
pub use table::write as table;
