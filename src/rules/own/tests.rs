//! Examples in the file of a rule: facts, and what the rule says of a subject with them.
//!
//! Owns: how an example is written and compared. A fact that an example does not give is one that was not read.

use std::borrow::Cow;

use serde::Deserialize;

use super::card::{OwnRule, OwnRules};
use super::error::Wrong;
use super::fields::{Field, Kind, of_subject};
use super::view::{Answer, Data, Facts, Known, answer};
use crate::nearest::nearest;
use crate::rules::error::RuleError;
use crate::snapshot::account::Tag;

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
enum Expected {
    Finding,
    Pass,
    Unknown,
}

/// `[[tests]]` of a rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    name: Option<String>,
    expect: Expected,
    #[serde(default)]
    facts: toml::Table,
}

/// How an example came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// Id of the rule.
    pub rule: String,
    /// Name of the example, or its number.
    pub example: String,
    /// What it expects: `finding`, `pass` or `unknown`.
    pub expected: &'static str,
    /// What the rule says, with the reason where that is not known.
    pub said: String,
    /// Whether both are the same.
    pub passed: bool,
}

/// Runs the examples of every rule.
#[must_use]
pub fn run_tests(rules: &OwnRules) -> Vec<TestResult> {
    let of_rule = |rule: &'_ OwnRule| -> Vec<TestResult> {
        let run = |(at, (_, example)): (usize, &(usize, Example))| {
            let (said, why) = match answer(&rule.expression, example) {
                Answer::Yes => ("finding", String::new()),
                Answer::No => ("pass", String::new()),
                Answer::Unknown(why) => ("unknown", why.into_iter().collect::<Vec<_>>().join("; ")),
                Answer::Wrong(why) => ("error", why),
            };
            let expected: &'static str = example.expect.into();
            TestResult {
                rule: rule.card.id.clone(),
                example: example.name.clone().unwrap_or_else(|| format!("test {}", at + 1)),
                expected,
                passed: said == expected,
                said: if why.is_empty() { said.to_owned() } else { format!("{said}: {why}") },
            }
        };
        rule.examples.iter().enumerate().map(run).collect()
    };
    rules.rules.iter().flat_map(of_rule).collect()
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

impl OwnRule {
    /// Whether every example gives facts that there are.
    pub(super) fn check_examples(&self) -> Result<(), RuleError> {
        for (at, example) in &self.examples {
            for (root, facts) in &example.facts {
                let names = facts.as_table().into_iter().flat_map(toml::Table::iter);
                let names: Vec<(String, &toml::Value)> =
                    names.map(|(name, value)| (format!("{root}.{name}"), value)).collect();
                let wrong = names.iter().find_map(|(name, value)| self.wrong_fact(name, value));
                let wrong = wrong.or_else(|| names.is_empty().then(|| self.no_fact(root)));
                if let Some(wrong) = wrong {
                    return Err(self.source.wrong(Some(*at), wrong));
                }
            }
        }
        Ok(())
    }

    fn no_fact(&self, name: &str) -> Wrong {
        let known: Vec<&str> = of_subject(self.card.subject).map(|field| field.name).collect();
        let next = nearest(name, &known)
            .map_or_else(|| "docs/own-rules.md lists the facts".to_owned(), |near| format!("did you mean `{near}`?"));
        Wrong::new(format!("there is no fact `{name}`"), "a test gives facts that a rule can name", next)
    }

    fn wrong_fact(&self, name: &str, value: &toml::Value) -> Option<Wrong> {
        let Some(field) = of_subject(self.card.subject).find(|field| field.name == name) else {
            return Some(self.no_fact(name));
        };
        let what = || format!("`{name}` is {}", value.type_str());
        let why = || format!("it is a {}", field.kind.words());
        data(field.kind, value).is_none().then(|| Wrong::new(what(), why(), "correct the test"))
    }
}
