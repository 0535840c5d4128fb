//! Policy documents as the snapshot stores them: JSON objects, decoded once.
//!
//! Owns: decoding. IAM sends percent-encoded text, some other implementations plain JSON. Equal documents are decoded
//! and kept once.
//! INVARIANT: no document is dropped: text that is not JSON is kept as a JSON string.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

/// Decoded documents by the text that IAM sent.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    decoded: HashMap<String, Box<RawValue>>,
}

impl Documents {
    /// Decodes a text, unless an equal one was decoded before.
    pub(crate) fn add(&mut self, sent: &str) {
        if !self.decoded.contains_key(sent) {
            self.decoded.insert(sent.to_owned(), decode(sent));
        }
    }

    /// The document of a text that was added before.
    pub(crate) fn get(&self, sent: &str) -> Option<&RawValue> {
        self.decoded.get(sent).map(AsRef::as_ref)
    }
}

/// Percent-decodes once; text that already is JSON is kept as it is.
pub(crate) fn decode(sent: &str) -> Box<RawValue> {
    // a literal `{` never starts an encoded document; decoding plain JSON would damage its own `%`
    if sent.trim_start().starts_with('{')
        && let Some(plain) = json(sent)
    {
        return plain;
    }
    // `+` stays `+`: this is RFC 3986, not a form
    match percent_decode_str(sent).decode_utf8() {
        Ok(text) => json(&text).unwrap_or_else(|| as_string(&text)),
        Err(_) => as_string(sent),
    }
}

/// SCP and RCP content, which Organizations sends as plain text.
pub(crate) fn plain(sent: &str) -> Box<RawValue> {
    json(sent).unwrap_or_else(|| as_string(sent))
}

/// The text without insignificant white space: half of AWS's own policies is indentation. Keys, even duplicates, and
/// strings stay as they are.
fn json(text: &str) -> Option<Box<RawValue>> {
    let raw = RawValue::from_string(text.trim().to_owned()).ok()?;
    let mut in_string = false;
    let mut escaped = false;
    let compact = raw.get().chars().filter(|c| {
        if in_string {
            in_string = escaped || *c != '"';
            escaped = *c == '\\' && !escaped;
            return true;
        }
        in_string = *c == '"';
        !c.is_ascii_whitespace()
    });
    RawValue::from_string(compact.collect()).ok()
}

fn as_string(text: &str) -> Box<RawValue> {
    // a string always serializes; the fallback `null` only satisfies the type
    serde_json::value::to_raw_value(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_decoded_exactly_once() {
        assert_eq!(decode("%7B%22a%22%3A%22100%2525%2B%22%7D").get(), r#"{"a":"100%25+"}"#);
        assert_eq!(decode("%7B%22a%22%3A%22x+y%22%7D").get(), r#"{"a":"x+y"}"#);
    }

    #[test]
    fn white_space_goes_only_between_the_parts() {
        let sent = "{\n  \"a b\" : [ 1, \"x \\\" y\\\\\" ,\t\" z \" ],\n \"a b\": {} }\n";
        assert_eq!(decode(sent).get(), r#"{"a b":[1,"x \" y\\"," z "],"a b":{}}"#);
    }

    #[test]
    fn plain_json_is_taken_as_it_is() {
        assert_eq!(decode(r#"{"a":"100%25"}"#).get(), r#"{"a":"100%25"}"#);
    }

    #[test]
    fn what_is_no_json_is_kept_as_a_string() {
        assert_eq!(decode("%7B%22x").get(), r#""{\"x""#);
        assert_eq!(decode("%FF").get(), r#""%FF""#);
        assert_eq!(decode("").get(), r#""""#);
        assert_eq!(plain("{").get(), r#""{""#);
    }
}
