//! What is attached to a user or role, compared: identity-based policies, those of groups, and the boundary.

use std::collections::{BTreeMap, BTreeSet};

use super::pairing::Which;
use super::statements;
use super::world::World;
use crate::answer::Layer;
use crate::difference::{ChangeKind, What};
use crate::ids::ClassIx;
use crate::model::{Attached, Document, Label, Origin};

/// What is attached under one label on each side; of several with equal labels each has its place.
type Sides<'a> = BTreeMap<(&'a Label, Layer), (Vec<Document>, Vec<Document>)>;

impl World<'_, '_> {
    /// The changes of what is attached; nothing is said of what one side did not read.
    pub(super) fn changes_of_attached(&self, old: ClassIx, new: ClassIx) -> Vec<What> {
        if self.is_attached_alike(old, new) {
            return Vec::new();
        }
        let mut sides = Sides::new();
        let mut open = [BTreeSet::new(), BTreeSet::new()];
        for which in [Which::Old, Which::New] {
            let class = self.estate(which).class(if which == Which::Old { old } else { new });
            let of_identity = class.policies().iter().map(|attached| (attached, Layer::Identity));
            let boundary = class.boundary().map(|attached| (attached, Layer::Boundary));
            for (attached, layer) in of_identity.chain(boundary) {
                let [of_old, of_new] = &mut open;
                let of_side = if which == Which::Old { of_old } else { of_new };
                if let Some(place) = unread(attached, layer) {
                    of_side.insert(place);
                    continue;
                }
                let (before, after) = sides.entry((label(attached), layer)).or_default();
                if which == Which::Old { before } else { after }.push(attached.document);
            }
        }
        // where a side did not read what is attached, nothing is known to be attached or detached there
        let [of_old, of_new] = open;
        let mut found = Vec::new();
        for ((label, layer), (old, new)) in sides {
            let place = place(label, layer);
            let is_told = |what: &What| match what.kind {
                ChangeKind::PolicyAttached => !of_old.contains(&place),
                ChangeKind::PolicyDetached => !of_new.contains(&place),
                _ => true,
            };
            found.extend(self.of_label(label, layer, &old, &new).into_iter().filter(is_told));
        }
        found
    }

    fn of_label(&self, label: &Label, layer: Layer, old: &[Document], new: &[Document]) -> Vec<What> {
        let what = |kind| What { layer: Some(layer), policy: shown(label), ..What::of(kind) };
        let pairs = old.iter().zip(new);
        let mut found: Vec<What> =
            pairs.flat_map(|(old, new)| self.changes_of_document(layer, &shown(label), *old, *new)).collect();
        let more = new.len().saturating_sub(old.len());
        found.extend((0..more).map(|_| what(ChangeKind::PolicyAttached)));
        let less = old.len().saturating_sub(new.len());
        found.extend((0..less).map(|_| what(ChangeKind::PolicyDetached)));
        found
    }

    /// The changes of a document; none where one side did not read it.
    pub(super) fn changes_of_document(&self, layer: Layer, policy: &str, old: Document, new: Document) -> Vec<What> {
        let differs = self.documents.same(old, new) == Some(false);
        match (old.parsed(), new.parsed()) {
            (Some(before), Some(after)) if differs => {
                let (before, after) = (self.estate(Which::Old).policy(before), self.estate(Which::New).policy(after));
                statements::changes(layer, policy, before, after)
            }
            _ => Vec::new(),
        }
    }

    /// True for most principals: the same labels with the same documents.
    fn is_attached_alike(&self, old: ClassIx, new: ClassIx) -> bool {
        let (old, new) = (self.estate(Which::Old).class(old), self.estate(Which::New).class(new));
        let same = |(old, new): (&Attached, &Attached)| {
            label(old) == label(new) && self.documents.same(old.document, new.document) == Some(true)
        };
        let as_many = old.policies().len() == new.policies().len();
        let boundary = match (old.boundary(), new.boundary()) {
            (None, None) => true,
            (Some(old), Some(new)) => same((old, new)),
            _ => false,
        };
        as_many && boundary && old.policies().iter().zip(new.policies()).all(same)
    }
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    Own,
    Boundary,
    Group(&'a str),
}

fn place(label: &Label, layer: Layer) -> Place<'_> {
    match &label.origin {
        _ if layer == Layer::Boundary => Place::Boundary,
        Origin::Inline | Origin::Managed => Place::Own,
        Origin::GroupInline(group) | Origin::GroupManaged(group) => Place::Group(group),
    }
}

/// Of what a stand-in says that it was not read. One for a group that was not read is called after the group.
fn unread(attached: &Attached, layer: Layer) -> Option<Place<'_>> {
    let of_group = matches!(&attached.origin, Origin::GroupInline(group) if **group == *attached.name);
    let is_stand_in = attached.stands_for_unread() || (of_group && attached.document.parsed().is_none());
    is_stand_in.then(|| place(attached, layer))
}

fn label(attached: &Attached) -> &Label {
    attached
}

/// Name and attachment of a policy, as proofs have them.
pub(super) fn shown(label: &Label) -> String {
    match &label.origin {
        Origin::Inline => format!("{} (inline)", label.name),
        Origin::Managed => label.name.to_string(),
        Origin::GroupInline(group) => format!("{} (inline in group {group})", label.name),
        Origin::GroupManaged(group) => format!("{} (of group {group})", label.name),
    }
}
