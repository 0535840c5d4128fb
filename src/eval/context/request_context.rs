//! The request context: what a statement is held against, one request as far as it is known.
//!
//! Owns: the questions that conditions, resource patterns and principal elements put to a request. A question about the
//! estate (`by_key`) leaves open what no snapshot knows; one of `simulate` (`given`) is answered from what it was
//! given, and leaves nothing open.

use super::domain::{Domain, Except};
use crate::eval::credential::Credentials;
use crate::eval::residual::{Truth, Unclear};
use crate::ids::AccountId;
use crate::policy::action::Action;
use crate::policy::key::ContextKey;
use crate::policy::resource::ResourceClause;

/// One request, asked fact by fact.
pub(crate) trait RequestContext {
    /// What is to be done.
    fn action(&self) -> &Action;

    /// The ARN that it is to be done to, or `*`.
    fn resource(&self) -> &str;

    /// Told of every clause that the resource is held against.
    fn held_against(&self, _clause: &ResourceClause) {}

    /// What is known of a key.
    fn domain(&self, key: &ContextKey) -> Domain<'_>;

    /// Whether a key under this exception can have the value.
    fn admits(&self, except: Except, value: &str) -> bool;

    /// True for callers that `Principal: *` speaks of.
    fn is_anybody(&self) -> bool;

    /// True where the caller belongs to the account, and to the partition where one is named.
    fn belongs_to(&self, account: AccountId, partition: Option<&str>) -> bool;

    /// True for the root user of an account.
    fn is_root(&self) -> bool {
        false
    }

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

    /// From when to when the session of the caller was made, in seconds since the epoch, where it is one.
    fn session_made(&self) -> Option<(f64, f64)> {
        None
    }

    /// A value that is surely known, for a variable; the outer `None` where it is not.
    fn variable(&self, key: &ContextKey) -> Option<Option<String>> {
        match self.domain(key) {
            // a multivalued key cannot stand in a variable
            Domain::Many(_) => Some(None),
            Domain::Known(values) => Some(values.first().map(|v| v.clone().into_owned())),
            _ => None,
        }
    }

    /// The fact behind a key, where two keys read the same one.
    fn fact_of(&self, key: &ContextKey) -> ContextKey {
        key.clone()
    }

    /// Why a key cannot be known, although AWS knows it.
    fn unclear(&self, key: &ContextKey) -> Option<Unclear> {
        match self.domain(key) {
            Domain::Unclear(why) => Some(why),
            _ => None,
        }
    }
}
