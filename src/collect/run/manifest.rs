//! The manifest while it grows: written before the first file, updated account by account, finished at the end.
//!
//! Owns: what is recorded and when. An interrupted run leaves a snapshot that says what it has and that it is not
//! finished.
//! INVARIANT: an account is `not read` in it until it has ended.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use crate::collect::account::outcome::Outcome;
use crate::collect::people::read::People;
use crate::ids::AccountId;
use crate::snapshot::WriteError;
use crate::snapshot::ledger::Gap;
use crate::snapshot::manifest::Manifest;
use crate::snapshot::organization::OrganizationFile;
use crate::snapshot::write::Writer;

/// Time since the start of the run, as a time of day: the only clock is the caller's.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Timestamp,
    since: Instant,
}

impl Clock {
    /// A clock that reads `started` now.
    pub(crate) fn new(started: Timestamp) -> Self {
        Self { started, since: Instant::now() }
    }

    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.since.elapsed()).unwrap_or_default();
        self.started.checked_add(elapsed).unwrap_or(self.started)
    }
}

/// A manifest under construction.
#[derive(Debug)]
pub(crate) struct Journal {
    writer: Arc<Writer>,
    manifest: Manifest,
    clock: Clock,
}

impl Journal {
    /// Starts with a manifest in which nothing is read yet, except what was carried over.
    pub(crate) fn begin(
        writer: Arc<Writer>,
        manifest: Manifest,
        outline: Option<OrganizationFile>,
        clock: Clock,
    ) -> Self {
        writer.begin(manifest.clone(), outline);
        Self { writer, manifest, clock }
    }

    /// Records the end of an account. An account of which nothing could be read is not recorded: it is as unread as
    /// before.
    pub(crate) async fn ended(&mut self, id: AccountId, outcome: &Outcome) -> Result<(), WriteError> {
        let state = outcome.state();
        self.manifest.ledger.set(id, state.clone());
        if !outcome.readable {
            return Ok(());
        }
        let now = self.clock.now();
        self.manifest.read_at.insert(id, now);
        let writer = Arc::clone(&self.writer);
        let digest = outcome.digest.clone();
        off_thread(move || writer.note(id, state, Some(now), digest.as_deref())).await
    }

    /// How many accounts are complete so far.
    pub(crate) fn complete(&self) -> usize {
        self.manifest.ledger.view().complete
    }

    /// What was read of people by a run that ends early.
    pub(crate) async fn keep(&self, people: People) -> Result<(), WriteError> {
        let writer = Arc::clone(&self.writer);
        off_thread(move || write(&writer, &people)).await
    }

    /// At the end: writes the organization's files, then the finished manifest.
    pub(crate) async fn finish(
        mut self,
        organization: Option<OrganizationFile>,
        people: People,
        mut gaps: Vec<Gap>,
    ) -> Result<Manifest, WriteError> {
        gaps.sort();
        gaps.dedup();
        self.manifest.gaps = gaps;
        self.manifest.finished = Some(self.clock.now());
        off_thread(move || {
            if let Some(organization) = &organization {
                self.writer.organization(organization)?;
            }
            write(&self.writer, &people)?;
            self.writer.finish(self.manifest)
        })
        .await
    }
}

fn write(writer: &Writer, people: &People) -> Result<(), WriteError> {
    if let Some(file) = &people.identity_center {
        writer.identity_center(file)?;
    }
    if let Some(file) = &people.account_access {
        writer.account_access(file)?;
    }
    Ok(())
}

/// Runs off the async threads: syncing to disk would delay AWS's answers.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WriteError> + Send + 'static,
) -> Result<T, WriteError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| {
        let source = std::io::Error::other(broken.to_string());
        Err(WriteError::Io { action: "write", path: "manifest.json".into(), source })
    })
}
