//! The attachments of one account as small numbers: names with their origin, and documents that the account does not have.
//!
//! Owns: that equal attachments are equal numbers, which makes a class quick to find. The names of policies are part of it: evidence
//! names the policy, and takes the name from the class.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::local::{Known, LocalAbsentIx, LocalLabelIx};
use crate::arn::Arn;
use crate::id_vec::IdVec;
use crate::model::principal::{Label, Origin, UNREAD_BOUNDARY, UNREAD_POLICIES};
use crate::recent::Recent;
use crate::text_hash::KeyedMap;

/// Where an attachment's document is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum DraftDocument {
    /// In the table of all documents.
    Known(Known),
    /// Not in this file.
    Absent(LocalAbsentIx),
}

/// A document that this file does not have.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Absent {
    /// An AWS managed policy; another account's file may have it.
    AwsManaged(Box<str>),
    /// Nowhere, for this reason.
    Missing(Box<str>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct DraftAttached {
    pub(super) document: DraftDocument,
    pub(super) label: LocalLabelIx,
}

/// As one number: a class hashes all its attachments.
impl Hash for DraftAttached {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let document = match self.document {
            DraftDocument::Known(Known::Parsed(ix)) => ix.get() << 2,
            DraftDocument::Known(Known::Refused(ix)) => ix.get() << 2 | 1,
            DraftDocument::Absent(ix) => ix.get() << 2 | 2,
        };
        state.write_u64((document as u64) << 30 ^ self.label.get() as u64);
    }
}

/// The labels and absent documents of an account.
#[derive(Default)]
pub(super) struct Attachments<'f> {
    /// By name; groups of that name and origin by the group's name besides.
    by_name: KeyedMap<(&'f str, Sort, &'f str), LocalLabelIx>,
    labels: IdVec<LocalLabelIx, Arc<Label>>,
    absent: IdVec<LocalAbsentIx, Absent>,
    by_absent: HashMap<Absent, LocalAbsentIx>,
}

/// An origin without the name of its group.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sort {
    Inline,
    Managed,
    AwsManaged,
    GroupInline,
    GroupManaged,
}

impl<'f> Attachments<'f> {
    /// An inline policy of the principal or group itself.
    pub(super) fn inline(&mut self, document: DraftDocument, name: &'f str) -> DraftAttached {
        DraftAttached { document, label: self.label(name, Sort::Inline, "") }
    }

    /// A managed policy of the principal or group itself.
    pub(super) fn managed(&mut self, document: DraftDocument, name: &'f str, arn: &str) -> DraftAttached {
        let sort = if is_aws_managed(arn) { Sort::AwsManaged } else { Sort::Managed };
        DraftAttached { document, label: self.label(name, sort, "") }
    }

    /// What a group's own policy is to its members.
    pub(super) fn of_member(&mut self, own: DraftAttached, group: &'f str) -> DraftAttached {
        let Label { name, origin, is_aws_managed } = &*self.labels[own.label];
        let sort = if *origin == Origin::Managed { Sort::GroupManaged } else { Sort::GroupInline };
        // the name may be a stand-in, which no file has
        let label = Label { name: name.clone(), origin: sort.origin(group), is_aws_managed: *is_aws_managed };
        DraftAttached { document: own.document, label: self.labels.push(Arc::new(label)) }
    }

    /// The stand-in for the policies of a group that is not in the file.
    pub(super) fn of_group(&mut self, document: DraftDocument, group: &'f str) -> DraftAttached {
        DraftAttached { document, label: self.label(group, Sort::GroupInline, group) }
    }

    fn label(&mut self, name: &'f str, sort: Sort, group: &'f str) -> LocalLabelIx {
        let labels = &mut self.labels;
        let is_aws_managed = sort == Sort::AwsManaged;
        let new = || labels.push(Arc::new(Label { name: name.into(), origin: sort.origin(group), is_aws_managed }));
        *self.by_name.entry((name, sort, group)).or_insert_with(new)
    }

    /// Takes the labels of accounts before this one, where they are the same.
    pub(super) fn share_labels(&mut self, shared: &mut SharedLabels) {
        for ix in self.labels.indexes() {
            let label = &mut self.labels[ix];
            let known = match label.origin {
                Origin::Inline => &mut shared.inline,
                Origin::Managed if label.is_aws_managed => &mut shared.aws_managed,
                Origin::Managed => &mut shared.managed,
                Origin::GroupInline(_) | Origin::GroupManaged(_) => continue,
            };
            match known.get(&label.name) {
                Some(same) => *label = Arc::clone(same),
                None => known.put(&label.name, Arc::clone(label)),
            }
        }
    }

    /// An AWS managed policy that this file does not hold.
    pub(super) fn aws_managed(&mut self, arn: &str) -> DraftDocument {
        self.absent(Absent::AwsManaged(arn.into()))
    }

    /// A document that no file has.
    pub(super) fn missing(&mut self, why: String) -> DraftDocument {
        self.absent(Absent::Missing(why.into()))
    }

    fn absent(&mut self, absent: Absent) -> DraftDocument {
        if let Some(known) = self.by_absent.get(&absent) {
            return DraftDocument::Absent(*known);
        }
        let ix = self.absent.push(absent.clone());
        self.by_absent.insert(absent, ix);
        DraftDocument::Absent(ix)
    }

    /// The stand-in for policies that a record does not include: ListUsers, ListRoles and ListGroups do not (semantics in
    /// docs/import.md). The text is the same for all, so that they form one class.
    pub(super) fn unread_policies(&mut self) -> DraftAttached {
        let document = self.missing("users, roles or groups were listed without their policies".to_owned());
        self.inline(document, UNREAD_POLICIES)
    }

    pub(super) fn unread_boundary(&mut self) -> DraftAttached {
        let document = self.missing("users or roles were listed without their permissions boundaries".to_owned());
        self.managed(document, UNREAD_BOUNDARY, "")
    }

    /// Origin and name, in the order in which attachments are listed.
    pub(super) fn label_of(&self, attached: DraftAttached) -> (&Origin, &str) {
        let label = &*self.labels[attached.label];
        (&label.origin, &label.name)
    }

    pub(super) fn shared_label(&self, attached: DraftAttached) -> &Arc<Label> {
        &self.labels[attached.label]
    }

    pub(super) fn absent_of(&self, ix: LocalAbsentIx) -> &Absent {
        &self.absent[ix]
    }
}

/// Labels of accounts that were read lately, by name: AWS's managed policies and what is rolled out everywhere.
pub(super) struct SharedLabels {
    inline: Recent<Arc<Label>>,
    managed: Recent<Arc<Label>>,
    aws_managed: Recent<Arc<Label>>,
}

/// Whether the ARN of a managed policy names AWS as its owner.
pub(super) fn is_aws_managed(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.account == "aws")
}

impl Default for SharedLabels {
    fn default() -> Self {
        Self { inline: Recent::new(512), managed: Recent::new(512), aws_managed: Recent::new(512) }
    }
}

impl Sort {
    fn origin(self, group: &str) -> Origin {
        match self {
            Self::Inline => Origin::Inline,
            Self::Managed | Self::AwsManaged => Origin::Managed,
            Self::GroupInline => Origin::GroupInline(group.into()),
            Self::GroupManaged => Origin::GroupManaged(group.into()),
        }
    }
}
