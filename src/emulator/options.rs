//! How the emulator behaves beyond the data it serves.

use std::collections::BTreeSet;
use std::time::Duration;

use super::faults::latency::Spread;
use super::faults::schedule::Schedule;
use crate::ids::AccountId;

/// How the emulator behaves beyond the data it serves.
#[derive(Clone, Debug)]
pub struct EmulatorOptions {
    /// Delay before every answer.
    pub latency: Duration,
    /// How the delays vary.
    pub spread: Spread,
    /// Number of requests that are remembered; later ones are answered but not recorded.
    pub remembered: usize,
    /// Maximum entries per page; a request may ask for fewer. Organizations never returns more than 20, as in AWS.
    pub page_size: usize,
    /// Accounts whose roles cannot be assumed.
    pub denied_accounts: BTreeSet<AccountId>,
    /// The account of the base credentials; by default the management account, otherwise the first one.
    pub caller_account: Option<AccountId>,
    /// Operations that are denied: `GenerateCredentialReport`, or with the service, `iam:GenerateCredentialReport`.
    pub denied_operations: BTreeSet<String>,
    /// Which faults happen, and when.
    pub faults: Schedule,
    /// Factor for AWS's published rates; without it no call is throttled.
    pub quotas: Option<f64>,
    /// The external id that roles require.
    pub external_id: Option<String>,
    /// Whether a role wants the external id that its own trust policy names.
    pub checks_external_ids: bool,
    /// The MFA device of the base identity, and its one code, which is accepted once.
    pub mfa: Option<(String, String)>,
    /// Whether roles refuse the session attributes: tags and a source identity.
    pub refuses_session_attributes: bool,
    /// The longest that a session is really valid, whatever was requested and answered.
    pub session_life: Option<Duration>,
    /// How far AWS's clock is ahead of this machine's, in seconds.
    pub clock_ahead: i64,
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
            checks_external_ids: false,
            mfa: None,
            refuses_session_attributes: false,
            session_life: None,
            clock_ahead: 0,
        }
    }
}
