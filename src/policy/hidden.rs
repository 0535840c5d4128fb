//! Values that are not for everybody, each with what is shown of it.
//!
//! Owns: that equal values are shown alike, and that nothing is shown of one that is not known. Does not know which values these are
//! (`redact`).

use std::collections::BTreeMap;

/// Values, each with what is shown in its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden(BTreeMap<Box<str>, Box<str>>);

impl Hidden {
    /// Hides one more value.
    pub(super) fn add(&mut self, value: &str) {
        let next = self.0.len() + 1;
        if !self.0.contains_key(value) {
            self.0.insert(value.into(), format!("redacted-{next}").into());
        }
    }

    /// What is shown of a value. One that no policy has as it stands comes of one by a variable.
    pub(super) fn shown<'v>(&'v self, value: &'v str) -> &'v str {
        match value {
            // a pattern that any value fits says nothing of one
            "*" => value,
            _ => self.0.get(value).map_or("redacted", AsRef::as_ref),
        }
    }
}
