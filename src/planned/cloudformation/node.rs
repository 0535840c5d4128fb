//! A template as it is written: YAML or JSON with the line of each value, and short forms such as `!Ref` spelled out.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::Value as Json;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// From 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A text, a number, a truth or nothing.
    Scalar(Json),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Values inside each other, at most.
const DEPTH: usize = 100;

/// Reads the one document of a file.
pub(super) fn read(text: &str) -> Result<Node, String> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| format!("it is neither JSON nor YAML: {error}"))?;
    match documents.as_slice() {
        [] => Err("the file is empty".to_owned()),
        [one] => node(one, text, DEPTH),
        many => Err(format!("it has {} documents; a template is one", many.len())),
    }
}

fn node(from: &MarkedYaml<'_>, text: &str, left: usize) -> Result<Node, String> {
    let line = from.span.start.line();
    let left = left.checked_sub(1).ok_or_else(|| format!("line {line}: values are nested more than {DEPTH} deep"))?;
    let value = match &from.data {
        YamlData::Representation(text, ..) => Value::Scalar(text.to_string().into()),
        YamlData::Value(scalar) => Value::Scalar(self::scalar(scalar, from, text)),
        YamlData::Sequence(items) => {
            Value::List(items.iter().map(|item| node(item, text, left)).collect::<Result<_, _>>()?)
        }
        YamlData::Mapping(members) => {
            let member = |(key, value): (&MarkedYaml<'_>, &MarkedYaml<'_>)| {
                let name = match node(key, text, left)?.value {
                    Value::Scalar(Json::String(name)) => name,
                    Value::Scalar(other) => other.to_string(),
                    _ => return Err(format!("line {}: a key is no text", key.span.start.line())),
                };
                // the key's line is the one that people look for
                Ok((name, Node { line: key.span.start.line(), ..node(value, text, left)? }))
            };
            Value::Map(members.iter().map(member).collect::<Result<_, String>>()?)
        }
        YamlData::Tagged(tag, inner) => {
            let inner = node(inner, text, left)?;
            if tag.handle != "!" {
                return Ok(inner);
            }
            let name = match tag.suffix.as_str() {
                "Ref" | "Condition" => tag.suffix.clone(),
                function => format!("Fn::{function}"),
            };
            // `!GetAtt Role.Arn` is a list of two
            let argument = match (&inner.value, tag.suffix.as_str()) {
                (Value::Scalar(Json::String(path)), "GetAtt") => {
                    let parts = path.splitn(2, '.').map(|part| scalar_node(part, inner.line));
                    Node { line: inner.line, value: Value::List(parts.collect()) }
                }
                _ => inner,
            };
            Value::Map(vec![(name, argument)])
        }
        YamlData::Alias(_) | YamlData::BadValue => return Err(format!("line {line}: a value cannot be read")),
    };
    Ok(Node { line, value })
}

fn scalar_node(text: &str, line: usize) -> Node {
    Node { line, value: Value::Scalar(text.into()) }
}

fn scalar(scalar: &Scalar<'_>, from: &MarkedYaml<'_>, text: &str) -> Json {
    match scalar {
        Scalar::Null => Json::Null,
        Scalar::Boolean(truth) => (*truth).into(),
        Scalar::String(text) => text.to_string().into(),
        Scalar::Integer(_) | Scalar::FloatingPoint(_) => {
            // as it is spelled: an account id keeps its zeros
            let (start, end) = (from.span.start.index(), from.span.end.index());
            let spelled: String = text.chars().skip(start).take(end.saturating_sub(start)).collect();
            match serde_json::from_str::<serde_json::Number>(spelled.trim()) {
                Ok(number) => number.into(),
                Err(_) => spelled.trim().to_owned().into(),
            }
        }
    }
}

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn members(&self) -> &[(String, Self)] {
        if let Value::Map(members) = &self.value { members } else { &[] }
    }

    pub(super) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Value::Scalar(Json::String(text)) = &self.value { Some(text) } else { None }
    }
}
