//! Sessions on a path: what one call decides for the next.
//!
//! Each call decides what the session it makes brings to the next: its name, its tags, a source identity that stays. Owns:
//! that link, for sets of sessions at once (`sets`) and for one path as a whole (`path`). Paths that read nothing of it pass
//! every session. Source: AWS IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with
//! assumed roles"; AWS STS API Reference, AssumeRole.

mod across_lenses;
mod call;
mod facts;
mod link;
mod path;
mod same_tag;
mod sets;

pub(super) use path::{edge_depends_on_session, is_linked, joint};
pub(super) use sets::{SessionSets, Sessions, SetIx};
