//! Text of AWS's answers: how much of it is shown, and which words in it have a meaning.
//!
//! Owns: one line of bounded length from any text, an error with its causes, and the codes and pages that are
//! recognized before the SDK has parsed an answer. Does not know operations.
//! INVARIANT: no text that leaves this module has control characters.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// AWS's code for a request that arrives more than fifteen minutes after its date ("Common errors", IAM API reference).
pub(crate) const LATE: &str = "RequestExpired";

/// The header that names the proxy variable an answer came through. It is set here, and never on a request.
pub(crate) const THROUGH: &str = "rolehop-through";

/// Longest reason kept, in characters: enough for AWS's longest denials.
const REASON_LIMIT: usize = 400;

/// An error with its causes, each named once, without the debug output that the SDK would add.
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

/// AWS's codes for too many requests. `Throttl` covers the many that start with it.
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

/// One line of bounded length without control characters: AWS quotes names that users of an account have chosen.
pub(crate) fn one_line(text: &str) -> String {
    let mut line: String = text.chars().take(REASON_LIMIT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(REASON_LIMIT).is_some() {
        line.push('…');
    }
    line
}

/// Whether a body is HTML, judged by its beginning.
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
