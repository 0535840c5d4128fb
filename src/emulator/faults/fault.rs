//! What can go wrong in the delivery of an answer, or with the answer itself.
//!
//! Owns: the kinds of fault. `corrupt` defines their effect on a reply, `schedule` when they happen. Every fault was
//! seen in practice: from a proxy, a load balancer, or AWS itself.

use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::request::Call;

/// A fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The connection is reset instead of a reply.
    Reset,
    /// The connection is reset after this share of the body.
    ResetAfter(f64),
    /// The request is accepted and never answered.
    BlackHole,
    /// One byte of the body per this many milliseconds.
    Drip(u64),
    /// Content-Length is larger than the body.
    ShortBody,
    /// A chunked body that ends without its last chunk.
    ChunkWithoutEnd,
    /// A correctly framed body that ends at this byte.
    CutAt(usize),
    /// A correctly framed body that ends at a place drawn by the schedule.
    Cut,
    /// Extra bytes follow the body.
    Garbage,
    /// A web page instead of the answer, with this status: a captive portal, a proxy. With a 3xx it redirects, with a
    /// 407 it asks for a password.
    WebPage(u16),
    /// This many empty bytes.
    Oversize(u64),
    /// A body that claims to be compressed.
    Gzip,
    /// A compressed body that decompresses to at least this many bytes, 158 times its size.
    GzipBomb(u64),
    /// A status without an error code.
    Status(u16),
    /// Status, and a `Retry-After` header.
    RetryAfter(u16, &'static str),
    /// An error with this status and code, in the service's protocol.
    Refuse(u16, &'static str),
    /// The same, with this message.
    RefuseSaying(u16, &'static str, &'static str),
    /// The same error, cut off at a place drawn by the schedule.
    RefuseCut(u16, &'static str),
    /// A page that says that more follows, but not where. Impossible in AWS JSON, where the token says both.
    NoMarker,
    /// Every page names the same next one.
    SameMarker,
    /// Pages name each other.
    MarkerCycle,
    /// Every page names another next one.
    EndlessPages,
    /// Every page is sent again and again, each time with another token for the next one, which is always accepted.
    EndlessList,
    /// An empty page before the page itself: Organizations does that.
    EmptyPage,
    /// The next page starts with the last entry of this one, as after a change between the two.
    RepeatLast,
    /// `{}`.
    EmptyJson,
    /// A list without entries.
    EmptyList,
    /// The list lacks the entries with this id, name or ARN.
    Without(String),
    /// The first element of this name is missing in an answer of the query protocol.
    WithoutElement(&'static str),
    /// The first entry of a list is in it twice.
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
    /// The credential report has its columns in another order plus one more, with every possible kind of cell.
    OddReport,
}

impl Fault {
    /// The error that the caller gets instead of an answer.
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

    /// The token for the next page, if the fault chooses it.
    pub(crate) fn marker(&self, nth: u64) -> Option<String> {
        match self {
            Self::SameMarker => Some("again".to_owned()),
            Self::MarkerCycle => Some(if nth.is_multiple_of(2) { "a".to_owned() } else { "b".to_owned() }),
            Self::EndlessPages => Some(format!("page-{nth}")),
            _ => None,
        }
    }
}
