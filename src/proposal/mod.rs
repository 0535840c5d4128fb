//! What a configuration could say of an organization, as far as its snapshot shows.
//!
//! Owns: which OUs, tags and names look like production, which accounts seem to hold people, and which outside accounts are trusted.
//! Does not know how a configuration is written (`cli`). INVARIANT: everything here is a guess, with the facts that it rests on;
//! nothing is used until a person has put it into a file.

mod accounts;
mod parts;
mod production;
mod whole;

pub use parts::{By, Except, Identity, Outside, Pick, Production};
pub use whole::Proposal;
