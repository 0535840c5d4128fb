//! What a collection is asked to do, and how it reports progress.
//!
//! Owns: the options and their secrets, which never show in a debug print. Does not know where they come from (`cli`).

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

pub use crate::collect::aws::clients::Tuning;
use crate::diagnostic::Diagnostic;
use crate::facet::Facets;
use crate::ids::AccountId;
use crate::selection::Selection;
use crate::snapshot::ledger::AccountState;
use crate::snapshot::share::Share;

/// What to read, from where, into what.
#[derive(Clone, Debug)]
pub struct CollectOptions {
    /// The role to assume in every account: its name, or `path/name`.
    pub role_name: String,
    /// ARN of the role with `{account}`, and `{role}` for its name, if its path or name differs between accounts.
    pub role_arn_template: Option<String>,
    /// Sent with every AssumeRole.
    pub external_id: Option<ExternalId>,
    /// How the sessions are named, tagged and limited.
    pub session: SessionOptions,
    /// Calls in flight; accounts are started as long as there is room for more.
    pub concurrency: usize,
    /// Fewer concurrent calls, and slower ones: for organizations whose automation needs the quotas.
    pub polite: bool,
    /// Profile of the base credentials; it takes precedence over credentials in the environment, as in the AWS CLI.
    pub profile: Option<String>,
    /// Where MFA codes come from.
    pub mfa: Mfa,
    /// Region of STS; otherwise the environment's or the profile's, or `us-east-1`.
    pub region: Option<String>,
    /// Which accounts.
    pub scope: Scope,
    /// Which of the accounts that Organizations lists; unused if the accounts are named otherwise.
    pub selection: Selection,
    /// The share of the account list that this run reads, if it is one of several.
    pub share: Option<Share>,
    /// The data sets to read.
    pub facets: Facets,
    /// Regions whose trails are read, in addition to the run's own region.
    pub trail_regions: Vec<String>,
    /// How people are read.
    pub people: PeopleOptions,
    /// The roles whose use is looked up in CloudTrail; `None` if the data set `assume-role-events` is not read.
    pub events: Option<EventSearch>,
    /// The snapshot's directory; an earlier snapshot in it is replaced once there is something to write.
    pub snapshot_dir: PathBuf,
    /// Continues the existing snapshot: what is complete is not read again.
    pub resume: Option<Resume>,
    /// How large accounts were when they were last read, in any unit. The largest are started first, so that the run
    /// does not end by waiting for one of them; accounts of unknown size come before all others.
    pub sizes: BTreeMap<AccountId, u64>,
    /// The timestamp of the snapshot.
    pub started: Timestamp,
    /// When the run has to end, complete or not, measured from its start.
    pub deadline: Option<Duration>,
    /// Ends the run early and keeps everything.
    pub stop: Stop,
    /// Overrides every service's endpoint; otherwise `AWS_ENDPOINT_URL` and the variables like it, as the SDK reads
    /// them.
    pub endpoint: Option<String>,
    /// Base credentials; otherwise the profile or the SDK's default chain.
    pub credentials: Option<StaticCredentials>,
    /// The process's environment, for the variables that rolehop itself reads; the SDK reads its own.
    pub environment: Environment,
    /// Limits of time, size and patience.
    pub tuning: Tuning,
}

impl CollectOptions {
    /// Everything in the organization of the default credentials.
    #[must_use]
    pub fn new(role_name: impl Into<String>, snapshot_dir: impl Into<PathBuf>, started: Timestamp) -> Self {
        Self {
            role_name: role_name.into(),
            role_arn_template: None,
            external_id: None,
            session: SessionOptions::default(),
            concurrency: 64,
            polite: false,
            profile: None,
            mfa: Mfa::default(),
            region: None,
            scope: Scope::Organization,
            selection: Selection::default(),
            share: None,
            facets: Facets::default(),
            trail_regions: Vec::new(),
            people: PeopleOptions::default(),
            events: None,
            snapshot_dir: snapshot_dir.into(),
            resume: None,
            sizes: BTreeMap::new(),
            started,
            deadline: None,
            stop: Stop::default(),
            endpoint: None,
            credentials: None,
            environment: Environment::default(),
            tuning: Tuning::default(),
        }
    }
}

/// How environment variables are looked up; by default there are none. The debug print shows no value.
#[derive(Clone, Default)]
pub struct Environment(Option<Arc<LookUp>>);

/// Returns the value of a variable.
type LookUp = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// Looks variables up with `look_up`.
    pub fn new(look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(look_up)))
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0.as_ref().and_then(|look_up| look_up(name))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

/// Where MFA codes come from. The debug print shows no code.
#[derive(Clone, Default)]
pub struct Mfa {
    /// A device that no profile names: serial number or ARN.
    pub serial: Option<String>,
    /// Prompts for a code, given the profile and the device; `None` if there is no user to prompt.
    pub ask: Option<Arc<AskCode>>,
}

/// Prompts for the code of a device: profile, serial number.
pub type AskCode = dyn Fn(&str, &str) -> Option<String> + Send + Sync;

impl Mfa {
    pub(crate) fn code(&self, profile: &str, serial: &str) -> Option<String> {
        self.ask.as_ref().and_then(|ask| ask(profile, serial))
    }
}

impl fmt::Debug for Mfa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mfa").field("serial", &self.serial).field("asks", &self.ask.is_some()).finish()
    }
}

/// The sessions in the accounts.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// Session name, as it shows in CloudTrail.
    pub name: String,
    /// Length of a session: 15 minutes at least, and an hour at most if the base identity is itself a role.
    pub duration: Duration,
    /// What else identifies a session in CloudTrail and to policies.
    pub marks: SessionMarks,
    /// Whether a role that does not allow the session attributes is assumed without them.
    pub marks_optional: bool,
    /// Whether a session policy limits the session to the calls that rolehop makes.
    pub policy: bool,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            name: "rolehop".to_owned(),
            duration: Duration::from_secs(3600),
            marks: SessionMarks::default(),
            marks_optional: false,
            policy: true,
        }
    }
}

/// Session attributes, each of which the role's trust policy must allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionMarks {
    /// Needs `sts:SetSourceIdentity`.
    pub source_identity: Option<String>,
    /// Needs `sts:TagSession`.
    pub tags: BTreeMap<String, String>,
}

/// A search in CloudTrail for who assumed a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSearch {
    /// Role ARNs, or role names, which then mean that role in every account.
    pub roles: Vec<String>,
    /// How far back; CloudTrail keeps 90 days.
    pub days: u16,
    /// Regions, in addition to the run's own.
    pub regions: Vec<String>,
}

/// How IAM Identity Center and the account access manager are read.
#[derive(Clone, Debug, PartialEq)]
pub struct PeopleOptions {
    /// The region of the organization's instance; otherwise it is looked for.
    pub region: Option<String>,
    /// ARN of a role that is assumed to read them; otherwise they are read with the base credentials.
    pub role: Option<String>,
    /// Calls a second, of all services of people together. AWS allows 20.
    pub rate: f64,
    /// How account assignments are asked for.
    pub assignments: AssignmentsBy,
}

impl Default for PeopleOptions {
    fn default() -> Self {
        Self { region: None, role: None, rate: 10.0, assignments: AssignmentsBy::default() }
    }
}

/// How account assignments are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AssignmentsBy {
    /// The way with fewer calls.
    #[default]
    FewerCalls,
    /// For each account and permission set that is provisioned to it.
    Account,
    /// For each user and group. AWS allows it to the management account.
    Principal,
}

/// What is reused of the existing snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Accounts that were read longer ago are read again.
    pub max_age: Duration,
}

/// Asks a running collection to end. Clones control the same collection.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<Option<Instant>>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Stop {
    /// Requests the end: no new account is started, and those in flight have a few seconds.
    pub fn ask(&self) {
        self.0.send_modify(|asked| *asked = asked.or_else(|| Some(Instant::now())));
    }

    /// Waits for a stop request and returns its time.
    pub(crate) async fn asked(&self) -> Instant {
        // the sender lives as long as this future's owner, so this cannot fail
        let asked = self.0.subscribe().wait_for(Option::is_some).await.ok().and_then(|asked| *asked);
        asked.unwrap_or_else(Instant::now)
    }
}

/// Which accounts to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that Organizations lists.
    Organization,
    /// These; of the organization, whatever can be read.
    Accounts(Vec<AccountId>),
    /// Only the account of the base credentials.
    ThisAccount,
}

/// An external id. Its debug print does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// Takes the id exactly as it is in the trust policy.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether AWS can take it (STS API Reference, AssumeRole: 2 to 1,224 of these characters).
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
        (2..=1224).contains(&self.0.len()) && self.0.chars().all(allowed)
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId(***)")
    }
}

#[cfg(test)]
#[test]
fn an_external_id_has_the_characters_that_aws_takes() {
    let is_valid = |id: &str| ExternalId::new(id).is_valid();
    assert!(is_valid("acme_42+=,.@:/-") && is_valid(&"x".repeat(1224)));
    assert!(!["", "x", "acme 42", "acme!", "acme\n", "é-42"].into_iter().any(is_valid) && !is_valid(&"x".repeat(1225)));
}

/// Base credentials given by the caller. Their debug print shows only the key's id.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticCredentials {
    /// Access key id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Token of temporary credentials.
    pub session_token: Option<String>,
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticCredentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Receives events as they happen. Called from one task, in the order of events.
pub trait Progress: Send + Sync {
    /// Which identity collects, and where the credentials come from.
    fn identity(&self, arn: &str, account: &str, source: &str);
    /// How many accounts are listed, and how many of them will not be read: closed ones, and those that were read
    /// before.
    fn listed(&self, listed: usize, skipped: usize);
    /// An account has ended.
    fn account_done(&self, id: AccountId, name: &str, state: &AccountState);
    /// Something that the reader should know but that is not an error.
    fn note(&self, text: &str);
    /// Calls made so far, and those of them that AWS throttled. Reported at intervals, and once all accounts have
    /// ended.
    fn traffic(&self, calls: u64, throttled: u64) {
        let _ = (calls, throttled);
    }
    /// At the end, one for each cause of incompleteness, with the affected accounts.
    fn warning(&self, diagnostic: &Diagnostic) {
        self.note(&diagnostic.what);
    }
}
