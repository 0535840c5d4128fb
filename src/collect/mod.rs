//! Reads an organisation through the AWS SDK and writes a snapshot. Never a write call.
//!
//! Owns: everything between credentials and files. `allow` is the list of calls, `clients` the only maker of SDK clients,
//! `pace` how fast they may be made, `wire` and `complete` the check that an answer is whole, `pages` the page loop, `session`
//! the role in an account, `discover` and `structure` the organisation, `plan` who is read, `account` one account with a file
//! for each of its larger facets, `accounts` all of them, `resume` and `journal` what outlives the process, `run` the whole.
//! Does not know what a policy means.
//! INVARIANT: every listed account ends as complete, incomplete with reasons, or skipped with a reason; what could not be
//! read is a gap and never an empty list.

mod account;
mod accounts;
mod allow;
mod base;
mod call;
mod causes;
mod chain;
mod clients;
mod complete;
mod details;
mod discover;
pub mod doctor;
mod documents;
mod environment;
mod error;
mod events;
mod facets;
mod guardrails;
mod journal;
mod lane;
mod last_accessed;
mod options;
mod over;
mod pace;
mod pages;
pub mod permissions;
mod plan;
mod policies;
mod probe;
mod proxy;
mod reconcile;
mod regions;
mod renewal;
mod required;
mod resume;
mod run;
mod scope;
mod session;
mod shape;
mod structure;
mod trails;
mod tree;
mod users;
mod wire;

#[cfg(test)]
mod tests;

pub use error::CollectError;
pub use options::{
    AskCode, CollectOptions, EventSearch, ExternalId, Mfa, Progress, Resume, Scope, SessionMarks, SessionOptions,
    StaticCredentials, Stop, Tuning,
};

use crate::snapshot::manifest::Manifest;

/// Reads what `options` ask for and writes the snapshot. An account or facet that could not be read is in the manifest's
/// ledger and no error. Dropping the future stops the collection; files written until then stay.
///
/// # Errors
/// Where nothing could be started, nothing could be read, or the snapshot could not be written.
pub async fn collect(options: &CollectOptions, progress: &dyn Progress) -> Result<Manifest, CollectError> {
    let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    Ok(run::run(options, progress, &variable).await?)
}

/// The active accounts of the organisation with their names, in order of id: what [`Scope::Accounts`] can be made of.
///
/// # Errors
/// Where the credentials or Organizations do not let us.
pub async fn list(
    options: &CollectOptions,
    progress: &dyn Progress,
) -> Result<Vec<(crate::ids::AccountId, String)>, CollectError> {
    let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let deadline = options.deadline.map(|limit| tokio::time::Instant::now() + limit);
    let list = Box::pin(plan::list(options, progress, &variable));
    Ok(over::before(deadline, options.deadline, "Organizations: the list of accounts", list).await?)
}
