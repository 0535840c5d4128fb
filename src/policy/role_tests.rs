//! What roles are told apart by, as it is asked of each.
//!
//! Owns: how a role fares in tests. Which tests there are is for `caller_tests` to say.

use super::by_value::{ByValue, TagOf};

/// The facts of a role that a test can be about.
#[derive(Clone, Copy, Debug)]
pub struct RoleFacts<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// The path of its account in the organization, where it is known and counts.
    pub path: Option<&'a str>,
    /// What `aws:userid` begins with; empty where it is not known, or does not count.
    pub unique_id: &'a str,
}

/// The tests of what roles are told apart by, ready to be asked.
#[derive(Debug)]
pub struct RoleTests<'t> {
    pub(super) arns: ByValue<'t>,
    pub(super) ids: ByValue<'t>,
    pub(super) paths: ByValue<'t>,
    /// By key.
    pub(super) tags: Vec<(&'t str, ByValue<'t>)>,
    pub(super) is_empty: bool,
}

impl RoleTests<'_> {
    /// The tests that a role passes otherwise than one that no pattern fits, each with its outcome.
    #[must_use]
    pub fn outcomes<'a>(&self, role: RoleFacts<'_>, tag: impl Fn(&str) -> TagOf<'a>) -> Vec<(u32, Option<bool>)> {
        let mut found = self.arns.outcomes(TagOf::Value(role.arn));
        if !role.unique_id.is_empty() {
            found.extend(self.ids.outcomes(TagOf::Value(&format!("{}:session", role.unique_id))));
        }
        found.extend(role.path.into_iter().flat_map(|path| self.paths.outcomes(TagOf::Value(path))));
        found.extend(self.tags.iter().flat_map(|(key, tests)| tests.outcomes(tag(key))));
        found
    }

    /// True where all roles fare alike.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }
}
