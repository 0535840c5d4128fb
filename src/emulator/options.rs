//! How the emulator behaves beyond the data it serves.

use std::collections::BTreeSet;
use std::time::Duration;

use super::faults::latency::Spread;
use super::faults::schedule::Schedule;
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
    /// Operations that are denied: `GenerateCredentialReport`, or with the service, `iam:GenerateCredentialReport`.
    pub denied_operations: BTreeSet<String>,
    /// What goes wrong, and when.
    pub faults: Schedule,
    /// AWS's published rates times this; without it no call is throttled.
    pub quotas: Option<f64>,
    /// The external id that roles ask for.
    pub external_id: Option<String>,
    /// The MFA device of the base identity, and its one code: it is taken once.
    pub mfa: Option<(String, String)>,
    /// Whether roles refuse the session attributes: tags and a source identity.
    pub refuses_session_attributes: bool,
    /// The longest that a session really lives, whatever was asked and answered.
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
            mfa: None,
            refuses_session_attributes: false,
            session_life: None,
            clock_ahead: 0,
        }
    }
}
