//! The manifest while it grows: begun before the first file, noted now and then, finished at the end.
//!
//! Owns: when it is written. An interrupted run leaves a manifest that says what it has and that it is not finished.
//! INVARIANT: an account is `not read` in it until it has ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::account::Outcome;
use crate::ids::AccountId;
use crate::snapshot::ledger::Gap;
use crate::snapshot::manifest::Manifest;
use crate::snapshot::organization::OrganizationFile;
use crate::snapshot::write::{WriteError, Writer};

/// Time since the run began, told as time of day: the only clock is the caller's.
#[derive(Debug)]
pub(super) struct Clock {
    started: Timestamp,
    since: Instant,
}

impl Clock {
    /// A clock that reads `started` now.
    pub(super) fn new(started: Timestamp) -> Self {
        Self { started, since: Instant::now() }
    }

    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.since.elapsed()).unwrap_or_default();
        self.started.checked_add(elapsed).unwrap_or(self.started)
    }
}

/// A manifest in the making.
#[derive(Debug)]
pub(super) struct Journal {
    writer: Arc<Writer>,
    manifest: Manifest,
    /// What is known of the organisation from the start. It is written before the first note: account files without it
    /// would read like those of no organisation, with no SCP to limit them.
    outline: Option<OrganizationFile>,
    clock: Clock,
    every: Duration,
    noted: Instant,
    /// Whether something has ended since the last note.
    news: bool,
}

impl Journal {
    /// Begins with a manifest in which nothing is read yet.
    pub(super) fn begin(
        writer: Arc<Writer>,
        manifest: Manifest,
        outline: Option<OrganizationFile>,
        clock: Clock,
        every: Duration,
    ) -> Self {
        writer.begin(manifest.clone());
        Self { writer, manifest, outline, clock, every, noted: Instant::now(), news: false }
    }

    /// An account has ended.
    pub(super) async fn ended(&mut self, id: AccountId, outcome: &Outcome) -> Result<(), WriteError> {
        self.manifest.ledger.set(id, outcome.state());
        if outcome.readable {
            self.manifest.read_at.insert(id, self.clock.now());
        }
        self.news |= outcome.readable;
        self.note().await
    }

    /// Writes the manifest as it stands, where there is something new and the last time is long enough ago.
    pub(super) async fn note(&mut self) -> Result<(), WriteError> {
        if !self.news || self.noted.elapsed() < self.every {
            return Ok(());
        }
        let (writer, manifest) = (Arc::clone(&self.writer), self.manifest.clone());
        let outline = self.outline.take();
        off_thread(move || {
            if let Some(outline) = outline {
                writer.organization(&outline)?;
            }
            writer.checkpoint(manifest)
        })
        .await?;
        (self.noted, self.news) = (Instant::now(), false);
        Ok(())
    }

    /// Everything has ended: the organisation's file, then the finished manifest.
    pub(super) async fn finish(
        mut self,
        organization: Option<OrganizationFile>,
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
            self.writer.finish(self.manifest)
        })
        .await
    }
}

/// Syncing to disk would hold up the answers of AWS.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WriteError> + Send + 'static,
) -> Result<T, WriteError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| {
        let source = std::io::Error::other(broken.to_string());
        Err(WriteError::Io { action: "write", path: "manifest.json".into(), source })
    })
}
