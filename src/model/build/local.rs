//! The tables of one account, before they are merged into the estate.
//!
//! Owns: indexes and shapes that are valid within one account. Only `append` converts them to the estate's.

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
    /// An entry of missing data of the account.
    pub(super) LocalGapIx,
    /// A class of the account.
    pub(super) LocalClassIx,
    /// A principal of the account.
    pub(super) LocalPrincipalIx,
}

/// A document, or the missing data in its place.
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
    /// `None` if they were not read.
    pub(super) groups: Option<Box<[Box<str>]>>,
    /// The trust policy; only roles have one.
    pub(super) trust: Option<LocalDocument>,
    pub(super) last_used: LastUsed,
    pub(super) sign_in: SignIn,
}

/// An AWS managed policy that the account's file does not hold but a class refers to.
pub(super) struct Pending {
    pub(super) class: LocalClassIx,
    pub(super) slot: Slot,
    pub(super) arn: Box<str>,
}

/// The place of a policy in a class.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    /// At this position in its policies.
    Policy(usize),
    Boundary,
}

/// The account's missing data by local index.
pub(super) type LocalGaps = IdVec<LocalGapIx, Gap>;
