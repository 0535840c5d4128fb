//! Progress of a collection: a bar on a terminal, a line every half minute elsewhere.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Console;
use crate::collect::Progress;
use crate::diagnostic::Diagnostic;
use crate::ids::AccountId;
use crate::report::diagnostic::Level;
use crate::report::terminal::escape;
use crate::snapshot::ledger::AccountState;

/// How often a log without a terminal is told that work goes on.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Tells a person, or a log, how far a collection is.
pub(super) struct ConsoleProgress<'c> {
    console: &'c Console,
    bar: ProgressBar,
    done: AtomicUsize,
    incomplete: AtomicUsize,
    total: AtomicUsize,
    last_line: Mutex<Instant>,
}

impl<'c> ConsoleProgress<'c> {
    pub(super) fn new(console: &'c Console) -> Self {
        let target = if console.progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("scanning  {bar:24} {pos}/{len}  {msg}  {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            console,
            bar,
            done: AtomicUsize::new(0),
            incomplete: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            last_line: Mutex::new(Instant::now()),
        }
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

    fn line(&self) {
        let count = |n: &AtomicUsize| n.load(Ordering::Relaxed);
        self.say(&format!(
            "scanning  {}/{} accounts done, {} incomplete",
            count(&self.done),
            count(&self.total),
            count(&self.incomplete)
        ));
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
        self.say(&format!("accounts  {listed} listed, {skipped} skipped"));
    }

    fn account_done(&self, _id: AccountId, name: &str, state: &AccountState) {
        if matches!(state, AccountState::Skipped { .. }) {
            return;
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        if matches!(state, AccountState::Incomplete { .. }) {
            self.incomplete.fetch_add(1, Ordering::Relaxed);
        }
        self.bar.inc(1);
        let incomplete = self.incomplete.load(Ordering::Relaxed);
        self.bar.set_message(format!("{incomplete} incomplete  {}", escape(name)));
        if !self.console.progress
            && let Ok(mut last) = self.last_line.lock()
            && last.elapsed() >= HEARTBEAT
        {
            *last = Instant::now();
            self.line();
        }
    }

    fn note(&self, text: &str) {
        self.say(&format!("note      {text}"));
    }

    fn warning(&self, diagnostic: &Diagnostic) {
        self.bar.suspend(|| self.console.diagnostic(diagnostic, Level::Warning));
    }
}
