//! All accounts, concurrently: started as long as there is room, until all have ended or there is a reason to stop.
//!
//! Owns: when an account is started, and the reasons to end early. Does not know how one is read (`account`).
//! INVARIANT: each account of the plan gets one ledger entry, whatever happens to its task.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::manifest::Journal;
use super::plan::Plan;
use crate::collect::account::outcome::Outcome;
use crate::collect::account::read;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::flow::Flow;
use crate::collect::aws::traffic::Traffic;
use crate::collect::credentials::base::BaseCredentials;
use crate::collect::deadline;
use crate::collect::options::{CollectOptions, Progress};
use crate::ids::AccountId;
use crate::snapshot::WriteError;

/// Most accounts in flight: while accounts wait for AWS, others are started in their place, limited by the memory that
/// this takes.
const MOST: usize = 256;
/// Time that an account has to make its first call before another is started beyond the slots.
const HEADWAY: Duration = Duration::from_millis(10);
/// Progress interval.
const TICK: Duration = Duration::from_secs(1);

/// A time that never comes.
const FAR_AWAY: Duration = Duration::from_secs(1 << 30);

/// The limits of the reading.
pub(crate) struct Bounds<'a> {
    pub(crate) options: &'a CollectOptions,
    pub(crate) flow: &'a Flow,
    pub(crate) base: &'a BaseCredentials,
    pub(crate) deadline: Option<Instant>,
}

/// Why the reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Every account has ended.
    AllDone,
    /// A stop was requested.
    Asked,
    /// The deadline passed.
    Deadline,
    /// The base credentials have expired.
    Expired,
    /// Every account of the sample refused the role.
    AllRefuse,
}

/// How the accounts ended.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) outcomes: BTreeMap<AccountId, Outcome>,
    pub(crate) end: End,
}

type Ended = Result<(Id, Result<Outcome, WriteError>), JoinError>;

/// Reads the accounts of the plan.
///
/// # Errors
/// If a file cannot be written.
pub(crate) async fn read<F>(
    plan: &Plan,
    bounds: &Bounds<'_>,
    progress: &dyn Progress,
    traffic: &Traffic,
    journal: &mut Journal,
    begin: impl Fn(AccountId) -> F,
) -> Result<Read, WriteError>
where
    F: Future<Output = Result<Outcome, WriteError>> + Send + 'static,
{
    let options = bounds.options;
    let mut waiting = plan.targets.iter().copied().peekable();
    let mut running: JoinSet<Result<Outcome, WriteError>> = JoinSet::new();
    let mut state = State::new(plan, bounds, progress, journal);
    // never, unless there is a reason
    let mut last_call = pin!(tokio::time::sleep(FAR_AWAY));
    let mut room = pin!(has_room(bounds.flow, 0, options.concurrency));
    let mut tick = tokio::time::interval(TICK);
    let over = bounds.deadline.unwrap_or_else(|| Instant::now() + FAR_AWAY);
    while !running.is_empty() || (state.end == End::AllDone && waiting.peek().is_some()) {
        let may_begin = state.end == End::AllDone && running.len() < MOST && waiting.peek().is_some();
        let told_to_end = tokio::select! {
            biased;
            _ = options.stop.asked(), if state.end != End::Asked => Some(End::Asked),
            () = tokio::time::sleep_until(over), if !matches!(state.end, End::Asked | End::Deadline) => {
                Some(End::Deadline)
            }
            () = &mut last_call => break,
            Some(ended) = running.join_next_with_id(), if !running.is_empty() => {
                state.ended(ended).await?;
                None
            }
            () = &mut room, if may_begin => {
                if let Some(id) = waiting.next() {
                    state.tasks.insert(running.spawn(begin(id)).id(), id);
                }
                room.set(has_room(bounds.flow, running.len(), options.concurrency));
                None
            }
            _ = tick.tick() => {
                state.report(traffic);
                None
            }
        };
        if let Some(end) = told_to_end {
            state.end = end;
            // open sessions outlive the base credentials, so their accounts can be finished
            last_call.as_mut().reset(Instant::now() + options.tuning.grace + options.tuning.saving);
        }
    }
    running.abort_all();
    state.finish().await
}

/// The state of the reading.
struct State<'a> {
    plan: &'a Plan,
    bounds: &'a Bounds<'a>,
    progress: &'a dyn Progress,
    journal: &'a mut Journal,
    /// The account of each task.
    tasks: BTreeMap<Id, AccountId>,
    outcomes: BTreeMap<AccountId, Outcome>,
    end: End,
    /// Whether the run waits for new base credentials, as last reported.
    waits: bool,
}

impl<'a> State<'a> {
    fn new(plan: &'a Plan, bounds: &'a Bounds<'a>, progress: &'a dyn Progress, journal: &'a mut Journal) -> Self {
        Self {
            plan,
            bounds,
            progress,
            journal,
            tasks: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            end: End::AllDone,
            waits: false,
        }
    }

    /// Handles the end of an account, which may be a reason to start no other.
    async fn ended(&mut self, ended: Ended) -> Result<(), WriteError> {
        let options = self.bounds.options;
        let (id, outcome) = named(ended, &mut self.tasks, options)?;
        self.journal.ended(id, &outcome).await?;
        tell(self.plan, self.progress, id, &outcome);
        if let Some(reason) = reason_to_end(&outcome, &self.outcomes, options).filter(|_| self.end == End::AllDone) {
            self.end = reason;
        }
        self.outcomes.insert(id, outcome);
        Ok(())
    }

    fn report(&mut self, traffic: &Traffic) {
        let (calls, throttled) = traffic.counts();
        self.progress.traffic(calls, throttled);
        if self.bounds.base.is_waiting() != self.waits {
            self.waits = !self.waits;
            self.progress.note(&of_wait(self.waits, self.bounds.options));
        }
    }

    /// Records the reason for accounts that were not read.
    async fn finish(mut self) -> Result<Read, WriteError> {
        let unread = self.plan.targets.iter().filter(|id| !self.outcomes.contains_key(id)).copied();
        for id in unread.collect::<Vec<_>>() {
            let outcome = Outcome::lost(&not_read(self.end, self.bounds.options), &self.bounds.options.facets);
            self.journal.ended(id, &outcome).await?;
            self.outcomes.insert(id, outcome);
        }
        Ok(Read { outcomes: self.outcomes, end: self.end })
    }
}

/// The note for the start and the end of a wait for new base credentials.
fn of_wait(waits: bool, options: &CollectOptions) -> String {
    let minutes = options.tuning.sign_in_wait.as_secs().div_ceil(60);
    if waits {
        format!(
            "the base credentials have expired: sign in again with the same profile (`aws sso login`, `aws login`); \
             the run waits for up to {minutes} min and then goes on"
        )
    } else {
        "the wait for new base credentials is over".to_owned()
    }
}

/// Accounts are started at once up to the number of calls in flight, and beyond it whenever a call could be made.
async fn has_room(flow: &Flow, running: usize, concurrency: usize) {
    while running >= concurrency.max(1) {
        tokio::time::sleep(HEADWAY).await;
        if flow.has_room() {
            return;
        }
    }
}

/// The account of a task. A task that panicked costs only its own account.
fn named(
    ended: Ended,
    names: &mut BTreeMap<Id, AccountId>,
    options: &CollectOptions,
) -> Result<(AccountId, Outcome), WriteError> {
    let (task, outcome) = match ended {
        Ok((task, outcome)) => (task, outcome?),
        Err(failed) => (failed.id(), Outcome::lost(&read::internal(), &options.facets)),
    };
    // every task was named when it was started
    let lost = || WriteError::Io {
        action: "account for",
        path: options.snapshot_dir.clone(),
        source: std::io::Error::other("a task ended that was never started"),
    };
    Ok((names.remove(&task).ok_or_else(lost)?, outcome))
}

fn tell(plan: &Plan, progress: &dyn Progress, id: AccountId, outcome: &Outcome) {
    let name = plan.listing.accounts.get(&id).map_or("", |listed| listed.account.name.as_str());
    if outcome.by_base {
        progress.note(&format!(
            "account {id} does not allow the role to be assumed; it was read with the base credentials"
        ));
    }
    progress.account_done(id, name, &outcome.state());
}

/// Why no further account is worth starting.
fn reason_to_end(outcome: &Outcome, earlier: &BTreeMap<AccountId, Outcome>, options: &CollectOptions) -> Option<End> {
    // of the base credentials: an expired session concerns only its account
    if outcome.failures.iter().any(|failure| failure.error.kind == Kind::Expired) {
        return Some(End::Expired);
    }
    let refuses = |outcome: &Outcome| {
        outcome.by_base || outcome.failures.first().is_some_and(|failure| failure.error.refuses_session())
    };
    let sample = earlier.len() + 1 >= options.tuning.refused_sample.max(1);
    (sample && refuses(outcome) && earlier.values().all(refuses)).then_some(End::AllRefuse)
}

/// The error for an account that was not read because the run ended.
fn not_read(end: End, options: &CollectOptions) -> CallError {
    match end {
        End::Deadline => deadline::late(options.deadline.unwrap_or_default()),
        End::AllRefuse => {
            let sample = options.tuning.refused_sample;
            CallError::own(
                "AssumeRole",
                Kind::NotTried,
                format!("not tried: {sample} accounts before it refused the role"),
            )
        }
        End::Expired => CallError::own("AssumeRole", Kind::Expired, "not tried: the base credentials have expired"),
        End::Asked | End::AllDone => CallError::own("collect", Kind::NotTried, "not read"),
    }
}
