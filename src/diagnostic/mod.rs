//! Errors and warnings: what failed, where, why, and what to do next; and the exit codes of commands.
//!
//! Owns: the four parts, the stable codes, and the exit codes. Does not know how they are printed (`report`).

mod codes;
mod exit;
mod message;

pub use codes::Code;
pub use exit::Exit;
pub use message::Diagnostic;
