//! A finished reply: what AWS would send, and how it is delivered.
//!
//! Owns: the envelope of an answer and of an error in each protocol, and the ways in which a delivery can fail. Does
//! not know when one fails (`faults`) nor how bytes are written (`http`).
//! INVARIANT: every reply is in its service's protocol and carries a request id.

use serde_json::json;

use super::error_response::ErrorResponse;
use super::request::{Call, Protocol};
use super::xml::Xml;

/// A finished reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) request_id: String,
    /// `x-amzn-errortype` of AWS JSON.
    pub(crate) error_type: Option<&'static str>,
    pub(crate) retry_after: Option<&'static str>,
    /// The `Server` header, if the answer is not AWS's.
    pub(crate) server: Option<&'static str>,
    pub(crate) body: String,
    pub(crate) delivery: Delivery,
}

/// How a reply is delivered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Delivery {
    /// Normally.
    #[default]
    Whole,
    Reset,
    Never,
    /// Its first bytes, then the end of the connection.
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
pub(crate) enum End {
    /// It is reset before the promised length.
    Reset,
    /// It is closed before the promised length.
    Short,
    /// It is closed before the last chunk.
    Unchunked,
}

impl Reply {
    /// An answer with status 200.
    pub(crate) fn answer(protocol: Protocol, request_id: String, body: String) -> Self {
        Self {
            status: 200,
            content_type: content_type(protocol),
            request_id,
            error_type: None,
            retry_after: None,
            server: None,
            body,
            delivery: Delivery::Whole,
        }
    }

    /// An error. `namespace` is used by the query protocol only.
    pub(crate) fn error(protocol: Protocol, namespace: &str, request_id: String, error: ErrorResponse) -> Self {
        let body = match protocol {
            Protocol::Json => {
                json!({"__type": error.code, "Message": error.message, "message": error.message}).to_string()
            }
            Protocol::Query => error_document(namespace, &request_id, &error),
        };
        let error_type = (protocol == Protocol::Json).then_some(error.code);
        Self { status: error.status, error_type, ..Self::answer(protocol, request_id, body) }
    }
}

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Query => "text/xml",
        Protocol::Json => "application/x-amz-json-1.1",
    }
}

/// The envelope of a query answer around its result.
pub(crate) fn framed(call: &Call, namespace: &str, request_id: &str, result: Xml) -> String {
    let operation = &call.operation;
    let result = result.into_string();
    let mut xml = Xml::default();
    xml.root(&format!("{operation}Response"), namespace, |xml| {
        xml.element(&format!("{operation}Result"), |xml| xml.raw(&result));
        xml.element("ResponseMetadata", |xml| xml.leaf("RequestId", request_id));
    });
    xml.into_string()
}

fn error_document(namespace: &str, request_id: &str, error: &ErrorResponse) -> String {
    let mut xml = Xml::default();
    xml.root("ErrorResponse", namespace, |xml| {
        xml.element("Error", |xml| {
            xml.leaf("Type", "Sender");
            xml.leaf("Code", error.code);
            xml.leaf("Message", &error.message);
        });
        xml.leaf("RequestId", request_id);
    });
    xml.into_string()
}
