//! Which decisive requests policies may allow at all.
//!
//! Owns: a test of documents, each once, that reads their Allows: what no Allow speaks of needs no evaluation, and most principals hold
//! nothing that speaks of any of these requests. Conditions are left aside.

use std::sync::OnceLock;

use super::ask::ALL;
use super::decisive::{Decisive, REQUESTS};
use crate::id_vec::IdVec;
use crate::ids::{ClassIx, PolicyIx};
use crate::model::{Attached, Document, Estate};
use crate::policy::resource::ResourceClause;
use crate::policy::text::Text;
use crate::policy::{Effect, Statement};
use crate::wildcard;

/// Of each document the decisive requests that its Allows may cover, computed when it is first asked for.
#[derive(Debug)]
pub(crate) struct Covered<'e> {
    estate: &'e Estate,
    of_policies: IdVec<PolicyIx, OnceLock<u64>>,
}

impl<'e> Covered<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Self {
        Self { estate, of_policies: (0..estate.policy_count()).map(|_| OnceLock::new()).collect() }
    }

    /// The bits of the requests that the policies of a class, and its boundary, may allow.
    pub(crate) fn by(&self, class: ClassIx) -> u64 {
        let class = self.estate.class(class);
        let own = class.policies().iter().fold(0, |all, attached| all | self.by_policy(attached));
        own & class.boundary().map_or(ALL, |boundary| self.by_policy(boundary))
    }

    fn by_policy(&self, attached: &Attached) -> u64 {
        match attached.document {
            Document::Missing(_) => ALL,
            Document::Parsed(ix) => *self.of_policies[ix].get_or_init(|| {
                let allows = self.estate.policy(ix).statements.iter().filter(|s| s.effect == Effect::Allow);
                allows.fold(0, |bits, statement| bits | by_statement(statement))
            }),
        }
    }
}

fn by_statement(statement: &Statement) -> u64 {
    let is_about = |request: &Decisive| statement.resources.as_ref().is_none_or(|clause| may_cover(clause, request));
    let covered = REQUESTS.iter().filter(|request| statement.actions.matches(&request.action) && is_about(request));
    covered.fold(0, |bits, request| bits | 1 << request.bit)
}

/// Whether a resource of the request's kind that no policy was written for may be among these: by what follows the account of an ARN.
fn may_cover(clause: &ResourceClause, request: &Decisive) -> bool {
    let may = |text: &Text| {
        let resource = text.as_str().splitn(6, ':').nth(5).filter(|_| !text.has_variables());
        resource.is_none_or(|pattern| wildcard::matches(pattern, &request.resource))
    };
    clause.negated || clause.patterns.iter().any(may)
}
