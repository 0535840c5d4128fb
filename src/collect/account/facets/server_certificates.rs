//! Server certificates that IAM stores.
//!
//! Owns: the data set `server-certificates`, which is only read on request.

use crate::collect::aws::error::CallError;
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::facet::Service;
use crate::snapshot::credential::ServerCertificate;

/// ListServerCertificates.
pub(crate) async fn read(session: &Session, page_limit: usize) -> Result<Vec<ServerCertificate>, CallError> {
    const OPERATION: &str = "ListServerCertificates";
    let listed = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_server_certificates().set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.server_certificate_metadata_list, next))
    })
    .await?;
    let mut certificates: Vec<_> = (listed.into_iter())
        .map(|certificate| ServerCertificate {
            server_certificate_name: certificate.server_certificate_name,
            arn: certificate.arn,
            upload_date: certificate.upload_date.as_ref().and_then(time),
            expiration: certificate.expiration.as_ref().and_then(time),
        })
        .collect();
    certificates.sort_by(|a, b| a.arn.cmp(&b.arn));
    // the same certificate on two pages is one certificate
    certificates.dedup_by(|a, b| a.arn == b.arn);
    Ok(certificates)
}

/// Whether the data set may be read: asks for a page of one entry.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("ListServerCertificates", session.iam.list_server_certificates().max_items(1).send().await)
}
