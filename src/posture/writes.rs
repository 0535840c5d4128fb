//! Whether a class of principals can change anything.
//!
//! Owns: which operations only read. Goes by what identity policies allow, whatever denies and boundaries leave of it.

use super::entry::Can;
use crate::ids::ClassIx;
use crate::model::{Document, Estate};
use crate::policy::action::ActionPattern;
use crate::policy::{Effect, Statement};

/// Prefixes of operations that change nothing.
const READS: &[&str] =
    &["get", "list", "describe", "head", "batchget", "lookup", "search", "view", "check", "simulate"];

/// Whether a class can do more than read and assume other roles.
pub(crate) fn can_write(estate: &Estate, class: ClassIx) -> Can {
    let of = |document: Document| match document {
        Document::Missing(_) => Can::Perhaps,
        Document::Parsed(ix) => {
            let mut statements = estate.policy(ix).statements.iter();
            if statements.any(|s| s.effect == Effect::Allow && allows_writing(s)) { Can::Yes } else { Can::No }
        }
    };
    estate.class(class).policies().iter().map(|attached| of(attached.document)).max().unwrap_or(Can::No)
}

fn allows_writing(statement: &Statement) -> bool {
    statement.actions.negated
        || statement.actions.patterns.iter().any(|pattern| match pattern {
            ActionPattern::All => true,
            ActionPattern::Nothing(_) => false,
            ActionPattern::Named { service, operation, .. } => {
                let assumes = &**service == "sts" && operation.starts_with("assumerole");
                !assumes && !READS.iter().any(|read| operation.starts_with(read))
            }
        })
}
