//! What the services of people share: how they cut lists, and errors.

use super::paged::Pages;
use crate::emulator::protocol::error_response::ErrorResponse;

const INVALID: &str = "ValidationException";

pub(super) const JSON: Pages = Pages { size: "MaxResults", token: "NextToken", most: 100, wrong: (INVALID, INVALID) };
pub(super) const REST: Pages = Pages { size: "maxResults", token: "nextToken", ..JSON };

pub(super) fn invalid(message: &str) -> ErrorResponse {
    ErrorResponse::new(400, INVALID, message)
}

pub(super) fn absent(what: &str) -> ErrorResponse {
    ErrorResponse::new(400, "ResourceNotFoundException", format!("{what} not found"))
}
