//! What policies can tell of the sessions of people: by their names and tags.
//!
//! Owns: from all policies to the facts of a person that calls to assume a role are held against. People of whom all of that is
//! equal fare alike.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::person::{Person, SessionName, TagValue, Tagging};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::principal::PrincipalEntry;
use crate::policy::text::Text;
use crate::policy::{Policy, Statement, speaks_of_roles, sts};
use crate::wildcard;

/// What policies read of people.
#[derive(Debug, Default)]
pub(in crate::model) struct Told {
    /// Keys of tags, in lower case.
    tags: BTreeSet<String>,
    /// Some policy reads which keys the tags have.
    keys: bool,
    /// Names of sessions, in lower case.
    names: BTreeSet<String>,
    /// Patterns that names of sessions are compared with, each with itself in lower case.
    patterns: BTreeMap<String, String>,
    /// Some policy reads a name, or an id, in another way: every person alone.
    each: bool,
}

/// What is equal of people who fare alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::model) struct Profile<'t> {
    /// A call that passes tags is another than one that passes none, whichever they are.
    tagging: Tagging,
    tags: Vec<TagValue>,
    keys: Vec<(Box<str>, Presence)>,
    /// The patterns that the name fits whatever its case, and whether it fits as it is.
    names: Vec<(&'t str, bool)>,
    alone: Option<Box<str>>,
}

/// Whether a session has a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Presence {
    Yes,
    No,
    Unknown,
}

impl From<&TagValue> for Presence {
    fn from(value: &TagValue) -> Self {
        match value {
            TagValue::Value(_) => Self::Yes,
            TagValue::Absent => Self::No,
            TagValue::Unknown => Self::Unknown,
        }
    }
}

impl Told {
    pub(in crate::model) fn of(policies: &[Policy]) -> Self {
        let concerns = |s: &&Statement| speaks_of_roles(s) || s.actions.matches(&sts::ASSUME_ROLE_WITH_SAML);
        let part = |mut found: Self, policy: &Policy| {
            policy.statements.iter().filter(concerns).for_each(|statement| found.add(statement));
            found
        };
        policies.par_iter().fold(Self::default, part).reduce(Self::default, Self::and)
    }

    fn and(mut self, other: Self) -> Self {
        let Self { tags, keys, names, patterns, each } = other;
        self.tags.extend(tags);
        self.names.extend(names);
        self.patterns.extend(patterns);
        self.keys |= keys;
        self.each |= each;
        self
    }

    fn add(&mut self, statement: &Statement) {
        let of_resources = statement.resources.iter().flat_map(|clause| clause.variables());
        let of_values = statement.conditions.iter().flat_map(|c| c.values.iter().flat_map(Text::variables));
        of_resources.chain(of_values).for_each(|key| self.add_key(key));
        for condition in &statement.conditions {
            match condition.key.kind() {
                KeyKind::RoleSessionName => {
                    condition.values.iter().for_each(|text| self.add_text(text, |name| Some(name)))
                }
                KeyKind::UserId => condition.values.iter().for_each(|text| self.add_text(text, of_user_id)),
                _ => self.add_key(&condition.key),
            }
        }
        for entry in statement.principal.iter().flat_map(|clause| &clause.entries) {
            if let PrincipalEntry::Session { session, .. } = entry {
                self.add_name(session);
            }
        }
    }

    /// A key that is read as a whole.
    fn add_key(&mut self, key: &ContextKey) {
        match key.kind() {
            KeyKind::PrincipalTag | KeyKind::RequestTag => _ = self.tags.insert(key.tag().to_lowercase()),
            KeyKind::TagKeys | KeyKind::TransitiveTagKeys => self.keys = true,
            KeyKind::UserId | KeyKind::RoleSessionName => self.each = true,
            _ if key.lower().starts_with("identitystore:") => self.each = true,
            _ => {}
        }
    }

    /// A text that is compared with a name, or with what has one.
    fn add_text(&mut self, text: &Text, name: fn(&str) -> Option<&str>) {
        let fixed = (!text.has_variables()).then(|| name(text.as_str())).flatten();
        match fixed {
            Some(name) => self.add_name(name),
            None => self.each = true,
        }
    }

    fn add_name(&mut self, name: &str) {
        let lower = name.to_lowercase();
        if wildcard::has_wildcard(name) {
            self.patterns.insert(name.to_owned(), lower);
        } else if !name.is_empty() {
            self.names.insert(lower);
        }
    }

    /// What they can tell of a person.
    pub(in crate::model) fn profile(&self, person: &Person) -> Profile<'_> {
        let name = match person.session_name() {
            SessionName::Known(name) => Some(name),
            SessionName::Unknown => None,
        };
        let lower = name.unwrap_or_default().to_lowercase();
        let fitting = self.patterns.iter().filter(|(_, of_any_case)| wildcard::matches(of_any_case, &lower));
        let is_named = match name {
            Some(_) => self.names.contains(&lower),
            None => !self.names.is_empty() || !self.patterns.is_empty(),
        };
        let of_key = |(key, value): (&str, &TagValue)| (Box::from(key), Presence::from(value));
        let others = std::iter::once((Box::from(""), Presence::from(person.other_tags())));
        Profile {
            tagging: person.tagging(),
            tags: self.tags.iter().map(|key| person.tag(key).clone()).collect(),
            keys: if self.keys { person.tag_keys().map(of_key).chain(others).collect() } else { Vec::new() },
            names: fitting
                .map(|(pattern, _)| (pattern.as_str(), wildcard::matches(pattern, name.unwrap_or_default())))
                .collect(),
            alone: (self.each || is_named).then(|| person.id.clone()),
        }
    }
}

/// The name in `AROA…:name`: neither of the two has a colon. The id of a user alone has an empty one; `None` for patterns that may fit
/// across the colon.
fn of_user_id(text: &str) -> Option<&str> {
    match text.split_once(':') {
        Some((_, name)) if !name.contains(':') => Some(name),
        None if !wildcard::has_wildcard(text) => Some(""),
        _ => None,
    }
}
