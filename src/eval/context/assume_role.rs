//! Context keys that AssumeRole and its kin alone carry: what the new session is called and given.
//!
//! Source: AWS IAM User Guide, "IAM and AWS STS condition context keys", "Passing session tags in AWS STS".

use super::domain::{Domain, absent, free};
use super::estate::EstateContext;
use crate::eval::question::{Caller, Passes};
use crate::policy::key::{ContextKey, KeyKind};

impl<'e> EstateContext<'_, 'e> {
    pub(super) fn of_assume_role(&self, key: &ContextKey) -> Domain<'e> {
        let call = &self.question.call;
        match key.kind() {
            KeyKind::RoleSessionName => free(false),
            KeyKind::ExternalId if matches!(self.question.caller, Caller::Provider(_)) => absent(),
            KeyKind::RequestTag | KeyKind::TransitiveTagKeys => carried(call.tags, true),
            KeyKind::TagKeys => carried(call.tags, call.tags != Passes::Yes),
            KeyKind::RequestedSourceIdentity => carried(call.source_identity, call.source_identity != Passes::Yes),
            KeyKind::OtherService => absent(),
            _ => free(true),
        }
    }
}

fn carried<'e>(carries: Passes, may_be_absent: bool) -> Domain<'e> {
    if carries == Passes::No { absent() } else { free(may_be_absent) }
}
