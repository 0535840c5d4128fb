//! Arguments of a tool: their schema, and the command line that they stand for.
//!
//! Owns: which types arguments have. INVARIANT: no value is read as an option: those of options stand behind `=`, others behind `--`.

use serde_json::{Map, Value, json};

use crate::diagnostic::{Code, Diagnostic};
use crate::nearest::nearest;

/// Bytes of a text at most: names are shorter.
const LONGEST: usize = 2_048;

/// Entries of each list of an answer.
pub(super) const LIMIT: &str = "limit";
const DEFAULT_LIMIT: usize = 50;
const MOST: u64 = 1_000;

/// One argument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    pub(super) name: &'static str,
    /// `None` for those that the command takes by their place.
    pub(super) option: Option<&'static str>,
    pub(super) kind: Kind,
    pub(super) about: &'static str,
}

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Texts,
    Number,
    Switch,
    /// Policies, each with the document that it would have.
    Documents,
}

/// The JSON schema of some arguments and the limit that every tool takes. Those by place are required.
pub(super) fn schema(inputs: &[Input]) -> Value {
    let property = |input: &Input| {
        let about = input.about;
        let schema = match input.kind {
            Kind::Text => json!({"type": "string", "minLength": 1, "description": about}),
            Kind::Texts => {
                json!({"type": "array", "items": {"type": "string", "minLength": 1}, "description": about})
            }
            Kind::Number => json!({"type": "integer", "minimum": 0, "description": about}),
            Kind::Switch => json!({"type": "boolean", "description": about}),
            Kind::Documents => json!({"type": "array", "description": about, "items": {"type": "object",
                "properties": {"policy": {"type": "string", "minLength": 1}, "document": {"type": "object"}},
                "required": ["policy", "document"], "additionalProperties": false}}),
        };
        (input.name.to_owned(), schema)
    };
    let mut properties: Map<String, Value> = inputs.iter().map(property).collect();
    let about = "Entries of each list in the answer at most; what is left out is counted";
    let limit =
        json!({"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT, "description": about});
    properties.insert(LIMIT.to_owned(), limit);
    let required: Vec<&str> = inputs.iter().filter(|input| input.option.is_none()).map(|input| input.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The words of the command line, options first, and the limit.
pub(super) fn words(
    command: &str,
    inputs: &[Input],
    arguments: &Value,
) -> Result<(Vec<String>, usize), Box<Diagnostic>> {
    let none = Map::new();
    let given = match arguments {
        Value::Null => &none,
        Value::Object(given) => given,
        _ => return Err(wrong("the arguments are no object", "arguments", "each has a name")),
    };
    // a client may send null for what it leaves out
    let given: Vec<(&String, &Value)> = given.iter().filter(|(_, value)| !value.is_null()).collect();
    let known: Vec<&str> = inputs.iter().map(|input| input.name).chain([LIMIT]).collect();
    if let Some((name, _)) = given.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        let near = nearest(name, &known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(wrong(
            &format!("there is no argument `{name}`"),
            name,
            &format!("it takes {}{near}", known.join(", ")),
        ));
    }
    let value = |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let mut options = vec!["rolehop".to_owned(), command.to_owned()];
    let mut places = Vec::new();
    for input in inputs {
        match (value(input.name), input.option) {
            (Some(value), Some(option)) => add(input, option, value, &mut options)?,
            (Some(value), None) => places.push(text(input.name, value)?.to_owned()),
            (None, None) => return Err(wrong(&format!("missing: `{}`", input.name), input.name, "the tool needs it")),
            (None, Some(_)) => {}
        }
    }
    options.push("--".to_owned());
    options.extend(places);
    let limit = match value(LIMIT) {
        None => DEFAULT_LIMIT,
        Some(limit) => limit
            .as_u64()
            .filter(|limit| (1..=MOST).contains(limit))
            .and_then(|limit| usize::try_from(limit).ok())
            .ok_or_else(|| wrong(&format!("`limit` cannot be {limit}"), LIMIT, "it is a number from 1 to 1000"))?,
    };
    Ok((options, limit))
}

/// Adds an option with its values.
fn add(input: &Input, option: &str, value: &Value, words: &mut Vec<String>) -> Result<(), Box<Diagnostic>> {
    let not_a = |what: &str| wrong(&format!("`{}` is not {what}", input.name), input.name, "its type is another");
    match input.kind {
        Kind::Text => words.push(format!("--{option}={}", text(input.name, value)?)),
        Kind::Texts => {
            for one in value.as_array().ok_or_else(|| not_a("a list of texts"))? {
                words.push(format!("--{option}={}", text(input.name, one)?));
            }
        }
        Kind::Number => {
            let number = value.as_u64().ok_or_else(|| not_a("a whole number"))?;
            words.push(format!("--{option}={number}"));
        }
        Kind::Documents => {
            for one in value.as_array().ok_or_else(|| not_a("a list of objects"))? {
                let document = one.get("document").filter(|document| document.is_object());
                let document = document.ok_or_else(|| not_a("a list of objects with `policy` and `document`"))?;
                let policy = text("policy", one.get("policy").unwrap_or(&Value::Null))?;
                // a document begins with a brace: no file is read
                words.push(format!("--{option}={policy}={document}"));
            }
        }
        Kind::Switch => {
            if value.as_bool().ok_or_else(|| not_a("true or false"))? {
                words.push(format!("--{option}"));
            }
        }
    }
    Ok(())
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, Box<Diagnostic>> {
    let text = value.as_str().ok_or_else(|| wrong(&format!("`{name}` is not a text"), name, "its type is another"))?;
    if text.is_empty() || text.len() > LONGEST {
        return Err(wrong(&format!("`{name}` is empty or too long"), name, "a text has 1 to 2048 bytes"));
    }
    Ok(text)
}

fn wrong(what: &str, place: &str, why: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Usage, what, place, why, "the tool's input schema says what it takes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: &[Input] = &[
        Input { name: "who", option: None, kind: Kind::Text, about: "" },
        Input { name: "ou", option: Some("ou"), kind: Kind::Texts, about: "" },
        Input { name: "all", option: Some("all"), kind: Kind::Switch, about: "" },
    ];

    #[test]
    fn no_value_becomes_an_option() {
        let (words, limit) = words("can", INPUTS, &json!({"who": "--help", "ou": ["-x", "--y"], "all": true})).unwrap();
        assert_eq!(words, ["rolehop", "can", "--ou=-x", "--ou=--y", "--all", "--", "--help"]);
        assert_eq!(limit, 50);
    }

    #[test]
    fn what_is_no_argument_is_refused_in_words() {
        for (arguments, what) in [
            (json!({}), "missing: `who`"),
            (json!({"who": 7}), "`who` is not a text"),
            (json!({"who": ""}), "empty or too long"),
            (json!({"who": "a", "al": true}), "no argument `al`"),
            (json!({"who": "a", "all": "yes"}), "not true or false"),
            (json!({"who": "a", "ou": "x"}), "not a list"),
            (json!({"who": "a", "limit": 0}), "`limit` cannot be 0"),
            (json!(["a"]), "no object"),
        ] {
            let refused = words("can", INPUTS, &arguments).unwrap_err();
            assert!(refused.what.contains(what), "{arguments}: {refused:?}");
        }
        assert!(words("can", INPUTS, &json!({"who": "a", "all": null})).is_ok());
    }
}
