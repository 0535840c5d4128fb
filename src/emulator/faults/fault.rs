//! What can go wrong on the way of an answer, or with the answer itself.
//!
//! Owns: the kinds of fault. What each does to a reply is in `corrupt`, when one happens is in `schedule`. Every fault is one
//! that was seen: a proxy's, a load balancer's, or AWS's own.

use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;

/// A fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The connection is reset in place of a reply.
    Reset,
    /// The connection is reset after this share of the body.
    ResetAfter(f64),
    /// The request is accepted and never answered.
    BlackHole,
    /// A byte of the body every so many milliseconds.
    Drip(u64),
    /// Content-Length is larger than the body.
    ShortBody,
    /// A chunked body that ends without its last chunk.
    ChunkWithoutEnd,
    /// A body that is well framed and ends at this byte.
    CutAt(usize),
    /// A body that is well framed and ends at a place that the schedule draws.
    Cut,
    /// Something follows the body.
    Garbage,
    /// A web page in place of the answer, under this status: a captive portal, a proxy. It sends elsewhere with a 3xx, and
    /// asks for a password with a 407.
    WebPage(u16),
    /// So many bytes of nothing.
    Oversize(u64),
    /// A body that says that it is compressed.
    Gzip,
    /// A compressed body that unpacks to at least so many bytes, and is 158 times smaller.
    GzipBomb(u64),
    /// A status without an error code.
    Status(u16),
    /// Status, and a `Retry-After` header.
    RetryAfter(u16, &'static str),
    /// An error with this status and code, in the service's protocol.
    Refuse(u16, &'static str),
    /// The same, with this message.
    RefuseSaying(u16, &'static str, &'static str),
    /// The same error, cut at a place that the schedule draws.
    RefuseCut(u16, &'static str),
    /// A page that says that more follows, but not where. AWS JSON says both with one word, so that it is not possible there.
    NoMarker,
    /// Every page names the same next one.
    SameMarker,
    /// Pages name each other.
    MarkerCycle,
    /// Every page names a new next one.
    EndlessPages,
    /// Every page comes again and again, each time with another token for the next one, and is taken each time.
    EndlessList,
    /// A page without entries before the page itself: Organizations does that.
    EmptyPage,
    /// The next page begins with the last entry of this one, as after a change between the two.
    RepeatLast,
    /// `{}`.
    EmptyJson,
    /// A list without entries.
    EmptyList,
    /// The list lacks the entries that have this id, name or ARN.
    Without(String),
    /// The first element of this name is missing in an answer of the query protocol.
    WithoutElement(&'static str),
    /// The first entry of a list stands in it twice.
    Twice,
    /// The first entry's id has eleven digits.
    ShortId,
    /// The last entry has a state that AWS does not have.
    UnknownState,
    /// Entries have neither state nor status.
    NoState,
    /// GetCallerIdentity names another account.
    WrongAccount,
    /// The credential report, or the job of services last accessed, is never ready.
    JobStuck,
    /// The job of services last accessed failed.
    JobFailed,
    /// The credential report has its columns in another order and one more, full of what a cell can hold.
    OddReport,
}

impl Fault {
    /// The error that the caller gets in place of an answer.
    pub(crate) fn error_response(&self, call: &Call) -> Option<ErrorResponse> {
        match self {
            Self::Refuse(status, code) | Self::RefuseCut(status, code) => {
                Some(ErrorResponse::new(*status, code, "A fault of the schedule."))
            }
            Self::RefuseSaying(status, code, message) => Some(ErrorResponse::new(*status, code, *message)),
            Self::RetryAfter(status, _) => Some(ErrorResponse::new(*status, "ThrottlingException", "Rate exceeded")),
            Self::JobStuck if call.operation == "GetCredentialReport" => {
                Some(ErrorResponse::new(404, "ReportInProgress", "The report is still being generated."))
            }
            _ => None,
        }
    }

    /// The token that a page names for the next one, where the fault chooses it.
    pub(crate) fn marker(&self, nth: u64) -> Option<String> {
        match self {
            Self::SameMarker => Some("again".to_owned()),
            Self::MarkerCycle => Some(if nth.is_multiple_of(2) { "a".to_owned() } else { "b".to_owned() }),
            Self::EndlessPages => Some(format!("page-{nth}")),
            _ => None,
        }
    }
}
