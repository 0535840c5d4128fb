//! AWS's own counts of an account (GetAccountSummary).
//!
//! Owns: the data set `account-summary`.

use std::collections::BTreeMap;

use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::credentials::session::Session;

/// GetAccountSummary.
pub(crate) async fn read(session: &Session) -> Result<BTreeMap<String, i64>, CallError> {
    const OPERATION: &str = "GetAccountSummary";
    let answer = session.send(OPERATION, || session.iam.get_account_summary().send()).await?;
    let map = answer.summary_map.filter(|map| !map.is_empty());
    let map = map.ok_or_else(|| CallError::own(OPERATION, Kind::BadAnswer, "the summary is empty"))?;
    Ok(map.into_iter().map(|(key, value)| (key.as_str().to_owned(), i64::from(value))).collect())
}

/// Whether the data set may be read.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("GetAccountSummary", session.iam.get_account_summary().send().await)
}
