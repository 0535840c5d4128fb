//! Users, roles, and the classes of those that share everything a policy can depend on.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;

use super::record::PrincipalRecord;
pub use super::record::{LastUsed, PrincipalType};
use super::ways::SignIn;
use crate::ids::{AccountIx, ClassIx, GapIx, PolicyIx, PrincipalIx};
use crate::policy::TagOf;
use crate::snapshot::account::Tag;

/// A policy document, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// The document was read.
    Parsed(PolicyIx),
    /// Missing or not parsed: answers that depend on it are unknown.
    Missing(GapIx),
}

/// How a policy applies to a principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Inline in the principal, or in a group itself.
    Inline,
    /// Managed and attached to the principal, or to a group itself.
    Managed,
    /// Inline in this group.
    GroupInline(Box<str>),
    /// Managed and attached to this group.
    GroupManaged(Box<str>),
}

/// A policy as attached. Name and origin are one for all attachments of an account that share them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attached {
    /// What it says.
    pub document: Document,
    pub(super) label: Arc<Label>,
}

/// What an attachment is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Its name.
    pub name: Box<str>,
    /// How it applies here.
    pub origin: Origin,
    /// Whether it is a managed policy of AWS's, which customers cannot change.
    pub is_aws_managed: bool,
}

/// The name of the stand-in for policies that a list of users, roles or groups does not have. No policy can be called this: names of
/// policies have no blanks.
pub(super) const UNREAD_POLICIES: &str = "policies that were not read";
/// The same for a boundary.
pub(super) const UNREAD_BOUNDARY: &str = "boundary that was not read";

impl Label {
    /// True for the stand-in for policies that were not read, of which there may be any number, or for a boundary.
    #[must_use]
    pub fn stands_for_unread(&self) -> bool {
        [UNREAD_POLICIES, UNREAD_BOUNDARY].contains(&&*self.name)
    }

    /// True for the same policy: a managed one may be attached in several places.
    #[must_use]
    pub fn is_same_policy(&self, other: &Self) -> bool {
        let is_managed = |own: &Self| matches!(own.origin, Origin::Managed | Origin::GroupManaged(_));
        let are_managed = is_managed(self) && is_managed(other);
        self == other || are_managed && self.name == other.name && self.is_aws_managed == other.is_aws_managed
    }

    /// True for policies that a principal has by being in this group.
    #[must_use]
    pub fn is_of_group(&self, name: &str) -> bool {
        let (Origin::GroupInline(group) | Origin::GroupManaged(group)) = &self.origin else { return false };
        group.eq_ignore_ascii_case(name)
    }
}

impl Deref for Attached {
    type Target = Label;

    fn deref(&self) -> &Label {
        &self.label
    }
}

/// Principals of one account that share kind, policies, boundary and ways to sign: evaluated once.
#[derive(Clone, Debug)]
pub struct Class {
    pub(super) account: AccountIx,
    pub(super) kind: PrincipalType,
    /// Whether the last of what is attached is the boundary.
    pub(super) bounded: bool,
    pub(super) attached: Box<[Attached]>,
    pub(super) members: Members,
}

/// The principals of a class; nearly always one.
#[derive(Clone, Debug)]
pub(super) enum Members {
    One(PrincipalIx),
    Many(Box<[PrincipalIx]>),
}

/// Facts that only roles have.
#[derive(Clone, Copy, Debug)]
pub struct RoleFacts {
    /// Its trust policy.
    pub trust: Document,
    /// When it was last used.
    pub last_used: LastUsed,
    /// How many minutes a session of it may last; `None` if that was not collected.
    pub max_session: Option<u16>,
    /// Whether it is in an instance profile; `None` if that was not read.
    pub in_instance_profile: Option<bool>,
}

/// A user or role.
#[derive(Clone, Debug)]
pub struct Principal {
    pub(super) account: AccountIx,
    pub(super) class: ClassIx,
    /// Only roles have one.
    pub(super) trust: Option<Document>,
    /// Equal tags are stored once; or why they are unknown.
    pub(super) tags: Result<Arc<[Tag]>, GapIx>,
    pub(super) record: PrincipalRecord,
}

impl Class {
    /// The class with these members alone.
    pub(super) fn with_members(&self, members: Vec<PrincipalIx>) -> Self {
        let members = match members.as_slice() {
            [one] => Members::One(*one),
            _ => Members::Many(members.into()),
        };
        Self { members, ..self.clone() }
    }

    /// The account of all members.
    #[must_use]
    pub fn account(&self) -> AccountIx {
        self.account
    }

    /// The kind of all members.
    #[must_use]
    pub fn kind(&self) -> PrincipalType {
        self.kind
    }

    /// Identity-based policies, including those of groups.
    #[must_use]
    pub fn policies(&self) -> &[Attached] {
        self.attached.get(..self.attached.len() - usize::from(self.bounded)).unwrap_or_default()
    }

    /// The permissions boundary.
    #[must_use]
    pub fn boundary(&self) -> Option<&Attached> {
        self.attached.last().filter(|_| self.bounded)
    }

    /// The principals that share all this, in order; at least one.
    #[must_use]
    pub fn members(&self) -> &[PrincipalIx] {
        match &self.members {
            Members::One(member) => std::slice::from_ref(member),
            Members::Many(members) => members,
        }
    }
}

impl Principal {
    /// Its account.
    #[must_use]
    pub fn account(&self) -> AccountIx {
        self.account
    }

    /// Its class.
    #[must_use]
    pub fn class(&self) -> ClassIx {
        self.class
    }

    /// User or role.
    #[must_use]
    pub fn kind(&self) -> PrincipalType {
        self.record.kind
    }

    /// Without path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.record.name()
    }

    /// With both slashes: at least `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.record.path()
    }

    /// `AIDA…` or `AROA…`.
    #[must_use]
    pub fn unique_id(&self) -> &str {
        self.record.unique_id()
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        self.record.created.get()
    }

    /// Its tags, as far as they were read.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }

    /// Why its tags are unknown.
    #[must_use]
    pub fn tags_gap(&self) -> Option<GapIx> {
        self.tags.as_ref().err().copied()
    }

    /// What is known of one of its own tags; keys ignore case.
    #[must_use]
    pub fn tag(&self, key: &str) -> TagOf<'_> {
        match (self.tags().iter().find(|tag| tag.key.eq_ignore_ascii_case(key)), self.tags_gap()) {
            (Some(tag), _) => TagOf::Value(&tag.value),
            (None, Some(_)) => TagOf::Unread,
            (None, None) => TagOf::Absent,
        }
    }

    /// True if the groups of a user were read.
    #[must_use]
    pub fn knows_groups(&self) -> bool {
        self.record.user().is_none_or(|user| user.groups.is_some())
    }

    /// Names of the groups of a user.
    #[must_use]
    pub fn groups(&self) -> &[Box<str>] {
        self.record.user().and_then(|user| user.groups.as_deref()).unwrap_or_default()
    }

    /// Trust policy, last use and length of sessions; `None` for users.
    #[must_use]
    pub fn role(&self) -> Option<RoleFacts> {
        self.trust.map(|trust| RoleFacts {
            trust,
            last_used: self.record.last_used(),
            max_session: self.record.max_session(),
            in_instance_profile: self.record.in_instance_profile,
        })
    }

    /// The instance profiles that a role is in, each by the path and the name in its ARN; `None` where some are not known.
    #[must_use]
    pub fn instance_profiles(&self) -> Option<Vec<Cow<'_, str>>> {
        self.record.profiles()
    }

    /// What a user can sign with today; for roles it is irrelevant and set to all ways.
    #[must_use]
    pub fn sign_in(&self) -> SignIn {
        self.record.user().map(|user| user.sign_in).unwrap_or_default()
    }

    /// True for roles whose trust policy AWS itself writes and that no SCP or RCP limits.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.kind() == PrincipalType::Role && self.path().starts_with("/aws-service-role/")
    }

    /// True for roles that AWS alone changes: service-linked ones, and those of Identity Center.
    #[must_use]
    pub fn is_of_aws(&self) -> bool {
        self.is_service_linked() || self.path().starts_with("/aws-reserved/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estate_may_have_a_million_of_them() {
        assert!(size_of::<Principal>() <= 96, "{}", size_of::<Principal>());
        assert!(size_of::<Class>() <= 40, "{}", size_of::<Class>());
        assert!(size_of::<Attached>() <= 16, "{}", size_of::<Attached>());
    }
}
