//! Which groups of users let their members assume a role.
//!
//! Owns: putting a call down to the groups whose policies speak of it. Whether it is allowed is decided already: this tells who has to
//! change what.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use crate::ids::{ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Document, Estate, Origin};
use crate::policy::resource;
use crate::policy::text::Pattern;
use crate::policy::{Effect, Statement, sts};

/// What was found out of groups and roles.
pub(super) struct Grants<'e> {
    estate: &'e Estate,
    /// Of each policy, its Allows of AssumeRole.
    allows: HashMap<PolicyIx, Arc<[&'e Statement]>>,
}

impl<'e> Grants<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        Self { estate, allows: HashMap::new() }
    }

    /// The groups with an Allow that speaks of assuming the role, in order; if there is none, those whose policies were not
    /// read.
    pub(super) fn groups(&mut self, class: ClassIx, role: PrincipalIx) -> BTreeSet<Box<str>> {
        let policies = self.estate.class(class).policies();
        let of_groups = policies.iter().filter_map(|attached| match &attached.origin {
            Origin::GroupInline(group) | Origin::GroupManaged(group) => Some((group, attached.document)),
            Origin::Inline | Origin::Managed => None,
        });
        let mut arn = None;
        let (mut found, mut unread) = (BTreeSet::new(), BTreeSet::new());
        for (group, document) in of_groups {
            if found.contains(group) {
                continue;
            }
            match document {
                Document::Missing(_) => _ = unread.insert(group.clone()),
                Document::Parsed(ix) => {
                    let allows = self.allows(ix);
                    let arn = arn.get_or_insert_with(|| self.estate.arn(role));
                    if allows.iter().any(|statement| speaks_of(statement, arn)) {
                        found.insert(group.clone());
                    }
                }
            }
        }
        if found.is_empty() { unread } else { found }
    }

    fn allows(&mut self, ix: PolicyIx) -> Arc<[&'e Statement]> {
        let estate = self.estate;
        let of_policy = || {
            let statements = estate.policy(ix).statements.iter();
            statements.filter(|s| s.effect == Effect::Allow && s.actions.matches(&sts::ASSUME_ROLE)).collect()
        };
        Arc::clone(self.allows.entry(ix).or_insert_with(of_policy))
    }
}

/// Whether the resources of a statement can be the role, whatever its variables stand for.
fn speaks_of(statement: &Statement, arn: &str) -> bool {
    statement.resources.as_ref().is_some_and(|clause| {
        let lists = || clause.lists(arn);
        let fits = || clause.open().any(|text| resource::matches(&Pattern::Plain(&text.widest()), arn));
        (lists() || fits()) != clause.negated
    })
}
