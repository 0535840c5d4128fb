//! The caller of an operation, and what the snapshot holds about the caller's account.
//!
//! INVARIANT: a key that the account's file does not have is denied, as AWS denies a call without permission: that is
//! how a data set stays uncollected.

use std::sync::Arc;

use serde_json::Value;

use super::files::Account;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::{Call, Protocol};
use crate::ids::AccountId;

/// The identity behind a call.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    /// A session that assumes another role is limited to an hour.
    pub(crate) is_session: bool,
    /// The content of its account's file, for the duration of one call.
    pub(crate) data: Option<Arc<Account>>,
}

impl Caller {
    /// A key of the account's file.
    pub(crate) fn facet(&self, call: &Call, key: &str) -> Result<&Value, ErrorResponse> {
        self.data.as_ref().and_then(|account| account.get(key)).ok_or_else(|| self.denied(call))
    }

    /// Like [`Caller::facet`], for a list.
    pub(crate) fn list(&self, call: &Call, key: &str) -> Result<&[Value], ErrorResponse> {
        self.facet(call, key)?.as_array().map(Vec::as_slice).ok_or_else(|| self.denied(call))
    }

    /// The answer to a call that the caller has no permission for.
    pub(crate) fn denied(&self, call: &Call) -> ErrorResponse {
        let action = call.action();
        let (status, code) = match call.protocol {
            Protocol::Query => (403, "AccessDenied"),
            Protocol::Json => (400, "AccessDeniedException"),
        };
        let message = format!(
            "User: {} is not authorized to perform: {action} on resource: * because no identity-based policy allows the \
             {action} action",
            self.arn
        );
        ErrorResponse::new(status, code, message)
    }
}
