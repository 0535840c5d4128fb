//! How findings and answers look: the formats of findings, and what people see on a terminal.
//!
//! Owns: the formats and their table. Knows findings and answers, never how they were found. INVARIANT: whatever goes to a
//! terminal passes `escape`; whatever goes to a machine is complete, in stable order, and ends in a newline.

pub mod csv;
pub mod difference;
pub mod dossier;
pub mod drawing;
pub mod escape;
mod finding_cells;
pub mod formats;
pub mod groups;
pub mod html;
pub mod json;
pub mod markdown;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod profile_page;
pub mod profiles;
pub mod review;
pub mod terminal;
mod time;
pub mod view;
