//! A JSON Schema of the configuration, for editors.
//!
//! Owns: how a key is said in JSON Schema (draft 2020-12). Made from the table of keys and the cards of the rules, so that it cannot
//! drift from what the parser accepts.

use serde_json::{Map, Value, json};

use super::keys::{Holds, Key, keys_of};
use crate::finding::RuleCard;
use crate::severity::Severity;

/// The severities, least first.
const SEVERITIES: [Severity; 5] = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

/// The schema; `words` are the words that a setting of a rule takes, none if it takes any text.
#[must_use]
pub fn schema(cards: &[RuleCard], words: impl Fn(&RuleCard, &str) -> Vec<String>) -> Value {
    let rules: Map<String, Value> = cards.iter().map(|card| (card.id.clone(), of_rule(card, &words))).collect();
    let targets = json!({
        "type": "object",
        "description": "Named targets: `rolehop who-can NAME` asks about the union of the selectors, minus `except`",
        "additionalProperties": table("targets.NAME"),
    });
    let rules = json!({
        "type": "object",
        "description": "Settings of single rules, by id",
        "additionalProperties": false,
        "properties": rules,
    });
    let waivers = json!({
        "type": "array",
        "description": "Findings that were accepted, for a reason, until a day",
        "items": table("waivers"),
    });
    let expectations = json!({
        "type": "array",
        "description": "Who may reach a target: `rolehop check` reports a breach",
        "items": table("expect"),
    });
    let mut root = table("");
    for (name, part) in [
        ("scan", table("scan")),
        ("targets", targets),
        ("check", table("check")),
        ("quotas", table("quotas")),
        ("people", table("people")),
        ("rules", rules),
        ("waivers", waivers),
        ("expect", expectations),
    ] {
        insert(&mut root, name, part);
    }
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rolehop.toml",
        "description": "Configuration of rolehop",
    });
    match (head, root) {
        (Value::Object(mut head), Value::Object(root)) => {
            head.extend(root);
            Value::Object(head)
        }
        (_, root) => root,
    }
}

/// A table whose keys are known.
fn table(name: &str) -> Value {
    let properties: Map<String, Value> = keys_of(name).map(|key| (key.name.to_owned(), of_key(key))).collect();
    let required: Vec<&str> = keys_of(name).filter(|key| key.required).map(|key| key.name).collect();
    let mut table = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if let (Some(table), false) = (table.as_object_mut(), required.is_empty()) {
        table.insert("required".to_owned(), json!(required));
    }
    table
}

fn insert(table: &mut Value, name: &str, part: Value) {
    if let Some(properties) = table.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(name.to_owned(), part);
    }
}

fn of_key(key: &Key) -> Value {
    let texts = || json!({"type": "array", "items": {"type": "string"}});
    let mut shape = match key.holds {
        Holds::Version => json!({"type": "integer", "const": 1}),
        Holds::Text => json!({"type": "string", "pattern": "\\S"}),
        Holds::Count => json!({"type": "integer", "minimum": 1}),
        Holds::Percent => json!({"type": "integer", "minimum": 0, "maximum": 100}),
        Holds::Switch => json!({"type": "boolean"}),
        Holds::Severity => json!({"type": "string", "enum": SEVERITIES.map(Severity::as_str)}),
        Holds::TextOrTexts => json!({"anyOf": [
            {"type": "string", "pattern": "\\S"},
            {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "\\S"}},
        ]}),
        Holds::Texts => texts(),
        Holds::Selectors => json!({"type": "array", "items": {"type": "string", "pattern": "\\S"}}),
        Holds::TextsByName => json!({"type": "object", "additionalProperties": texts()}),
        Holds::Secret => json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {"env": {"type": "string", "description": "environment variable that holds it"}},
            "required": ["env"],
        }),
        Holds::Always => json!({"type": "string", "enum": ["always"]}),
        // a TOML date is text to JSON Schema
        Holds::Day => json!({"type": "string", "format": "date", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}),
    };
    if let Some(shape) = shape.as_object_mut() {
        let default = if key.default.is_empty() { String::new() } else { format!("; default: {}", key.default) };
        shape.insert("description".to_owned(), json!(format!("{}{default}", key.about)));
    }
    shape
}

/// A rule's table: what every rule has, and the parameters of its card with the types of their defaults.
fn of_rule(card: &RuleCard, words: &impl Fn(&RuleCard, &str) -> Vec<String>) -> Value {
    let mut shape = table("rules.ID");
    for (name, default) in &card.parameters {
        let mut parameter = match default {
            toml::Value::Integer(_) if name == "percent" => json!({"type": "integer", "minimum": 0, "maximum": 100}),
            toml::Value::Integer(_) => json!({"type": "integer", "minimum": 0}),
            toml::Value::Float(_) => json!({"type": "number"}),
            toml::Value::Boolean(_) => json!({"type": "boolean"}),
            toml::Value::Array(_) => json!({"type": "array", "items": {"type": "string"}}),
            _ => match words(card, name) {
                known if known.is_empty() => json!({"type": "string"}),
                known => json!({"type": "string", "enum": known}),
            },
        };
        if let (Some(parameter), Ok(default)) = (parameter.as_object_mut(), serde_json::to_value(default)) {
            parameter.insert("default".to_owned(), default);
        }
        insert(&mut shape, name, parameter);
    }
    if let Some(shape) = shape.as_object_mut() {
        shape.insert("description".to_owned(), json!(format!("{} (rolehop rules explain {})", card.title, card.id)));
    }
    shape
}
