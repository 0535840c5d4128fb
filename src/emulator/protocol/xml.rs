//! Writes values as the XML of AWS's query protocol.
//!
//! Owns: escaping, lists as `<member>`, flags, times and policy documents. `shapes` defines the elements.
//! INVARIANT: the output is well-formed XML 1.0, whatever bytes the snapshot holds.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::document::{document_text, is_encoded};
use super::shapes::{Kind, Shape};

/// All but the unreserved characters of RFC 3986, section 2.3: this is how IAM encodes policy documents.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// XML under construction.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// The text so far.
    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// An element around what `content` writes.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.open(name);
        content(self);
        self.close(name);
    }

    /// The root element of an answer, in its service's namespace.
    pub(crate) fn root(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut Self)) {
        self.open(&format!("{name} xmlns=\"{namespace}\""));
        content(self);
        self.close(name);
    }

    /// An element that holds text.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.element(name, |xml| xml.text(text));
    }

    /// `IsTruncated` and, if there is more, `Marker`.
    pub(crate) fn marker(&mut self, next: Option<&str>) {
        self.leaf("IsTruncated", if next.is_some() { "true" } else { "false" });
        if let Some(marker) = next {
            self.leaf("Marker", marker);
        }
    }

    /// Content that already is XML.
    pub(crate) fn raw(&mut self, xml: &str) {
        self.0.push_str(xml);
    }

    /// The members of `shape` that `object` has, in the order of the shape.
    pub(crate) fn fields(&mut self, shape: Shape, object: &Value) {
        for (name, kind) in shape {
            match (kind, object.get(*name)) {
                (Kind::Always(kind), value) => {
                    self.list(name, kind, value.and_then(Value::as_array).into_iter().flatten())
                }
                (_, Some(value)) => self.value(name, kind, value),
                (_, None) => {}
            }
        }
    }

    /// A list of `kind`, which is written even if it is empty.
    pub(crate) fn list<'a>(&mut self, name: &str, kind: &Kind, values: impl IntoIterator<Item = &'a Value>) {
        self.element(name, |xml| {
            for value in values {
                xml.value("member", kind, value);
            }
        });
    }

    /// One value; null writes nothing.
    fn value(&mut self, name: &str, kind: &Kind, value: &Value) {
        match (kind, value) {
            (_, Value::Null) => {}
            (Kind::List(kind) | Kind::Always(kind), Value::Array(values)) => self.list(name, kind, values),
            (Kind::Object(shape), value) => self.element(name, |xml| xml.fields(shape, value)),
            (Kind::Document, value) => self.leaf(name, &document(value)),
            (Kind::Time, value) => self.leaf(name, &time(value)),
            (_, Value::String(text)) => self.leaf(name, text),
            (_, value) => self.leaf(name, &value.to_string()),
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                // A reader turns a bare carriage return into a line feed.
                '\r' => self.0.push_str("&#xD;"),
                '\t' | '\n' => self.0.push(c),
                // XML 1.0 has no way to write these, not even escaped.
                c if u32::from(c) < 0x20 || c == '\u{FFFE}' || c == '\u{FFFF}' => self.0.push('\u{FFFD}'),
                c => self.0.push(c),
            }
        }
    }

    fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }
}

/// A policy document as IAM sends it. One that is encoded in the snapshot is sent unchanged, even if its encoding is
/// broken: the effect of a broken one on a reader must be testable.
fn document(value: &Value) -> String {
    match value {
        Value::String(text) if is_encoded(text) => text.clone(),
        value => utf8_percent_encode(&document_text(value), RESERVED).to_string(),
    }
}

/// A time as ISO 8601 in UTC; text that is not a time is sent unchanged.
fn time(value: &Value) -> String {
    match value {
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(time) => time.to_string(),
            Err(_) => text.clone(),
        },
        value => match value.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()) {
            Some(time) => time.to_string(),
            None => value.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn characters_that_xml_cannot_hold_never_reach_it() {
        let mut xml = Xml::default();
        xml.leaf("Name", "a<b>&\"\u{1b}[2J\u{0}\r\n");
        assert_eq!(xml.into_string(), "<Name>a&lt;b&gt;&amp;&quot;\u{FFFD}[2J\u{FFFD}&#xD;\n</Name>");
    }

    #[test]
    fn a_document_is_encoded_once_in_whatever_form_it_stands() {
        let encoded = "%7B%22Sid%22%3A%22a%20b~%2F%2A%22%7D";
        assert_eq!(document(&json!({"Sid": "a b~/*"})), encoded);
        assert_eq!(document(&json!("{\"Sid\":\"a b~/*\"}")), encoded);
        assert_eq!(document(&json!(encoded)), encoded);
        assert_eq!(document(&json!("%7B%ZZ")), "%7B%ZZ");
    }

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(time(&json!("2026-01-02T03:04:05+00:00")), "2026-01-02T03:04:05Z");
        assert_eq!(time(&json!("2026-01-02T03:04:05+02:00")), "2026-01-02T01:04:05Z");
        assert_eq!(time(&json!(1_700_000_000)), "2023-11-14T22:13:20Z");
        assert_eq!(time(&json!("yesterday")), "yesterday");
    }
}
