//! What the services of people share: pages of a JSON list, and errors.

use serde_json::{Value, json};

use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::page::Page;
use crate::emulator::protocol::request::Call;
use crate::emulator::state::State;

/// AWS's largest page.
const MAX_RESULTS: usize = 100;

/// Names of the parameters and keys of pages.
pub(super) struct Names {
    pub(super) size: &'static str,
    pub(super) token: &'static str,
}

pub(super) const JSON: Names = Names { size: "MaxResults", token: "NextToken" };
pub(super) const REST: Names = Names { size: "maxResults", token: "nextToken" };

/// One page of `entries` under `key`.
pub(super) fn paged(
    state: &State,
    call: &Call,
    names: &Names,
    key: &str,
    entries: Vec<Value>,
) -> Result<Value, ErrorResponse> {
    let most = state.options.page_size.min(MAX_RESULTS);
    let size = match call.number(names.size) {
        None => most,
        Some(Some(asked @ 1..=100)) => usize::try_from(asked).unwrap_or(MAX_RESULTS).min(most),
        Some(_) => return Err(invalid("MaxResults must be between 1 and 100.")),
    };
    let page = Page::of(&call.operation, call.parameter(names.token), size, entries.len())
        .ok_or_else(|| invalid("The pagination token is not valid."))?;
    let mut answer = json!({key: page.cut(entries).collect::<Vec<_>>()});
    if let (Some(next), Some(object)) = (page.next, answer.as_object_mut()) {
        object.insert(names.token.to_owned(), next.into());
    }
    Ok(answer)
}

pub(super) fn invalid(message: &str) -> ErrorResponse {
    ErrorResponse::new(400, "ValidationException", message)
}

pub(super) fn absent(what: &str) -> ErrorResponse {
    ErrorResponse::new(400, "ResourceNotFoundException", format!("{what} not found"))
}
