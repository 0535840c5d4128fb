//! Context keys of a call, whatever its action: services that call, what the session has from its maker, claims of a
//! provider.
//!
//! Source: AWS IAM User Guide, "AWS global condition context keys".

use super::domain::{Domain, absent, free, known};
use super::estate::EstateContext;
use crate::arn::{Arn, Named};
use crate::eval::question::Caller;
use crate::eval::residual::Unclear;
use crate::policy::key::{ContextKey, KeyKind};

impl<'e> EstateContext<'_, 'e> {
    pub(super) fn of_call(&self, key: &ContextKey) -> Domain<'e> {
        let is_service = matches!(self.question.caller, Caller::Service(_));
        match key.kind() {
            KeyKind::PrincipalIsAwsService => known(if is_service { "true" } else { "false" }),
            KeyKind::PrincipalServiceName => match self.question.caller {
                Caller::Service(name) => known(name),
                _ => absent(),
            },
            KeyKind::PrincipalServiceNamesList
            | KeyKind::SourceAccount
            | KeyKind::SourceArn
            | KeyKind::SourceOrgId
            | KeyKind::SourceOrgPaths => {
                if is_service {
                    free(true)
                } else {
                    absent()
                }
            }
            KeyKind::ViaAwsService => known("false"),
            KeyKind::CalledVia | KeyKind::Misspelled => absent(),
            KeyKind::SessionKey => self.of_session(key),
            KeyKind::UnknownGlobal => Domain::Unclear(Unclear::Undocumented(key.remark().unwrap_or_default().into())),
            KeyKind::RequestedRegion => free(false),
            KeyKind::ProviderClaim => match self.question.caller {
                Caller::Provider(provider) if claims_belong(provider, key) => free(true),
                Caller::Principal(_) => self.of_session(key),
                _ => absent(),
            },
            _ => free(true),
        }
    }
}

/// SAML claims come with SAML providers, others with the issuer that their prefix names.
fn claims_belong(provider: &str, key: &ContextKey) -> bool {
    let Some((prefix, _)) = key.lower().rsplit_once(':') else { return false };
    match Arn::parse(provider).map(|a| a.named()) {
        Some(Named::SamlProvider { .. }) => prefix == "saml",
        Some(Named::OidcProvider { issuer }) => issuer.eq_ignore_ascii_case(prefix),
        _ => provider.eq_ignore_ascii_case(prefix),
    }
}
