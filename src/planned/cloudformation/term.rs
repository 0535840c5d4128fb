//! A value that was computed, as far as it could be.

use serde_json::{Map, Value as Json};

/// Computed, with the line that it is written at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) line: usize,
    pub(super) value: Computed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Computed {
    Scalar(Json),
    List(Vec<Term>),
    Map(Vec<(String, Term)>),
    /// `AWS::NoValue`: as if it were not written.
    Nothing,
    /// It cannot be known here; why.
    Unknown(String),
}

impl Term {
    pub(super) fn new(line: usize, value: Computed) -> Self {
        Self { line, value }
    }

    pub(super) fn unknown(line: usize, why: impl Into<String>) -> Self {
        Self::new(line, Computed::Unknown(why.into()))
    }

    pub(super) fn of_text(line: usize, text: impl Into<String>) -> Self {
        Self::new(line, Computed::Scalar(Json::String(text.into())))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Computed::Map(members) = &self.value else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A text, number or truth as text; the reason where it is not known.
    pub(super) fn text(&self) -> Result<String, String> {
        match &self.value {
            Computed::Scalar(Json::String(text)) => Ok(text.clone()),
            Computed::Scalar(Json::Null) | Computed::Nothing => Err("it is empty".to_owned()),
            Computed::Scalar(other) => Ok(other.to_string()),
            Computed::Unknown(why) => Err(why.clone()),
            Computed::List(_) | Computed::Map(_) => Err("it is no text".to_owned()),
        }
    }

    /// The value as JSON; the first reason where something in it is not known.
    pub(super) fn json(&self) -> Result<Json, String> {
        match &self.value {
            Computed::Scalar(value) => Ok(value.clone()),
            Computed::Nothing => Ok(Json::Null),
            Computed::Unknown(why) => Err(why.clone()),
            Computed::List(items) => items.iter().map(Self::json).collect::<Result<Vec<_>, _>>().map(Json::from),
            Computed::Map(members) => {
                let member = |(name, value): &(String, Self)| Ok((name.clone(), value.json()?));
                members.iter().map(member).collect::<Result<Map<_, _>, String>>().map(Json::from)
            }
        }
    }

    /// Of JSON that has everything computed, but for what `is_unknown` says.
    pub(super) fn of_json(value: &Json, line: usize, is_unknown: &dyn Fn(&str) -> bool) -> Self {
        let value = match value {
            Json::String(text) if is_unknown(text) => {
                Computed::Unknown("it is known after the change set is executed".to_owned())
            }
            Json::Array(items) => {
                Computed::List(items.iter().map(|item| Self::of_json(item, line, is_unknown)).collect())
            }
            Json::Object(members) => {
                let member = |(name, value): (&String, &Json)| (name.clone(), Self::of_json(value, line, is_unknown));
                Computed::Map(members.iter().map(member).collect())
            }
            scalar => Computed::Scalar(scalar.clone()),
        };
        Self { line, value }
    }
}
