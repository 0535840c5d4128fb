//! SSH public keys and credentials of single services, user by user. A user who was deleted in the meantime is skipped.
//!
//! Owns: the data set `service-credentials`, which is only read on request. The users come from the authorization details.

use futures::{StreamExt, TryStreamExt, stream};

use crate::collect::account::reading::{NOBODY, USERS_AT_ONCE};
use crate::collect::aws::error::{CallError, existing};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::facet::Service;
use crate::snapshot::credential::{ServiceCredentials, ServiceSpecificCredential, SshPublicKey};

/// ListSSHPublicKeys and ListServiceSpecificCredentials.
pub(crate) async fn read(
    session: &Session,
    users: &[String],
    page_limit: usize,
) -> Result<ServiceCredentials, CallError> {
    let of_users = stream::iter(users.to_vec()).map(|user| of_user(session.clone(), user, page_limit));
    let all: Vec<ServiceCredentials> = of_users.buffer_unordered(USERS_AT_ONCE).try_collect().await?;
    let mut found = ServiceCredentials::default();
    for of_user in all {
        found.ssh_public_keys.extend(of_user.ssh_public_keys);
        found.service_specific_credentials.extend(of_user.service_specific_credentials);
    }
    let keys = &mut found.ssh_public_keys;
    keys.sort_by(|a, b| (&a.user_name, &a.ssh_public_key_id).cmp(&(&b.user_name, &b.ssh_public_key_id)));
    keys.dedup_by(|a, b| a.ssh_public_key_id == b.ssh_public_key_id);
    let id = |of: &ServiceSpecificCredential| (of.user_name.clone(), of.service_specific_credential_id.clone());
    found.service_specific_credentials.sort_by_key(id);
    found.service_specific_credentials.dedup_by(|a, b| id(a) == id(b));
    Ok(found)
}

async fn of_user(session: Session, user: String, page_limit: usize) -> Result<ServiceCredentials, CallError> {
    Ok(ServiceCredentials {
        ssh_public_keys: existing(ssh_keys(&session, &user, page_limit).await)?.unwrap_or_default(),
        service_specific_credentials: existing(specific(&session, &user, page_limit).await)?.unwrap_or_default(),
    })
}

async fn ssh_keys(session: &Session, user: &str, page_limit: usize) -> Result<Vec<SshPublicKey>, CallError> {
    const OPERATION: &str = "ListSSHPublicKeys";
    let listed = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_ssh_public_keys().user_name(user).set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.ssh_public_keys.unwrap_or_default(), next))
    });
    let key = |key: aws_sdk_iam::types::SshPublicKeyMetadata| SshPublicKey {
        user_name: user.to_owned(),
        status: Some(key.status.as_str().to_owned()),
        upload_date: time(&key.upload_date),
        ssh_public_key_id: key.ssh_public_key_id,
    };
    Ok(listed.await?.into_iter().map(key).collect())
}

async fn specific(
    session: &Session,
    user: &str,
    page_limit: usize,
) -> Result<Vec<ServiceSpecificCredential>, CallError> {
    const OPERATION: &str = "ListServiceSpecificCredentials";
    let listed = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request =
            || session.iam.list_service_specific_credentials().user_name(user).set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.service_specific_credentials.unwrap_or_default(), next))
    });
    let credential = |of: aws_sdk_iam::types::ServiceSpecificCredentialMetadata| ServiceSpecificCredential {
        user_name: user.to_owned(),
        service_name: of.service_name,
        status: Some(of.status.as_str().to_owned()),
        create_date: time(&of.create_date),
        expiration_date: of.expiration_date.as_ref().and_then(time),
        service_specific_credential_id: of.service_specific_credential_id,
    };
    Ok(listed.await?.into_iter().map(credential).collect())
}

/// Whether the data set may be read. A caller with permission gets NoSuchEntity for a user that does not exist.
pub(crate) async fn probe(session: &Session) -> Permitted {
    let iam = &session.iam;
    permitted("ListSSHPublicKeys", iam.list_ssh_public_keys().user_name(NOBODY).send().await)?;
    let specific = iam.list_service_specific_credentials().user_name(NOBODY).send().await;
    permitted("ListServiceSpecificCredentials", specific)
}
