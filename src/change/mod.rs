//! Changes to an organization that nobody has made: from what people write, or from the proof of a hop, to edits of a snapshot.
//!
//! Owns: which document, statement, attachment, membership or assignment is meant, and how each is named. Does not make the edit
//! (`snapshot::edit`), nor judge what it does (`comparison`, `cut`). INVARIANT: what is not there is an error with the nearest names;
//! what fits more than one is an error.

mod cuttable;
mod document;
mod error;
mod felt;
mod grant;
mod holder;
mod people;
mod words;

pub use cuttable::proof;
pub use document::{replaced, statement};
pub use error::ChangeError;
pub use felt::Felt;
pub use grant::{attachment, membership, unassigned};
pub use holder::group_members;
pub use words::{Named, named};
