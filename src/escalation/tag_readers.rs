//! Which documents read tags that somebody may change.
//!
//! Owns: that of whoever changes tags nobody is asked where nothing reads them.

use std::collections::HashSet;

use super::table::Way;
use crate::ids::{ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Document, Estate};
use crate::policy::Policy;
use crate::policy::condition::Condition;
use crate::policy::key::KeyKind;

/// The documents that read tags.
#[derive(Debug)]
pub(super) struct TagReaders {
    of_callers: HashSet<PolicyIx>,
    of_resources: HashSet<PolicyIx>,
}

impl TagReaders {
    pub(super) fn of(estate: &Estate) -> Self {
        let reading = |kind: KeyKind| {
            let all = (0..estate.policy_count()).map(PolicyIx::new);
            all.filter(|ix| reads(estate.policy(*ix), kind)).collect()
        };
        Self { of_callers: reading(KeyKind::PrincipalTag), of_resources: reading(KeyKind::ResourceTag) }
    }

    /// Whether something reads the tags that a way changes: of a class its policies, its boundary and its SCPs, of a role what lets callers in.
    pub(super) fn read(&self, estate: &Estate, way: &Way, class: ClassIx, role: Option<PrincipalIx>) -> bool {
        let reading = if way.binding.is_own() { &self.of_callers } else { &self.of_resources };
        if reading.is_empty() {
            return false;
        }
        let of = estate.class(class);
        let own = of.policies().iter().chain(of.boundary()).map(|attached| attached.document);
        let scps = estate.account(of.account()).scps().documents();
        let role = role.map(|role| estate.principal(role));
        let trust = role.and_then(|role| role.role()).map(|facts| facts.trust);
        let rcps = role.into_iter().flat_map(|role| estate.account(role.account()).rcps().documents());
        let mut documents = own.chain(scps).chain(trust).chain(rcps).filter_map(Document::parsed);
        documents.any(|ix| reading.contains(&ix))
    }
}

fn reads(policy: &Policy, kind: KeyKind) -> bool {
    policy.statements.iter().any(|statement| {
        let of_resources = statement.resources.iter().flat_map(|clause| clause.variables());
        statement.conditions.iter().flat_map(Condition::keys).chain(of_resources).any(|key| key.kind() == kind)
    })
}
