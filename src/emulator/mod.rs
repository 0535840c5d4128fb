//! Serves a snapshot as AWS endpoints on loopback, for `demo`, tests and load benches.
//!
//! Owns: STS, IAM, Organizations and CloudTrail as far as a read-only scan calls them, in AWS's wire formats, so that
//! the AWS SDKs and the AWS CLI can use it. `data` holds what is served, `protocol` reads requests and writes replies,
//! `faults` disturbs them, `services` answer operations, `http` serves connections. `state` is what all of them share,
//! and `router` sends a request to its service.
//! Must not know: how the collector reads. It shares no code with it, so that neither can hide the other's mistakes.
//! Checks neither signatures nor SCPs, and of trust policies at most the external id: it serves data and does not decide about access.
//! INVARIANT: listens on 127.0.0.1 only, and every reply, errors included, is one that AWS could send.

mod data;
mod error;
mod faults;
mod http;
mod options;
mod protocol;
mod router;
mod running;
mod services;
mod state;

pub use self::data::files::EmulatorData;
pub use self::error::EmulatorError;
pub use self::faults::fault::Fault;
pub use self::faults::latency::Spread;
pub use self::faults::schedule::{Rule, Schedule, When};
pub use self::options::EmulatorOptions;
pub use self::running::Emulator;
pub use self::state::AnsweredRequest;
