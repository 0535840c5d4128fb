//! Whether a call is allowed, whatever it answers.
//!
//! Owns: the error codes that imply permission: AWS gives them only to callers with permission.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::error::{CallError, Kind};

/// `Ok` if the call is allowed.
pub(crate) type Permitted = Result<(), CallError>;

const IMPLY_PERMISSION: &[&str] =
    &["NoSuchEntity", "ReportNotPresent", "ReportExpired", "ReportInProgress", "InvalidInput"];

/// Judges an answer whose content does not matter.
pub(crate) fn permitted<T, E>(operation: &'static str, answer: Result<T, SdkError<E, HttpResponse>>) -> Permitted
where
    E: ProvideErrorMetadata + Error + RequestId + 'static,
{
    judge(answer.map(drop).map_err(|error| CallError::of(operation, &error)))
}

fn judge(result: Permitted) -> Permitted {
    match result {
        Err(error) if error.is_any(IMPLY_PERMISSION) || error.kind == Kind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_permitted_caller_is_told_is_permission() {
        let says = |code: &str| {
            let mut error = CallError::own("ListAccessKeys", Kind::Other, "x");
            error.code = Some(code.to_owned());
            judge(Err(error))
        };
        assert!(says("NoSuchEntity").is_ok() && says("ReportNotPresent").is_ok());
        assert!(says("AccessDenied").is_err() && says("Throttling").is_err());
    }
}
