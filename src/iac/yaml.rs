//! YAML and JSON with the line of each key.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use super::definition::Text;

/// The documents of a file.
pub(super) fn documents(text: &str) -> Result<Vec<MarkedYaml<'_>>, String> {
    MarkedYaml::load_from_str(text).map_err(|error| error.to_string())
}

/// A value without its tag.
fn bare<'a, 'b>(node: &'a MarkedYaml<'b>) -> &'a MarkedYaml<'b> {
    match &node.data {
        YamlData::Tagged(_, inner) => inner,
        _ => node,
    }
}

/// The entries of an object, with the line of each key.
pub(super) fn entries<'a, 'b>(node: &'a MarkedYaml<'b>) -> Vec<(&'a str, usize, &'a MarkedYaml<'b>)> {
    let YamlData::Mapping(entries) = &bare(node).data else { return Vec::new() };
    entries.iter().filter_map(|(key, value)| Some((string(key)?, key.span.start.line(), value))).collect()
}

/// The value of a key.
pub(super) fn get<'a, 'b>(node: &'a MarkedYaml<'b>, key: &str) -> Option<&'a MarkedYaml<'b>> {
    entries(node).into_iter().find(|(name, ..)| *name == key).map(|(.., value)| value)
}

/// The items of a list, or the value itself.
pub(super) fn items<'a, 'b>(node: &'a MarkedYaml<'b>) -> Vec<&'a MarkedYaml<'b>> {
    match &node.data {
        YamlData::Sequence(items) => items.iter().collect(),
        _ => vec![node],
    }
}

/// A text without a tag.
pub(super) fn string<'a>(node: &'a MarkedYaml<'_>) -> Option<&'a str> {
    match &node.data {
        YamlData::Value(Scalar::String(text)) => Some(text),
        YamlData::Representation(text, ..) => Some(text),
        _ => None,
    }
}

/// A text, if it is written out: a tag such as `!Ref` computes it, and so does `${…}`. Numbers are taken for computed: their spelling is lost.
pub(super) fn text(node: Option<&MarkedYaml<'_>>) -> Text {
    let Some(node) = node else { return Text::Absent };
    let is_plain = match &node.data {
        YamlData::Tagged(tag, _) => tag.suffix == "Sub",
        _ => true,
    };
    match string(bare(node)) {
        Some(text) if is_plain && !text.contains("${") => Text::Literal(text.to_owned()),
        _ => Text::Computed,
    }
}
