//! One resource of a plan: its attributes before and after, known or not.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::file::{Change, ResourceChange};
use crate::difference::Source;

/// An attribute after the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attribute<T> {
    /// It is not set.
    Absent,
    /// This.
    Known(T),
    /// Nobody knows before the plan is applied.
    Unknown,
}

/// What a plan does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Update,
    Delete,
    Replace,
    /// It stays.
    Keep,
}

/// A resource that changes, or one that others refer to.
pub(super) struct Resource<'a> {
    pub(super) address: String,
    pub(super) kind: String,
    /// An old object of the address, left from a replacement.
    pub(super) is_deposed: bool,
    pub(super) action: Action,
    pub(super) source: Source,
    pub(super) change: Change<'a>,
}

impl Action {
    /// `None` for actions that are not documented.
    pub(super) fn of(actions: &[String]) -> Option<Self> {
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        match actions.as_slice() {
            ["no-op" | "read" | "forget"] => Some(Self::Keep),
            ["create"] => Some(Self::Create),
            ["update"] => Some(Self::Update),
            ["delete"] => Some(Self::Delete),
            // it is made anew, and the old one is forgotten or deleted
            ["delete", "create"] | ["create", "delete"] => Some(Self::Replace),
            ["create", "forget"] | ["forget", "create"] => Some(Self::Create),
            _ => None,
        }
    }

    pub(super) fn removes(self) -> bool {
        matches!(self, Self::Delete | Self::Replace)
    }

    pub(super) fn makes(self) -> bool {
        matches!(self, Self::Create | Self::Replace)
    }
}

impl<'a> Resource<'a> {
    pub(super) fn new(entry: &ResourceChange<'a>, action: Action, source: Source) -> serde_json::Result<Self> {
        let change = serde_json::from_str(entry.change.get())?;
        let (address, kind) = (entry.address.clone(), entry.kind.clone());
        Ok(Self { address, kind, is_deposed: entry.deposed.is_some(), action, source, change })
    }

    /// As it is; `None` if it is not set, or something else than a `T`.
    pub(super) fn before<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let raw = self.change.before.as_ref()?.get(key)?;
        serde_json::from_str::<Option<T>>(raw.get()).ok().flatten()
    }

    /// As it would be.
    pub(super) fn after<T: DeserializeOwned>(&self, key: &str) -> Attribute<T> {
        if self.is_unknown(key) {
            return Attribute::Unknown;
        }
        let raw = self.change.after.as_ref().and_then(|after| after.get(key));
        match raw.map(|raw| serde_json::from_str::<Option<T>>(raw.get())) {
            None | Some(Ok(None)) => Attribute::Absent,
            Some(Ok(Some(value))) => Attribute::Known(value),
            // a value of another shape than documented says nothing
            Some(Err(_)) => Attribute::Unknown,
        }
    }

    /// As it would be where that is known, else as it is.
    pub(super) fn either<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        match self.after(key) {
            Attribute::Known(value) => Some(value),
            _ => self.before(key),
        }
    }

    /// True where the value, or something in it, is not known.
    pub(super) fn is_unknown(&self, key: &str) -> bool {
        let unknown = &self.change.after_unknown;
        *unknown == Value::Bool(true) || unknown.get(key).is_some_and(has_true)
    }

    /// True where it is new, or another than it was.
    pub(super) fn differs(&self, key: &str) -> bool {
        let of = |side: &Option<std::collections::BTreeMap<String, &'a RawValue>>| {
            let raw = side.as_ref().and_then(|side| side.get(key));
            raw.and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok()).unwrap_or_default()
        };
        self.is_unknown(key) || of(&self.change.before) != of(&self.change.after)
    }

    /// The text of an attribute, where it stands in the file.
    pub(super) fn place(&self, key: &str) -> Option<&'a str> {
        let after = self.change.after.as_ref().and_then(|after| after.get(key));
        after.or_else(|| self.change.before.as_ref()?.get(key)).map(|raw| raw.get())
    }
}

/// `after_unknown` has true for what is not known, at any depth.
fn has_true(value: &Value) -> bool {
    match value {
        Value::Bool(is_unknown) => *is_unknown,
        Value::Array(items) => items.iter().any(has_true),
        Value::Object(members) => members.values().any(has_true),
        _ => false,
    }
}
