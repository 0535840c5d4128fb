//! What a plan comes to: edits with the resources that they are of, and what has none.

use std::collections::{BTreeMap, BTreeSet};

use super::suffix::Suffix;
use crate::difference::{NotUnderstood, OtherType, Planned, Source};
use crate::ids::AccountId;
use crate::snapshot::edit::{Edit, Holder, OrganizationSetting, Setting, Value};

/// An edit, and what plans it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The change.
    pub edit: Edit,
    /// The resource.
    pub source: Source,
    /// Of a document: the lines of its statements, as far as they stand in the file.
    pub statements: Vec<usize>,
    /// The order in which steps are made: what goes first goes before what comes.
    phase: Phase,
}

/// Attachments go before what they are of, and come after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    AttachmentGoes,
    Goes,
    Comes,
    Attaches,
    /// A list that says what stays.
    Limits,
}

/// What a file plans.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In the order in which they are made.
    pub steps: Vec<Step>,
    /// Changes that may bear on an answer and are not understood.
    pub not_understood: Vec<NotUnderstood>,
    /// How many changes of other types there are: none of them gives or takes access to a role.
    pub others: BTreeMap<String, usize>,
    /// What was read by way of something else, for people.
    pub notes: Vec<String>,
    /// What the tool appends to the start of a name that it makes.
    pub(super) suffix: Suffix,
}

impl Plan {
    pub(super) fn add(&mut self, phase: Phase, edit: Edit, source: &Source) {
        self.steps.push(Step { edit, source: source.clone(), statements: Vec::new(), phase });
    }

    pub(super) fn leave(&mut self, source: &Source, why: impl Into<String>) {
        self.not_understood.push(NotUnderstood { source: source.clone(), why: why.into() });
    }

    /// A policy of the organization that is attached nobody knows where: it may be above any account, and is proven above none.
    pub(super) fn attach_somewhere(&mut self, (id, name, kind): (&str, &str, &str), why: &str, source: &Source) {
        let stand_in = format!("{id}, {kind}, attached by {}", source.resource);
        let setting = OrganizationSetting::Policy {
            id: stand_in.as_str().into(),
            name: name.into(),
            kind: kind.into(),
            content: Value::Unknown(why.into()),
        };
        self.add(Phase::Comes, Edit::SetOrganization(setting), source);
        let setting = OrganizationSetting::Attached(stand_in.into(), "".into());
        self.add(Phase::Attaches, Edit::SetOrganization(setting), source);
    }

    /// As a difference tells it.
    #[must_use]
    pub fn view(&self, file: &str) -> Planned {
        let resources: BTreeSet<&str> = self.steps.iter().map(|step| step.source.resource.as_str()).collect();
        let other = |(kind, count): (&String, &usize)| OtherType { kind: kind.clone(), count: *count };
        Planned {
            file: file.to_owned(),
            resources: resources.len(),
            not_understood: self.not_understood.clone(),
            others: self.others.iter().map(other).collect(),
            notes: self.notes.clone(),
        }
    }

    /// Puts the steps in order; those of one phase stay as the file has them. What two resources take away is taken away once.
    pub(super) fn ordered(mut self) -> Self {
        let mut taken = BTreeSet::new();
        self.steps.retain(|step| taken_away(&step.edit).is_none_or(|what| taken.insert(what)));
        self.steps.sort_by_key(|step| step.phase);
        self
    }
}

/// What a step takes from somebody: who, and a name or ARN, each kind with its number.
fn taken_away(edit: &Edit) -> Option<(AccountId, u8, Holder, Box<str>)> {
    let Edit::Set(account, setting) = edit else { return None };
    match setting {
        Setting::NoInline(one, name) => Some((*account, 0, one.clone(), name.clone())),
        Setting::Detached(one, arn) => Some((*account, 1, one.clone(), arn.clone())),
        Setting::NoMember(user, group) => Some((*account, 2, Holder::User(user.clone()), group.clone())),
        _ => None,
    }
}
