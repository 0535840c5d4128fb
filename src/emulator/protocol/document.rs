//! Policy documents, in every form that a snapshot may hold: an object, JSON text, or percent-encoded JSON text.

use serde_json::Value;

/// The JSON text of a policy document.
pub(crate) fn document_text(document: &Value) -> String {
    match document {
        Value::String(text) if is_encoded(text) => {
            percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A JSON document starts with a brace or white space, so one that starts with a percent sign is encoded.
pub(crate) fn is_encoded(document: &str) -> bool {
    document.starts_with('%')
}
