//! The HTTP client under every SDK client: reads the whole answer, up to a limit, and checks that it is whole.
//!
//! Owns: body reading. It sits below the SDK's retry loop and above its deserializer, so that a truncated answer is an
//! error that is retried, and never a shorter list. Does not know credentials or meaning.
//! INVARIANT: the SDK sees no successful answer that [`whole::check`] has not accepted.

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::retry::ErrorKind;

use super::defect::Defect;
use super::layer::Layer;
use super::operations;
use super::pages;
use super::proxy::Proxies;
use super::text;
use super::whole;
use crate::facet::Operation;

/// The SDK's own HTTPS client, plus what users behind a proxy or TLS interception need: the proxies of the environment,
/// and a bundle of certificates in addition to the system's.
///
/// # Errors
/// If the bundle holds no certificates; the text says why.
pub(crate) fn default_client(ca_bundle: Option<&[u8]>, proxies: Proxies) -> Result<SharedHttpClient, String> {
    let mut trust = TrustStore::default();
    if let Some(pem) = ca_bundle {
        if !pem.windows(BEGIN.len()).any(|part| part == BEGIN) {
            return Err("it holds no certificate in PEM form".to_owned());
        }
        trust.add_pem_certificate(pem);
    }
    let context = TlsContext::builder().with_trust_store(trust).build().map_err(|error| error.to_string())?;
    Ok(proxies.clients(|proxy| {
        let context = context.clone();
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder().proxy_config(proxy.clone());
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
            connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context.clone()).build()
        })
    }))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Passes on only whole answers, and none above these limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeAnswers {
    /// Largest answer, in bytes.
    pub(crate) answer_limit: usize,
    /// Largest list, all its pages together, in bytes.
    pub(crate) list_limit: u64,
}

impl Layer for WholeAnswers {
    fn call(&self, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture {
        let operation = match operations::identify(&request) {
            Ok(operation) => operation,
            Err(refused) => return HttpConnectorFuture::ready(Err(ConnectorError::user(refused.into()))),
        };
        let attempt = attempt(&request);
        let limits = *self;
        let answer = inner.call(request);
        HttpConnectorFuture::new(async move { whole(operation, answer.await?, limits, attempt).await })
    }
}

/// Attempts at an answer that is whole and lacks what AWS documents as always present: an intermediary may have damaged
/// one answer; if it is still so after these attempts, it is always so.
const ATTEMPTS_WHERE_LACKING: u32 = 4;

/// Which attempt a request is, from 1, as the SDK reports it to AWS: `attempt=1; max=40`.
pub(crate) fn attempt(request: &HttpRequest) -> u32 {
    let said = request.headers().get("amz-sdk-request").unwrap_or_default();
    let number = said.split(';').find_map(|part| part.trim().strip_prefix("attempt="));
    number.and_then(|number| number.parse().ok()).unwrap_or(1)
}

async fn whole(
    operation: &'static Operation,
    mut response: HttpResponse,
    limits: WholeAnswers,
    attempt: u32,
) -> Result<HttpResponse, ConnectorError> {
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let bytes = read(body, limits.answer_limit).await?;
    let status = response.status().as_u16();
    let checked = match status {
        200..300 => whole::check(operation, &bytes),
        400..500 => whole::check_refusal(operation, status, response.headers().get("x-amzn-errortype"), &bytes),
        // a redirect is not AWS's, and server errors are retried in any case
        _ => Ok(()),
    };
    if let Err(defect) = checked {
        let defect = defect.seen_at(response.headers().get("server"), response.headers().get(text::THROUGH));
        let is_final = defect.is_lack() && attempt >= ATTEMPTS_WHERE_LACKING;
        return Err(if is_final {
            ConnectorError::user(defect.into())
        } else {
            ConnectorError::other(defect.into(), Some(ErrorKind::TransientError))
        });
    }
    // a list above its limit is not retried: the next attempt would be as large
    pages::count(operation, bytes.len(), limits.list_limit).map_err(|defect| ConnectorError::user(defect.into()))?;
    *response.body_mut() = SdkBody::from(bytes);
    Ok(response)
}

pub(crate) async fn read(body: SdkBody, limit: usize) -> Result<Vec<u8>, ConnectorError> {
    let mut stream = ByteStream::new(body);
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| ConnectorError::io(error.into()))?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            // not retried: the next answer would be as large
            return Err(ConnectorError::user(Defect::TooLarge(limit).into()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
