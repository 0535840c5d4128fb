//! Ways that give sessions of a role by themselves, by the role that they may lead to.
//!
//! Owns: that a role is asked about by those alone whose Allows address it, or address any. A thousand pipelines that pass a role of their own
//! are a thousand ways, not a million.

use std::collections::{BTreeMap, BTreeSet};

use super::table::WayIx;
use crate::ids::{ClassIx, PrincipalIx};

/// A class, and a way that it may go.
pub(super) type Going = (ClassIx, WayIx);

/// The direct ways of an account.
#[derive(Debug, Default)]
pub(super) struct Direct {
    to_any: Vec<Going>,
    to_role: BTreeMap<PrincipalIx, Vec<Going>>,
}

impl Direct {
    /// Adds a way that leads to one of these roles; to any, where there is no telling.
    pub(super) fn add(&mut self, going: Going, roles: Option<BTreeSet<PrincipalIx>>) {
        match roles {
            Some(roles) => roles.into_iter().for_each(|role| self.to_role.entry(role).or_default().push(going)),
            None => self.to_any.push(going),
        }
    }

    /// Those that may lead to a role, in order.
    pub(super) fn to(&self, role: PrincipalIx) -> Vec<Going> {
        let mut all: Vec<Going> =
            self.to_any.iter().chain(self.to_role.get(&role).into_iter().flatten()).copied().collect();
        all.sort_unstable();
        all
    }
}
