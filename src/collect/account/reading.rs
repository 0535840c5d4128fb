//! One account while it is read: what its data sets need, and the file in which each fills its own field.
//!
//! Owns: the file, the failures, and the time left. Does not know any data set.
//! INVARIANT: what was read is in the file; what failed is among the failures.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::details::{Details, RoleSettings};
use super::managed_policies::AwsPolicies;
use super::outcome::Failure;
use crate::collect::aws::error::CallError;
use crate::collect::credentials::session::{Entry, Session};
use crate::collect::deadline::Over;
use crate::collect::options::{EventSearch, Tuning};
use crate::facet::{AccountFacet, Facet, Facets};
use crate::ids::AccountId;
use crate::snapshot::account::AccountFile;
use crate::snapshot::write::Writer;

/// Longest pause between two polls of a job.
pub(crate) const LONGEST_POLL: Duration = Duration::from_secs(10);

/// Users that are read concurrently: enough for the calls that an account may have in flight. A request that waits
/// longer for its turn carries an older signature.
pub(crate) const USERS_AT_ONCE: usize = 3;

/// A user name that does not exist: a caller with permission gets NoSuchEntity.
pub(crate) const NOBODY: &str = "rolehop-doctor-asks";

/// What all accounts of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) entry: Arc<Entry>,
    pub(crate) tuning: Tuning,
    pub(crate) facets: Facets,
    pub(crate) trail_regions: Vec<String>,
    pub(crate) events: Option<EventSearch>,
    pub(crate) started: Timestamp,
    pub(crate) base_account: AccountId,
    pub(crate) aws_policies: AwsPolicies,
    pub(crate) writer: Arc<Writer>,
    pub(crate) over: Over,
}

/// One account while it is read.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) session: &'a Session,
    pub(crate) account: AccountId,
    pub(crate) over: Over,
    /// Set once they were read; what is read user by user follows.
    pub(crate) details: OnceLock<Details>,
    /// By the role's ARN.
    pub(crate) role_settings: OnceLock<BTreeMap<String, RoleSettings>>,
    /// Whether a user was deleted while the users were read one by one.
    pub(crate) users_left: AtomicBool,
    file: Mutex<AccountFile<'static>>,
    failures: Mutex<Vec<Failure>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(shared: &'a Shared, session: &'a Session, account: AccountId, over: Over) -> Self {
        Self {
            shared,
            session,
            account,
            over,
            details: OnceLock::new(),
            role_settings: OnceLock::new(),
            users_left: AtomicBool::new(false),
            file: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    /// Most pages of one list.
    pub(crate) fn page_limit(&self) -> usize {
        self.shared.tuning.page_limit
    }

    /// Names of the users.
    pub(crate) fn users(&self) -> Vec<String> {
        let users = self.details.get().into_iter().flat_map(|details| details.users.values());
        users.filter_map(|user| user.user_name()).map(str::to_owned).collect()
    }

    /// ARNs of users and roles.
    pub(crate) fn entities(&self) -> Vec<String> {
        let of = |details: &Details| details.users.keys().chain(details.roles.keys()).cloned().collect();
        self.details.get().map(of).unwrap_or_default()
    }

    /// Reads within the time left.
    pub(crate) async fn read<T>(
        &self,
        facet: AccountFacet,
        work: impl Future<Output = Result<T, CallError>>,
    ) -> Option<T> {
        self.over.or(work).await.map_err(|error| self.lost(facet, error)).ok()
    }

    /// Reads a data set into its field of the file.
    pub(crate) async fn fill<T>(
        &self,
        facet: AccountFacet,
        work: impl Future<Output = Result<T, CallError>>,
        field: impl for<'f> FnOnce(&'f mut AccountFile<'static>) -> &'f mut Option<T>,
    ) {
        if let Some(read) = self.read(facet, work).await {
            *field(&mut self.file()) = Some(read);
        }
    }

    /// Records that a data set could not be read.
    pub(crate) fn lost(&self, facet: impl Into<Facet>, error: CallError) {
        let facet = facet.into();
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(Failure { facet, error });
    }

    /// What has been read so far.
    pub(crate) fn file(&self) -> MutexGuard<'_, AccountFile<'static>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read, and every failure in order.
    pub(crate) fn finish(self) -> Read {
        let mut failures = self.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        failures.sort_by(|a, b| a.facet.cmp(&b.facet).then_with(|| a.error.message.cmp(&b.error.message)));
        Read {
            details: self.details.into_inner(),
            role_settings: self.role_settings.into_inner().unwrap_or_default(),
            file: self.file.into_inner().unwrap_or_else(PoisonError::into_inner),
            failures,
        }
    }
}

/// What was read of an account.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) details: Option<Details>,
    pub(crate) role_settings: BTreeMap<String, RoleSettings>,
    pub(crate) file: AccountFile<'static>,
    pub(crate) failures: Vec<Failure>,
}
