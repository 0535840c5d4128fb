//! The credential report: a job to start, then a CSV to fetch.
//!
//! Owns: the job's duration and the columns. INVARIANT: there is no report before it was generated.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::emulator::data::caller::Caller;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;
use crate::emulator::protocol::xml::Xml;
use crate::emulator::state::State;

const KEY: &str = "CredentialReport";

/// AWS's columns, in AWS's order (IAM User Guide, "Getting credential reports").
const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

/// How many calls a report takes: with a latency, a fetch right after the start finds a report in progress, as in AWS.
const CALLS_TO_MAKE: i32 = 4;

fn is_ready(state: &State, started: Timestamp, now: Timestamp) -> bool {
    let latency = SignedDuration::try_from(state.options.latency).unwrap_or(SignedDuration::ZERO);
    now.duration_since(started) >= latency.saturating_mul(CALLS_TO_MAKE)
}

/// The answer of GenerateCredentialReport: `STARTED`, then `INPROGRESS`, then `COMPLETE`.
pub(crate) fn generate(state: &State, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, ErrorResponse> {
    caller.list(call, KEY)?;
    let mut xml = Xml::default();
    match state.reports.start(caller.account, now) {
        None => {
            xml.leaf("State", "STARTED");
            xml.leaf("Description", "No report exists. Starting a new report generation task");
        }
        Some(started) => xml.leaf("State", if is_ready(state, started, now) { "COMPLETE" } else { "INPROGRESS" }),
    }
    Ok(xml)
}

/// The answer of GetCredentialReport.
pub(crate) fn get(state: &State, caller: &Caller, call: &Call, now: Timestamp) -> Result<Xml, ErrorResponse> {
    let rows = caller.list(call, KEY)?;
    let absent = || ErrorResponse::new(410, "ReportNotPresent", "No report is present; generate one first.");
    let started = state.reports.started(caller.account).ok_or_else(absent)?;
    if !is_ready(state, started, now) {
        return Err(ErrorResponse::new(404, "ReportInProgress", "The report is still being generated."));
    }
    let mut xml = Xml::default();
    xml.leaf("Content", &BASE64_STANDARD.encode(table(rows).ok_or_else(|| caller.denied(call))?));
    xml.leaf("ReportFormat", "text/csv");
    xml.leaf("GeneratedTime", &started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    Ok(xml)
}

/// The rows as CSV. Columns of the snapshot that are not in AWS's list come last, so that newer ones are not lost.
fn table(rows: &[Value]) -> Option<Vec<u8>> {
    let mut columns: Vec<&str> = COLUMNS.to_vec();
    for key in rows.iter().filter_map(Value::as_object).flat_map(|row| row.keys()) {
        if !columns.contains(&key.as_str()) {
            columns.push(key);
        }
    }
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    table.write_record(&columns).ok()?;
    for row in rows {
        let cells = columns.iter().map(|column| match row.get(*column) {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => "N/A".to_owned(),
            Some(other) => other.to_string(),
        });
        table.write_record(cells).ok()?;
    }
    table.into_inner().ok()
}
