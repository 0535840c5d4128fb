//! Users, roles, and the classes of those that share everything a policy can depend on.

use jiff::Timestamp;

use super::ways::SignIn;
use crate::ids::{AccountIx, ClassIx, GapIx, PolicyIx, PrincipalIx};
use crate::snapshot::account::Tag;

/// An IAM principal that can make requests. Ordered as the tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the field's own words")]
pub enum PrincipalType {
    Role,
    User,
}

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

/// A policy as attached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attached {
    /// What it says.
    pub document: Document,
    /// Its name.
    pub name: Box<str>,
    /// How it applies here.
    pub origin: Origin,
}

/// Principals of one account that share kind, policies, boundary and ways to sign: evaluated once.
#[derive(Clone, Debug)]
pub struct Class {
    pub(super) account: AccountIx,
    pub(super) kind: PrincipalType,
    pub(super) policies: Box<[Attached]>,
    pub(super) boundary: Option<Attached>,
    pub(super) members: Vec<PrincipalIx>,
}

/// When a role was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastUsed {
    /// The snapshot has no date.
    NotCollected,
    /// Not within AWS's tracking period of at most 400 days.
    Never,
    /// At this time.
    At(Timestamp),
}

/// Facts that only roles have.
#[derive(Clone, Copy, Debug)]
pub struct RoleFacts {
    /// Its trust policy.
    pub trust: Document,
    /// When it was last used.
    pub last_used: LastUsed,
}

/// A user or role.
#[derive(Clone, Debug)]
pub struct Principal {
    pub(super) account: AccountIx,
    pub(super) class: ClassIx,
    pub(super) kind: PrincipalType,
    pub(super) name: Box<str>,
    pub(super) path: Box<str>,
    pub(super) unique_id: Box<str>,
    pub(super) created: Option<Timestamp>,
    pub(super) tags: Option<Box<[Tag]>>,
    /// Why the tags are unknown, if they are.
    pub(super) tags_gap: Option<GapIx>,
    pub(super) groups: Box<[Box<str>]>,
    pub(super) groups_read: bool,
    pub(super) role: Option<RoleFacts>,
    pub(super) sign_in: SignIn,
}

impl Class {
    /// The class with these members alone.
    pub(super) fn with_members(&self, members: Vec<PrincipalIx>) -> Self {
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
        &self.policies
    }

    /// The permissions boundary.
    #[must_use]
    pub fn boundary(&self) -> Option<&Attached> {
        self.boundary.as_ref()
    }

    /// The principals that share all this, in order; at least one.
    #[must_use]
    pub fn members(&self) -> &[PrincipalIx] {
        &self.members
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
        self.kind
    }

    /// Without path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With both slashes: at least `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// `AIDA…` or `AROA…`.
    #[must_use]
    pub fn unique_id(&self) -> &str {
        &self.unique_id
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        self.created
    }

    /// Its tags, as far as they were read.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }

    /// Why its tags are unknown.
    #[must_use]
    pub fn tags_gap(&self) -> Option<GapIx> {
        self.tags_gap
    }

    /// True if the groups of a user were read.
    #[must_use]
    pub fn knows_groups(&self) -> bool {
        self.groups_read
    }

    /// Names of the groups of a user.
    #[must_use]
    pub fn groups(&self) -> &[Box<str>] {
        &self.groups
    }

    /// Trust policy and last use; `None` for users.
    #[must_use]
    pub fn role(&self) -> Option<&RoleFacts> {
        self.role.as_ref()
    }

    /// What a user can sign with today; for roles it is irrelevant and set to all ways.
    #[must_use]
    pub fn sign_in(&self) -> SignIn {
        self.sign_in
    }

    /// True for roles whose trust policy AWS itself writes and that no SCP or RCP limits.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.kind == PrincipalType::Role && self.path.starts_with("/aws-service-role/")
    }
}
