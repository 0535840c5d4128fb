//! Context keys that tell of an account's organization, whether caller or resource belongs to the account.

use super::domain::{Domain, free, unread};
use super::estate::EstateContext;
use crate::eval::residual::{Shape, Unclear};
use crate::model::Account;
use crate::policy::key::ContextKey;

impl<'e> EstateContext<'_, 'e> {
    /// The id, or the paths, of an organization that is not ours; none where it is in none.
    pub(super) fn other_organization(&self, key: &ContextKey) -> Domain<'e> {
        let Some(organization) = self.estate().organization() else { return free(true) };
        let paths = key.kind().is_multivalued();
        let ours = if paths { format!("{}/*", organization.id) } else { organization.id.to_string() };
        let shape = Shape { unlike: vec![ours], ..Shape::default() };
        Domain::Shaped { shape: shape.into(), may_be_absent: true }
    }

    /// `o-x/r-y/ou-a/ou-b/`, of the units above an account.
    pub(super) fn organization_paths(&self, account: &Account, key: &ContextKey) -> Domain<'e> {
        if let Some(path) = self.estate().organization_path(account) {
            return Domain::Many(vec![path.into()]);
        }
        match self.estate().organization() {
            Some(organization) if account.is_member() => {
                let shape = Shape { like: vec![format!("{}/*", organization.id)], ..Shape::default() };
                let why = |gap| Domain::Unread { shape: shape.into(), why: Unclear::Gap(gap) };
                account.units_gap().map_or_else(|| free(false), why)
            }
            Some(_) if account.membership_gap().is_some() => unread(account.membership_gap()),
            _ => self.other_organization(key),
        }
    }
}
