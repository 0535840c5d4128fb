//! Progress of a collection: a bar on a terminal, otherwise a line every half minute.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::metrics::Course;
use super::output::Console;
use crate::collect::Progress;
use crate::diagnostic::Diagnostic;
use crate::ids::AccountId;
use crate::report::terminal::diagnostic::Level;
use crate::snapshot::ledger::AccountState;

/// Progress interval of a log without a terminal.
const HEARTBEAT: Duration = Duration::from_secs(30);

const BAR: &str = "scanning  {bar:20} {human_pos}/{human_len}   {msg}   {elapsed}, about {eta} left";
const ASCII_BAR: &str = "scanning  [{bar:20}] {human_pos}/{human_len}   {msg}   {elapsed}, about {eta} left";

/// Shows on a terminal, or in a log, how far a collection is.
pub(super) struct ConsoleProgress<'c> {
    console: &'c Console,
    bar: ProgressBar,
    done: AtomicUsize,
    incomplete: AtomicUsize,
    total: AtomicUsize,
    calls: AtomicU64,
    /// Calls that AWS throttled.
    throttled: AtomicU64,
    since: Instant,
    last_line: Mutex<Instant>,
}

impl<'c> ConsoleProgress<'c> {
    pub(super) fn new(console: &'c Console) -> Self {
        let target = if console.progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let template = if console.err.unicode { BAR } else { ASCII_BAR };
        let style = ProgressStyle::with_template(template).map(|style| {
            if console.err.unicode {
                style.progress_chars("█▉▊▋▌▍▎▏░")
            } else {
                style.progress_chars("#>-")
            }
        });
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            console,
            bar,
            done: AtomicUsize::new(0),
            incomplete: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            calls: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            since: Instant::now(),
            last_line: Mutex::new(Instant::now()),
        }
    }

    /// What is known of the run; `failed` says whether it failed.
    pub(super) fn course(&self, failed: bool) -> Course {
        let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
        Course { calls: count(&self.calls), throttled: count(&self.throttled), took: self.since.elapsed(), failed }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
        if !self.console.progress && self.total.load(Ordering::Relaxed) > 0 {
            self.line();
        }
    }

    fn say(&self, text: &str) {
        self.bar.suspend(|| self.console.say(text));
    }

    fn message(&self) -> String {
        let incomplete = self.incomplete.load(Ordering::Relaxed);
        let calls = self.calls.load(Ordering::Relaxed);
        let throttled = self.throttled.load(Ordering::Relaxed);
        let throttled = throttled.saturating_mul(1000).checked_div(calls).unwrap_or(0);
        let seconds = self.since.elapsed().as_secs_f64().max(0.1);
        let rate = self.done.load(Ordering::Relaxed) as f64 / seconds;
        format!("{incomplete} incomplete, {}.{} % throttled, {rate:.1}/s", throttled / 10, throttled % 10)
    }

    fn line(&self) {
        let count = |n: &AtomicUsize| n.load(Ordering::Relaxed);
        let done = count(&self.done);
        let total = count(&self.total);
        let left = match (done, total.saturating_sub(done)) {
            (_, 0) | (0, _) => String::new(),
            (done, left) => {
                let seconds = self.since.elapsed().as_secs_f64() * left as f64 / done as f64;
                format!(", about {} left", HumanDuration(Duration::from_secs_f64(seconds)))
            }
        };
        self.say(&format!("scanning  {done}/{total} accounts done, {}{left}", self.message()));
    }

    /// Writes a line of progress if there is no terminal.
    fn heartbeat(&self) {
        if !self.console.progress
            && self.total.load(Ordering::Relaxed) > 0
            && let Ok(mut last) = self.last_line.lock()
            && last.elapsed() >= HEARTBEAT
        {
            *last = Instant::now();
            self.line();
        }
    }
}

impl Progress for ConsoleProgress<'_> {
    fn identity(&self, arn: &str, _account: &str, source: &str) {
        self.say(&format!("identity  {arn}  via {source}"));
    }

    fn listed(&self, listed: usize, skipped: usize) {
        let to_read = listed.saturating_sub(skipped);
        self.total.store(to_read, Ordering::Relaxed);
        self.bar.set_length(to_read as u64);
        self.say(&format!("accounts  {listed} listed, {to_read} to read"));
    }

    fn account_done(&self, _id: AccountId, _name: &str, state: &AccountState) {
        if matches!(state, AccountState::Skipped { .. }) {
            return;
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        if matches!(state, AccountState::Incomplete { .. }) {
            self.incomplete.fetch_add(1, Ordering::Relaxed);
        }
        self.bar.inc(1);
        self.bar.set_message(self.message());
        self.heartbeat();
    }

    fn traffic(&self, calls: u64, throttled: u64) {
        self.calls.store(calls, Ordering::Relaxed);
        self.throttled.store(throttled, Ordering::Relaxed);
        self.bar.set_message(self.message());
        self.heartbeat();
    }

    fn note(&self, text: &str) {
        self.say(&format!("note      {text}"));
    }

    fn warning(&self, diagnostic: &Diagnostic) {
        self.bar.suspend(|| self.console.diagnostic(diagnostic, Level::Warning));
    }
}
