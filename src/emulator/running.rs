//! A running emulator: its port, its threads, and the requests so far.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::data::files::EmulatorData;
use super::data::sessions;
use super::error::EmulatorError;
use super::http::server;
use super::options::EmulatorOptions;
use super::state::{AnsweredRequest, State};

/// A running emulator on threads of its own. Dropping it closes its port.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

impl Emulator {
    /// Starts to serve `data` on a free loopback port.
    ///
    /// # Errors
    /// If the data has no account to call from, or no port or thread is available.
    pub fn start(data: EmulatorData, options: EmulatorOptions) -> Result<Self, EmulatorError> {
        let state = Arc::new(State::new(data, options)?);
        let listen = |source| EmulatorError::Listen { source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("emulator")
            .enable_all()
            .build()
            .map_err(listen)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(listen)?
        };
        runtime.spawn(server::accept(listener, Arc::clone(&state)));
        Ok(Self { address, state, runtime: Some(runtime) })
    }

    /// The value for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often each operation was called so far, under names like `iam:GetAccountSummary`.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.state.calls()
    }

    /// The requests so far, in the order of their answers, up to the number that the options allow.
    #[must_use]
    pub fn requests(&self) -> Vec<AnsweredRequest> {
        self.state.requests()
    }

    /// Access key id and secret of the base identity. Not secret: they give access only to this emulator.
    #[must_use]
    pub fn access_key(&self) -> (&str, &str) {
        (sessions::BASE_KEY_ID, sessions::BASE_SECRET)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A plain drop blocks, and panics inside another runtime, which is where tests drop an emulator.
            runtime.shutdown_background();
        }
    }
}
