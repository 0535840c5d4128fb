//! One incoming call: which caller asks which service for what.
//!
//! Owns: the Authorization header, the form of the query protocol, the target of AWS JSON and the path of REST. Does
//! not check signatures.

use std::collections::BTreeMap;

use hyper::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::facet::{Service, addressed};

/// The protocols of the served services: REST is JSON with the operation in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Query,
    Json,
}

/// Parameters of a call.
#[derive(Debug)]
pub(crate) enum Input {
    Form(BTreeMap<String, String>),
    Json(Value),
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) protocol: Protocol,
    /// From the credential scope, such as `iam`; empty if the call is not signed.
    pub(crate) service: String,
    /// From the credential scope.
    pub(crate) region: String,
    /// Empty if the request names none.
    pub(crate) operation: String,
    pub(crate) access_key_id: Option<String>,
    pub(crate) session_token: Option<String>,
    pub(crate) input: Input,
}

impl Call {
    /// Reads a request. `None` for the body of an AWS JSON call that is not JSON.
    pub(crate) fn read(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let scope = header("authorization").and_then(scope);
        let (access_key_id, region, service) = match scope {
            Some((key, region, service)) => (Some(key), region, service),
            None => (None, String::new(), String::new()),
        };
        let target = header("x-amz-target");
        let service_of = Service::signed(&service);
        let rest = service_of.and_then(|service| addressed(service, method.as_str(), uri.path()));
        let (protocol, operation, input) = match (target, rest) {
            (Some(target), _) => {
                let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
                let body = if body.is_empty() { b"{}" } else { body };
                (Protocol::Json, operation, Input::Json(serde_json::from_slice(body).ok()?))
            }
            (None, Some((operation, segments))) => {
                let input = rest_input(&segments, uri.query().unwrap_or_default(), body)?;
                (Protocol::Json, operation.name.to_owned(), Input::Json(input))
            }
            (None, None) => {
                let form = form(body);
                (Protocol::Query, form.get("Action").cloned().unwrap_or_default(), Input::Form(form))
            }
        };
        Some(Self {
            protocol,
            service,
            region,
            operation: if is_word(&operation) { operation } else { String::new() },
            access_key_id,
            session_token: header("x-amz-security-token").map(str::to_owned),
            input,
        })
    }

    /// The text of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        match &self.input {
            Input::Form(form) => form.get(name).map(String::as_str),
            Input::Json(value) => value.get(name)?.as_str(),
        }
    }

    /// A parameter that is a whole number: `Some(None)` if it is present and is not a number.
    pub(crate) fn number(&self, name: &str) -> Option<Option<u64>> {
        match &self.input {
            Input::Form(form) => form.get(name).map(|text| text.parse().ok()),
            Input::Json(value) => value.get(name).map(Value::as_u64),
        }
    }

    /// The members of a list parameter of the query protocol, in order.
    pub(crate) fn members(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|place| self.parameter(&format!("{name}.member.{place}"))).collect()
    }

    /// `iam:GetAccountSummary`: the form in which calls are counted and denied.
    pub(crate) fn action(&self) -> String {
        let known = |text: &str| if is_word(text) { text.to_owned() } else { "unknown".to_owned() };
        format!("{}:{}", known(&self.service), known(&self.operation))
    }
}

/// Access key id, region and service of `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
fn scope(authorization: &str) -> Option<(String, String, String)> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let credential = credential.split(',').next()?.trim();
    let mut parts = credential.split('/');
    let key = parts.next().filter(|key| !key.is_empty())?;
    let region = parts.nth(1)?.to_owned();
    Some((key.to_owned(), region, parts.next()?.to_owned()))
}

/// The fields of a REST call: those of its body and its query, and the segments of its path as `0`, `1` and so on.
fn rest_input(segments: &[&str], query: &str, body: &[u8]) -> Option<Value> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut input: Map<String, Value> = serde_json::from_slice(body).ok()?;
    input.extend(form(query.as_bytes()).into_iter().map(|(key, value)| (key, value.into())));
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    input.extend(segments.iter().enumerate().map(|(at, text)| (at.to_string(), decode(text).into())));
    Some(input.into())
}

fn form(body: &[u8]) -> BTreeMap<String, String> {
    let body = String::from_utf8_lossy(body);
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// Names are counted and echoed, so only those that can be an operation's are kept.
fn is_word(name: &str) -> bool {
    (1..=128).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_scope_names_key_and_service() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/iam/aws4_request, SignedHeaders=host";
        assert_eq!(scope(header), Some(("AKIDEXAMPLE".to_owned(), "us-east-1".to_owned(), "iam".to_owned())));
        assert_eq!(scope("Bearer x"), None);
        assert_eq!(scope("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE"), None);
    }

    #[test]
    fn a_form_decodes_plus_and_percent() {
        let form = form(b"Action=ListX&Filter.member.1=A%2BB+C&Empty");
        assert_eq!(form["Filter.member.1"], "A+B C");
        assert_eq!(form["Empty"], "");
    }
}
