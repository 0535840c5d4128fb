//! From the data set `compute` to what runs with each role.

use std::collections::BTreeMap;

use crate::ids::PrincipalIx;
use crate::model::estate::Estate;
use crate::model::principal::PrincipalType;
use crate::model::running::Running;
use crate::snapshot::compute::Compute;

impl Estate {
    /// Adds what runs with roles; of accounts that the estate does not have there is nothing to say.
    pub(super) fn add_compute(&mut self, compute: &Compute) {
        let mut running = Running::default();
        for (id, of) in &compute.accounts {
            let Some(account) = self.account_by_id(*id) else { continue };
            let roles: BTreeMap<&str, PrincipalIx> = self
                .principals_of(account)
                .filter(|ix| self.principal(*ix).kind() == PrincipalType::Role)
                .map(|ix| (self.principal(ix).name(), ix))
                .collect();
            for (arn, role) in &of.things {
                if let Some(role) = roles.get(role.as_str()) {
                    running.by_role.entry(*role).or_default().push(arn.as_str().into());
                }
            }
            running.accounts.insert(account, of.clone());
        }
        self.running = running;
    }
}
