//! Two snapshots compared: ways to targets with what caused each change, findings, principals, people, trusts,
//! guardrails, accounts.
//!
//! Owns: what is the same on both sides, what changed, and which change made a way. Does not know how a difference is shown (`report`).
//! INVARIANT: a cause is named only where it can be told; what one side does not know is never "no change". Cost follows distinct
//! documents, classes and edges that changed, never pairs.

mod accounts;
mod asked;
mod attribution;
mod blocks;
mod causes;
mod circumstances;
mod collector;
mod directory;
mod documents;
mod edges;
mod entering;
mod escalations;
mod findings;
mod groups;
mod guardrails;
mod hop;
mod nodes;
mod pairing;
mod parts;
mod people;
mod policies;
mod principals;
mod proofs;
mod statements;
mod targets;
mod there;
mod trusts;
mod values;
mod world;

pub use findings::findings;
pub use world::World;
