//! How an access review looks: CSV to fill in, HTML to print, a table of counts, and what changed between two sheets.
//!
//! Owns: the formats of a review and their words.

mod changes;
mod csv;
mod html;
mod summary;
mod words;

pub use changes::{checked_csv, csv as changes_csv, table as changes_table};
pub use csv::write as csv;
pub use html::write as html;
pub use summary::{checked, table};
