//! What a fact that no snapshot knows can be.
//!
//! Owns: sets of values, as far as they are known: any, a list, texts of a shape, what follows from a credential or
//! from who made the session. Does not know what is compared with them (`test`), nor where they come from (`context`).

use std::sync::Arc;

use crate::eval::credential::Credentials;
use crate::policy::key::ContextKey;
use crate::policy::session_keys::is_service;

/// What an unknown fact can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Possible {
    /// Any value; absent where that says so.
    Any {
        /// Whether the key can be absent.
        absent: bool,
    },
    /// One of these; an empty list is an absent key.
    OneOf(Vec<Vec<String>>),
    /// Any text; the key's value is this and the text.
    After(String),
    /// What follows from one of these credentials.
    Credentials(Credentials),
    /// What follows from one of these makers of the session.
    Issued(Arc<[Issue]>),
    /// Texts of this shape; absent where that is said.
    Shaped(Arc<Shape>, bool),
    /// Not to be reasoned about: the values hold variables that are not known.
    Opaque,
}

/// A maker of sessions and what they have from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issue {
    /// A service principal, or a provider as trusts name it; empty for AssumeRole.
    pub by: Arc<str>,
    /// By key in lower case; other keys are absent.
    pub keys: Vec<(Box<str>, Given)>,
}

/// The values that a key can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Given {
    /// Whether the session may be without it.
    pub absent: bool,
    /// Which texts.
    pub texts: Texts,
}

/// A set of texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Texts {
    /// These.
    OneOf(Vec<String>),
    /// Those of a shape.
    Shaped(Shape),
}

/// Texts that are like one pattern and unlike others.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// One of them fits; all texts where there are none.
    pub like: Vec<String>,
    /// None of them fits.
    pub unlike: Vec<String>,
    /// Patterns are compared as ARNs are.
    pub is_arn: bool,
}

impl Issue {
    /// A session made by AssumeRole: it brings no key.
    pub(crate) fn nobody() -> Self {
        Self { by: "".into(), keys: Vec::new() }
    }

    /// True where this service, or provider, makes such sessions.
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        *self.by == *name || is_service(&self.by, name)
    }

    /// What it gives of a key; `None` where the key is absent.
    #[must_use]
    pub fn given(&self, key: &ContextKey) -> Option<&Given> {
        self.keys.iter().find(|(name, _)| **name == *key.lower()).map(|(_, given)| given)
    }
}

impl Shape {
    /// True where any text will do.
    pub(super) fn is_any(&self) -> bool {
        self.like.is_empty() && self.unlike.is_empty()
    }
}
