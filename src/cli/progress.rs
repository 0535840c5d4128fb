//! Progress of a collection: a bar on a terminal, otherwise a line every half minute.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::metrics::Course;
use super::output::Console;
use crate::collect::Progress;
use crate::diagnostic::Diagnostic;
use crate::ids::AccountId;
use crate::report::terminal::diagnostic::Level;
use crate::report::terminal::style::Style;
use crate::snapshot::ledger::AccountState;

/// Progress interval of a log without a terminal.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Below this width there is no room for a bar beside the numbers.
const ROOM_FOR_BAR: u16 = 72;

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
        bar.set_style(style(&console.err));
        console.log.set(&bar);
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

    /// A line for people, above the bar.
    pub(super) fn say(&self, text: &str) {
        self.bar.suspend(|| self.console.say(text));
    }

    fn message(&self) -> String {
        let incomplete = self.incomplete.load(Ordering::Relaxed);
        let calls = self.calls.load(Ordering::Relaxed);
        let throttled = self.throttled.load(Ordering::Relaxed);
        let throttled = throttled.saturating_mul(1000).checked_div(calls).unwrap_or(0);
        let seconds = self.since.elapsed().as_secs_f64().max(0.1);
        let done = self.done.load(Ordering::Relaxed);
        let rate = if done > 0 { format!("{:.1}/s", done as f64 / seconds) } else { String::new() };
        // what is as it should be takes no room
        let incomplete = if incomplete > 0 { format!("{incomplete} incomplete") } else { String::new() };
        let throttled =
            if throttled > 0 { format!("{}.{} % throttled", throttled / 10, throttled % 10) } else { String::new() };
        let told = [rate, incomplete, throttled].into_iter().filter(|part| !part.is_empty());
        told.collect::<Vec<_>>().join(", ")
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
        let message = self.message();
        let message = if message.is_empty() { message } else { format!(", {message}") };
        self.say(&format!("scanning  {done}/{total} accounts done{message}{left}"));
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

/// One line that fits the terminal: what is wider is cut, at the end, where the least important stands.
fn style(err: &Style) -> ProgressStyle {
    let bar = match (err.unicode, err.width.is_none_or(|width| width >= ROOM_FOR_BAR)) {
        (_, false) => "",
        (true, true) => "{bar:14} ",
        (false, true) => "[{bar:14}] ",
    };
    let template = format!("scanning  {bar}{{count}}  {{elapsed}}{{left}}  {{wide_msg}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let chars = if err.unicode { "█▉▊▋▌▍▎▏░" } else { "#>-" };
    let style = style.with_key("count", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = match state.len().filter(|all| *all > 0) {
            Some(all) => write!(out, "{}/{}", HumanCount(state.pos()), HumanCount(all)),
            None => write!(out, "listing accounts"),
        };
    });
    style.progress_chars(chars).with_key("left", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // before the first account is done nothing is known of the others, and after the last nothing is left
        if state.pos() > 0 && state.len().is_some_and(|all| state.pos() < all) {
            let _ = write!(out, ", about {:#} left", HumanDuration(state.eta()));
        }
    })
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use indicatif::TermLike;

    use super::*;

    /// A terminal of this width that keeps what was last written to a line.
    #[derive(Clone, Debug)]
    struct Narrow(u16, Arc<Mutex<String>>);

    impl TermLike for Narrow {
        fn width(&self) -> u16 {
            self.0
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.1.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.1.lock().unwrap().clear();
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The line at this width after so many of a thousand accounts.
    fn line(width: u16, unicode: bool, done: u64) -> String {
        let text = Arc::new(Mutex::new(String::new()));
        let target = ProgressDrawTarget::term_like(Box::new(Narrow(width, Arc::clone(&text))));
        let bar = ProgressBar::with_draw_target(Some(1000), target);
        bar.set_style(style(&Style { width: Some(width), unicode, ..Style::plain() }));
        bar.set_message("12.3/s, 123 incomplete, 12.3 % throttled");
        bar.set_position(done);
        bar.force_draw();
        let text = text.lock().unwrap();
        text.trim_end().to_owned()
    }

    #[test]
    fn the_line_fits_its_terminal() {
        for width in [50, 72, 80, 100, 120] {
            for unicode in [true, false] {
                for done in [0, 1, 999] {
                    let line = line(width, unicode, done);
                    assert!(line.starts_with("scanning  "), "{line}");
                    assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
                    assert!(line.contains(&format!("{done}/1,000")), "{line}");
                }
            }
        }
        assert!(line(120, true, 1).ends_with("12.3/s, 123 incomplete, 12.3 % throttled"));
    }

    #[test]
    fn the_time_that_is_left_is_told_between_the_first_and_the_last_account() {
        assert!(!line(100, true, 0).contains("left"));
        assert!(line(100, true, 1).contains(" left"));
        assert!(!line(100, true, 1000).contains("left"));
    }
}
