//! One request against all layers of policy, three-valued, with its proof.
//!
//! Owns: what a request's facts are, what each layer says, and how the layers combine. Does not know who else could make
//! the request (`graph`). INVARIANT: a fact that the snapshot cannot know never yields a plain true or false.

mod companion;
mod condition;
mod context;
mod decide;
mod describe;
mod exempt;
mod facts;
mod layer;
mod request;
mod samples;
mod session;
mod simulate;
mod statement;
mod trace;
mod trust;
mod truth;
mod words;
mod worlds;

pub use companion::{Companion, allows, decide};
pub use describe::{needs, statement as describe};
pub use request::{Caller, Carries, Credential, Credentials, Outside, Request};
pub use samples::of as samples;
pub use simulate::{SimulateError, simulate};
pub use trace::{Matched, PassedOver, Trace};
pub use truth::{Possible, Residual, Test, Truth, Unclear};
pub use worlds::{settle, settle_test, settled};
