//! One account: enter, read every facet, write its file.
//!
//! Owns: what a failure of each facet costs. Does not know other accounts.
//! INVARIANT: a facet is in the file or in the gaps, never in neither.

use std::sync::Arc;

use aws_sdk_iam::types::ManagedPolicyDetail;

use super::call::{CallError, Kind};
use super::details::{self, Details};
use super::facets;
use super::options::Tuning;
use super::policies::AwsPolicies;
use super::session::{Entry, Session};
use super::shape;
use crate::facet::Facet;
use crate::ids::AccountId;
use crate::snapshot::account::AccountFile;
use crate::snapshot::ledger::{AccountState, FacetGap};
use crate::snapshot::write::{WriteError, Writer};

/// What all accounts of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) entry: Arc<Entry>,
    pub(super) tuning: Tuning,
    pub(super) credential_report: bool,
    pub(super) base_account: AccountId,
    pub(super) aws_policies: AwsPolicies,
    pub(super) writer: Arc<Writer>,
}

/// A failure and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) facet: Facet,
    pub(super) error: CallError,
}

/// How an account ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Nothing where the account is complete.
    pub(super) failures: Vec<Failure>,
    /// Whether anything was read.
    pub(super) readable: bool,
    /// Whether the base credentials were used in place of the role.
    pub(super) by_base: bool,
}

impl Outcome {
    /// Every facet lost to one cause.
    pub(super) fn lost(error: &CallError, credential_report: bool) -> Self {
        let facets = [
            Facet::AuthorizationDetails,
            Facet::AccountSummary,
            Facet::CredentialReport,
            Facet::VirtualMfaDevices,
            Facet::IdentityProviders,
            Facet::PasswordPolicy,
            Facet::AccountAliases,
        ];
        let failures = (facets.into_iter())
            .filter(|facet| credential_report || *facet != Facet::CredentialReport)
            .map(|facet| Failure { facet, error: error.clone() })
            .collect();
        Self { failures, readable: false, by_base: false }
    }

    /// The ledger's entry.
    pub(super) fn state(&self) -> AccountState {
        if self.failures.is_empty() {
            return AccountState::Complete;
        }
        let gap = |failure: &Failure| FacetGap { facet: failure.facet, reason: failure.error.to_string() };
        AccountState::Incomplete { gaps: self.failures.iter().map(gap).collect() }
    }
}

/// Reads one account and writes its file.
///
/// # Errors
/// Only where the file cannot be written: that ends the run. All else is part of the outcome.
pub(super) async fn read(shared: Arc<Shared>, account: AccountId) -> Result<Outcome, WriteError> {
    let (limit, credential_report) = (shared.tuning.account_timeout, shared.credential_report);
    tokio::time::timeout(limit, read_in_time(shared, account)).await.unwrap_or_else(|_| {
        let message = format!("the account was not read within {} s", limit.as_secs());
        Ok(Outcome::lost(&CallError::own("collect", Kind::Timeout, message), credential_report))
    })
}

async fn read_in_time(shared: Arc<Shared>, account: AccountId) -> Result<Outcome, WriteError> {
    let (session, by_base) = match open(&shared, account).await {
        Ok(opened) => opened,
        Err(error) => return Ok(Outcome::lost(&error, shared.credential_report)),
    };
    // two calls of an account in flight: IAM throttles by account, and the account's own tools need it too
    let first = async {
        let details = read_details(&shared, &session, account).await;
        (details, facets::oidc_providers(&session).await, facets::saml_providers(&session).await)
    };
    let ((details, oidc, saml), (mut file, mut lost)) = futures::join!(first, read_small_facets(&shared, &session));
    file.open_id_connect_providers = lost.or(Facet::IdentityProviders, oidc);
    file.saml_providers = lost.or(Facet::IdentityProviders, saml);
    let mut failures = lost.0;
    let details = match details {
        Ok((details, missing)) => {
            failures.extend(missing);
            Some(details)
        }
        Err(error) => {
            failures.push(Failure { facet: Facet::AuthorizationDetails, error });
            None
        }
    };
    failures.sort_by(|a, b| a.facet.cmp(&b.facet).then_with(|| a.error.message.cmp(&b.error.message)));
    let readable = details.is_some() || !is_empty(&file);
    if readable {
        let credential_report = shared.credential_report;
        // converting and syncing would hold up the other accounts' answers
        let written = tokio::task::spawn_blocking(move || write(&shared, account, details.as_ref(), file)).await;
        match written {
            Ok(written) => written?,
            // a panic costs this account and no other
            Err(_) => return Ok(Outcome::lost(&internal(), credential_report)),
        }
    }
    Ok(Outcome { failures, readable, by_base })
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

/// The lists, and a failure for each used policy whose text could not be had.
async fn read_details(
    shared: &Shared,
    session: &Session,
    account: AccountId,
) -> Result<(Details, Vec<Failure>), CallError> {
    let mut details = details::read(session, account, shared.tuning.page_limit).await?;
    let mut failures = Vec::new();
    for arn in details.missing_policies() {
        match shared.aws_policies.get(session, &arn).await {
            Ok(fetched) => add_policy(&mut details, &arn, fetched),
            Err(mut error) => {
                let shown = super::call::one_line(&arn);
                error.message = format!("`{shown}` is in use but its text could not be read: {}", error.message);
                failures.push(Failure { facet: Facet::PolicyDocument, error });
            }
        }
    }
    Ok((details, failures))
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

async fn read_small_facets(shared: &Shared, session: &Session) -> (AccountFile<'static>, Lost) {
    let (mut file, mut lost) = (AccountFile::default(), Lost::default());
    let tuning = &shared.tuning;
    // started first and fetched last, so that AWS makes it meanwhile
    let report = match shared.credential_report {
        true => Some(facets::start_credential_report(session).await),
        false => None,
    };
    file.account_summary = lost.or(Facet::AccountSummary, facets::summary(session).await);
    file.virtual_mfa_devices =
        lost.or(Facet::VirtualMfaDevices, facets::virtual_mfa_devices(session, tuning.page_limit).await);
    file.password_policy = lost.or(Facet::PasswordPolicy, facets::password_policy(session).await);
    file.account_aliases = lost.or(Facet::AccountAliases, facets::aliases(session, tuning.page_limit).await);
    if let Some(started) = report {
        let report = match started {
            // a report of the last four hours can be read without the right to have one made
            Err(error) if error.kind != Kind::Denied => Err(error),
            _ => facets::credential_report(session, tuning).await,
        };
        file.credential_report = lost.or(Facet::CredentialReport, report);
    }
    (file, lost)
}

/// Gathers failures.
#[derive(Default)]
struct Lost(Vec<Failure>);

impl Lost {
    fn or<T>(&mut self, facet: Facet, result: Result<T, CallError>) -> Option<T> {
        result.map_err(|error| self.0.push(Failure { facet, error })).ok()
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
}

fn write(
    shared: &Shared,
    account: AccountId,
    details: Option<&Details>,
    small: AccountFile<'static>,
) -> Result<(), WriteError> {
    let Some(details) = details else { return shared.writer.account(account, &small) };
    let documents = details.documents();
    let lists = shape::lists(details, &documents);
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
pub(super) fn internal() -> CallError {
    CallError::own("collect", Kind::Internal, "internal error while reading this account")
}
