//! A layer between the SDK and the HTTPS client.
//!
//! Owns: what the SDK asks of an HTTP client, once for all layers. Does not know what a layer does.

use std::fmt::Debug;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;

/// A layer between the SDK and the connection.
pub(crate) trait Layer: Clone + Debug + Send + Sync + 'static {
    /// Answers a request, by the connector below or without it.
    fn call(&self, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture;
}

/// The client `inner` under `layer`.
pub(crate) fn layered<L: Layer>(inner: SharedHttpClient, layer: L) -> SharedHttpClient {
    SharedHttpClient::new(Layered { inner, layer })
}

/// A client or a connector under a layer.
#[derive(Debug)]
struct Layered<C, L> {
    inner: C,
    layer: L,
}

impl<L: Layer> HttpClient for Layered<SharedHttpClient, L> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Layered { inner, layer: self.layer.clone() })
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

impl<L: Layer> HttpConnector for Layered<SharedHttpConnector, L> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.layer.call(&self.inner, request)
    }
}
