//! Names of users, roles, accounts and people, for whoever changes what they have.

use crate::graph::selector::{self, SelectError};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::graph::{names, person_names};
use crate::ids::{AccountIx, PeopleGroupIx};
use crate::model::Estate;

/// Everything that a question may start at under this name.
///
/// # Errors
/// Where the name is unknown or ambiguous.
pub(crate) fn sources_named(graph: &TrustGraph<'_>, text: &str) -> Result<Vec<Source>, SelectError> {
    selector::sources(graph, text).map(|(sources, _)| sources)
}

/// The group of Identity Center with this name or id.
///
/// # Errors
/// Where the name is ambiguous.
pub(crate) fn people_group_named(estate: &Estate, text: &str) -> Result<Option<PeopleGroupIx>, SelectError> {
    person_names::people_group(estate, text)
}

/// The account with this id or name.
///
/// # Errors
/// Where the name is ambiguous.
pub(crate) fn account_named(estate: &Estate, text: &str) -> Result<Option<AccountIx>, SelectError> {
    names::account(estate, names::as_printed(text))
}

/// The account's name, or its id where the name is not its own.
pub(crate) fn account_name(estate: &Estate, ix: AccountIx) -> String {
    names::of_account(estate, ix)
}
