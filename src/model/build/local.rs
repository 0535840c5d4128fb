//! The tables of one account, before they have a place in the estate.
//!
//! Owns: indexes and shapes that hold within one account. `append` is the only place where they become the estate's.

use jiff::Timestamp;

use crate::id_vec::IdVec;
use crate::ids::{PolicyIx, index_type};
use crate::model::principal::{LastUsed, Origin, PrincipalType};
use crate::model::ways::SignIn;
use crate::snapshot::account::Tag;
use crate::snapshot::ledger::Gap;

index_type! {
    /// A distinct document of the account's file.
    pub(super) LocalDocumentIx,
    /// A gap of the account.
    pub(super) LocalGapIx,
    /// A class of the account.
    pub(super) LocalClassIx,
    /// A principal of the account.
    pub(super) LocalPrincipalIx,
}

/// A document, where it is known.
#[derive(Clone, Copy)]
pub(super) enum LocalDocument {
    Parsed(PolicyIx),
    Missing(LocalGapIx),
}

/// A policy as it is attached.
pub(super) struct LocalAttached {
    pub(super) document: LocalDocument,
    pub(super) name: Box<str>,
    pub(super) origin: Origin,
}

pub(super) struct LocalGroup {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) policies: Vec<LocalAttached>,
}

pub(super) struct LocalClass {
    pub(super) kind: PrincipalType,
    pub(super) policies: Vec<LocalAttached>,
    pub(super) boundary: Option<LocalAttached>,
    pub(super) members: Vec<LocalPrincipalIx>,
}

pub(super) struct LocalPrincipal {
    pub(super) class: LocalClassIx,
    pub(super) kind: PrincipalType,
    pub(super) name: Box<str>,
    pub(super) path: Box<str>,
    pub(super) unique_id: Box<str>,
    pub(super) created: Option<Timestamp>,
    pub(super) tags: Option<Box<[Tag]>>,
    pub(super) tags_gap: Option<LocalGapIx>,
    /// `None` where they were not read.
    pub(super) groups: Option<Box<[Box<str>]>>,
    /// Of a role.
    pub(super) trust: Option<LocalDocument>,
    pub(super) last_used: LastUsed,
    pub(super) sign_in: SignIn,
}

/// An AWS managed policy that the account's file does not hold, where a class has it.
pub(super) struct Pending {
    pub(super) class: LocalClassIx,
    pub(super) slot: Slot,
    pub(super) arn: Box<str>,
}

/// Where a class has a policy.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    /// At this position of its policies.
    Policy(usize),
    Boundary,
}

/// Gaps of the account by their local index.
pub(super) type LocalGaps = IdVec<LocalGapIx, Gap>;
