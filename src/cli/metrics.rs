//! The metrics of a run as one line of JSON, for dashboards and alarms.
//!
//! Owns: the line. It is in CloudWatch's embedded metric format ("Specification: Embedded metric format", CloudWatch User Guide),
//! whose members besides `_aws` are plain JSON, so that other programs can read it too.
//! INVARIANT: a run that failed writes its line as well: an alarm must not stay quiet because nothing was reported.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::error::CliError;
use super::output::Console;
use crate::collect::CollectOptions;
use crate::report::json;
use crate::snapshot::Snapshot;

/// What is known of a run besides its snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    /// Attempts, and how many of them AWS throttled.
    pub(super) calls: u64,
    pub(super) throttled: u64,
    pub(super) took: Duration,
    /// Whether it ended before all accounts had been tried.
    pub(super) failed: bool,
}

/// Writes the line to a file, or to standard output for `-`.
pub(super) fn write(to: &Path, options: &CollectOptions, course: Course, console: &Console) -> Result<(), CliError> {
    let line = line(options, course, Timestamp::now());
    let file = Some(to).filter(|to| *to != Path::new("-"));
    console.write(file, |_, out| json::line(&line, out))
}

fn line(options: &CollectOptions, course: Course, now: Timestamp) -> Value {
    // a run that could not start leaves an older snapshot in place, whose metrics are not its own
    let is_own = |s: &Snapshot| options.resume.is_some() || s.taken_at() == Some(options.started);
    let snapshot = Snapshot::open(&options.snapshot_dir).ok().filter(is_own);
    let view = snapshot.as_ref().map(|snapshot| snapshot.ledger().view());
    let count = |of: &dyn Fn(&crate::snapshot::ledger::LedgerView) -> usize| view.as_ref().map_or(0, of);
    let gaps = snapshot.as_ref().and_then(Snapshot::manifest).map_or(0, |manifest| manifest.gaps.len());
    let organization = snapshot.as_ref().and_then(Snapshot::organization).and_then(|file| file.organization.as_ref());
    let metrics = [
        ("listed", json!(count(&|view| view.listed)), "Count"),
        ("complete", json!(count(&|view| view.complete)), "Count"),
        ("incomplete", json!(count(&|view| view.incomplete.len())), "Count"),
        ("skipped", json!(count(&|view| view.skipped.len())), "Count"),
        ("organizationGaps", json!(gaps), "Count"),
        ("failed", json!(u8::from(course.failed)), "Count"),
        ("calls", json!(course.calls), "Count"),
        ("throttled", json!(course.throttled), "Count"),
        ("seconds", json!(course.took.as_millis() as f64 / 1000.0), "Seconds"),
    ];
    let defined: Vec<Value> = metrics.iter().map(|(name, _, unit)| json!({"Name": name, "Unit": unit})).collect();
    let mut members = Map::new();
    members.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": "rolehop", "Dimensions": [["organization"]], "Metrics": defined}],
        }),
    );
    // a dimension must have a value
    let organization = organization.map_or("unknown", |organization| organization.id.as_str());
    members.insert("organization".to_owned(), json!(organization));
    if let Some(shard) = options.share.as_ref().and_then(|share| share.shard) {
        members.insert("shard".to_owned(), json!(shard.to_string()));
    }
    members.insert("started".to_owned(), json!(options.started));
    members.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    members.extend(metrics.into_iter().map(|(name, value, _)| (name.to_owned(), value)));
    Value::Object(members)
}
