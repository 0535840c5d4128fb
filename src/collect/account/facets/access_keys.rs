//! Access keys with their last use, user by user. A user who was deleted in the meantime is skipped.
//!
//! Owns: the data set `access-keys`. The users come from the authorization details.

use futures::{StreamExt, TryStreamExt, stream};

use crate::collect::account::reading::{NOBODY, USERS_AT_ONCE};
use crate::collect::aws::error::{CallError, Kind, existing};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::facet::Service;
use crate::snapshot::credential::{AccessKey, AccessKeyLastUsed};

/// ListAccessKeys and GetAccessKeyLastUsed.
pub(crate) async fn read(session: &Session, users: &[String], page_limit: usize) -> Result<Vec<AccessKey>, CallError> {
    let of_users = stream::iter(users.to_vec()).map(|user| keys_of(session.clone(), user, page_limit));
    let keys: Vec<Vec<AccessKey>> = of_users.buffer_unordered(USERS_AT_ONCE).try_collect().await?;
    let mut keys = keys.concat();
    keys.sort_by(|a, b| (&a.user_name, &a.access_key_id).cmp(&(&b.user_name, &b.access_key_id)));
    keys.dedup_by(|a, b| (&a.user_name, &a.access_key_id) == (&b.user_name, &b.access_key_id));
    Ok(keys)
}

async fn keys_of(session: Session, user: String, page_limit: usize) -> Result<Vec<AccessKey>, CallError> {
    const OPERATION: &str = "ListAccessKeys";
    let session = &session;
    let user = &user;
    let listed = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_access_keys().user_name(user).set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.access_key_metadata, next))
    });
    let mut keys = Vec::new();
    for key in existing(listed.await)?.unwrap_or_default() {
        let missing = || CallError::own(OPERATION, Kind::BadAnswer, "an access key has no id");
        let id = key.access_key_id.clone().filter(|id| !id.is_empty()).ok_or_else(missing)?;
        let Some(last_used) = existing(last_used(session, &id).await)? else { continue };
        keys.push(AccessKey {
            user_name: user.clone(),
            access_key_id: id,
            status: key.status.as_ref().map(|status| status.as_str().to_owned()),
            create_date: key.create_date.as_ref().and_then(time),
            last_used: Some(last_used),
        });
    }
    Ok(keys)
}

async fn last_used(session: &Session, key: &str) -> Result<AccessKeyLastUsed, CallError> {
    const OPERATION: &str = "GetAccessKeyLastUsed";
    let answer = session.send(OPERATION, || session.iam.get_access_key_last_used().access_key_id(key).send()).await?;
    let missing = || CallError::own(OPERATION, Kind::BadAnswer, "the answer has no last use");
    let used = answer.access_key_last_used.ok_or_else(missing)?;
    // AWS writes N/A for a key that was never used
    let known = |text: String| Some(text).filter(|text| !text.is_empty() && text != "N/A");
    Ok(AccessKeyLastUsed {
        last_used_date: used.last_used_date.as_ref().and_then(time),
        service_name: known(used.service_name),
        region: known(used.region),
    })
}

/// Whether the data set may be read. A caller with permission gets NoSuchEntity for a user that does not exist.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("ListAccessKeys", session.iam.list_access_keys().user_name(NOBODY).send().await)
}
