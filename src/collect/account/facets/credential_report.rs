//! The credential report: a job to start, then a CSV to fetch.
//!
//! Owns: the data set `credential-report`, and when a report is whole.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::collect::account::reading::LONGEST_POLL;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::credentials::session::Session;
use crate::collect::options::Tuning;

/// Requests a credential report. AWS returns an existing one if it is at most four hours old.
pub(crate) async fn start(session: &Session) -> Result<(), CallError> {
    session.send("GenerateCredentialReport", || session.iam.generate_credential_report().send()).await.map(drop)
}

/// Waits for the credential report and reads it: a map per row, keyed by the report's own columns.
pub(crate) async fn read(session: &Session, tuning: &Tuning) -> Result<Vec<BTreeMap<String, String>>, CallError> {
    const OPERATION: &str = "GetCredentialReport";
    let end = Instant::now() + tuning.report_wait;
    let mut pause = tuning.report_poll;
    loop {
        let error = match session.send(OPERATION, || session.iam.get_credential_report().send()).await {
            Ok(answer) => return rows(answer.content.as_ref().map_or(&[][..], |blob| blob.as_ref())),
            Err(error) => error,
        };
        match error.code.as_deref() {
            Some("ReportInProgress") => {}
            // it existed when it was requested and has expired since, or the implementation forgot it
            Some("ReportNotPresent" | "ReportExpired") => start(session).await?,
            _ => return Err(error),
        }
        if Instant::now() + pause > end {
            let waited = tuning.report_wait.as_secs();
            let message = format!("the credential report was not ready within {waited} s");
            return Err(CallError::own(OPERATION, Kind::Timeout, message));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_POLL);
    }
}

/// Columns that this version does not know are kept.
fn rows(content: &[u8]) -> Result<Vec<BTreeMap<String, String>>, CallError> {
    let bad = |why: String| CallError::own("GetCredentialReport", Kind::BadAnswer, why);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let header = reader.headers().map_err(|error| bad(error.to_string()))?.clone();
    if !header.iter().any(|column| column == "user") {
        return Err(bad("the report has no column `user`".to_owned()));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| bad(error.to_string()))?;
        if record.len() != header.len() {
            return Err(bad(format!("a row of the report has {} fields instead of {}", record.len(), header.len())));
        }
        rows.push(header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect());
    }
    let is_root = |row: &BTreeMap<String, String>| row.get("user").is_some_and(|user| user == "<root_account>");
    if !rows.iter().any(is_root) {
        return Err(bad("the report has no row of the root user, which it always has".to_owned()));
    }
    rows.sort_by(|a: &BTreeMap<String, String>, b| a.get("user").cmp(&b.get("user")).then_with(|| a.cmp(b)));
    Ok(rows)
}

/// Whether the data set may be read.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("GetCredentialReport", session.iam.get_credential_report().send().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_keyed_by_its_own_columns() {
        let csv = b"user,arn,new_column\n<root_account>,arn:aws:iam::111122223333:root,x\n\"an,n\",a,N/A\n";
        let rows = rows(csv).unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().any(|row| row["user"] == "an,n" && row["new_column"] == "N/A"));
    }

    #[test]
    fn a_damaged_report_is_an_error_and_not_fewer_rows() {
        assert!(rows(b"").is_err());
        assert!(rows(b"user,arn\nann\n").is_err());
        assert!(rows(b"<html>").is_err());
    }
}
