//! MFA devices of every kind, user by user. A user who was deleted in the meantime is skipped.
//!
//! Owns: the data set `mfa-devices`. The users come from the authorization details.

use futures::{StreamExt, TryStreamExt, stream};

use crate::collect::account::reading::{NOBODY, USERS_AT_ONCE};
use crate::collect::aws::error::{CallError, existing};
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::facet::Service;
use crate::snapshot::credential::{MfaDevice, MfaKind};

/// ListMFADevices, and whether every user still existed.
pub(crate) async fn read(
    session: &Session,
    users: &[String],
    page_limit: usize,
) -> Result<(Vec<MfaDevice>, bool), CallError> {
    let of_users = stream::iter(users.to_vec()).map(|user| devices_of(session.clone(), user, page_limit));
    let devices: Vec<Option<Vec<MfaDevice>>> = of_users.buffer_unordered(USERS_AT_ONCE).try_collect().await?;
    let all_there = devices.iter().all(Option::is_some);
    let mut devices = devices.into_iter().flatten().collect::<Vec<_>>().concat();
    devices.sort_by(|a, b| (&a.user_name, &a.serial_number).cmp(&(&b.user_name, &b.serial_number)));
    devices.dedup_by(|a, b| (&a.user_name, &a.serial_number) == (&b.user_name, &b.serial_number));
    Ok((devices, all_there))
}

async fn devices_of(session: Session, user: String, page_limit: usize) -> Result<Option<Vec<MfaDevice>>, CallError> {
    const OPERATION: &str = "ListMFADevices";
    let session = &session;
    let user = &user;
    let listed = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_mfa_devices().user_name(user).set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.mfa_devices, next))
    });
    let device = |device: aws_sdk_iam::types::MfaDevice| MfaDevice {
        user_name: user.clone(),
        kind: MfaKind::of(&device.serial_number),
        enable_date: time(&device.enable_date),
        serial_number: device.serial_number,
    };
    Ok(existing(listed.await)?.map(|devices| devices.into_iter().map(device).collect()))
}

/// Whether the data set may be read. A caller with permission gets NoSuchEntity for a user that does not exist.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("ListMFADevices", session.iam.list_mfa_devices().user_name(NOBODY).send().await)
}
