//! Context keys of what is asked for, and of the time and the connection of the call.

use super::domain::{Domain, absent, known, unread};
use super::estate::EstateContext;
use crate::eval::residual::Unclear;
use crate::model::Principal;
use crate::policy::key::{ContextKey, KeyKind};

impl<'e> EstateContext<'_, 'e> {
    pub(super) fn of_resource_and_time(&self, key: &ContextKey) -> Domain<'e> {
        let account = self.question.role_account();
        match key.kind() {
            KeyKind::ResourceAccount => known(account.id().to_string()),
            KeyKind::ResourceOrgId => match self.estate().organization() {
                Some(organization) if account.is_member() => known(organization.id.as_str()),
                Some(_) if account.membership_gap().is_some() => unread(account.membership_gap()),
                _ => self.other_organization(key),
            },
            KeyKind::ResourceOrgPaths => self.organization_paths(account, key),
            KeyKind::ResourceTag => tag(self.estate().principal(self.question.role), key.tag()),
            KeyKind::CurrentTime => known(self.estate().at().to_string()),
            KeyKind::EpochTime => known(self.estate().at().as_second().to_string()),
            // STS is reached over TLS only
            _ => known("true"),
        }
    }
}

/// Tag keys in context keys ignore case.
pub(super) fn tag<'e>(principal: &'e Principal, key: &str) -> Domain<'e> {
    let own = principal.tags().iter().find(|t| t.key.eq_ignore_ascii_case(key));
    match (own, principal.tags_gap()) {
        (Some(tag), _) => known(tag.value.as_str()),
        (None, Some(gap)) => Domain::Unclear(Unclear::Gap(gap)),
        (None, None) => absent(),
    }
}
