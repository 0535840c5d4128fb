//! The tables of one account, before they are merged into the estate.
//!
//! Owns: indexes and shapes that are valid within one account, or while the estate is built. Only `append` converts them to the
//! estate's.

use std::sync::Arc;

use crate::id_vec::IdVec;
use crate::ids::index_type;
use crate::model::principal::{Label, PrincipalType};
use crate::model::record::PrincipalRecord;
use crate::snapshot::account::Tag;
use crate::snapshot::ledger::Gap;

index_type! {
    /// A document that was parsed, in the order in which workers came to it: another one in every run.
    pub(super) ParsedIx,
    /// A document that could not be parsed.
    pub(super) RefusedIx,
    /// A name and origin of the account.
    pub(super) LocalLabelIx,
    /// A reason why the account has no document.
    pub(super) LocalAbsentIx,
    /// An entry of missing data of the account.
    pub(super) LocalGapIx,
    /// A class of the account.
    pub(super) LocalClassIx,
    /// A principal of the account.
    pub(super) LocalPrincipalIx,
}

/// A document, valid or not; equal texts are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Known {
    Parsed(ParsedIx),
    Refused(RefusedIx),
}

/// A document, or the missing data in its place.
#[derive(Clone, Copy)]
pub(super) enum LocalDocument {
    Parsed(ParsedIx),
    Missing(LocalGapIx),
}

/// A policy as it is attached.
pub(super) struct LocalAttached {
    pub(super) document: LocalDocument,
    pub(super) label: Arc<Label>,
}

pub(super) struct LocalGroup {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) policies: Vec<LocalAttached>,
}

pub(super) struct LocalClass {
    pub(super) kind: PrincipalType,
    /// Whether the last of what is attached is the boundary.
    pub(super) bounded: bool,
    pub(super) attached: Box<[LocalAttached]>,
    /// The first member; the others of a class that has more follow in `LocalMembers`.
    pub(super) first: LocalPrincipalIx,
}

/// Members of classes besides the first, in order.
pub(super) type LocalMembers = Vec<(LocalClassIx, LocalPrincipalIx)>;

pub(super) struct LocalPrincipal {
    pub(super) class: LocalClassIx,
    /// The trust policy; only roles have one.
    pub(super) trust: Option<LocalDocument>,
    pub(super) tags: Result<Arc<[Tag]>, LocalGapIx>,
    pub(super) record: PrincipalRecord,
}

/// An AWS managed policy that the account's file does not hold but a class refers to.
pub(super) struct Pending {
    pub(super) class: LocalClassIx,
    /// The position of the attachment in the class.
    pub(super) at: usize,
    pub(super) arn: Box<str>,
}

/// The account's missing data by local index.
pub(super) type LocalGaps = IdVec<LocalGapIx, Gap>;
