//! What can go wrong on the way of an answer, or with the answer itself.
//!
//! Owns: the kinds of fault and what each does to a reply. When one happens is in `schedule`. Every fault is one that was
//! seen: a proxy's, a load balancer's, or AWS's own.

use serde_json::{Value, json};

use super::desk::Reply;
use super::page::Page;
use super::refusal::Refusal;
use super::request::{Call, Protocol};

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
    /// A web page in place of the answer, under this status: a captive portal, a proxy.
    WebPage(u16),
    /// So many bytes of nothing.
    Oversize(u64),
    /// A body that says that it is compressed.
    Gzip,
    /// A status without an error code.
    Status(u16),
    /// Status, and a `Retry-After` header.
    RetryAfter(u16, &'static str),
    /// A refusal with this status and code, in the service's protocol.
    Refuse(u16, &'static str),
    /// A page that says that more follows, but not where.
    NoMarker,
    /// Every page names the same next one.
    SameMarker,
    /// Pages name each other.
    MarkerCycle,
    /// Every page names a new next one.
    EndlessPages,
    /// A page without entries before the page itself: Organizations does that.
    EmptyPage,
    /// `{}`.
    EmptyJson,
    /// A list without entries.
    EmptyList,
    /// The list lacks the entry with this id.
    Without(String),
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
}

/// How a reply gets to the caller.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Delivery {
    /// As it should.
    #[default]
    Whole,
    Reset,
    Never,
    /// The first bytes of it, then the end of the connection; with or without a length that promises more.
    Part {
        bytes: usize,
        chunked: bool,
    },
    Drip(u64),
    Filler(u64),
    Gzip,
}

impl Fault {
    /// The refusal that the caller gets in place of an answer.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refuse(status, code) => Some(Refusal::new(*status, code, "A fault of the schedule.")),
            Self::RetryAfter(status, _) => Some(Refusal::new(*status, "ThrottlingException", "Rate exceeded")),
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
                reply.delivery = Delivery::Part { bytes, chunked: false };
            }
            Self::BlackHole => reply.delivery = Delivery::Never,
            Self::Drip(every) => reply.delivery = Delivery::Drip(*every),
            Self::ShortBody => reply.delivery = Delivery::Part { bytes: length, chunked: false },
            Self::ChunkWithoutEnd => reply.delivery = Delivery::Part { bytes: length, chunked: true },
            Self::CutAt(at) => cut(&mut reply.body, *at),
            Self::Cut => cut(&mut reply.body, usize::try_from(draw).unwrap_or(0) % length.max(1)),
            Self::Garbage => reply.body.push_str("garbage"),
            Self::WebPage(status) => {
                reply.status = *status;
                reply.content_type = "text/html";
                reply.body = "<!DOCTYPE html><html><body>Sign in to the network</body></html>".to_owned();
                reply.server = Some("portal/1.0");
            }
            Self::Oversize(bytes) => reply.delivery = Delivery::Filler(*bytes),
            Self::Gzip => reply.delivery = Delivery::Gzip,
            Self::Status(status) => {
                reply.status = *status;
                reply.error_type = None;
                reply.body.clear();
            }
            Self::RetryAfter(_, wait) => reply.retry_after = Some(wait),
            Self::WrongAccount => {
                if let Some((before, rest)) = reply.body.split_once("<Account>") {
                    let after = rest.split_once("</Account>").map_or("", |(_, after)| after);
                    reply.body = format!("{before}<Account>999999999999</Account>{after}");
                }
            }
            Self::Refuse(..) => {}
            _ if call.protocol == Protocol::Query => self.spoil_page(&mut reply.body, nth),
            _ => self.spoil_list(&mut reply.body, call, nth),
        }
    }

    fn marker(&self, nth: u64) -> Option<String> {
        match self {
            Self::SameMarker => Some("again".to_owned()),
            Self::MarkerCycle => Some(if nth.is_multiple_of(2) { "a".to_owned() } else { "b".to_owned() }),
            Self::EndlessPages => Some(format!("page-{nth}")),
            _ => None,
        }
    }

    /// The marks of a query page.
    fn spoil_page(&self, body: &mut String, nth: u64) {
        let marker = self.marker(nth);
        if marker.is_none() && *self != Self::NoMarker {
            return;
        }
        let mut page = body.replace("<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>");
        if let (Some(start), Some(end)) = (page.find("<Marker>"), page.find("</Marker>"))
            && start < end
        {
            page.replace_range(start..end + "</Marker>".len(), "");
        }
        if let Some(marker) = marker {
            let marked = format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>");
            page = page.replace("<IsTruncated>true</IsTruncated>", &marked);
        }
        *body = page;
    }

    /// The list of a JSON answer.
    fn spoil_list(&self, body: &mut String, call: &Call, nth: u64) {
        let Ok(Value::Object(mut answer)) = serde_json::from_str::<Value>(body) else { return };
        // what is no list of things has no empty pages and no thing twice
        let is_list = call.service == "organizations" || call.operation == "LookupEvents";
        if !is_list && *self != Self::EmptyJson {
            return;
        }
        if *self == Self::EmptyJson {
            *body = "{}".to_owned();
            return;
        }
        let Some(list) = answer.values_mut().find_map(Value::as_array_mut) else { return };
        let set = |entry: Option<&mut Value>, key: &str, value: Value| {
            if let Some(entry) = entry.and_then(Value::as_object_mut) {
                entry.insert(key.to_owned(), value);
            }
        };
        match self {
            Self::EmptyList | Self::EmptyPage => list.clear(),
            Self::Without(id) => list.retain(|entry| entry.get("Id").and_then(Value::as_str) != Some(id)),
            Self::Twice => list.extend(list.first().cloned()),
            Self::ShortId => set(list.first_mut(), "Id", json!("12345678901")),
            Self::UnknownState => set(list.last_mut(), "State", json!("FROZEN")),
            Self::NoState => list.iter_mut().filter_map(Value::as_object_mut).for_each(|entry| {
                entry.remove("State");
                entry.remove("Status");
            }),
            _ => {}
        }
        match self {
            Self::EmptyPage => {
                let token = Page::again(&call.operation, call.parameter("NextToken"), nth);
                answer.insert("NextToken".to_owned(), token.into());
            }
            Self::EmptyList => drop(answer.remove("NextToken")),
            _ => {
                if let Some(marker) = self.marker(nth) {
                    answer.insert("NextToken".to_owned(), marker.into());
                }
            }
        }
        *body = Value::Object(answer).to_string();
    }
}

fn cut(body: &mut String, at: usize) {
    let at = (0..=at.min(body.len())).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
    body.truncate(at);
}
