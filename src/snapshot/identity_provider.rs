//! The shape of identity providers of IAM.
//!
//! Owns: key names and which of them may be absent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dates;
use super::tags::Tag;

/// GetOpenIDConnectProvider with the provider's ARN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct OpenIdConnectProvider {
    pub arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(rename = "ClientIDList", default, skip_serializing_if = "Option::is_none")]
    pub client_id_list: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbprint_list: Option<Vec<String>>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    #[serde(default, deserialize_with = "super::tags::any", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// Until when something is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidUntil {
    /// Its metadata do not say.
    Untold,
    /// There is a date, and it cannot be read.
    Unreadable,
    /// This is the end.
    At(Timestamp),
}

impl SamlProvider {
    pub(crate) fn valid_until(&self) -> ValidUntil {
        match self.valid_until.as_deref() {
            None => ValidUntil::Untold,
            Some(text) => dates::read(text).map_or(ValidUntil::Unreadable, ValidUntil::At),
        }
    }
}

/// GetSAMLProvider with the provider's ARN. The metadata document is not kept: its digest shows whether it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct SamlProvider {
    pub arn: String,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    #[serde(rename = "SAMLProviderUUID", default, skip_serializing_if = "Option::is_none")]
    pub saml_provider_uuid: Option<String>,
    /// SHA-256 of `SAMLMetadataDocument` in hexadecimal; not a key of AWS's answer.
    #[serde(rename = "SAMLMetadataDigest", default, skip_serializing_if = "Option::is_none")]
    pub saml_metadata_digest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion_encryption_mode: Option<String>,
    #[serde(default, deserialize_with = "super::tags::any", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}
