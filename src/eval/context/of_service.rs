//! What the calls of certain services carry of their own: session tags, and for some a source identity.

use std::sync::Arc;

use super::domain::{Domain, absent, free};
use super::estate::EstateContext;
use crate::eval::question::{Caller, Passes};
use crate::eval::residual::Shape;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::session_keys::{Tagger, tagger};

impl<'e> EstateContext<'_, 'e> {
    /// What the calling service sets; `None` where that is not known.
    fn tagger(&self) -> Option<&'static Tagger> {
        if let Caller::Service(name) = self.question.caller { tagger(name) } else { None }
    }

    /// True where every call of the caller carries tags and a source identity.
    pub(crate) fn always_passes(&self) -> bool {
        self.tagger().is_some_and(|tagger| tagger.always)
    }

    /// Tags in the request of a service that sets them itself: the trust reads them under both names.
    pub(super) fn of_service_tags(&self, key: &ContextKey) -> Option<Domain<'e>> {
        let tagger = self.tagger()?;
        let passes = self.question.call.tags != Passes::No;
        match key.kind() {
            KeyKind::PrincipalTag | KeyKind::RequestTag if passes && tagger.sets(key.tag()) => Some(free(true)),
            KeyKind::TagKeys | KeyKind::TransitiveTagKeys if passes => {
                let shape = Shape { like: tagger.patterns().collect(), ..Shape::default() };
                // AWS does not document whether it marks any as transitive
                let may_be_absent = key.kind() == KeyKind::TransitiveTagKeys || self.question.call.tags != Passes::Yes;
                Some(Domain::Shaped { shape: Arc::new(shape), may_be_absent })
            }
            KeyKind::PrincipalTag | KeyKind::RequestTag | KeyKind::TagKeys | KeyKind::TransitiveTagKeys => {
                Some(absent())
            }
            _ => None,
        }
    }
}
