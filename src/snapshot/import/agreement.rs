//! Two answers about one thing of an organization.
//!
//! Owns: that they say the same, or are refused. Neither is taken in place of the other in silence.

use std::collections::BTreeSet;
use std::path::Path;

use crate::snapshot::account::Tag;
use crate::snapshot::error::{Refusal, SnapshotError};

/// What two answers say of one thing; an error if they differ.
pub(super) fn once(
    path: &Path,
    what: &str,
    old: Option<String>,
    new: Option<String>,
) -> Result<Option<String>, SnapshotError> {
    match (old, new) {
        (Some(old), Some(new)) if old != new => {
            Err(disagree(path, &format!("{what} is `{new}` here and `{old}` elsewhere")))
        }
        (old, new) => Ok(old.or(new)),
    }
}

/// The name of an account or OU.
pub(super) fn named(path: &Path, id: &str, old: &str, new: String) -> Result<String, SnapshotError> {
    let told = |name: String| Some(name).filter(|name| !name.is_empty());
    let name = once(path, &format!("the name of `{id}`"), told(old.to_owned()), told(new))?;
    Ok(name.unwrap_or_default())
}

pub(super) fn same_tags(one: &[Tag], other: &[Tag]) -> bool {
    let sorted = |tags: &[Tag]| tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect::<BTreeSet<_>>();
    sorted(one) == sorted(other)
}

pub(super) fn disagree(path: &Path, why: &str) -> SnapshotError {
    Refusal::of(path, "disagrees with another file", why, "save both again, at one time")
}
