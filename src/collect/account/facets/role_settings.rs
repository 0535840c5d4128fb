//! What ListRoles says about a role and the authorization details do not.
//!
//! Owns: the data set `role-settings`, which is stored in the records of the roles.

use std::collections::BTreeMap;

use crate::collect::account::details::RoleSettings;
use crate::collect::aws::error::CallError;
use crate::collect::aws::pages::{self, Next};
use crate::collect::aws::probe::{Permitted, permitted};
use crate::collect::credentials::session::Session;
use crate::facet::Service;

/// The settings by ARN.
pub(crate) async fn read(session: &Session, page_limit: usize) -> Result<BTreeMap<String, RoleSettings>, CallError> {
    const OPERATION: &str = "ListRoles";
    let roles = pages::all(Service::Iam, OPERATION, page_limit, |marker| async move {
        let request = || session.iam.list_roles().max_items(1000).set_marker(marker.clone()).send();
        let answer = session.send(OPERATION, request).await?;
        let next = Next::Marked { truncated: answer.is_truncated, marker: answer.marker };
        Ok((answer.roles, next))
    })
    .await?;
    let settings = |role: aws_sdk_iam::types::Role| {
        let description = role.description.filter(|text| !text.is_empty());
        (role.arn, RoleSettings { description, max_session_duration: role.max_session_duration })
    };
    Ok(roles.into_iter().map(settings).collect())
}

/// Whether the data set may be read: asks for a page of one entry.
pub(crate) async fn probe(session: &Session) -> Permitted {
    permitted("ListRoles", session.iam.list_roles().max_items(1).send().await)
}
