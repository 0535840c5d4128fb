//! One writer per format. Knows findings and answers, never how they were found.
//!
//! Owns: how things look. INVARIANT: whatever goes to a terminal passes `terminal::escape`; whatever goes to a machine is
//! complete, in stable order, and ends in a newline.

pub mod answers;
pub mod csv;
pub mod diagnostic;
pub mod explain;
pub mod findings;
pub mod json;
pub mod path;
pub mod sarif;
pub mod simulation;
mod table;
pub mod terminal;
