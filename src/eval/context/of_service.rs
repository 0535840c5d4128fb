//! What the calls of certain services carry of their own: session tags, and for some a source identity.

use super::domain::{Domain, absent, free};
use super::estate::EstateContext;
use crate::eval::question::{Caller, Passes};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::session_keys::tagger;

impl<'e> EstateContext<'_, 'e> {
    /// Session tags that the calling service may set; `None` where what it sets is not known.
    fn sets_tag(&self, tag: &str) -> Option<bool> {
        let Caller::Service(name) = self.question.caller else { return None };
        tagger(name).map(|tagger| tagger.sets(tag))
    }

    /// True where every call of the caller carries tags and a source identity.
    pub(crate) fn always_passes(&self) -> bool {
        matches!(self.question.caller, Caller::Service(name) if tagger(name).is_some_and(|t| t.always))
    }

    /// Tags in the request of a service that sets them itself: the trust reads them under both names.
    pub(super) fn of_service_tags(&self, key: &ContextKey) -> Option<Domain<'e>> {
        match (key.kind(), self.sets_tag(key.tag())) {
            (KeyKind::PrincipalTag | KeyKind::RequestTag, Some(true)) if self.question.call.tags != Passes::No => {
                Some(free(true))
            }
            (KeyKind::PrincipalTag | KeyKind::RequestTag, Some(_)) => Some(absent()),
            _ => None,
        }
    }
}
