//! What an estate is built from: an account's roles and managed policies as borrowed records, read in one pass.
//!
//! Owns: the quick way to a file of usual shape (`quick`), and the same records of a file that serde_json read (`typed`). Texts and
//! documents stay where they stand in the file. Does not know what a document says.
//! INVARIANT: both ways give the same records of the same text; what the quick way does not take, serde_json judges.

mod managed;
mod quick;
mod role;
mod seen;
mod tags;
mod typed;

use std::sync::Arc;

use super::account::Tag;
use crate::facet::Facets;
use crate::policy::{Outline, Outlines};

pub(super) use quick::read;
pub(super) use typed::of;

/// An account's roles and managed policies.
#[derive(Debug)]
pub(crate) struct Records<'f> {
    /// The data sets that the file has.
    pub(crate) facets: Facets,
    pub(crate) roles: Vec<RoleRecord<'f>>,
    pub(crate) managed: Vec<ManagedRecord<'f>>,
    /// Policies of roles; each role refers to its own.
    pub(super) inline: Vec<InlineRecord<'f>>,
    pub(super) attached: Vec<AttachedRecord<'f>>,
    /// ARNs of the instance profiles that roles are in.
    pub(super) profiles: Vec<&'f str>,
    /// Where the parts of inline policies are.
    pub(crate) outlines: Outlines<'f>,
    /// The lists that the file does not have.
    pub(crate) has_roles: bool,
    pub(crate) has_policies: bool,
}

/// A place in one of the lists of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

/// A role. What is `None` was not in the file.
#[derive(Debug)]
pub(crate) struct RoleRecord<'f> {
    pub(crate) path: &'f str,
    pub(crate) name: &'f str,
    pub(crate) unique_id: &'f str,
    pub(crate) arn: &'f str,
    pub(crate) created: Option<&'f str>,
    pub(crate) trust: Option<&'f str>,
    pub(super) inline: Option<Span>,
    pub(super) attached: Option<Span>,
    /// The ARN of its permissions boundary.
    pub(crate) boundary: Option<&'f str>,
    pub(crate) tags: Option<Arc<[Tag]>>,
    /// The record of its last use, and the date in it.
    pub(crate) last_used: Option<Option<&'f str>>,
    pub(crate) max_session_seconds: Option<i32>,
    /// The instance profiles that it is in; `None` if they were not read.
    pub(super) profiles: Option<Span>,
    /// Why the trust policy, or the tags, are not known, in a snapshot with changes.
    pub(crate) unknown_trust: Option<&'f str>,
    pub(crate) unknown_tags: Option<&'f str>,
}

/// An inline policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InlineRecord<'f> {
    pub(crate) name: &'f str,
    pub(crate) document: &'f str,
    /// Of a document of usual shape.
    pub(crate) outline: Option<Outline>,
    /// Why the document is not known, in a snapshot with changes.
    pub(crate) unknown: Option<&'f str>,
}

/// A managed policy as attached; the name may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttachedRecord<'f> {
    pub(crate) name: &'f str,
    pub(crate) arn: &'f str,
}

/// A managed policy with the document of its default version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ManagedRecord<'f> {
    pub(crate) arn: &'f str,
    pub(crate) document: Option<&'f str>,
    /// How many versions it has; `None` where the file need not have all of them.
    pub(crate) versions: Option<u32>,
    /// Why the document is not known, in a snapshot with changes.
    pub(crate) unknown: Option<&'f str>,
}

impl<'f> Records<'f> {
    /// No records yet, with room for some roles.
    fn new(facets: Facets, roles: usize) -> Self {
        Self {
            facets,
            roles: Vec::with_capacity(roles),
            managed: Vec::new(),
            inline: Vec::with_capacity(roles),
            attached: Vec::with_capacity(2 * roles),
            profiles: Vec::new(),
            outlines: Outlines::default(),
            has_roles: false,
            has_policies: false,
        }
    }

    /// The inline policies of a role.
    pub(crate) fn inline_of(&self, role: &RoleRecord<'f>) -> Option<&[InlineRecord<'f>]> {
        role.inline.map(|span| self.inline.get(span.start..span.end).unwrap_or_default())
    }

    /// The managed policies of a role.
    pub(crate) fn attached_of(&self, role: &RoleRecord<'f>) -> Option<&[AttachedRecord<'f>]> {
        role.attached.map(|span| self.attached.get(span.start..span.end).unwrap_or_default())
    }

    /// ARNs of the instance profiles of a role; empty where the file does not say.
    pub(crate) fn profiles_of(&self, role: &RoleRecord<'f>) -> Option<&[&'f str]> {
        role.profiles.map(|span| self.profiles.get(span.start..span.end).unwrap_or_default())
    }

    /// The ARNs of all roles and managed policies.
    pub(super) fn arns(&self) -> impl Iterator<Item = &'f str> {
        self.roles.iter().map(|role| role.arn).chain(self.managed.iter().map(|policy| policy.arn))
    }
}
