//! What can go wrong on the way of an answer, or with the answer itself.
//!
//! Owns: the kinds of fault and what each does to the way of a reply; what it does to the text of one is in `spoil`. When one
//! happens is in `schedule`. Every fault is one that was seen: a proxy's, a load balancer's, or AWS's own.

use super::desk::Reply;
use super::refusal::Refusal;
use super::request::{Call, Protocol};
use super::spoil;

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
    /// A refusal with this status and code, in the service's protocol.
    Refuse(u16, &'static str),
    /// The same, with this message.
    RefuseSaying(u16, &'static str, &'static str),
    /// The same refusal, cut at a place that the schedule draws.
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
    /// The last entry has a state that nobody knows.
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

/// How a reply gets to the caller.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Delivery {
    /// As it should.
    #[default]
    Whole,
    Reset,
    Never,
    /// The first bytes of it, then the end of the connection.
    Part {
        bytes: usize,
        end: End,
    },
    Drip(u64),
    Filler(u64),
    Gzip,
    Bomb(u64),
}

/// How a connection ends before its reply does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is reset, where a length promised more.
    Reset,
    /// It is closed, where a length promised more.
    Short,
    /// It is closed before the last chunk.
    Unchunked,
}

impl Fault {
    /// The refusal that the caller gets in place of an answer.
    pub(super) fn refusal(&self, call: &Call) -> Option<Refusal> {
        match self {
            Self::Refuse(status, code) | Self::RefuseCut(status, code) => {
                Some(Refusal::new(*status, code, "A fault of the schedule."))
            }
            Self::RefuseSaying(status, code, message) => Some(Refusal::new(*status, code, *message)),
            Self::RetryAfter(status, _) => Some(Refusal::new(*status, "ThrottlingException", "Rate exceeded")),
            Self::JobStuck if call.operation == "GetCredentialReport" => {
                Some(Refusal::new(404, "ReportInProgress", "The report is still being generated."))
            }
            _ => None,
        }
    }

    /// Does to a finished reply what the fault does. `draw` is the schedule's random number for this call, `nth` its number.
    pub(super) fn spoil(&self, reply: &mut Reply, call: &Call, draw: u64, nth: u64) {
        let length = reply.body.len();
        match self {
            Self::Reset => reply.delivery = Delivery::Reset,
            Self::ResetAfter(share) => {
                let bytes = (length as f64 * share.clamp(0.0, 1.0)) as usize;
                reply.delivery = Delivery::Part { bytes, end: End::Reset };
            }
            Self::BlackHole => reply.delivery = Delivery::Never,
            Self::Drip(every) => reply.delivery = Delivery::Drip(*every),
            Self::ShortBody => reply.delivery = Delivery::Part { bytes: length, end: End::Short },
            Self::ChunkWithoutEnd => reply.delivery = Delivery::Part { bytes: length, end: End::Unchunked },
            Self::CutAt(at) => cut(&mut reply.body, *at),
            Self::Cut | Self::RefuseCut(..) => cut(&mut reply.body, usize::try_from(draw).unwrap_or(0) % length.max(1)),
            Self::Garbage => reply.body.push_str("garbage"),
            Self::WebPage(status) => {
                reply.status = *status;
                reply.content_type = "text/html";
                reply.body = "<!DOCTYPE html><html><body>Sign in to the network</body></html>".to_owned();
                reply.server = Some("portal/1.0");
            }
            Self::Oversize(bytes) => reply.delivery = Delivery::Filler(*bytes),
            Self::Gzip => reply.delivery = Delivery::Gzip,
            Self::GzipBomb(bytes) => reply.delivery = Delivery::Bomb(*bytes),
            Self::Status(status) => {
                reply.status = *status;
                reply.error_type = None;
                reply.body.clear();
            }
            Self::RetryAfter(_, wait) => reply.retry_after = Some(wait),
            Self::Refuse(..) | Self::RefuseSaying(..) => {}
            // the others are faults of an answer, and a refusal is none
            _ if reply.status != 200 => {}
            _ if call.protocol == Protocol::Query => spoil::query(self, &mut reply.body, call, nth),
            _ => spoil::json(self, &mut reply.body, call, nth),
        }
    }

    /// The token that a page names for the next one, where the fault chooses it.
    pub(super) fn marker(&self, nth: u64) -> Option<String> {
        match self {
            Self::SameMarker => Some("again".to_owned()),
            Self::MarkerCycle => Some(if nth.is_multiple_of(2) { "a".to_owned() } else { "b".to_owned() }),
            Self::EndlessPages => Some(format!("page-{nth}")),
            _ => None,
        }
    }
}

fn cut(body: &mut String, at: usize) {
    let at = (0..=at.min(body.len())).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
    body.truncate(at);
}
