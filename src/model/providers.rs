//! The identity providers whose users can call STS in an account.
//!
//! Owns: which those are where a trust policy names none, and what stands for those that were not read.
//! Source: AWS IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM" (providers that need none in the account).

use std::borrow::Cow;

use super::account::Account;
use crate::arn::{Arn, Named};

/// Providers that need no provider of the account: whoever signs up there has an identity.
pub const PUBLIC_PROVIDERS: [&str; 4] =
    ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

impl Account {
    /// ARNs of its SAML or its OpenID Connect providers; `None` if they were not read.
    #[must_use]
    pub fn listed_providers(&self, saml: bool) -> Option<&[String]> {
        let facts = self.facts();
        if saml { facts.saml_providers.as_deref() } else { facts.oidc_providers.as_deref() }
    }

    /// The providers of one kind whose users enter a role that lets in everybody. One stands for all where they were not read.
    pub fn providers_of_anybody(&self, saml: bool) -> impl Iterator<Item = Cow<'_, str>> {
        let kind = if saml { "saml-provider" } else { "oidc-provider" };
        let listed = self.listed_providers(saml);
        let unread = listed.is_none().then(|| format!("arn:{}:iam::{}:{kind}/*", self.partition(), self.id()));
        let public = if saml { &[][..] } else { &PUBLIC_PROVIDERS[..] };
        let known = listed.into_iter().flatten().map(String::as_str).chain(public.iter().copied());
        known.map(Cow::Borrowed).chain(unread.map(Cow::Owned))
    }
}

/// True for the name that stands for providers that were not read.
#[must_use]
pub fn is_unread_provider(name: &str) -> bool {
    matches!(
        Arn::parse(name).map(|arn| arn.named()),
        Some(Named::SamlProvider { name: "*" } | Named::OidcProvider { issuer: "*" })
    )
}
