//! Serves a snapshot as AWS endpoints on loopback, for `demo`, tests and load benches.
//!
//! Owns: STS, IAM, Organizations and CloudTrail as far as a read-only scan calls them, in AWS's wire formats, so that the AWS
//! SDKs and the AWS CLI can be pointed at it. `world` holds the data, `desk` answers one request, `server` and `body` speak
//! HTTP, `schedule`, `fault` and `spoil` get in the way, `sts`, `iam`, `organizations` and `cloudtrail` are the services,
//! `shapes` and `xml` the query protocol's answers.
//! Must not know: how the collector reads. It shares no code with it, so that neither can hide the other's mistakes.
//! Checks neither signatures nor trust policies nor SCPs: it hands out data, it does not decide about access.
//! INVARIANT: listens on 127.0.0.1 only, and every reply, refusals included, is one that AWS could give.

mod body;
mod cloudtrail;
mod credential_report;
mod desk;
mod details;
mod error;
mod fault;
mod iam;
mod latency;
mod organizations;
mod page;
mod quota;
mod random;
mod refusal;
mod request;
mod schedule;
mod server;
mod sessions;
mod shapes;
mod spoil;
mod storm;
mod sts;
mod tree;
mod users;
mod world;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use self::desk::Desk;
pub use self::error::EmulatorError;
pub use self::fault::Fault;
pub use self::latency::Spread;
pub use self::schedule::{Rule, Schedule, When};
pub use self::world::World;
use crate::ids::AccountId;

/// How the emulator behaves beyond the data it serves.
#[derive(Clone, Debug)]
pub struct EmulatorOptions {
    /// Waited before every answer.
    pub latency: Duration,
    /// How the waits differ.
    pub spread: Spread,
    /// Requests that are remembered; the later ones are answered and forgotten.
    pub remembered: usize,
    /// Entries on a page at most; a request may ask for fewer. Organizations never gives more than 20, as at AWS.
    pub page_size: usize,
    /// Accounts whose roles cannot be assumed.
    pub denied_accounts: BTreeSet<AccountId>,
    /// The account of the base credentials; by default the management account, otherwise the first one.
    pub caller_account: Option<AccountId>,
    /// Operations answered with a refusal: `GenerateCredentialReport`, or with the service, `iam:GenerateCredentialReport`.
    pub denied_operations: BTreeSet<String>,
    /// What goes wrong, and when.
    pub faults: Schedule,
    /// AWS's published rates times this; without it nobody is too fast.
    pub quotas: Option<f64>,
    /// The external id that roles ask for.
    pub external_id: Option<String>,
    /// The MFA device of the base identity, and its one code: it is taken once.
    pub mfa: Option<(String, String)>,
    /// Whether roles refuse session tags and a source identity.
    pub refuses_marks: bool,
    /// The longest that a session really lives, whatever was asked and answered.
    pub session_life: Option<Duration>,
    /// How far AWS's clock is ahead of this machine's, in seconds.
    pub clock_ahead: i64,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `iam:ListRoles`.
    pub action: String,
    /// The account of the credentials.
    pub account: Option<AccountId>,
    /// From the credential scope.
    pub region: String,
    /// From the start of the emulator.
    pub at: Duration,
    /// Of the reply.
    pub status: u16,
    /// The role that was to be assumed.
    pub role: Option<String>,
}

impl Default for EmulatorOptions {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            spread: Spread::None,
            remembered: 1_000_000,
            page_size: 100,
            denied_accounts: BTreeSet::new(),
            caller_account: None,
            denied_operations: BTreeSet::new(),
            faults: Schedule::default(),
            quotas: None,
            external_id: None,
            mfa: None,
            refuses_marks: false,
            session_life: None,
            clock_ahead: 0,
        }
    }
}

/// A running emulator on threads of its own. Dropping it closes its port.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    desk: Arc<Desk>,
    runtime: Option<Runtime>,
}

impl Emulator {
    /// Starts to serve `world` on a free loopback port.
    ///
    /// # Errors
    /// Where the world has no account to call from, or no port or thread can be had.
    pub fn start(world: World, options: EmulatorOptions) -> Result<Self, EmulatorError> {
        let desk = Arc::new(Desk::new(world, options)?);
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
        runtime.spawn(server::accept(listener, Arc::clone(&desk)));
        Ok(Self { address, desk, runtime: Some(runtime) })
    }

    /// What `AWS_ENDPOINT_URL` has to be.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often each operation was called so far, under names like `iam:GetAccountSummary`.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.desk.calls()
    }

    /// The requests so far, in the order of their answers, as many as the options let it remember.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.desk.requests()
    }

    /// Access key id and secret of the base identity. Not secret: they open nothing but this emulator.
    #[must_use]
    pub fn access_key(&self) -> (&str, &str) {
        (sessions::BASE_KEY_ID, sessions::BASE_SECRET)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Plain drop blocks, and panics inside another runtime, which is where tests drop an emulator.
            runtime.shutdown_background();
        }
    }
}
