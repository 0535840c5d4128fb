//! What is known of one context key in one request.

use std::borrow::Cow;
use std::sync::Arc;

use crate::eval::residual::{Issue, Shape, Unclear};
use crate::ids::GapIx;

/// What is known of a key's value. An empty list is an absent key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Domain<'e> {
    /// Exactly this one value, or none.
    Known(Vec<Cow<'e, str>>),
    /// Exactly these, of a multivalued key.
    Many(Vec<Cow<'e, str>>),
    /// One of these.
    OneOf(Vec<Vec<Cow<'e, str>>>),
    /// This, followed by text that is not known.
    Prefixed(String),
    /// Texts of this shape; absent where that is said.
    Shaped {
        /// Which texts.
        shape: Arc<Shape>,
        /// Whether it can be absent.
        may_be_absent: bool,
    },
    /// A text of this shape, which AWS knows and the snapshot does not.
    Unread {
        /// Which texts.
        shape: Arc<Shape>,
        /// Why it is not known.
        why: Unclear,
    },
    /// What follows from who made the session.
    Issued(Arc<[Issue]>),
    /// AWS knows it and the snapshot, or rolehop, does not.
    Unclear(Unclear),
    /// Not known.
    Free {
        /// Whether it can be absent.
        may_be_absent: bool,
        /// Values that are ruled out all the same.
        except: Except,
    },
}

/// Values that a free key cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Except {
    Nothing,
    /// Ids and ARNs of collected accounts.
    CollectedAccounts,
}

/// Exactly this value.
pub(crate) fn known<'e>(value: impl Into<Cow<'e, str>>) -> Domain<'e> {
    Domain::Known(vec![value.into()])
}

/// Not in the request.
pub(crate) fn absent<'e>() -> Domain<'e> {
    Domain::Known(Vec::new())
}

/// Any value.
pub(crate) fn free<'e>(may_be_absent: bool) -> Domain<'e> {
    Domain::Free { may_be_absent, except: Except::Nothing }
}

/// Any value but the excepted ones.
pub(crate) fn free_present<'e>(except: Except) -> Domain<'e> {
    Domain::Free { may_be_absent: false, except }
}

/// What was not read; free where nothing says so.
pub(crate) fn unread<'e>(gap: Option<GapIx>) -> Domain<'e> {
    gap.map_or_else(|| free(true), |gap| Domain::Unclear(Unclear::Gap(gap)))
}
