//! Context keys of calls that make no session: what AssumeRole alone carries is absent, and what else a service puts
//! into the context of its actions rolehop does not know.

use super::domain::{Domain, absent, free};
use super::estate::EstateContext;
use crate::eval::residual::Unclear;
use crate::policy::key::{ContextKey, KeyKind};

impl<'e> EstateContext<'_, 'e> {
    pub(super) fn of_other_action(&self, key: &ContextKey) -> Domain<'e> {
        let action = self.question.action;
        match key.kind() {
            KeyKind::RequestTag | KeyKind::TagKeys => free(true),
            KeyKind::OtherService if key.lower().split(':').next() == Some(action.service()) => {
                let why =
                    format!("rolehop does not know what `{}` holds in a request of {}", key.as_str(), action.name());
                Domain::Unclear(Unclear::Undocumented(why.into()))
            }
            _ => absent(),
        }
    }
}
