//! What a statement is held against: one request, as far as it is known.
//!
//! Owns: the questions that conditions, resource patterns and principal elements put to a request. A request of the graph
//! (`request`) answers from the estate and leaves open what no snapshot knows; one of `simulate` answers from what it was
//! given, and leaves nothing open.

use std::borrow::Cow;

use super::request::Credentials;
use super::truth::Truth;
use crate::ids::{AccountId, GapIx};
use crate::policy::action::Action;
use crate::policy::key::ContextKey;

/// One request, asked fact by fact.
pub(super) trait Facts {
    /// What is to be done.
    fn action(&self) -> &Action;

    /// The ARN that it is to be done to, or `*`.
    fn resource(&self) -> &str;

    /// What is known of a key.
    fn domain(&self, key: &ContextKey) -> Domain<'_>;

    /// Whether a key under this exception can have the value.
    fn admits(&self, except: Except<'_>, value: &str) -> bool;

    /// True for callers that `Principal: *` speaks of.
    fn is_anybody(&self) -> bool;

    /// True where the caller belongs to the account, and to the partition where one is named.
    fn belongs_to(&self, account: AccountId, partition: Option<&str>) -> bool;

    /// True where the caller is the user, or a session of the role, that this ARN names.
    fn is_named(&self, arn: &str) -> bool;

    /// Whether the caller is this session of this role; `None` where it is no session of it.
    fn is_session(&self, account: AccountId, role: &str, session: &str) -> Option<Truth>;

    /// True for the GetFederationToken session of this ARN.
    fn is_federated_user(&self, arn: &str) -> bool;

    /// True for this service.
    fn is_service(&self, name: &str) -> bool;

    /// True for whom this identity provider vouches.
    fn is_provider(&self, name: &str) -> bool;

    /// The credentials that the caller may have signed with, where MFA and session age follow from them.
    fn credentials(&self) -> Option<Credentials> {
        None
    }

    /// A value that is surely known, for a variable; the outer `None` where it is not.
    fn variable(&self, key: &ContextKey) -> Option<Option<String>> {
        match self.domain(key) {
            // a multivalued key cannot stand in a variable
            Domain::Many(_) => Some(None),
            Domain::Known(values) => Some(values.first().map(|v| v.clone().into_owned())),
            Domain::OneOf(_) | Domain::Prefixed(_) | Domain::Free { .. } | Domain::Unread(_) => None,
        }
    }
}

/// What is known of a key's value. An empty list is an absent key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Domain<'e> {
    /// Exactly this one value, or none.
    Known(Vec<Cow<'e, str>>),
    /// Exactly these, of a multivalued key.
    Many(Vec<Cow<'e, str>>),
    /// One of these.
    OneOf(Vec<Vec<Cow<'e, str>>>),
    /// This, followed by text that is not known.
    Prefixed(String),
    /// Not known.
    Free {
        /// Whether it can be absent.
        may_be_absent: bool,
        /// Values that are ruled out all the same.
        except: Except<'e>,
    },
    /// A fact of the snapshot that was not read.
    Unread(GapIx),
}

impl Domain<'_> {
    /// Why it was not read, where it was not.
    pub(super) fn unread(&self) -> Option<GapIx> {
        match self {
            Self::Unread(gap) => Some(*gap),
            _ => None,
        }
    }
}

/// Values that a free key cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Except<'e> {
    Nothing,
    /// Our own organisation: whoever is outside it has another, or none.
    Organization(&'e str),
    /// Ids and ARNs of collected accounts.
    CollectedAccounts,
}
