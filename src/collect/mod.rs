//! Reads an organization through the AWS SDK and writes a snapshot. Never a write call.
//!
//! Owns: everything between credentials and files, in rooms that import downwards only: `doctor` → `run` → `account`,
//! `organization` and `people` → `credentials` → `deadline`, `error`, `options` → `aws`. Does not know what a policy means.
//! INVARIANT: every listed account ends as complete, incomplete with reasons, or skipped with a reason; what could not
//! be read is missing data and never an empty list.

mod account;
mod aws;
mod credentials;
mod deadline;
pub mod doctor;
mod error;
mod options;
mod organization;
mod people;
mod run;

#[cfg(test)]
mod tests;

pub use error::CollectError;
pub use options::{
    AskCode, AssignmentsBy, CollectOptions, Environment, EventSearch, ExternalId, Mfa, PeopleOptions, Progress, Resume,
    Scope, SessionMarks, SessionOptions, StaticCredentials, Stop, Tuning,
};

use crate::snapshot::manifest::Manifest;

/// Reads what `options` select and writes the snapshot. An account or data set that could not be read is in the
/// manifest's ledger and not an error. Dropping the future stops the collection; files written until then remain.
///
/// # Errors
/// If nothing could be started, nothing could be read, or the snapshot could not be written.
pub async fn collect(options: &CollectOptions, progress: &dyn Progress) -> Result<Manifest, CollectError> {
    Ok(run::whole::run(options, progress).await?)
}

/// The active accounts of the organization with their names, ordered by id: input for [`Scope::Accounts`].
///
/// # Errors
/// If the credentials fail, or Organizations denies the call.
pub async fn list(
    options: &CollectOptions,
    progress: &dyn Progress,
) -> Result<Vec<(crate::ids::AccountId, String)>, CollectError> {
    let deadline = options.deadline.map(|limit| tokio::time::Instant::now() + limit);
    let list = Box::pin(run::plan::list(options, progress));
    Ok(deadline::before(deadline, options.deadline, "Organizations: the list of accounts", list).await?)
}
