//! What can be taken away so that a hop is there no more: from its proof to removals.
//!
//! Owns: which parts of a proof are somebody's to remove. What AWS or Identity Center writes is not; what also denies is not either,
//! since taking it away may open as much as it closes. INVARIANT: every removable part that the hop rests on is named, so that the hop
//! stays as long as all of them stay.

use std::collections::BTreeSet;

use super::holder::holder_of;
use super::people;
use crate::answer::{Evidence, EvidenceEffect, Layer};
use crate::eval::label;
use crate::graph::query::evidence;
use crate::graph::{EdgeKind, Hop, Source};
use crate::ids::{PeopleGroupIx, PrincipalIx};
use crate::model::people::{Assignee, Grant};
use crate::model::{Attached, Document, Estate, Origin, People};
use crate::policy::Effect;
use crate::snapshot::edit::{DocumentAt, Holder, Removal};

/// What one hop rests on, as far as it is somebody's to remove.
#[derive(Default)]
struct Proof {
    removals: BTreeSet<Removal>,
}

/// What a hop of a path that begins at `start` rests on: each of these may be what breaks it.
#[must_use]
pub fn proof(estate: &Estate, hop: &Hop, start: &Source) -> BTreeSet<Removal> {
    let mut found = Proof::default();
    for part in evidence(estate, hop, start).iter().filter(|part| part.effect == EvidenceEffect::Allow) {
        match part.layer {
            Layer::Trust => found.add_trust(estate, hop.edge.to, part),
            Layer::Identity | Layer::Boundary => {
                if let Source::Principal(caller) = hop.from {
                    found.add_policies(estate, caller, part);
                }
            }
            // what limits is not taken away
            Layer::Session | Layer::Scp | Layer::Rcp | Layer::Resource => {}
        }
    }
    if let Some(people) = estate.people().filter(|_| hop.edge.kind.is_for_people()) {
        found.add_entrance(people, hop);
    }
    found.removals
}

impl Proof {
    fn add_trust(&mut self, estate: &Estate, role: PrincipalIx, part: &Evidence) {
        let principal = estate.principal(role);
        let Some(statement) = part.statement.filter(|_| is_own(principal.path())) else { return };
        let id = estate.account(principal.account()).id();
        self.removals.insert(Removal::Statement(DocumentAt::Trust(id, principal.name().into()), statement));
    }

    fn add_policies(&mut self, estate: &Estate, caller: PrincipalIx, part: &Evidence) {
        let principal = estate.principal(caller);
        let class = estate.class(principal.class());
        let id = estate.account(principal.account()).id();
        let (Some(statement), true) = (part.statement, is_own(principal.path())) else { return };
        let is_boundary = part.layer == Layer::Boundary;
        let attached =
            if is_boundary { class.boundary().map_or(&[][..], std::slice::from_ref) } else { class.policies() };
        for policy in attached.iter().filter(|policy| label(policy) == part.policy) {
            let holder = match &policy.origin {
                Origin::Inline | Origin::Managed => holder_of(estate, caller),
                Origin::GroupInline(group) | Origin::GroupManaged(group) => {
                    if only_allows_group(estate, caller, group) {
                        self.removals.insert(Removal::Membership(id, principal.name().into(), group.clone()));
                    }
                    Holder::Group(group.clone())
                }
            };
            let is_inline = matches!(policy.origin, Origin::Inline | Origin::GroupInline(_));
            if is_inline {
                let at = DocumentAt::Inline(id, holder, policy.name.clone());
                self.removals.insert(Removal::Statement(at, statement));
                continue;
            }
            if !policy.is_aws_managed {
                let arn = estate.account(principal.account()).facts().customer_policies.iter().flatten();
                let arn = arn.filter(|own| own.name() == &*policy.name).map(|own| own.arn.clone());
                let at = arn.map(|arn| DocumentAt::Managed(id, arn));
                self.removals.extend(at.map(|at| Removal::Statement(at, statement)));
            }
            // without its boundary a principal may do more
            if !is_boundary && only_allows(estate, policy) {
                self.removals.insert(Removal::Attachment(id, holder, policy.name.clone(), policy.is_aws_managed));
            }
        }
    }

    /// What leads people into the role: any one assignment would do, so that all of them are parts of the proof.
    fn add_entrance(&mut self, people: &People, hop: &Hop) {
        if hop.edge.kind == EdgeKind::Entitlement {
            for ix in people.entitled(hop.edge.to) {
                let Grant::Role { assignee, .. } = people.entitlement(*ix).grant() else { continue };
                if self.add_member(people, &hop.from, assignee) {
                    self.removals.insert(people::unentitle(people, *ix));
                }
            }
            return;
        }
        for ix in people.entrance(hop.edge.to).map_or(&[][..], |entrance| entrance.entries()) {
            if self.add_member(people, &hop.from, people.assignment(*ix).assignee()) {
                self.removals.extend(people::unassign(people, *ix));
            }
        }
    }

    /// Whether somebody is among those whom an assignment is for; the membership by which, if it is by one.
    fn add_member(&mut self, people: &People, from: &Source, assignee: &Assignee) -> bool {
        match (assignee, from) {
            (Assignee::Person(own), Source::Person(person)) => own == person,
            (Assignee::Group(own), Source::Person(person)) => {
                let is_in = people.person(*person).groups().contains(own);
                if is_in {
                    self.removals.insert(people::left(people, *person, *own));
                }
                is_in
            }
            (Assignee::Group(own), Source::PeopleGroup(group)) => PeopleGroupIx::eq(own, group),
            _ => false,
        }
    }
}

/// False for roles that AWS or Identity Center writes.
fn is_own(path: &str) -> bool {
    !path.starts_with("/aws-service-role/") && !path.starts_with("/aws-reserved/")
}

/// True where a policy was read and denies nothing.
fn only_allows(estate: &Estate, policy: &Attached) -> bool {
    match policy.document {
        Document::Parsed(ix) => estate.policy(ix).statements.iter().all(|own| own.effect == Effect::Allow),
        Document::Missing(_) => false,
    }
}

/// True where none of the policies of a group denies anything.
fn only_allows_group(estate: &Estate, member: PrincipalIx, group: &str) -> bool {
    let of_group = |policy: &&Attached| match &policy.origin {
        Origin::GroupInline(own) | Origin::GroupManaged(own) => **own == *group,
        Origin::Inline | Origin::Managed => false,
    };
    let class = estate.class(estate.principal(member).class());
    class.policies().iter().filter(of_group).all(|policy| only_allows(estate, policy))
}
