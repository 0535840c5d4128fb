//! From text to a typed document.
//!
//! Owns: the three spellings of a document (object, JSON string, percent-encoded), scalar-or-list, and what makes a
//! document invalid. INVARIANT: unknown elements, duplicate keys and wrong types are errors, never ignored.
//! Source: AWS IAM User Guide, "Grammar of the IAM JSON policy language".

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::action::{ActionClause, ActionPattern};
use super::condition::Condition;
use super::document::{Effect, Policy, Statement, Terms, Version};
use super::key::ContextKey;
use super::operator::Operator;
use super::principal::{PrincipalClause, PrincipalEntry};
use super::resource::ResourceClause;
use super::size::characters;
use super::text::Text;

/// Maximum size of a document in bytes: far above every AWS quota.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PolicyError {
    #[error("the document has {0} bytes, more than the limit of {MAX_BYTES}")]
    TooLarge(usize),
    #[error("the document is neither JSON nor percent-encoded JSON")]
    Encoding(#[source] std::str::Utf8Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("unknown `Version` `{0}`")]
    Version(String),
    #[error("statement {0}: {1}")]
    Statement(usize, &'static str),
}

/// Reads a document as stored in a snapshot: a JSON object, or a JSON string that contains one, plain or percent-encoded.
///
/// # Errors
/// If the text is not a complete, valid policy document.
pub fn parse(json: &str) -> Result<Policy, PolicyError> {
    object(&spelled_out(json)?)
}

/// The characters of a document as AWS counts them: of the JSON object, white space between elements left out. `None` if it is not
/// text at all.
#[must_use]
pub fn size(json: &str) -> Option<u32> {
    spelled_out(json).ok().map(|object| characters(&object))
}

/// The JSON object that a document is, whatever its spelling.
pub(super) fn spelled_out(json: &str) -> Result<Cow<'_, str>, PolicyError> {
    if json.len() > MAX_BYTES {
        return Err(PolicyError::TooLarge(json.len()));
    }
    if !json.trim_start().starts_with('"') {
        return Ok(json.into());
    }
    let text: String = serde_json::from_str(json)?;
    if text.trim_start().starts_with('{') {
        return Ok(text.into());
    }
    let decoded = percent_encoding::percent_decode_str(&text).decode_utf8().map_err(PolicyError::Encoding)?;
    Ok(decoded.into_owned().into())
}

/// Reads a JSON object.
pub(super) fn object(json: &str) -> Result<Policy, PolicyError> {
    build(serde_json::from_str(json)?, characters(json))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RawPolicy {
    version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<RawStatement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RawStatement {
    sid: Option<String>,
    effect: RawEffect,
    principal: Option<RawPrincipal>,
    not_principal: Option<RawPrincipal>,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    condition: Option<RawConditions>,
}

#[derive(Deserialize)]
enum RawEffect {
    Allow,
    Deny,
}

fn build(raw: RawPolicy, size: u32) -> Result<Policy, PolicyError> {
    let version = match raw.version.as_deref() {
        Some("2012-10-17") => Version::V2012,
        Some("2008-10-17") | None => Version::V2008,
        Some(other) => return Err(PolicyError::Version(other.to_owned())),
    };
    let statements = raw.statement.0.into_iter().enumerate().map(|(at, s)| statement(at, s, version));
    Ok(Policy { version, size, statements: statements.collect::<Result<_, _>>()? })
}

fn statement(at: usize, raw: RawStatement, version: Version) -> Result<Statement, PolicyError> {
    let wrong = |what| PolicyError::Statement(at, what);
    let variables = version == Version::V2012;
    let actions = match (raw.action, raw.not_action) {
        (Some(list), None) => action_clause(false, &list),
        (None, Some(list)) => action_clause(true, &list),
        (None, None) => return Err(wrong("neither `Action` nor `NotAction`")),
        (Some(_), Some(_)) => return Err(wrong("both `Action` and `NotAction`")),
    };
    let texts = |list: OneOrMany<String>| list.0.iter().map(|t| Text::of_resource(t, variables)).collect();
    let resources = match (raw.resource, raw.not_resource) {
        (Some(list), None) => Some(ResourceClause::new(false, texts(list))),
        (None, Some(list)) => Some(ResourceClause::new(true, texts(list))),
        (None, None) => None,
        (Some(_), Some(_)) => return Err(wrong("both `Resource` and `NotResource`")),
    };
    let principal = match (raw.principal, raw.not_principal) {
        (Some(raw), None) => Some(raw.clause(false)),
        (None, Some(raw)) => Some(raw.clause(true)),
        (None, None) => None,
        (Some(_), Some(_)) => return Err(wrong("both `Principal` and `NotPrincipal`")),
    };
    let effect = match raw.effect {
        RawEffect::Allow => Effect::Allow,
        RawEffect::Deny => Effect::Deny,
    };
    let conditions = conditions(raw.condition, variables);
    let (index, sid) = (position(at), raw.sid.unwrap_or_default().into());
    let terms = Terms { index, sid, effect, principal, actions, conditions };
    Ok(Statement { terms: Arc::new(terms), resources })
}

pub(super) fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(super) fn action_clause(negated: bool, list: &OneOrMany<String>) -> ActionClause {
    ActionClause { negated, patterns: list.0.iter().map(|a| ActionPattern::parse(a)).collect() }
}

/// A condition block.
pub(super) type RawConditions = UniqueMap<UniqueMap<OneOrMany<Scalar>>>;

pub(super) fn conditions(raw: Option<RawConditions>, variables: bool) -> Box<[Condition]> {
    let Some(UniqueMap(operators)) = raw else { return Box::default() };
    let mut conditions = Vec::new();
    for (operator, UniqueMap(keys)) in operators {
        let parsed = Operator::parse(&operator);
        let variables = variables && parsed.takes_variables();
        for (key, values) in keys {
            conditions.push(Condition {
                operator: parsed.clone(),
                written: operator.as_str().into(),
                key: ContextKey::new(&key),
                values: values.0.iter().map(|v| Text::new(&v.0, variables)).collect(),
            });
        }
    }
    conditions.into()
}

/// `"*"`, or a map of kinds to one or more values.
pub(super) struct RawPrincipal(Box<[PrincipalEntry]>);

impl RawPrincipal {
    pub(super) fn clause(self, negated: bool) -> PrincipalClause {
        PrincipalClause { negated, entries: self.0 }
    }
}

impl<'de> Deserialize<'de> for RawPrincipal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Map(UniqueMap<OneOrMany<String>>),
        }
        let entries = match Form::deserialize(deserializer)? {
            // a bare string is short for the `AWS` kind: the grammar has it for `*` only, some services accept any
            Form::Text(text) => vec![PrincipalEntry::aws(&text)],
            Form::Map(UniqueMap(kinds)) => {
                let mut entries = Vec::new();
                for (kind, OneOrMany(values)) in kinds {
                    let make: fn(&str) -> PrincipalEntry = match kind.as_str() {
                        "AWS" => PrincipalEntry::aws,
                        "Service" => |v| PrincipalEntry::Service(v.into()),
                        "Federated" => |v| PrincipalEntry::Federated(v.into()),
                        "CanonicalUser" => |v| PrincipalEntry::Nobody(v.into()),
                        _ => return Err(D::Error::custom(format_args!("unknown kind of principal `{kind}`"))),
                    };
                    entries.extend(values.iter().map(|v| make(v)));
                }
                entries
            }
        };
        Ok(Self(entries.into()))
    }
}

/// A JSON string, number or boolean, as text.
pub(super) struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, number or boolean")
            }

            fn visit_bool<E>(self, v: bool) -> Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }

            fn visit_i64<E>(self, v: i64) -> Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }

            fn visit_u64<E>(self, v: u64) -> Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }

            fn visit_f64<E>(self, v: f64) -> Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }

            fn visit_str<E>(self, v: &str) -> Result<Scalar, E> {
                Ok(Scalar(v.to_owned()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// A list, or a single element instead of one.
pub(super) struct OneOrMany<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Either<T> {
            fn one<D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMany<T>, D::Error> {
                T::deserialize(deserializer).map(|one| OneOrMany(vec![one]))
            }
        }
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value or a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element()? {
                    list.push(item);
                }
                Ok(OneOrMany(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Self::one(serde::de::value::MapAccessDeserializer::new(map))
            }

            fn visit_bool<E: serde::de::Error>(self, v: bool) -> Result<Self::Value, E> {
                Self::one(serde::de::value::BoolDeserializer::new(v))
            }

            fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Self::Value, E> {
                Self::one(serde::de::value::I64Deserializer::new(v))
            }

            fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Self::Value, E> {
                Self::one(serde::de::value::U64Deserializer::new(v))
            }

            fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Self::Value, E> {
                Self::one(serde::de::value::F64Deserializer::new(v))
            }

            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Self::Value, E> {
                Self::one(serde::de::value::StrDeserializer::new(v))
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// A map in document order, without duplicate keys.
pub(super) struct UniqueMap<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for UniqueMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = UniqueMap<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::<(String, T)>::new();
                let mut seen = std::collections::HashSet::new();
                while let Some((key, value)) = map.next_entry::<String, T>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
                    }
                    pairs.push((key, value));
                }
                Ok(UniqueMap(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_spellings_of_a_document_are_one_document() {
        let object =
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}"#;
        let string = serde_json::to_string(object).unwrap();
        let encoded = percent_encoding::utf8_percent_encode(object, percent_encoding::NON_ALPHANUMERIC).to_string();
        let expected = parse(object).unwrap();
        assert_eq!(parse(&string).unwrap(), expected);
        assert_eq!(parse(&format!("\"{encoded}\"")).unwrap(), expected);
        assert_eq!(expected.statements.len(), 1);
    }

    #[test]
    fn condition_values_may_be_booleans_and_numbers() {
        let policy = parse(
            r#"{"Statement":[{"Effect":"Deny","NotAction":["a:b"],"Resource":"*","Condition":{
                "Bool":{"aws:MultiFactorAuthPresent":true},"NumericLessThan":{"aws:MultiFactorAuthAge":[300, "5"]}}}]}"#,
        )
        .unwrap();
        let values: Vec<_> =
            policy.statements[0].conditions.iter().flat_map(|c| c.values.iter().map(|v| v.as_str())).collect();
        assert_eq!(values, ["true", "300", "5"]);
    }

    #[test]
    fn what_iam_would_refuse_is_an_error() {
        for bad in [
            r#"[]"#,
            r#""""#,
            r#"{"Statement":[{"Action":"a:b","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"a:b","NotAction":"a:c","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":5,"Resource":"*"}]}"#,
            r#"{"Version":"2020-01-01","Statement":[]}"#,
            r#"{"Statement":[],"Statement":[]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"k":"1"},"Bool":{"k":"2"}}}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*","Wibble":1}]}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
