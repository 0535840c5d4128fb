//! Tags as a list of pairs, as AWS returns them, or as a map, as scripts write them.
//!
//! Owns: both shapes. INVARIANT: absent or `null` is "not read", an empty list or map "read, and none".

use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// A tag of a principal or account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct Tag {
    #[serde(alias = "key")]
    pub key: String,
    #[serde(default, alias = "value")]
    pub value: String,
}

/// Tags in either shape.
pub(in crate::snapshot) fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Tag>>, D::Error> {
    deserializer.deserialize_any(AnyTags)
}

struct AnyTags;

impl<'de> Visitor<'de> for AnyTags {
    type Value = Option<Vec<Tag>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("tags: a list of `Key` and `Value`, or a map")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut tags = Vec::with_capacity(list.size_hint().unwrap_or_default());
        while let Some(tag) = list.next_element()? {
            tags.push(tag);
        }
        Ok(Some(tags))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut tags = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
            tags.push(Tag { key, value: value.unwrap_or_default() });
        }
        Ok(Some(tags))
    }
}
