//! An example in the file of a rule: facts, and what the rule says of a subject with them.
//!
//! Owns: how an example is written. A fact that an example does not give is one that was not read.

use std::borrow::Cow;

use serde::Deserialize;

use super::error::Wrong;
use super::fields::{Field, Kind, no_fact, of_subject};
use super::view::{Data, Facts, Known};
use crate::finding::Subject;
use crate::snapshot::account::Tag;

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(super) enum Expected {
    Finding,
    Pass,
    Unknown,
}

/// `[[tests]]` of a rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub(super) name: Option<String>,
    pub(super) expect: Expected,
    #[serde(default)]
    facts: toml::Table,
}

impl Example {
    fn given(&self, field: &Field) -> Option<&toml::Value> {
        let (root, name) = field.name.split_once('.')?;
        self.facts.get(root)?.as_table()?.get(name)
    }
}

impl<'a> Facts<'a> for Example {
    fn fact(&self, field: &Field) -> Known<Data<'a>> {
        let value = self.given(field).ok_or_else(|| format!("the test does not give {}", field.name))?;
        data(field.kind, value).ok_or_else(|| format!("{} is not {}", field.name, field.kind.words()))
    }
}

fn data(kind: Kind, value: &toml::Value) -> Option<Data<'static>> {
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    Some(match kind {
        Kind::Bool => Data::Bool(value.as_bool()?),
        Kind::Int => Data::Int(value.as_integer()?),
        Kind::Text => Data::Text(Cow::Owned(text(value)?)),
        Kind::Texts => {
            let texts: Option<Vec<_>> = value.as_array()?.iter().map(|value| Some(Cow::Owned(text(value)?))).collect();
            Data::Texts(texts?)
        }
        Kind::Tags => {
            let tag = |(key, value): (&String, &toml::Value)| Some(Tag { key: key.clone(), value: text(value)? });
            Data::Tags(Cow::Owned(value.as_table()?.iter().map(tag).collect::<Option<Vec<_>>>()?))
        }
    })
}

impl Example {
    /// What is wrong with it, for a rule about this kind of subject.
    pub(super) fn defect(&self, subject: Subject) -> Option<Wrong> {
        self.facts.iter().find_map(|(root, facts)| {
            let Some(facts) = facts.as_table().filter(|facts| !facts.is_empty()) else {
                return Some(quoted(subject, root).unwrap_or_else(|| no_fact(subject, root)));
            };
            facts.iter().find_map(|(name, value)| wrong_fact(subject, &format!("{root}.{name}"), value))
        })
    }
}

/// Of `"role.name" = …`, which TOML takes for one key with a dot in it.
fn quoted(subject: Subject, name: &str) -> Option<Wrong> {
    let field = of_subject(subject).find(|field| field.name == name)?;
    let (what, why) =
        (format!("the fact `{}` stands in quotes", field.name), "in quotes it is one key, dot and all".to_owned());
    Some(Wrong::new(what, why, format!("write `{} = …`, without the quotes", field.name)))
}

fn wrong_fact(subject: Subject, name: &str, value: &toml::Value) -> Option<Wrong> {
    let Some(field) = of_subject(subject).find(|field| field.name == name) else {
        return Some(no_fact(subject, name));
    };
    let what = || format!("`{name}` is {}", value.type_str());
    let why = || format!("it is a {}", field.kind.words());
    data(field.kind, value).is_none().then(|| Wrong::new(what(), why(), "correct the test"))
}
