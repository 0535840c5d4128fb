//! What the scripts draw and search.
//!
//! Owns: how data stands in the page. INVARIANT: no character of it ends the element that it stands in.

use serde::Serialize;

use super::findings::RuleData;
use super::targets::TargetData;
use super::text::Texts;

/// Everything that the scripts get.
#[derive(Debug, Serialize)]
pub(super) struct Data {
    #[serde(flatten)]
    pub(super) texts: Texts,
    pub(super) targets: Vec<TargetData>,
    pub(super) rules: Vec<RuleData>,
}

impl Data {
    /// As JSON without `<`, `>` and `&`, which strings alone have, and without the separators that JSON allows in them.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let json = serde_json::to_string(self)?;
        let mut safe = String::with_capacity(json.len());
        for c in json.chars() {
            match c {
                '<' => safe.push_str("\\u003c"),
                '>' => safe.push_str("\\u003e"),
                '&' => safe.push_str("\\u0026"),
                c => safe.push(c),
            }
        }
        Ok(safe)
    }
}
