//! What policies can tell of the sessions of people: by their names and tags.
//!
//! Owns: from all policies to the facts of a person that calls to assume a role are held against. People of whom all of that is
//! equal fare alike.

use std::collections::BTreeSet;

use super::person::{Person, SessionName, TagValue};
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
    /// Patterns that names of sessions are compared with.
    names: BTreeSet<String>,
    /// Some policy reads a name, or an id, in another way: every person alone.
    each: bool,
}

/// What is equal of people who fare alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::model) struct Profile {
    tags: Vec<TagValue>,
    /// Whether the name fits each pattern, and whether it does whatever its case.
    names: Vec<[bool; 2]>,
    alone: Option<Box<str>>,
}

impl Told {
    pub(in crate::model) fn of<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let mut found = Self::default();
        let concerns = |s: &&Statement| speaks_of_roles(s) || s.actions.matches(&sts::ASSUME_ROLE_WITH_SAML);
        policies.flat_map(|policy| policy.statements.iter()).filter(concerns).for_each(|s| found.add(s));
        found
    }

    fn add(&mut self, statement: &Statement) {
        let of_resources = statement.resources.iter().flat_map(|clause| clause.variables());
        let of_values = statement.conditions.iter().flat_map(|c| c.values.iter().flat_map(Text::variables));
        of_resources.chain(of_values).for_each(|key| self.add_variable(key));
        for condition in &statement.conditions {
            match condition.key.kind() {
                KeyKind::PrincipalTag | KeyKind::RequestTag => self.add_tag(&condition.key),
                KeyKind::RoleSessionName => {
                    self.names.extend(condition.values.iter().map(|text| text.as_str().to_owned()));
                }
                KeyKind::UserId => condition.values.iter().for_each(|text| self.add_user_id(text)),
                _ if condition.key.lower().starts_with("identitystore:") => self.each = true,
                _ => {}
            }
        }
        for entry in statement.principal.iter().flat_map(|clause| &clause.entries) {
            if let PrincipalEntry::Session { session, .. } = entry {
                self.names.insert(session.to_string());
            }
        }
    }

    fn add_variable(&mut self, key: &ContextKey) {
        match key.kind() {
            KeyKind::PrincipalTag | KeyKind::RequestTag => self.add_tag(key),
            KeyKind::UserId | KeyKind::RoleSessionName => self.each = true,
            _ if key.lower().starts_with("identitystore:") => self.each = true,
            _ => {}
        }
    }

    fn add_tag(&mut self, key: &ContextKey) {
        self.tags.insert(key.tag().to_lowercase());
    }

    /// `AROA…:name`: neither of the two has a colon.
    fn add_user_id(&mut self, text: &Text) {
        match text.as_str().split_once(':') {
            Some((_, name)) if !name.contains(':') => _ = self.names.insert(name.to_owned()),
            // an id alone is that of a user
            None if !wildcard::has_wildcard(text.as_str()) => {}
            _ => self.each = true,
        }
    }

    /// What they can tell of a person.
    pub(in crate::model) fn profile(&self, person: &Person) -> Profile {
        let name = match person.session_name() {
            SessionName::Known(name) => Some(name),
            SessionName::Unknown => None,
        };
        let is_like = |pattern: &String| {
            let name = name.unwrap_or_default();
            let whatever_case = wildcard::matches(&pattern.to_lowercase(), &name.to_lowercase());
            [wildcard::matches(pattern, name), whatever_case]
        };
        let unknown_name = name.is_none() && !self.names.is_empty();
        Profile {
            tags: self.tags.iter().map(|key| person.tag(key).clone()).collect(),
            names: self.names.iter().map(is_like).collect(),
            alone: (self.each || unknown_name).then(|| person.id.clone()),
        }
    }
}
