//! Simulation: the requests that `simulate` reads and the answers that it prints.
//!
//! Owns: their shapes. Does not know how a request is decided (`eval::simulate`). INVARIANT: an unknown key is an error, so that
//! a misspelled list of policies is never taken for an absent one.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::evidence::{Evidence, Layer};

/// One request with every policy that applies to it; only principal, action and resource are required.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Shown in the answer; no effect on the decision.
    #[serde(default)]
    pub name: Option<String>,
    /// For readers of the file.
    #[serde(default, rename = "description")]
    _description: Option<IgnoredAny>,
    /// The expected decision; a different one counts as a failure.
    #[serde(default)]
    pub expect: Option<Expectation>,
    /// Who calls.
    pub principal: Caller,
    /// `prefix:Name`.
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
    /// Twelve digits; if absent, the ARN's own account, else the caller's.
    #[serde(default)]
    pub resource_account: Option<String>,
    /// Context keys by name; no other key has a value.
    #[serde(default)]
    pub context: BTreeMap<String, ContextValue>,
    /// Of the caller, its groups included.
    #[serde(default)]
    pub identity_policies: Vec<Box<RawValue>>,
    /// Each must allow.
    #[serde(default)]
    pub permissions_boundaries: Vec<Box<RawValue>>,
    /// One must allow.
    #[serde(default)]
    pub session_policies: Vec<Box<RawValue>>,
    /// Of the resource: a trust policy, a key policy, a bucket policy, …
    #[serde(default)]
    pub resource_policy: Option<Box<RawValue>>,
    /// Levels, root first; absent if no SCP applies.
    #[serde(default)]
    pub service_control_policies: Option<Vec<Vec<Box<RawValue>>>>,
    /// Levels, root first; RCPFullAWSAccess is attached to each.
    #[serde(default)]
    pub resource_control_policies: Option<Vec<Vec<Box<RawValue>>>>,
}

/// Who calls: text, or `{"type": "anonymous"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// An ARN, a service principal, or the name of an identity provider.
    Named(String),
    /// A caller that did not sign.
    Anonymous,
}

/// The value of a context key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue {
    /// Of a single-valued key.
    One(String),
    /// Of a multivalued key; an empty list is an absent key.
    Many(Vec<String>),
}

/// The decision on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum Decision {
    /// Every layer that must allow does, none denies.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing denies it; some layer that must allow does not.
    ImplicitDeny,
}

/// The decision that a request expects.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "camelCase")]
#[serde(rename_all = "camelCase")]
#[value(rename_all = "camelCase")]
pub enum Expectation {
    /// Allowed
    Allowed,
    /// Denied by a statement
    ExplicitDeny,
    /// Not allowed by any
    ImplicitDeny,
    /// Denied either way
    Denied,
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// As in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The decision.
    pub decision: Decision,
    /// Layers that deny it, or must allow it and do not; empty if allowed.
    pub blocked_by: Vec<Layer>,
    /// Every statement that matched, and every layer that allows nothing.
    pub matched: Vec<Evidence>,
    /// Undocumented AWS behavior that the decision rests on; it was taken against the caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unclear: Vec<String>,
    /// Keys in the policies that no request has or that rolehop does not know, and variables that AWS does not fill in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

impl Answer {
    /// Neither denied nor allowed by any statement.
    #[must_use]
    pub fn empty() -> Self {
        let matched = Vec::new();
        let unclear = Vec::new();
        let remarks = Vec::new();
        Self { name: None, decision: Decision::ImplicitDeny, blocked_by: Vec::new(), matched, unclear, remarks }
    }
}

impl Decision {
    /// The word that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Expectation {
    /// True if the decision is an expected one.
    #[must_use]
    pub fn admits(self, decision: Decision) -> bool {
        match self {
            Self::Allowed => decision == Decision::Allowed,
            Self::ExplicitDeny => decision == Decision::ExplicitDeny,
            Self::ImplicitDeny => decision == Decision::ImplicitDeny,
            Self::Denied => decision != Decision::Allowed,
        }
    }

    /// The word that files and options use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl<'de> Deserialize<'de> for Caller {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Object {
                #[serde(rename = "type")]
                kind: String,
            },
        }
        match Form::deserialize(deserializer)? {
            Form::Text(text) => Ok(Self::Named(text)),
            Form::Object { kind } if kind.eq_ignore_ascii_case("anonymous") => Ok(Self::Anonymous),
            Form::Object { kind } => Err(D::Error::custom(format_args!("unknown type of principal `{kind}`"))),
        }
    }
}

impl<'de> Deserialize<'de> for ContextValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = ContextValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number, a boolean, or a list of them")
            }

            fn visit_bool<E>(self, v: bool) -> Result<ContextValue, E> {
                Ok(ContextValue::One(v.to_string()))
            }

            fn visit_i64<E>(self, v: i64) -> Result<ContextValue, E> {
                Ok(ContextValue::One(v.to_string()))
            }

            fn visit_u64<E>(self, v: u64) -> Result<ContextValue, E> {
                Ok(ContextValue::One(v.to_string()))
            }

            fn visit_f64<E>(self, v: f64) -> Result<ContextValue, E> {
                Ok(ContextValue::One(v.to_string()))
            }

            fn visit_str<E>(self, v: &str) -> Result<ContextValue, E> {
                Ok(ContextValue::One(v.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ContextValue, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element::<ContextValue>()? {
                    match value {
                        ContextValue::One(value) => values.push(value),
                        ContextValue::Many(_) => return Err(A::Error::custom("a list inside a list")),
                    }
                }
                Ok(ContextValue::Many(values))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
