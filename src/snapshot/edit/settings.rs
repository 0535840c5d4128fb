//! Changes that a tool has planned: each thing as it would be, known or not.
//!
//! Owns: which of them there are. What is not known before the change is made stays unknown, with its reason.

use serde_json::value::RawValue;

use super::holder::{Holder, HolderKind};
use crate::snapshot::account::Tag;

/// A value as a change leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<T> {
    /// This one.
    Known(T),
    /// Nobody knows before the change is made; why, in one line.
    Unknown(Box<str>),
}

/// Something of an account as it would be. Names are names, ARNs are ARNs.
#[derive(Clone, Debug)]
pub enum Setting {
    /// A new user, role or group, with its path; it has nothing yet, and a role trusts nobody.
    Created(Holder, Box<str>),
    /// The same of one that may be there already, and then stays as it is.
    Ensured(Holder, Box<str>),
    /// It is gone, with its memberships.
    Deleted(Holder),
    /// The trust policy of a role.
    Trust(Box<str>, Value<Box<RawValue>>),
    /// The permissions boundary, by ARN; `None` for none.
    Boundary(Holder, Value<Option<Box<str>>>),
    /// The tags.
    Tags(Holder, Value<Vec<Tag>>),
    /// The longest session of a role, in seconds.
    MaxSession(Box<str>, i32),
    /// An inline policy, new or with another document.
    Inline(Holder, Box<str>, Value<Box<RawValue>>),
    /// An inline policy is gone.
    NoInline(Holder, Box<str>),
    /// Of its inline policies these stay.
    OnlyInline(Holder, Vec<Box<str>>),
    /// A managed policy, by ARN, new or with another document.
    Managed(Box<str>, Value<Box<RawValue>>),
    /// A managed policy is gone.
    NoManaged(Box<str>),
    /// A managed policy is attached, by ARN.
    Attached(Holder, Box<str>),
    /// It is no longer.
    Detached(Holder, Box<str>),
    /// Exactly these managed policies are attached.
    OnlyAttached(Holder, Vec<Box<str>>),
    /// A user is in a group.
    Member(Box<str>, Box<str>),
    /// It is no longer.
    NoMember(Box<str>, Box<str>),
    /// One of these has something else, under this name; which of them is not known, and why.
    SomeOf(HolderKind, Box<str>, Box<str>),
    /// An identity provider, by ARN.
    Provider(Box<str>),
    /// It is gone.
    NoProvider(Box<str>),
}

/// Something of the organization as it would be.
#[derive(Clone, Debug)]
pub enum OrganizationSetting {
    /// An SCP or RCP, by id, new or with another content.
    Policy {
        /// `p-…`, or what stands for an id that is not known.
        id: Box<str>,
        /// For people.
        name: Box<str>,
        /// `SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`.
        kind: Box<str>,
        /// What it says.
        content: Value<Box<RawValue>>,
    },
    /// It is gone.
    NoPolicy(Box<str>),
    /// A policy is attached to a root, an OU or an account, by id; to every root where the id is empty.
    Attached(Box<str>, Box<str>),
    /// It is no longer.
    Detached(Box<str>, Box<str>),
}
