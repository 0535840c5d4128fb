//! What every error tells a person: what failed, where, why, and what to do next; and how the command ends.
//!
//! Owns: the four parts, the stable codes, and the exit codes. Does not know how they are printed (`report`).

mod codes;
mod exit;
mod message;

pub use codes::Code;
pub use exit::Exit;
pub use message::Diagnostic;
