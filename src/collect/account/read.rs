//! One account: assume its role, read every data set, write its file.
//!
//! Owns: the order of the data sets, and which data each failure costs. Does not know other accounts.
//! INVARIANT: every data set is either in the file or in the missing data.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aws_sdk_iam::types::ManagedPolicyDetail;

use super::convert;
use super::details::Details;
use super::facets::{self, Step};
use super::outcome::Outcome;
use super::reading::{Read, Reading, Shared};
use super::reconcile;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::text::one_line;
use crate::collect::credentials::session::Session;
use crate::facet::AccountFacet;
use crate::ids::AccountId;
use crate::snapshot::WriteError;
use crate::snapshot::account::AccountFile;

/// Reads one account and writes its file. When the account's time is up, what was read is written as usual, and the
/// remaining data sets are missing data.
///
/// # Errors
/// Only if the file cannot be written: that ends the run. Everything else is part of the outcome.
pub(crate) async fn read(shared: Arc<Shared>, account: AccountId) -> Result<Outcome, WriteError> {
    let over = shared.over.within(shared.tuning.account_timeout);
    let (session, by_base) = match over.or(Box::pin(open(&shared, account))).await {
        Ok(opened) => opened,
        Err(error) => return Ok(Outcome::lost(&error, &shared.facets)),
    };
    let reading = Reading::new(&shared, &session, account, over);
    // concurrently; the account's pace decides how many calls are in flight
    futures::join!(
        Box::pin(reading.principals()),
        Box::pin(reading.beside()),
        Box::pin(reading.facets_of(Step::Alone)),
    );
    Box::pin(reading.reconcile()).await;
    let Read { details, role_settings, file, failures } = reading.finish();
    let readable = details.is_some() || has_any(&file);
    let mut digest = None;
    if readable {
        let facets = shared.facets.clone();
        // converting and syncing would delay the answers of other accounts
        let written = tokio::task::spawn_blocking(move || {
            let Some(details) = &details else { return shared.writer.account(account, &file) };
            let documents = details.documents();
            let lists = convert::lists(details, &role_settings, &documents);
            let file = AccountFile {
                user_detail_list: lists.user_detail_list,
                group_detail_list: lists.group_detail_list,
                role_detail_list: lists.role_detail_list,
                policies: lists.policies,
                ..file
            };
            shared.writer.account(account, &file)
        });
        match written.await {
            Ok(written) => digest = Some(written?),
            // a panic costs only this account
            Err(_) => return Ok(Outcome::lost(&internal(), &facets)),
        }
    }
    Ok(Outcome { failures, readable, by_base, digest })
}

/// The base identity's own account is opened like every other; only if that is refused, the base credentials read it.
async fn open(shared: &Shared, account: AccountId) -> Result<(Session, bool), CallError> {
    match Session::open(&shared.entry, account).await {
        Ok(session) => Ok((session, false)),
        Err(error) if account == shared.base_account && error.kind == Kind::Denied => {
            Ok((Session::of_base(&shared.entry, account).await?, true))
        }
        Err(error) => Err(error),
    }
}

impl Reading<'_> {
    /// The selected data sets of a step.
    fn wanted(&self, step: Step) -> impl Iterator<Item = AccountFacet> {
        self.shared.facets.account_facets().filter(move |facet| facets::step(*facet) == step)
    }

    /// Reads the data sets of a step, one after another.
    async fn facets_of(&self, step: Step) {
        for facet in self.wanted(step) {
            facets::read(facet, self).await;
        }
    }

    /// Users, groups, roles and policies, and what is read principal by principal.
    async fn principals(&self) {
        if let Err(error) = self.details().await {
            // the users are unknown, so nothing about them can be read
            let lost = self.shared.facets.account_facets().filter(|facet| facets::step(*facet).needs_principals());
            lost.for_each(|facet| self.lost(facet, error.clone()));
            return;
        }
        self.facets_of(Step::Roles).await;
        let of_users = self.wanted(Step::Users).map(|facet| Box::pin(facets::read(facet, self)));
        futures::future::join_all(of_users).await;
        self.facets_of(Step::Jobs).await;
    }

    /// The lists, and a failure for each used policy whose text could not be read.
    async fn details(&self) -> Result<(), CallError> {
        let lists = facets::authorization_details(self.session, self.account, self.page_limit());
        let mut details = self.over.or(lists).await?;
        for arn in details.missing_policies() {
            match self.over.or(self.shared.aws_policies.get(self.session, &arn)).await {
                Ok(fetched) => add_policy(&mut details, &arn, fetched),
                Err(mut error) => {
                    let shown = one_line(&arn);
                    error.message = format!("`{shown}` is in use but its text could not be read: {}", error.message);
                    self.lost(AccountFacet::PolicyDocument, error);
                }
            }
        }
        self.details.get_or_init(|| details);
        Ok(())
    }

    /// What does not depend on the principals, and the report that AWS generates in the meantime. If its start hangs,
    /// nothing else waits for it.
    async fn beside(&self) {
        let start = async {
            let mut started = None;
            if self.wanted(Step::Report).next().is_some() {
                started = Some(self.over.or(facets::start_credential_report(self.session)).await);
            }
            started
        };
        let (started, ()) = futures::join!(Box::pin(start), Box::pin(self.facets_of(Step::Beside)));
        match started {
            None => {}
            // a report of the last four hours can be read without permission to generate one
            Some(Err(error)) if error.kind != Kind::Denied => self.lost(AccountFacet::CredentialReport, error),
            Some(_) => facets::read(AccountFacet::CredentialReport, self).await,
        }
    }

    /// Which data is missing according to AWS's own counts. The summary is read again before a difference is reported.
    async fn reconcile(&self) {
        let Some(details) = self.details.get() else { return };
        let (summary, devices) = {
            let file = self.file();
            let devices = file.mfa_devices.as_ref().filter(|_| !self.users_left.load(Ordering::Relaxed)).map(Vec::len);
            let Some(summary) = file.account_summary.clone() else { return };
            (summary, devices)
        };
        let differing = reconcile::differing(reconcile::counts(details, devices, &summary), &summary);
        if differing.is_empty() {
            return;
        }
        let after = self.over.or(facets::account_summary(self.session)).await.ok();
        for failure in reconcile::gaps(&differing, &summary, after.as_ref()) {
            self.lost(failure.facet, failure.error);
        }
    }
}

/// What the pages said about the policy is kept; the fetched text is added to it.
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

fn has_any(file: &AccountFile<'_>) -> bool {
    // one of the two lists of a data set counts too
    !file.facets().is_empty() || file.open_id_connect_providers.is_some() || file.saml_providers.is_some()
}

/// The error for an account whose task panicked.
pub(crate) fn internal() -> CallError {
    CallError::own("collect", Kind::Internal, "internal error while reading this account")
}
