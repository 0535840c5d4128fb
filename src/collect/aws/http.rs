//! The HTTP client under every SDK client: it reads the whole answer, with a limit, and tests that it is whole.
//!
//! Owns: body reading. It sits below the SDK's retry loop and above its deserialiser, so that a cut answer is an error
//! that is retried and never a shorter list. Does not know credentials or meaning.
//! INVARIANT: the SDK sees no successful answer that [`whole::check`] has not accepted.

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::ErrorKind;

use super::operations::{self, Operation};
use super::pages;
use super::proxy::{self, Proxies};
use super::whole::{self, Defect};

/// The SDK's own HTTPS client, with what people behind a proxy or TLS interception expect and it leaves out: the proxies of the
/// environment, and a bundle of certificates in addition to the system's.
///
/// # Errors
/// Where the bundle holds no certificates; the text says why.
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

/// A client that hands on only whole answers.
#[derive(Debug)]
pub(crate) struct WholeAnswers {
    inner: SharedHttpClient,
    limits: Limits,
}

/// Largest answer, and largest list of all its pages, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) answer: usize,
    pub(crate) list: u64,
}

impl WholeAnswers {
    /// Wraps a client; answers above these limits are refused.
    pub(crate) fn new(inner: SharedHttpClient, limits: Limits) -> Self {
        Self { inner, limits }
    }
}

impl HttpClient for WholeAnswers {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(WholeAnswersConnector { inner, limits: self.limits })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, cfg)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, cfg: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, cfg)
    }
}

#[derive(Debug)]
struct WholeAnswersConnector {
    inner: SharedHttpConnector,
    limits: Limits,
}

impl HttpConnector for WholeAnswersConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let name = operation_name(&request);
        let Some(operation) = name.as_deref().and_then(operations::operation) else {
            let defect = Defect::NotAllowed(name.unwrap_or_default());
            return HttpConnectorFuture::ready(Err(ConnectorError::user(defect.into())));
        };
        let attempt = attempt(&request);
        let (answer, limits) = (self.inner.call(request), self.limits);
        HttpConnectorFuture::new(async move { whole(operation, answer.await?, limits, attempt).await })
    }
}

/// Attempts at an answer that is whole and lacks what AWS documents as always there: somebody on the way may have spoiled one, and
/// what is still so then is so every time.
const ATTEMPTS_WHERE_LACKING: u32 = 4;

/// Which attempt a request is, from 1, as the SDK says it to AWS: `attempt=1; max=40`.
fn attempt(request: &HttpRequest) -> u32 {
    let said = request.headers().get("amz-sdk-request").unwrap_or_default();
    let number = said.split(';').find_map(|part| part.trim().strip_prefix("attempt="));
    number.and_then(|number| number.parse().ok()).unwrap_or(1)
}

/// The operation that a request asks for: the JSON protocol's target header or the query protocol's `Action`.
pub(crate) fn operation_name(request: &HttpRequest) -> Option<String> {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().map(str::to_owned);
    }
    let body = std::str::from_utf8(request.body().bytes()?).ok()?;
    body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
}

async fn whole(
    operation: &'static Operation,
    mut response: HttpResponse,
    limits: Limits,
    attempt: u32,
) -> Result<HttpResponse, ConnectorError> {
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let bytes = read(body, limits.answer).await?;
    let status = response.status().as_u16();
    let checked = match status {
        200..300 => whole::check(operation, &bytes),
        400..500 => whole::check_refusal(operation, status, response.headers().get("x-amzn-errortype"), &bytes),
        // a redirection is somebody else's, and what is wrong on AWS's side is tried again in any case
        _ => Ok(()),
    };
    if let Err(defect) = checked {
        let defect = defect.seen_at(response.headers().get("server"), response.headers().get(proxy::THROUGH));
        let is_final = defect.is_lack() && attempt >= ATTEMPTS_WHERE_LACKING;
        return Err(if is_final {
            ConnectorError::user(defect.into())
        } else {
            ConnectorError::other(defect.into(), Some(ErrorKind::TransientError))
        });
    }
    // more than a list may have is not retried: it would be as much again
    pages::count(operation.name, bytes.len(), limits.list).map_err(|defect| ConnectorError::user(defect.into()))?;
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
