//! Users, roles and groups of IAM, by name.

use std::fmt;

/// Who has policies of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "IAM's own words, each with the name")]
pub enum Holder {
    User(Box<str>),
    Role(Box<str>),
    Group(Box<str>),
}

/// A kind of holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "IAM's own words")]
pub enum HolderKind {
    User,
    Role,
    Group,
}

impl fmt::Display for Holder {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(to, "user/{name}"),
            Self::Role(name) => write!(to, "role/{name}"),
            Self::Group(name) => write!(to, "group/{name}"),
        }
    }
}
