//! One account: enter, read every facet, write its file.
//!
//! Owns: what a failure of each facet costs. Does not know other accounts.
//! INVARIANT: a facet is in the file or in the gaps, never in neither.

use std::sync::Arc;

use aws_sdk_iam::types::ManagedPolicyDetail;
use jiff::Timestamp;

use super::authorization_details::{self, Details};
use super::convert;
use super::events;
use super::last_accessed;
use super::managed_policies::AwsPolicies;
use super::outcome::{Failure, Outcome};
use super::reconcile::{self, Summary};
use super::summary;
use super::trails;
use super::users;
use crate::arn::Arn;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::credentials::session::{Entry, Session};
use crate::collect::deadline::Over;
use crate::collect::options::{EventSearch, Tuning};
use crate::facet::{Facet, Facets};
use crate::ids::AccountId;
use crate::snapshot::WriteError;
use crate::snapshot::account::AccountFile;
use crate::snapshot::activity::AssumeRoleEvents;
use crate::snapshot::write::Writer;

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

/// Reads one account and writes its file. When its time is over, what was read of it is written like that of any other account: the
/// facets that are missing are gaps.
///
/// # Errors
/// Only where the file cannot be written: that ends the run. All else is part of the outcome.
pub(crate) async fn read(shared: Arc<Shared>, account: AccountId) -> Result<Outcome, WriteError> {
    let over = shared.over.within(shared.tuning.account_timeout);
    let (session, by_base) = match over.or(Box::pin(open(&shared, account))).await {
        Ok(opened) => opened,
        Err(error) => return Ok(Outcome::lost(&error, &shared.facets)),
    };
    let reading = Reading { shared: &shared, session: &session, account, over };
    // side by side; the account's pace decides how many calls of it are in flight
    let (principals, small, used) =
        futures::join!(Box::pin(reading.principals()), Box::pin(reading.small_facets()), Box::pin(reading.events()));
    let (details, mut file, mut lost) = principals;
    lost.join(small.1);
    lost.join(used.1);
    file.account_summary = small.0.account_summary;
    file.credential_report = small.0.credential_report;
    file.virtual_mfa_devices = small.0.virtual_mfa_devices;
    file.password_policy = small.0.password_policy;
    file.open_id_connect_providers = small.0.open_id_connect_providers;
    file.saml_providers = small.0.saml_providers;
    file.account_aliases = small.0.account_aliases;
    file.trails = small.0.trails;
    file.assume_role_events = used.0;
    if let (Some(details), Some(summary)) = (&details, &file.account_summary) {
        lost.0.extend(Box::pin(reading.reconciled(details, &file, summary)).await);
    }
    let mut failures = lost.0;
    failures.sort_by(|a, b| a.facet.cmp(&b.facet).then_with(|| a.error.message.cmp(&b.error.message)));
    let readable = details.is_some() || !is_empty(&file);
    let mut digest = None;
    if readable {
        let facets = shared.facets.clone();
        // converting and syncing would hold up the other accounts' answers
        let written = tokio::task::spawn_blocking(move || write(&shared, account, details.as_ref(), file)).await;
        match written {
            Ok(written) => digest = Some(written?),
            // a panic costs this account and no other
            Err(_) => return Ok(Outcome::lost(&internal(), &facets)),
        }
    }
    Ok(Outcome { failures, readable, by_base, digest })
}

/// The base identity's own account is entered like every other; only where that is refused, it is read as it stands.
async fn open(shared: &Shared, account: AccountId) -> Result<(Session, bool), CallError> {
    match Session::open(&shared.entry, account).await {
        Ok(session) => Ok((session, false)),
        Err(error) if account == shared.base_account && error.kind == Kind::Denied => {
            Ok((Session::of_base(&shared.entry, account).await?, true))
        }
        Err(error) => Err(error),
    }
}

/// One account while it is read.
struct Reading<'a> {
    shared: &'a Shared,
    session: &'a Session,
    account: AccountId,
    over: Over,
}

impl Reading<'_> {
    fn wants(&self, facet: Facet) -> bool {
        self.shared.facets.has(facet)
    }

    /// What a facet's calls give in time, or nothing where it is not to be read.
    async fn of<T>(
        &self,
        facet: Facet,
        work: impl Future<Output = Result<T, CallError>>,
    ) -> Option<Result<T, CallError>> {
        if self.wants(facet) { Some(self.over.or(work).await) } else { None }
    }

    /// Users, groups, roles and policies, and what is read principal by principal.
    async fn principals(&self) -> (Option<Details>, AccountFile<'static>, Lost) {
        let (session, tuning) = (self.session, &self.shared.tuning);
        let (mut file, mut lost) = (AccountFile::default(), Lost::default());
        let mut details = match self.details(&mut lost).await {
            Ok(details) => details,
            Err(error) => {
                // who the users are is not known, so that nothing of them can be
                let of_principals = [
                    Facet::AuthorizationDetails,
                    Facet::RoleSettings,
                    Facet::AccessKeys,
                    Facet::MfaDevices,
                    Facet::LastAccessed,
                ];
                let wanted = of_principals.into_iter().filter(|facet| self.wants(*facet));
                lost.0.extend(wanted.map(|facet| Failure { facet, error: error.clone() }));
                return (None, file, lost);
            }
        };
        let users: Vec<String> =
            details.users.values().filter_map(|user| user.user_name()).map(str::to_owned).collect();
        let keys = self.of(Facet::AccessKeys, users::access_keys(session, &users, tuning.page_limit));
        let devices = self.of(Facet::MfaDevices, users::mfa_devices(session, &users, tuning.page_limit));
        let (keys, devices) = futures::join!(Box::pin(keys), Box::pin(devices));
        file.access_keys = keys.and_then(|keys| lost.or(Facet::AccessKeys, keys));
        let devices = devices.and_then(|devices| lost.or(Facet::MfaDevices, devices));
        if let Some((devices, all_there)) = devices {
            details.users_are_there = all_there;
            file.mfa_devices = Some(devices);
        }
        let entities: Vec<String> = details.users.keys().chain(details.roles.keys()).cloned().collect();
        let used = self.of(Facet::LastAccessed, last_accessed::read(session, &entities, tuning)).await;
        file.last_accessed = used.and_then(|used| lost.or(Facet::LastAccessed, used));
        (Some(details), file, lost)
    }

    /// The lists, and a failure for each used policy whose text could not be had.
    async fn details(&self, lost: &mut Lost) -> Result<Details, CallError> {
        let (session, page_limit) = (self.session, self.shared.tuning.page_limit);
        let mut details = self.over.or(authorization_details::read(session, self.account, page_limit)).await?;
        for arn in details.missing_policies() {
            match self.over.or(self.shared.aws_policies.get(session, &arn)).await {
                Ok(fetched) => add_policy(&mut details, &arn, fetched),
                Err(mut error) => {
                    let shown = crate::collect::aws::text::one_line(&arn);
                    error.message = format!("`{shown}` is in use but its text could not be read: {}", error.message);
                    lost.0.push(Failure { facet: Facet::PolicyDocument, error });
                }
            }
        }
        if let Some(settings) = self.of(Facet::RoleSettings, summary::role_settings(session, page_limit)).await {
            details.role_settings = lost.or(Facet::RoleSettings, settings).unwrap_or_default();
        }
        Ok(details)
    }

    async fn small_facets(&self) -> (AccountFile<'static>, Lost) {
        // started first and fetched last, so that AWS makes it meanwhile; where the start hangs, nothing waits for it
        let start = self.of(Facet::CredentialReport, summary::start_credential_report(self.session));
        let (started, (mut file, mut lost)) = futures::join!(Box::pin(start), Box::pin(self.small_lists()));
        if let Some(started) = started {
            let report = match started {
                // a report of the last four hours can be read without the right to have one made
                Err(error) if error.kind != Kind::Denied => Err(error),
                _ => self.over.or(summary::credential_report(self.session, &self.shared.tuning)).await,
            };
            file.credential_report = lost.or(Facet::CredentialReport, report);
        }
        (file, lost)
    }

    async fn small_lists(&self) -> (AccountFile<'static>, Lost) {
        let (session, page_limit) = (self.session, self.shared.tuning.page_limit);
        let (mut file, mut lost) = (AccountFile::default(), Lost::default());
        let providers = self.over.or(summary::oidc_providers(session)).await;
        file.open_id_connect_providers = lost.or(Facet::IdentityProviders, providers);
        let providers = self.over.or(summary::saml_providers(session)).await;
        file.saml_providers = lost.or(Facet::IdentityProviders, providers);
        file.account_summary = lost.or(Facet::AccountSummary, self.over.or(summary::summary(session)).await);
        let aliases = self.over.or(summary::aliases(session, page_limit)).await;
        file.account_aliases = lost.or(Facet::AccountAliases, aliases);
        if let Some(devices) =
            self.of(Facet::VirtualMfaDevices, summary::virtual_mfa_devices(session, page_limit)).await
        {
            file.virtual_mfa_devices = lost.or(Facet::VirtualMfaDevices, devices);
        }
        if let Some(policy) = self.of(Facet::PasswordPolicy, summary::password_policy(session)).await {
            file.password_policy = lost.or(Facet::PasswordPolicy, policy);
        }
        if let Some(trails) = self.of(Facet::Trails, trails::trails(session, &self.shared.trail_regions)).await {
            file.trails = lost.or(Facet::Trails, trails);
        }
        (file, lost)
    }

    /// What AWS's own counts say is missing. The summary is asked for again before a difference is believed.
    async fn reconciled(&self, details: &Details, file: &AccountFile<'_>, summary: &Summary) -> Vec<Failure> {
        let differing = reconcile::differing(reconcile::counts(details, file, summary), summary);
        if differing.is_empty() {
            return Vec::new();
        }
        let after = self.over.or(summary::summary(self.session)).await.ok();
        reconcile::gaps(&differing, summary, after.as_ref())
    }

    /// Who assumed the chosen roles of this account.
    async fn events(&self) -> (Option<AssumeRoleEvents>, Lost) {
        let mut lost = Lost::default();
        let Some(search) = self.shared.events.as_ref().filter(|_| self.wants(Facet::AssumeRoleEvents)) else {
            return (None, lost);
        };
        let here = |role: &String| match Arn::parse(role) {
            Some(arn) => (arn.account_id() == Some(self.account)).then(|| role.clone()),
            None => Some(format!("arn:{}:iam::{}:role/{role}", self.session.partition(), self.account)),
        };
        let roles = search.roles.iter().filter_map(here).collect();
        let page_limit = self.shared.tuning.page_limit;
        let found = self.over.or(events::read(self.session, search, roles, self.shared.started, page_limit)).await;
        (lost.or(Facet::AssumeRoleEvents, found), lost)
    }
}

/// What the pages said about the policy stays; the fetched text is added to it.
fn add_policy(details: &mut Details, arn: &str, fetched: ManagedPolicyDetail) {
    match details.policies.get_mut(arn) {
        Some(known) => {
            known.default_version_id = fetched.default_version_id;
            known.policy_version_list = fetched.policy_version_list;
        }
        None => {
            details.policies.insert(arn.to_owned(), fetched);
        }
    }
}

/// Gathers failures.
#[derive(Default)]
struct Lost(Vec<Failure>);

impl Lost {
    fn or<T>(&mut self, facet: Facet, result: Result<T, CallError>) -> Option<T> {
        result.map_err(|error| self.0.push(Failure { facet, error })).ok()
    }

    fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

fn is_empty(file: &AccountFile<'_>) -> bool {
    file.account_summary.is_none()
        && file.credential_report.is_none()
        && file.virtual_mfa_devices.is_none()
        && file.password_policy.is_none()
        && file.open_id_connect_providers.is_none()
        && file.saml_providers.is_none()
        && file.account_aliases.is_none()
        && file.trails.is_none()
        && file.assume_role_events.is_none()
}

fn write(
    shared: &Shared,
    account: AccountId,
    details: Option<&Details>,
    small: AccountFile<'static>,
) -> Result<String, WriteError> {
    let Some(details) = details else { return shared.writer.account(account, &small) };
    let documents = details.documents();
    let lists = convert::lists(details, &documents);
    let file = AccountFile {
        user_detail_list: lists.user_detail_list,
        group_detail_list: lists.group_detail_list,
        role_detail_list: lists.role_detail_list,
        policies: lists.policies,
        ..small
    };
    shared.writer.account(account, &file)
}

/// What is said of an account whose task broke.
pub(crate) fn internal() -> CallError {
    CallError::own("collect", Kind::Internal, "internal error while reading this account")
}
