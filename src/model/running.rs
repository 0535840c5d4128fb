//! What runs with roles (`compute`), as far as somebody saved it.
//!
//! Owns: which role each thing runs with, and of which kinds of thing an account's list is whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::{AccountIx, PrincipalIx};
use crate::snapshot::compute::AccountCompute;

/// What runs with the roles of an estate.
#[derive(Debug, Default)]
pub(super) struct Running {
    pub(super) by_role: BTreeMap<PrincipalIx, Vec<Arc<str>>>,
    pub(super) accounts: BTreeMap<AccountIx, AccountCompute>,
}
