//! What a collection is asked to do, and how it tells of its progress.
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
    /// ARN of the role with `{account}`, and `{role}` for its name, where accounts name it differently.
    pub role_arn_template: Option<String>,
    /// Sent with every AssumeRole.
    pub external_id: Option<ExternalId>,
    /// How the sessions are named, marked and limited.
    pub session: SessionOptions,
    /// Calls in flight; accounts are begun as long as there is room for more.
    pub concurrency: usize,
    /// Fewer calls at once, and slower ones: for organizations whose automation needs the quotas more.
    pub polite: bool,
    /// Profile of the base credentials; it then wins over credentials in the environment, as in the AWS CLI.
    pub profile: Option<String>,
    /// Where MFA codes come from.
    pub mfa: Mfa,
    /// Region of STS; otherwise the environment's or the profile's, or `us-east-1`.
    pub region: Option<String>,
    /// Which accounts.
    pub scope: Scope,
    /// Which of the accounts that the organization lists; of no account where they are named otherwise.
    pub selection: Selection,
    /// The list that these accounts are a part of, where they are.
    pub share: Option<Share>,
    /// What is read of them.
    pub facets: Facets,
    /// Regions whose trails are read, in addition to the one that the run works from.
    pub trail_regions: Vec<String>,
    /// Whose use is looked up in CloudTrail; none where the facet `assume-role-events` is not read.
    pub events: Option<EventSearch>,
    /// The snapshot's directory; an earlier snapshot in it is replaced once there is something to write.
    pub snapshot_dir: PathBuf,
    /// Goes on with the snapshot that is there: what is complete is not read again.
    pub resume: Option<Resume>,
    /// How large accounts were when they were read before, in any unit. The largest are begun first, so that the run does not
    /// end by waiting for one of them; those that nobody knows before all others.
    pub sizes: BTreeMap<AccountId, u64>,
    /// The time of the snapshot.
    pub started: Timestamp,
    /// When the run is to end, complete or not, from its beginning.
    pub deadline: Option<Duration>,
    /// Ends the run early, with everything kept.
    pub stop: Stop,
    /// Overrides every service's endpoint; otherwise `AWS_ENDPOINT_URL` and its kin, as the SDK reads them.
    pub endpoint: Option<String>,
    /// Base credentials; otherwise the profile or the SDK's default chain.
    pub credentials: Option<StaticCredentials>,
    /// The process's environment, as far as rolehop itself asks for it; the SDK reads its own variables.
    pub environment: Environment,
    /// Limits of time, size and patience.
    pub tuning: Tuning,
}

impl CollectOptions {
    /// Everything in the organization that the default credentials belong to.
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

/// Where environment variables are looked up; by default there are none. The debug print shows no value.
#[derive(Clone, Default)]
pub struct Environment(Option<Arc<LookUp>>);

/// Gives the value of a variable.
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

/// Where MFA codes come from. The debug print shows none.
#[derive(Clone, Default)]
pub struct Mfa {
    /// A device that no profile names: serial number or ARN.
    pub serial: Option<String>,
    /// Asked for a code, with the profile and the device; `None` where there is nobody to ask.
    pub ask: Option<Arc<AskCode>>,
}

/// Asks for the code of a device: profile, serial number.
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
    /// Length of a session: 15 minutes at least, and an hour at most where the base identity is itself a role.
    pub duration: Duration,
    /// What else CloudTrail and policies can tell a session by.
    pub marks: SessionMarks,
    /// Whether a role that does not allow the marks is assumed without them.
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

/// Marks of a session, each of which the role's trust policy must allow.
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
    /// Role ARNs, or role names, which then mean the role of every account.
    pub roles: Vec<String>,
    /// How far back; CloudTrail keeps 90 days.
    pub days: u16,
    /// Regions, in addition to the one that the run works from.
    pub regions: Vec<String>,
}

/// What is taken over from the snapshot that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Accounts that were read longer ago are read again.
    pub max_age: Duration,
}

/// Asks a running collection to end. Clones ask the same one.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<Option<Instant>>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Stop {
    /// Asks it to end: no new account is begun, and those in flight have a few seconds.
    pub fn ask(&self) {
        self.0.send_modify(|asked| *asked = asked.or_else(|| Some(Instant::now())));
    }

    /// Waits until it was asked, and says when that was.
    pub(crate) async fn asked(&self) -> Instant {
        // the sender lives as long as this future's owner, so that an error cannot come
        let asked = self.0.subscribe().wait_for(Option::is_some).await.ok().and_then(|asked| *asked);
        asked.unwrap_or_else(Instant::now)
    }
}

/// Which accounts to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that Organizations lists.
    Organization,
    /// These; the organization is read as far as it can be.
    Accounts(Vec<AccountId>),
    /// Only the account of the base credentials.
    ThisAccount,
}

/// An external id. Its debug print does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// Takes the id as it stands in the trust policy.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId(***)")
    }
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

/// Told what happens while it happens. Called from one task, in the order of events.
pub trait Progress: Send + Sync {
    /// Who collects, and where the credentials come from.
    fn identity(&self, arn: &str, account: &str, source: &str);
    /// How many accounts are listed, and how many of them will not be read: closed ones, and those that were read before.
    fn listed(&self, listed: usize, skipped: usize);
    /// An account has ended.
    fn account_done(&self, id: AccountId, name: &str, state: &AccountState);
    /// Something that the reader should know and that is no error.
    fn note(&self, text: &str);
    /// Calls made so far, and those of them that AWS throttled. Told now and then, and once all accounts have ended.
    fn traffic(&self, calls: u64, throttled: u64) {
        let _ = (calls, throttled);
    }
    /// At the end, one for each cause of incompleteness, with the accounts it hit.
    fn warning(&self, diagnostic: &Diagnostic) {
        self.note(&diagnostic.what);
    }
}
