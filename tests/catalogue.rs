//! The catalogue of faults: each has a test of its number that says how it ends: exit code, message, ledger, and that nothing
//! else was touched. `docs/faults.md` lists them all with the place of their test.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[path = "catalogue/bench.rs"]
mod bench;
#[path = "catalogue/identity.rs"]
mod identity;
#[path = "catalogue/limits.rs"]
mod limits;
#[path = "catalogue/machine.rs"]
mod machine;
#[path = "catalogue/replies.rs"]
mod replies;
#[path = "catalogue/service.rs"]
mod service;
#[path = "catalogue/transport.rs"]
mod transport;
