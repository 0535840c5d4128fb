//! AWS config profiles: what a principal writes into its own configuration to use the roles that it reaches.
//!
//! Owns: from ways to profiles with names, settings and comments, and the console's links. Does not know how a way is found (`graph`)
//! or how a file looks (`report`). INVARIANT: every way is a profile, or it is left out with its reason.

mod console;
mod make;
mod name;
mod shape;

pub use make::{Device, Devices, Sources, is_value, make};
pub use name::{Template, is_name};
pub use shape::{LeftOut, Profile, Profiles, Setting, SsoSession};
