//! Why a request cannot be decided.

use crate::policy::PolicyError;

/// What of a request cannot be read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SimulateError {
    #[error("`{0}` is no principal that can call")]
    Principal(String),
    #[error("`{0}` is no action: it must read `service:Name`")]
    Action(String),
    #[error("`resourceAccount` `{0}` is not twelve digits")]
    Account(String),
    #[error("`{place}` is no document that IAM would save there")]
    Policy {
        place: String,
        #[source]
        source: PolicyError,
    },
}
