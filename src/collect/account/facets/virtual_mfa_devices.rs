//! Virtual MFA devices, including unassigned ones.
//!
//! Owns: the data set `virtual-mfa-devices`.

use crate::collect::aws::error::CallError;
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::aws::text::time;
use crate::collect::credentials::session::Session;
use crate::facet::Service;
use crate::snapshot::credential::{MfaUser, VirtualMfaDevice};

/// ListVirtualMFADevices, without the seeds that some implementations of AWS's API include.
pub(crate) async fn read(session: &Session, page_limit: usize) -> Result<Vec<VirtualMfaDevice<'static>>, CallError> {
    const OPERATION: &str = "ListVirtualMFADevices";
    let devices = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_virtual_mfa_devices().set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.virtual_mfa_devices, next))
    })
    .await?;
    let mut devices: Vec<_> = (devices.into_iter())
        .map(|device| VirtualMfaDevice {
            serial_number: device.serial_number.into(),
            enable_date: device.enable_date.as_ref().and_then(time),
            user: device.user.map(|user| MfaUser { arn: user.arn.into(), user_name: user.user_name.into() }),
        })
        .collect();
    devices.sort_by(|a, b| a.serial_number.cmp(&b.serial_number));
    // the same device on two pages is one device
    devices.dedup_by(|a, b| a.serial_number == b.serial_number);
    Ok(devices)
}

/// Whether the data set may be read: asks for a page of one entry.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("ListVirtualMFADevices", session.iam.list_virtual_mfa_devices().max_items(1).send().await)
}
