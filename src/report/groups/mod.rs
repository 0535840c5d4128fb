//! Groups of a plan as files that other tools put into an account: nothing here does it.

mod cloudformation;
mod memberships;
mod terraform;

pub use cloudformation::cloudformation;
pub use memberships::memberships;
pub use terraform::terraform;
