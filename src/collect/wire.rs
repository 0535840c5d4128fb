//! The HTTP client under every SDK client: it reads the whole answer, with a limit, and tests that it is whole.
//!
//! Owns: body reading. It sits below the SDK's retry loop and above its deserialiser, so that a cut answer is an error
//! that is retried and never a shorter list. Does not know credentials or meaning.
//! INVARIANT: the SDK sees no successful answer that [`complete::check`] has not accepted.

use aws_smithy_runtime::client::defaults::default_http_client_plugin_v2;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::ErrorKind;

use super::allow::{self, Operation};
use super::complete::{self, Defect};

/// The SDK's own HTTPS client; `None` where the build has none.
pub(super) fn default_client() -> Option<SharedHttpClient> {
    let plugin = default_http_client_plugin_v2(BehaviorVersion::latest())?;
    plugin.runtime_components(&RuntimeComponentsBuilder::new("rolehop")).http_client()
}

/// A client that hands on only whole answers.
#[derive(Debug)]
pub(super) struct WholeAnswers {
    inner: SharedHttpClient,
    limit: usize,
}

impl WholeAnswers {
    /// Wraps a client; answers above `limit` bytes are refused.
    pub(super) fn new(inner: SharedHttpClient, limit: usize) -> Self {
        Self { inner, limit }
    }
}

impl HttpClient for WholeAnswers {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(WholeAnswersConnector { inner, limit: self.limit })
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
    limit: usize,
}

impl HttpConnector for WholeAnswersConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let name = operation_name(&request);
        let Some(operation) = name.as_deref().and_then(allow::operation) else {
            let defect = Defect::NotAllowed(name.unwrap_or_default());
            return HttpConnectorFuture::ready(Err(ConnectorError::user(defect.into())));
        };
        let (answer, limit) = (self.inner.call(request), self.limit);
        HttpConnectorFuture::new(async move { whole(operation, answer.await?, limit).await })
    }
}

/// The operation that a request asks for: the JSON protocol's target header or the query protocol's `Action`.
pub(super) fn operation_name(request: &HttpRequest) -> Option<String> {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().map(str::to_owned);
    }
    let body = std::str::from_utf8(request.body().bytes()?).ok()?;
    body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
}

async fn whole(
    operation: &'static Operation,
    mut response: HttpResponse,
    limit: usize,
) -> Result<HttpResponse, ConnectorError> {
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let bytes = read(body, limit).await?;
    // an error answer has its own shapes; the SDK reads its code, or reports that it has none
    if response.status().is_success()
        && let Err(defect) = complete::check(operation, &bytes)
    {
        let defect = defect.from_server(response.headers().get("server"));
        return Err(ConnectorError::other(defect.into(), Some(ErrorKind::TransientError)));
    }
    *response.body_mut() = SdkBody::from(bytes);
    Ok(response)
}

async fn read(body: SdkBody, limit: usize) -> Result<Vec<u8>, ConnectorError> {
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
