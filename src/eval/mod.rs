//! One question against all layers of policy, three-valued, with its proof.
//!
//! Owns: what the context of a request is, what each layer says, and how the layers combine. Does not know who else
//! could make the request (`graph`). INVARIANT: a fact that the snapshot cannot know never yields a plain true or
//! false.

mod added;
mod combine;
mod companion;
mod condition;
mod context;
mod credential;
mod decide;
mod layer;
mod layers;
mod made;
mod principal;
mod question;
mod reads;
mod replay;
mod residual;
mod sides;
mod simulate;
mod special;
mod statement;
mod text;
mod trace;

pub use added::{Added, Replaced};
pub use companion::Companion;
pub use context::may_be_tagged;
pub use credential::{Credential, Credentials};
pub use decide::{allows, decide, value_of};
pub use layers::label;
pub use made::{Bound, Made};
pub use question::{Call, Caller, Outside, Passes, Question, Resource, Sent, ServiceKeys};
pub use reads::{ReadOutcome, ResourceRead, ResourceReads};
pub use replay::replay;
pub(crate) use residual::{Given, Issue, Shape, Texts};
pub use residual::{
    Possible, Residual, Test, Truth, Unclear, canonical, compared_with, project, settle, settle_test, settled, texts,
    witnesses,
};
pub use simulate::{SimulateError, simulate};
pub(crate) use text::claim_words;
pub use text::{brief, delta, needs, statement as describe, whole_statement};
pub use trace::{Matched, PassedOver, Trace, evidence};
