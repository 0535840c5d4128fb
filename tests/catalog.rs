//! The catalog of faults: each has a numbered test that checks how it ends: exit code, message, ledger, and that
//! nothing else was affected. `docs/faults.md` lists them all with the location of their test.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

#[path = "catalog/bench.rs"]
mod bench;
#[path = "catalog/identity.rs"]
mod identity;
#[path = "catalog/limits.rs"]
mod limits;
#[path = "catalog/machine.rs"]
mod machine;
#[path = "catalog/replies.rs"]
mod replies;
#[path = "catalog/service.rs"]
mod service;
#[path = "catalog/transport.rs"]
mod transport;
