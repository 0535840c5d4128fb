//! Which groups of users let their members assume a role.
//!
//! Owns: putting a call down to the groups whose policies speak of it. Whether it is allowed is decided already: this tells who has to
//! change what.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};

use crate::ids::{ClassIx, PolicyIx, PrincipalIx};
use crate::model::{Document, Estate, Origin};
use crate::policy::{Statement, sts};
use crate::posture::mention;

/// Tells the groups of users; remembers what each document says of assuming roles, which most do not speak of at all.
pub(super) struct Granted<'e> {
    estate: &'e Estate,
    allowing: HashMap<PolicyIx, Vec<&'e Statement>>,
}

impl<'e> Granted<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        Self { estate, allowing: HashMap::new() }
    }

    /// The groups with an Allow that speaks of assuming the role, in order; if there is none, those whose policies were not read.
    pub(super) fn groups(&mut self, class: ClassIx, role: PrincipalIx) -> BTreeSet<&'e str> {
        let estate = self.estate;
        let of_groups = estate.class(class).policies().iter().filter_map(|attached| match &attached.origin {
            Origin::GroupInline(group) | Origin::GroupManaged(group) => Some((&**group, attached.document)),
            Origin::Inline | Origin::Managed => None,
        });
        let mut arn = None;
        let (mut found, mut unread) = (BTreeSet::new(), BTreeSet::new());
        for (group, document) in of_groups {
            match document {
                Document::Missing(_) => _ = unread.insert(group),
                Document::Parsed(_) if found.contains(group) => {}
                Document::Parsed(ix) => {
                    let of_document = || mention::allowing(estate.policy(ix), &sts::ASSUME_ROLE).collect();
                    let speaks = |statement: &&Statement| {
                        mention::speaks_of(statement, arn.get_or_insert_with(|| estate.arn(role)))
                    };
                    if self.allowing.entry(ix).or_insert_with(of_document).iter().any(speaks) {
                        found.insert(group);
                    }
                }
            }
        }
        if found.is_empty() { unread } else { found }
    }
}
