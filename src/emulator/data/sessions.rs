//! The identities that can call: the base identity, and the role sessions that AssumeRole issued.
//!
//! Owns: access keys and their accounts. An access key id alone decides which account a call sees, as in AWS.
//! INVARIANT: a session key is accepted only with its own token and before its expiry.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::caller::Caller;
use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::{Call, Protocol};
use crate::ids::AccountId;

/// The base identity's access key id.
pub(crate) const BASE_KEY_ID: &str = "AKIAROLEHOPEMULATOR0";
/// Its secret, which protects nothing: signatures are not checked.
pub(crate) const BASE_SECRET: &str = "rolehop/emulator/signatures/not/checked0";

/// Credentials of a new session.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    pub(crate) expiration: Timestamp,
}

#[derive(Debug)]
struct Session {
    caller: Caller,
    token: String,
    end: Timestamp,
}

/// All identities that can call.
#[derive(Debug)]
pub(crate) struct Sessions {
    base: Caller,
    open: Mutex<BTreeMap<String, Session>>,
}

impl Sessions {
    /// Creates the base identity as a user of `account`.
    pub(crate) fn new(partition: &str, account: AccountId) -> Self {
        let arn = format!("arn:{partition}:iam::{account}:user/rolehop-emulator");
        let base = Caller { account, arn, user_id: "AIDAROLEHOPEMULATOR0".to_owned(), is_session: false, data: None };
        Self { base, open: Mutex::default() }
    }

    /// The base identity.
    pub(crate) fn base(&self) -> Caller {
        self.base.clone()
    }

    /// Opens a session that reports the expiry `expiration`, and really ends at `end`.
    pub(crate) fn issue(&self, caller: Caller, expiration: Timestamp, end: Timestamp) -> Issued {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Numbered where AWS's are random: the same calls give the same keys. 20, 40 and some hundred characters, as in
        // AWS.
        let number = open.len() + 1;
        let access_key_id = format!("ASIA{number:016}");
        let token = format!("emulator/{:0>320}", format!("{access_key_id}/{}", caller.account));
        let session = Session { caller, token: token.clone(), end };
        open.insert(access_key_id.clone(), session);
        let secret_access_key = format!("rolehop/emulator/secret/{number:016}");
        Issued { access_key_id, secret_access_key, session_token: token, expiration }
    }

    /// The identity behind the access key id of a call.
    pub(crate) fn caller(&self, call: &Call, now: Timestamp) -> Result<Caller, ErrorResponse> {
        let fault = |query: (u16, &'static str), json: &'static str, message: &str| match call.protocol {
            Protocol::Query => ErrorResponse::new(query.0, query.1, message),
            Protocol::Json => ErrorResponse::new(400, json, message),
        };
        let invalid = || {
            let message = "The security token included in the request is invalid.";
            fault((403, "InvalidClientTokenId"), "UnrecognizedClientException", message)
        };
        let Some(key) = call.access_key_id.as_deref() else {
            let message = "Request is missing Authentication Token";
            return Err(fault((403, "MissingAuthenticationToken"), "MissingAuthenticationTokenException", message));
        };
        if key == BASE_KEY_ID {
            return Ok(self.base.clone());
        }
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open.get(key).ok_or_else(invalid)?;
        if call.session_token.as_deref() != Some(session.token.as_str()) {
            return Err(invalid());
        }
        if session.end <= now {
            let message = "The security token included in the request is expired";
            return Err(fault((403, "ExpiredToken"), "ExpiredTokenException", message));
        }
        Ok(session.caller.clone())
    }
}
