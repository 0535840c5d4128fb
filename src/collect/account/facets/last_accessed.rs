//! Which services each user and role last used: one job each, which is started, polled and read.
//!
//! Owns: the data set `last-accessed`, which is only read on request. All jobs are started before the first is polled,
//! so that AWS works on them in parallel.

use aws_sdk_iam::types::JobStatusType;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use crate::collect::account::reading::LONGEST_POLL;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::collect::options::Tuning;
use crate::facet::Service;
use crate::snapshot::activity::{LastAccessed, ServiceLastAccessed};

const START: &str = "GenerateServiceLastAccessedDetails";
/// Jobs that are polled concurrently; the account's pace decides how many of their calls are in flight.
const SIDE_BY_SIDE: usize = 3;
const READ: &str = "GetServiceLastAccessedDetails";

/// Reads when `entities`, which are ARNs, last used each service. An entity that was deleted in the meantime is
/// skipped.
pub(crate) async fn read(
    session: &Session,
    entities: &[String],
    tuning: &Tuning,
) -> Result<Vec<LastAccessed>, CallError> {
    let begun = stream::iter(entities.to_vec()).map(|arn| begin(session, arn)).buffered(SIDE_BY_SIDE);
    let jobs: Vec<Option<(String, String)>> = begun.try_collect().await?;
    let jobs = jobs.into_iter().flatten();
    stream::iter(jobs).map(|(arn, job)| finished(session, arn, job, tuning)).buffered(SIDE_BY_SIDE).try_collect().await
}

/// The entity with its job; `None` if it was deleted in the meantime.
async fn begin(session: &Session, arn: String) -> Result<Option<(String, String)>, CallError> {
    let request = || session.iam.generate_service_last_accessed_details().arn(&arn).send();
    let answer = match session.send(START, request).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        answer => answer?,
    };
    let missing = || CallError::own(START, Kind::BadAnswer, "the answer names no job");
    let job = answer.job_id.ok_or_else(missing)?;
    Ok(Some((arn, job)))
}

async fn finished(session: &Session, arn: String, job: String, tuning: &Tuning) -> Result<LastAccessed, CallError> {
    let job = job.as_str();
    let end = Instant::now() + tuning.report_wait;
    let mut pause = tuning.report_poll;
    loop {
        let request = || session.iam.get_service_last_accessed_details().job_id(job).send();
        let answer = session.send(READ, request).await?;
        match answer.job_status {
            JobStatusType::Completed => return rest(session, arn, job, answer, tuning.page_limit).await,
            JobStatusType::Failed => {
                let why =
                    answer.error.map_or_else(String::new, |error| crate::collect::aws::text::one_line(&error.message));
                return Err(CallError::own(READ, Kind::Other, format!("the job failed: {why}")));
            }
            _ => {}
        }
        if Instant::now() + pause > end {
            let waited = tuning.report_wait.as_secs();
            return Err(CallError::own(READ, Kind::Timeout, format!("the job was not done within {waited} s")));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_POLL);
    }
}

type Answer = aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput;

/// The pages of a finished job; `first` is the first page.
async fn rest(
    session: &Session,
    arn: String,
    job: &str,
    first: Answer,
    page_limit: usize,
) -> Result<LastAccessed, CallError> {
    use crate::collect::aws::pages::{self, Next};
    let job_completion_date = time(&first.job_completion_date);
    let first = std::sync::Mutex::new(Some(first));
    let first = &first;
    let mut services = pages::all(Service::Iam, READ, page_limit, |marker| async move {
        let kept = first.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let answer = match kept {
            Some(answer) => answer,
            None => {
                let details = || session.iam.get_service_last_accessed_details().job_id(job);
                session.send(READ, || details().set_marker(marker.clone()).send()).await?
            }
        };
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.services_last_accessed, next))
    })
    .await?;
    services.sort_by(|a, b| a.service_namespace.cmp(&b.service_namespace));
    let services_last_accessed = (services.into_iter())
        .map(|service| ServiceLastAccessed {
            last_authenticated: service.last_authenticated.as_ref().and_then(time),
            service_name: service.service_name,
            service_namespace: service.service_namespace,
            last_authenticated_entity: service.last_authenticated_entity,
            last_authenticated_region: service.last_authenticated_region,
            total_authenticated_entities: service.total_authenticated_entities,
        })
        .collect();
    let services_last_accessed = Some(services_last_accessed);
    Ok(LastAccessed { arn, job_completion_date, services_last_accessed, ..LastAccessed::default() })
}

/// Whether the data set may be read. A caller with permission gets NoSuchEntity for a job that does not exist.
pub(crate) async fn probe(session: &Session) -> Permitted {
    let job = "00000000-0000-4000-8000-000000000000";
    permitted("GetServiceLastAccessedDetails", session.iam.get_service_last_accessed_details().job_id(job).send().await)
}
