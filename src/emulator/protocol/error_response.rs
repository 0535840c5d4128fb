//! An AWS error response.
//!
//! Owns: code, status and text. Does not know how it is serialized (`reply`).

/// An AWS error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ErrorResponse {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl ErrorResponse {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// STS and IAM: a parameter is missing or out of bounds.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// IAM: the entity does not exist.
    pub(crate) fn no_such_entity(message: impl Into<String>) -> Self {
        Self::new(404, "NoSuchEntity", message)
    }

    /// Organizations: a parameter is missing or out of bounds.
    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidInputException", message)
    }
}
