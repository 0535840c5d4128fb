//! Context keys of a call, whatever its action: services that call, what the session has from its maker, claims of a
//! provider.
//!
//! Source: AWS IAM User Guide, "AWS global condition context keys".

use super::domain::{Domain, absent, free, known};
use super::estate::EstateContext;
use crate::arn::{Arn, Named};
use crate::eval::question::Caller;
use crate::eval::residual::{Shape, Unclear};
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
            KeyKind::SourceArn if is_service => self.source(),
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

impl<'e> EstateContext<'_, 'e> {
    /// What a service calls on behalf of: where the question says of which account, something of it, or without an account in its ARN.
    fn source(&self) -> Domain<'e> {
        let account = self.question.sent.of(&ContextKey::new("aws:SourceAccount"));
        let Some([account]) = account else { return free(true) };
        let like = vec![format!("arn:*:*:*:{account}:*"), "arn:*:*:*::*".to_owned()];
        Domain::Shaped { shape: Shape { like, is_arn: true, ..Shape::default() }.into(), may_be_absent: true }
    }
}

/// SAML claims come with SAML providers, others with the issuer that their prefix names.
fn claims_belong(provider: &str, key: &ContextKey) -> bool {
    let Some((prefix, _)) = key.lower().rsplit_once(':') else { return false };
    match Arn::parse(provider).map(|a| a.named()) {
        Some(Named::SamlProvider { .. }) => prefix == "saml",
        // it stands for any of those that were not read
        Some(Named::OidcProvider { issuer: "*" }) => prefix != "saml",
        Some(Named::OidcProvider { issuer }) => issuer.eq_ignore_ascii_case(prefix),
        _ => provider.eq_ignore_ascii_case(prefix),
    }
}
