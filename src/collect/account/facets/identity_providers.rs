//! Identity providers of IAM: OpenID Connect and SAML.
//!
//! Owns: the data set `identity-providers`, which has two lists. A provider that is deleted after it was listed is
//! skipped.

use crate::collect::account::convert::tags;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::snapshot::account::{OpenIdConnectProvider, SamlProvider};
use crate::snapshot::hex_digest;

/// The OIDC providers with their settings.
pub(crate) async fn open_id_connect(session: &Session) -> Result<Vec<OpenIdConnectProvider>, CallError> {
    const LIST: &str = "ListOpenIDConnectProviders";
    const GET: &str = "GetOpenIDConnectProvider";
    let answer = session.send(LIST, || session.iam.list_open_id_connect_providers().send()).await?;
    let mut providers = Vec::new();
    for entry in answer.open_id_connect_provider_list.unwrap_or_default() {
        let arn = entry.arn.ok_or_else(|| CallError::own(LIST, Kind::BadAnswer, "a provider has no ARN"))?;
        let request = || session.iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send();
        let found = match session.send(GET, request).await {
            Err(error) if error.kind == Kind::NotFound => continue,
            found => found?,
        };
        providers.push(OpenIdConnectProvider {
            url: found.url,
            client_id_list: found.client_id_list,
            thumbprint_list: found.thumbprint_list,
            create_date: found.create_date.as_ref().and_then(time),
            tags: found.tags.as_deref().map(tags).filter(|tags| !tags.is_empty()),
            arn,
        });
    }
    providers.sort_by(|a, b| a.arn.cmp(&b.arn));
    providers.dedup_by(|a, b| a.arn == b.arn);
    Ok(providers)
}

/// The SAML providers. Only a digest of each metadata document is kept: it shows whether a provider's keys were
/// changed.
pub(crate) async fn saml(session: &Session) -> Result<Vec<SamlProvider>, CallError> {
    const LIST: &str = "ListSAMLProviders";
    const GET: &str = "GetSAMLProvider";
    let answer = session.send(LIST, || session.iam.list_saml_providers().send()).await?;
    let mut providers = Vec::new();
    for entry in answer.saml_provider_list.unwrap_or_default() {
        let arn = entry.arn.ok_or_else(|| CallError::own(LIST, Kind::BadAnswer, "a provider has no ARN"))?;
        let request = || session.iam.get_saml_provider().saml_provider_arn(&arn).send();
        let found = match session.send(GET, request).await {
            Err(error) if error.kind == Kind::NotFound => continue,
            found => found?,
        };
        providers.push(SamlProvider {
            create_date: found.create_date.as_ref().and_then(time),
            valid_until: found.valid_until.as_ref().and_then(time),
            saml_provider_uuid: found.saml_provider_uuid,
            saml_metadata_digest: found.saml_metadata_document.as_deref().map(|text| hex_digest(text.as_bytes())),
            assertion_encryption_mode: found.assertion_encryption_mode.map(|mode| mode.as_str().to_owned()),
            tags: found.tags.as_deref().map(tags).filter(|tags| !tags.is_empty()),
            arn,
        });
    }
    providers.sort_by(|a, b| a.arn.cmp(&b.arn));
    providers.dedup_by(|a, b| a.arn == b.arn);
    Ok(providers)
}

/// Whether both lists may be read.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("ListOpenIDConnectProviders", session.iam.list_open_id_connect_providers().send().await)?;
    permitted("ListSAMLProviders", session.iam.list_saml_providers().send().await)
}
