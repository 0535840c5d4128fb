//! Text of AWS's answers: what of it is shown, and which words in it mean something.
//!
//! Owns: one line of bounded length out of any text, an error with its causes, and the codes and pages that are told apart before
//! the SDK has read an answer. Does not know operations.
//! INVARIANT: nothing that leaves here has control characters.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// AWS's code for a request that comes more than fifteen minutes after its date ("Common errors", IAM API reference).
pub(crate) const LATE: &str = "RequestExpired";

/// The header by which an answer says which variable it came by. It is set here, and on no request.
pub(crate) const THROUGH: &str = "rolehop-through";

/// Longest reason kept, in characters: enough for AWS's longest denials.
const REASON_LIMIT: usize = 400;

/// An error with its causes, each said once, without the debug prints that the SDK would add.
pub(crate) fn chain_of(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = cause.source();
    }
    parts.join(": ")
}

/// AWS's codes for too many requests. `Throttl` covers the many that begin so.
pub(crate) const THROTTLING: [&str; 7] = [
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "RequestThrottled",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
];

pub(crate) fn is_throttling(code: &str) -> bool {
    THROTTLING.iter().any(|known| code.starts_with(known)) || code == "EC2ThrottledException"
}

/// One line without control characters, of bounded length: AWS quotes names that an account's users have chosen.
pub(crate) fn one_line(text: &str) -> String {
    let mut line: String = text.chars().take(REASON_LIMIT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(REASON_LIMIT).is_some() {
        line.push('…');
    }
    line
}

/// Whether a body is HTML, as far as its beginning tells.
pub(crate) fn is_web_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start().get(..5).unwrap_or_default();
    start.eq_ignore_ascii_case(b"<html") || start.eq_ignore_ascii_case(b"<!doc")
}

/// Whether an error answer has one of these codes in its header or at its beginning.
pub(crate) fn says(response: &HttpResponse, codes: &[&str]) -> bool {
    if response.status().as_u16() < 400 {
        return false;
    }
    let body = response.body().bytes().unwrap_or_default();
    let start = String::from_utf8_lossy(body.get(..body.len().min(1024)).unwrap_or_default());
    let header = response.headers().get("x-amzn-errortype").unwrap_or_default();
    codes.iter().any(|code| header.contains(code) || start.contains(code))
}

/// RFC 3339, in UTC.
pub(crate) fn time(at: &DateTime) -> Option<String> {
    at.fmt(Format::DateTime).ok()
}
