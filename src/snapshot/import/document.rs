//! The JSON documents in a text: one, several one after another, or a list of them.
//!
//! Owns: where a document starts and ends, its keys, and whether it says that more follows. Values stay raw.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::recognize;
use crate::snapshot::error::SnapshotError;

/// One answer of AWS.
pub(super) struct Document<'a> {
    pub(super) keys: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Document<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.keys.iter().find(|(known, _)| known == key).map(|(_, value)| *value)
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.keys.iter().map(|(key, _)| &**key).collect()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// True for a page that says that another follows.
    pub(super) fn is_open(&self) -> bool {
        let token = |key: &str| self.get(key).is_some_and(|value| !matches!(value.get(), "null" | "\"\""));
        let truncated =
            self.get("IsTruncated").is_some_and(|value| value.get().trim_matches('"').eq_ignore_ascii_case("true"));
        truncated || ["Marker", "NextToken", "nextToken", "NextMarker"].into_iter().any(token)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Document<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut keys: Self::Value = Vec::new();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    if keys.iter().any(|(known, _)| *known == key) {
                        return Err(Error::custom(format_args!("the key `{key}` is there twice")));
                    }
                    keys.push((key, map.next_value()?));
                }
                Ok(keys)
            }
        }
        Ok(Self { keys: deserializer.deserialize_map(Keys)? })
    }
}

/// All documents of a file, in order.
pub(super) fn split<'a>(path: &Path, text: &'a str) -> Result<Vec<Document<'a>>, SnapshotError> {
    let refused = |error: serde_json::Error| recognize::not_json(path, text, &error);
    let mut documents = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<&'a RawValue>() {
        let value = value.map_err(refused)?.get();
        if value.starts_with('[') {
            let list: Vec<&'a RawValue> = serde_json::from_str(value).map_err(refused)?;
            for value in list {
                documents.push(serde_json::from_str(value.get()).map_err(|_| recognize::other(path, text))?);
            }
        } else {
            documents.push(serde_json::from_str(value).map_err(|error| match error.classify() {
                serde_json::error::Category::Data if value.starts_with('{') => refused(error),
                _ => recognize::other(path, text),
            })?);
        }
    }
    if documents.is_empty() { Err(recognize::other(path, text)) } else { Ok(documents) }
}
