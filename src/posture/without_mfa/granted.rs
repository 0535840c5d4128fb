//! Which groups of users let their members assume a role.
//!
//! Owns: putting a call down to the groups whose policies speak of it. Whether it is allowed is decided already: this tells who has to
//! change what.

use std::collections::BTreeSet;

use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{Document, Estate, Origin};
use crate::policy::sts;
use crate::posture::mention;

/// The groups with an Allow that speaks of assuming the role, in order; if there is none, those whose policies were not read.
pub(super) fn groups(estate: &Estate, class: ClassIx, role: PrincipalIx) -> BTreeSet<Box<str>> {
    let of_groups = estate.class(class).policies().iter().filter_map(|attached| match &attached.origin {
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
                let arn: &String = arn.get_or_insert_with(|| estate.arn(role));
                if mention::allows(estate.policy(ix), &sts::ASSUME_ROLE, arn) {
                    found.insert(group.clone());
                }
            }
        }
    }
    if found.is_empty() { unread } else { found }
}
