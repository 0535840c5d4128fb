//! What roles of one account are told apart by, as it is asked of each.
//!
//! Owns: how a role fares in a test. Which tests there are is for `caller_tests` to say.

use super::condition::Condition;
use super::key::KeyKind;
use super::operator::Base;
use super::text::Pattern;

/// What of a caller's tags decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagOf<'a> {
    /// The value.
    Value(&'a str),
    /// It has none of this key.
    Absent,
    /// Tags were not read.
    Unread,
}

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

/// The tests of what roles are told apart by, as they are asked of the roles of one account.
#[derive(Debug)]
pub struct RoleTests<'t>(Vec<(u32, &'t Condition, Vec<Pattern<'t>>)>);

impl<'t> RoleTests<'t> {
    pub(super) fn new(tests: Vec<(u32, &'t Condition, Vec<Pattern<'t>>)>) -> Self {
        Self(tests)
    }

    /// The tests that a role passes otherwise than one that no pattern fits, each with its outcome.
    #[must_use]
    pub fn outcomes<'a>(&self, role: RoleFacts<'_>, tag: impl Fn(&str) -> TagOf<'a>) -> Vec<(u32, Option<bool>)> {
        let session = format!("{}:session", role.unique_id);
        let outcome = |(number, condition, patterns): &(u32, &Condition, Vec<Pattern<'_>>)| {
            let value = match condition.key.kind() {
                KeyKind::PrincipalArn => Some(role.arn),
                KeyKind::UserId if role.unique_id.is_empty() => return None,
                KeyKind::UserId => Some(session.as_str()),
                KeyKind::PrincipalTag => match tag(condition.key.tag()) {
                    TagOf::Value(value) => Some(value),
                    TagOf::Absent => None,
                    TagOf::Unread => return Some((*number, None)),
                },
                _ => Some(role.path?),
            };
            let outcome = condition.operator.holds(patterns, value.as_slice());
            let fits_none = match condition.operator.base {
                Base::Compare { negated, .. } => outcome == Some(negated),
                Base::Null | Base::Unknown(_) => false,
            };
            (!fits_none).then_some((*number, outcome))
        };
        self.0.iter().filter_map(outcome).collect()
    }

    /// True where all roles of the account fare alike.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
