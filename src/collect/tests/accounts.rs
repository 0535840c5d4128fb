//! The accounts of a run: when no further one is started, and that each has a ledger entry at the end.
#![cfg(test)]

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::time::Instant;

use crate::collect::account::outcome::Outcome;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::flow::{Flow, Limits};
use crate::collect::credentials::base::BaseCredentials;
use crate::collect::options::{CollectOptions, Progress};
use crate::collect::people::read::People;
use crate::collect::run::accounts::{Bounds, End, Read, read};
use crate::collect::run::manifest::{Clock, Journal};
use crate::collect::run::plan::Plan;
use crate::diagnostic::Diagnostic;
use crate::facet::Facet;
use crate::ids::AccountId;
use crate::snapshot::WriteError;
use crate::snapshot::ledger::AccountState;
use crate::snapshot::manifest::FORMAT;
use crate::snapshot::write::Writer;

struct Silent;

impl Progress for Silent {
    fn identity(&self, _: &str, _: &str, _: &str) {}
    fn listed(&self, _: usize, _: usize) {}
    fn account_done(&self, _: AccountId, _: &str, _: &AccountState) {}
    fn note(&self, _: &str) {}
    fn warning(&self, _: &Diagnostic) {}
}

fn id(n: usize) -> AccountId {
    AccountId::parse(&format!("{n:012}")).unwrap()
}

fn read_whole() -> Outcome {
    Outcome { readable: true, ..Outcome::default() }
}

struct Bench {
    _directory: tempfile::TempDir,
    plan: Plan,
    options: CollectOptions,
    journal: Journal,
}

impl Bench {
    fn new(accounts: usize) -> Self {
        let started = "2026-01-02T03:04:05Z".parse().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let writer = Arc::new(Writer::create(directory.path(), "test").unwrap());
        let manifest = serde_json::from_value(serde_json::json!({
            "format": FORMAT, "tool": "test", "started": started, "ledger": {}, "files": {},
        }));
        let journal = Journal::begin(writer, manifest.unwrap(), None, Clock::new(started));
        let mut options = CollectOptions::new("audit", "unused", started);
        options.concurrency = 2;
        let plan = Plan { targets: (1..=accounts).map(id).collect(), ..Plan::default() };
        Self { _directory: directory, plan, options, journal }
    }

    async fn read<F>(&mut self, deadline: Option<Instant>, begin: impl Fn(AccountId) -> F) -> Read
    where
        F: Future<Output = Result<Outcome, WriteError>> + Send + 'static,
    {
        let flow = Flow::new(Limits {
            calls: 2,
            calls_of_account: 2,
            rate_of_account: f64::INFINITY,
            assume_rate: f64::INFINITY,
            quota_scale: 1.0,
            attempt: Duration::from_secs(30),
        });
        let keys = Credentials::new("AKIA", "secret", None, None, "test");
        let base = BaseCredentials::new(SharedCredentialsProvider::new(keys), Duration::ZERO);
        let bounds = Bounds { options: &self.options, flow: &flow, base: &base, deadline };
        read(&self.plan, &bounds, &Silent, &flow.traffic(), &mut self.journal, begin).await.unwrap()
    }
}

#[tokio::test]
async fn an_account_whose_task_panics_costs_no_other() {
    let mut bench = Bench::new(5);
    let broken = id(3);
    let read = bench
        .read(None, |id| async move {
            assert!(id != broken, "a defect");
            Ok(read_whole())
        })
        .await;
    assert_eq!(read.end, End::AllDone);
    assert_eq!(read.outcomes.len(), 5);
    let complete = |outcome: &Outcome| outcome.state() == AccountState::Complete;
    assert!(read.outcomes.iter().all(|(id, outcome)| (*id == broken) != complete(outcome)));
    let manifest = bench.journal.finish(None, People::default(), Vec::new()).await.unwrap();
    assert_eq!((manifest.read_at.len(), manifest.ledger.is_complete()), (4, false));
}

#[tokio::test]
async fn a_deadline_ends_the_run_and_every_account_has_an_entry() {
    let mut bench = Bench::new(6);
    bench.options.tuning.grace = Duration::from_millis(20);
    bench.options.tuning.saving = Duration::from_millis(20);
    bench.options.deadline = Some(Duration::from_millis(50));
    let read = bench
        .read(Some(Instant::now() + Duration::from_millis(50)), |account| async move {
            if account != id(1) {
                std::future::pending::<()>().await;
            }
            Ok(read_whole())
        })
        .await;
    assert_eq!((read.end, read.outcomes.len()), (End::Deadline, 6));
    let late = |outcome: &&Outcome| outcome.failures.iter().any(|f| f.error.kind == Kind::Deadline);
    assert_eq!(read.outcomes.values().filter(late).count(), 5);
}

#[tokio::test]
async fn when_nobody_lets_us_in_a_sample_is_enough() {
    let mut bench = Bench::new(200);
    bench.options.tuning.refused_sample = 10;
    let denied = CallError::own("AssumeRole", Kind::Denied, "AccessDenied: no");
    let facets = bench.options.facets.clone();
    let tried = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let read = bench
        .read(None, |_| {
            let outcome = Outcome::lost(&denied, &facets);
            let tried = Arc::clone(&tried);
            async move {
                tried.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Ok(outcome)
            }
        })
        .await;
    assert_eq!((read.end, read.outcomes.len()), (End::AllRefuse, 200));
    assert!(tried.load(std::sync::atomic::Ordering::SeqCst) < 30);
    let gap = |outcome: &Outcome| outcome.failures.iter().any(|f| f.facet == Facet::AuthorizationDetails);
    assert!(read.outcomes.values().all(gap));
}

#[tokio::test]
async fn one_account_that_lets_us_in_is_reason_to_try_them_all() {
    let mut bench = Bench::new(60);
    bench.options.tuning.refused_sample = 10;
    let denied = CallError::own("AssumeRole", Kind::Denied, "AccessDenied: no");
    let facets = bench.options.facets.clone();
    let read = bench
        .read(None, |account| {
            let outcome = if account == id(4) { read_whole() } else { Outcome::lost(&denied, &facets) };
            async move { Ok(outcome) }
        })
        .await;
    assert_eq!((read.end, read.outcomes.len()), (End::AllDone, 60));
}

#[tokio::test]
async fn expired_base_credentials_end_the_run() {
    let mut bench = Bench::new(50);
    let expired = CallError::own("AssumeRole", Kind::Expired, "ExpiredToken");
    let facets = bench.options.facets.clone();
    let read = bench
        .read(None, |account| {
            let outcome = if account < id(4) { read_whole() } else { Outcome::lost(&expired, &facets) };
            async move { Ok(outcome) }
        })
        .await;
    assert_eq!(read.end, End::Expired);
}
