//! Why a fact is not known, in words.
//!
//! Owns: turning missing data and undocumented behavior into reasons for people.

use std::collections::BTreeSet;

use crate::eval::{Truth, Unclear};
use crate::facet::Facet;
use crate::ids::GapIx;
use crate::model::Estate;

/// Why something was not read; for an account as a whole, with its id.
pub(crate) fn reason(estate: &Estate, gap: GapIx) -> String {
    let gap = estate.gap(gap);
    match (gap.facet, gap.scope.account()) {
        (Facet::AuthorizationDetails, Some(account)) => format!("{} of {account}: {}", gap.facet, gap.reason),
        _ => gap.reason.clone(),
    }
}

/// Why a decision is not known.
pub(crate) fn unclear(estate: &Estate, truth: &Truth) -> BTreeSet<String> {
    words(estate, truth.unclear_parts())
}

/// The same of what several decisions lack.
pub(crate) fn words<'u>(estate: &Estate, parts: impl IntoIterator<Item = &'u Unclear>) -> BTreeSet<String> {
    let word = |why: &Unclear| match why {
        Unclear::Gap(gap) => reason(estate, *gap),
        Unclear::Undocumented(what) => what.to_string(),
    };
    parts.into_iter().map(word).collect()
}
