//! Context keys of what is asked for, and of the time and the connection of the call.

use super::domain::{Domain, absent, free, known, unread};
use super::estate::EstateContext;
use crate::eval::question::{Resource, ServiceKeys};
use crate::eval::residual::Unclear;
use crate::model::Principal;
use crate::policy::key::{ContextKey, KeyKind};

impl<'e> EstateContext<'_, 'e> {
    pub(super) fn of_resource(&self, key: &ContextKey) -> Domain<'e> {
        let Some(account) = self.question.resource_account() else { return self.of_unknown_resource() };
        match key.kind() {
            KeyKind::ResourceAccount => known(account.id().to_string()),
            KeyKind::ResourceOrgId => match self.estate().organization() {
                Some(organization) if account.is_member() => known(organization.id.as_str()),
                Some(_) if account.membership_gap().is_some() => unread(account.membership_gap()),
                _ => self.other_organization(key),
            },
            KeyKind::ResourceOrgPaths => self.organization_paths(account, key),
            // a tag of the resource
            _ if !self.question.call.service_keys.may_have(key) => absent(),
            _ if self.question.resource_is_retagged => free(true),
            // what is not there has no tags yet
            _ if matches!(self.question.resource, Resource::Made { .. }) => absent(),
            _ => self.question.principal().map_or_else(|| self.of_unknown_resource(), |own| tag(own, key.tag())),
        }
    }

    /// What is known of a key of the resource, as text.
    pub(crate) fn of_resource_as_text(&self, key: &ContextKey) -> String {
        format!("{:?}", self.of_resource(key))
    }

    /// A resource that the snapshot does not have; an action without one has no key of it.
    fn of_unknown_resource(&self) -> Domain<'e> {
        let arn = self.question.resource_arn();
        match self.question.call.service_keys {
            ServiceKeys::Chosen | ServiceKeys::Listed(_) => return free(true),
            ServiceKeys::Plain => return absent(),
            ServiceKeys::Unknown if arn == "*" => return absent(),
            ServiceKeys::Unknown => {}
        }
        Domain::Unclear(Unclear::Undocumented(format!("account and tags of `{arn}` are not in the snapshot").into()))
    }

    pub(super) fn of_time_and_transport(&self, kind: KeyKind) -> Domain<'e> {
        match kind {
            KeyKind::CurrentTime => known(self.estate().at().to_string()),
            KeyKind::EpochTime => known(self.estate().at().as_second().to_string()),
            // IAM and STS are reached over TLS only
            _ if matches!(self.question.action.service(), "sts" | "iam") => known("true"),
            _ => free(false),
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
