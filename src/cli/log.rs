//! The log: events of rolehop for people on standard error (`-v`), and for programs in a file (`--log-file`).
//!
//! Owns: which events are logged, and how a line looks. INVARIANT: only events of rolehop's own modules pass: those of the AWS SDK and
//! the HTTP library hold headers and bodies, and so credentials. Nothing goes to standard output, and no control byte to a terminal.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber, info};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::arguments::Global;
use super::error::CliError;
use crate::diagnostic::{Code, Diagnostic};
use crate::report::escape::escape;

/// Events of this crate, and of nothing else, are logged.
const OWN: &str = env!("CARGO_CRATE_NAME");

/// The bar above which lines are written, if one is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Above(Arc<Mutex<Option<ProgressBar>>>);

impl Above {
    /// From now on, lines are written above this bar.
    #[cfg(feature = "aws")]
    pub(super) fn set(&self, bar: &ProgressBar) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    }

    fn write(&self, line: &str) -> io::Result<()> {
        let bar = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let write = || io::stderr().lock().write_all(line.as_bytes());
        bar.map_or_else(write, |bar| bar.suspend(write))
    }
}

/// Starts to log what the options ask for.
///
/// # Errors
/// If the log file cannot be written.
pub(super) fn start(global: &Global) -> Result<Above, CliError> {
    let above = Above::default();
    let shown = match global.verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let file = global.log_file.as_deref().map(|path| create(path).map_err(|error| not_written(path, &error)));
    let file = file.transpose()?;
    let kept = if file.is_some() { shown.max(LevelFilter::DEBUG) } else { LevelFilter::OFF };
    let most = shown.max(kept);
    if most > LevelFilter::OFF {
        let lines = Lines { shown, file: file.map(Mutex::new), above: above.clone() };
        let subscriber = Registry::default().with(Targets::new().with_target(OWN, most)).with(lines);
        // a second command in one process keeps the log of the first
        let _ = tracing::subscriber::set_global_default(subscriber);
        info!(version = env!("CARGO_PKG_VERSION"), "rolehop begins");
    }
    Ok(above)
}

/// A phase of a command; `count` says what came of it.
pub(super) fn phase<T, E>(
    phase: &'static str,
    work: impl FnOnce() -> Result<T, E>,
    count: impl FnOnce(&T) -> usize,
) -> Result<T, E> {
    info!(phase, "begins");
    let since = Instant::now();
    let done = work();
    let took_ms = since.elapsed().as_secs_f64() * 1e3;
    match &done {
        Ok(done) => info!(phase, took_ms, count = count(done), "ends"),
        Err(_) => info!(phase, took_ms, "fails"),
    }
    done
}

/// A new file for its owner alone: one that was there is replaced, with its permissions. What is no regular file (a pipe) is written to.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true);
    match path.metadata() {
        Ok(is) if is.is_dir() => return Err(io::Error::other("it is a directory")),
        Ok(is) if !is.is_file() => return options.open(path),
        Ok(_) => std::fs::remove_file(path)?,
        Err(_) => {}
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create_new(true).open(path)
}

fn not_written(path: &Path, error: &io::Error) -> CliError {
    CliError::new(Diagnostic::new(
        Code::OutputNotWritten,
        "cannot write the log file",
        path.display().to_string(),
        error.to_string(),
        "name a file in a directory where you may write, or leave `--log-file` (ROLEHOP_LOG_FILE) out",
    ))
}

/// Writes each event as a line.
struct Lines {
    shown: LevelFilter,
    file: Option<Mutex<File>>,
    above: Above,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        event.record(&mut fields);
        let now = Timestamp::now();
        let level = event.metadata().level();
        if LevelFilter::from_level(*level) <= self.shown {
            // if standard error is gone, there is nowhere to report it
            let _ = self.above.write(&for_people(now, level.as_str(), &fields.0));
        }
        if let Some(file) = &self.file
            && LevelFilter::from_level(*level) <= self.shown.max(LevelFilter::DEBUG)
        {
            let line = for_programs(now, level.as_str(), fields.0);
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        }
    }
}

/// What an event says, in order, without control characters.
#[derive(Clone, Debug, Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), escape(value).into_owned().into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // microseconds are as exact as a log needs to be
        self.0.insert(field.name().to_owned(), ((value * 1e3).round() / 1e3).into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// `12:00:01.234 info  call service=iam operation=ListRoles …`
fn for_people(now: Timestamp, level: &str, fields: &Map<String, Value>) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let message = fields.get("message").map(text).unwrap_or_default();
    let mut line = format!("{} {:5} {message}", now.strftime("%H:%M:%S%.3f"), level.to_ascii_lowercase());
    for (key, value) in fields.iter().filter(|(key, _)| *key != "message") {
        let value = text(value);
        let plain = !value.is_empty() && !value.contains([' ', '"', '=']);
        // writing to a string cannot fail
        let _ = if plain { write!(line, " {key}={value}") } else { write!(line, " {key}={}", Value::from(value)) };
    }
    line.push('\n');
    line
}

/// One JSON object.
fn for_programs(now: Timestamp, level: &str, fields: Map<String, Value>) -> String {
    let mut all = Map::new();
    all.insert("time".to_owned(), now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into());
    all.insert("level".to_owned(), level.to_ascii_lowercase().into());
    all.extend(fields);
    format!("{}\n", Value::Object(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_the_text_is() {
        let mut fields = Fields::default();
        let hostile = escape("a\u{1b}[2J\r\nlevel=error").into_owned();
        fields.0.insert("message".to_owned(), "call".into());
        fields.0.insert("outcome".to_owned(), hostile.into());
        fields.0.insert("status".to_owned(), 200.into());
        let now: Timestamp = "2026-11-20T01:02:03.004Z".parse().unwrap();
        assert_eq!(
            for_people(now, "INFO", &fields.0),
            "01:02:03.004 info  call outcome=\"a\\\\u{1b}[2J\\\\u{d}\\\\u{a}level=error\" status=200\n"
        );
        let line = for_programs(now, "INFO", fields.0);
        assert!(line.starts_with(r#"{"time":"2026-11-20T01:02:03.004Z","level":"info","message":"call","#), "{line}");
        assert_eq!(line.lines().count(), 1);
    }
}
