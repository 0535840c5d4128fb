//! Changes to a snapshot that is in memory: the organization as it would be, without a copy on disk.
//!
//! Owns: which changes there are, where each is made, and that each is made exactly once. Does not know what a change does to an
//! answer (`change`, `cut`). INVARIANT: the files stay as they are; a change that finds nothing to change is an error.

mod account;
mod organization;
mod people;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::value::RawValue;

use super::error::SnapshotError;
use super::identity_center::AccountAssignment;
use super::read::Snapshot;
use crate::ids::AccountId;
use crate::policy::PolicyError;

pub(super) use account::apply;

/// Who has policies of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "IAM's own words, each with the name")]
pub enum Holder {
    User(Box<str>),
    Role(Box<str>),
    Group(Box<str>),
}

/// Where a policy document stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentAt {
    /// The trust policy of the role of this name.
    Trust(AccountId, Box<str>),
    /// Inline, by name.
    Inline(AccountId, Holder, Box<str>),
    /// A customer managed policy, by account and ARN: the version in force.
    Managed(AccountId, Box<str>),
    /// An SCP or RCP, by ARN, or by id if the snapshot has no ARN.
    Organization(Box<str>),
}

/// One change.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Without what grants something.
    Remove(Removal),
    /// A document as it would be: a JSON object.
    Replace(DocumentAt, Box<RawValue>),
}

/// Something that is taken away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Removal {
    /// A statement, by position from 0.
    Statement(DocumentAt, u32),
    /// An inline policy.
    Inline(AccountId, Holder, Box<str>),
    /// The attachment of a managed policy, by name, which is unique in an account and among AWS's own; true for one of AWS's.
    Attachment(AccountId, Holder, Box<str>, bool),
    /// An IAM user's membership of a group.
    Membership(AccountId, Box<str>, Box<str>),
    /// The membership of a user of Identity Center: ARN of the instance, ids of user and group.
    Person(Box<str>, Box<str>, Box<str>),
    /// What lets people into an account with a permission set: ARN of the instance, and the assignment.
    Assignment(Box<str>, AccountAssignment),
    /// An entitlement of the account access manager, by application and id.
    Entitlement(Box<str>, Box<str>),
}

/// A change that cannot be made: what was looked for, and what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditError {
    /// What was looked for, and where.
    pub what: String,
    /// What is there instead.
    pub there: String,
}

impl DocumentAt {
    /// The account whose file has it; `None` for the organization's.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Trust(account, _) | Self::Inline(account, ..) | Self::Managed(account, _) => Some(*account),
            Self::Organization(_) => None,
        }
    }
}

impl Edit {
    /// The account whose file it changes; `None` where it changes the organization's, or those of people.
    fn account(&self) -> Option<AccountId> {
        match self {
            Self::Replace(at, _) | Self::Remove(Removal::Statement(at, _)) => at.account(),
            Self::Remove(
                Removal::Inline(account, ..) | Removal::Attachment(account, ..) | Removal::Membership(account, ..),
            ) => Some(*account),
            Self::Remove(Removal::Person(..) | Removal::Assignment(..) | Removal::Entitlement(..)) => None,
        }
    }
}

impl Snapshot {
    /// The same snapshot with these changes, each of which was found.
    ///
    /// # Errors
    /// Where a change finds nothing to change or more than one place for it, and where a file cannot be read.
    pub fn edited(&self, edits: &[Edit]) -> Result<Self, SnapshotError> {
        let mut edited = self.shared();
        let mut by_account = BTreeMap::<AccountId, Vec<Edit>>::new();
        let mut in_order: Vec<&Edit> = edits.iter().collect();
        // of several statements of one SCP the last is removed first, so that positions stay what they were
        in_order.sort_by_key(|edit| match edit {
            Edit::Remove(Removal::Statement(_, at)) => Reverse(*at),
            _ => Reverse(u32::MAX),
        });
        for edit in in_order {
            match edit.account() {
                Some(account) => by_account.entry(account).or_default().push(edit.clone()),
                None => edited.edit_whole(edit)?,
            }
        }
        for (account, own) in &by_account {
            self.with_account(*account, |file| account::apply(file, own, |_| ()).map_err(SnapshotError::from))??;
        }
        edited.edits = by_account;
        Ok(edited)
    }

    /// Changes what is not an account's.
    fn edit_whole(&mut self, edit: &Edit) -> Result<(), SnapshotError> {
        let made = match edit {
            Edit::Remove(Removal::Statement(DocumentAt::Organization(id), at)) => {
                organization::without_statement(self.organization.as_mut(), id, *at)
            }
            Edit::Replace(DocumentAt::Organization(id), document) => {
                organization::replace(self.organization.as_mut(), id, document)
            }
            Edit::Remove(Removal::Person(instance, user, group)) => {
                people::without_membership(self.identity_center.as_mut(), instance, user, group)
            }
            Edit::Remove(Removal::Assignment(instance, assignment)) => {
                people::without_assignment(self.identity_center.as_mut(), instance, assignment)
            }
            Edit::Remove(Removal::Entitlement(application, id)) => {
                people::without_entitlement(self.account_access.as_mut(), application, id)
            }
            Edit::Remove(_) | Edit::Replace(..) => Ok(()),
        };
        made.map_err(SnapshotError::from)
    }
}

impl EditError {
    fn new(what: impl Into<String>, there: impl Into<String>) -> Self {
        Self { what: what.into(), there: there.into() }
    }

    fn document(at: &impl fmt::Display, why: &PolicyError) -> Self {
        Self::new(format!("the document of {at} cannot be changed"), why.to_string())
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.what)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(to, "user/{name}"),
            Self::Role(name) => write!(to, "role/{name}"),
            Self::Group(name) => write!(to, "group/{name}"),
        }
    }
}

impl fmt::Display for DocumentAt {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trust(account, role) => write!(to, "the trust policy of {account}/role/{role}"),
            Self::Inline(account, holder, name) => write!(to, "inline policy {name} of {account}/{holder}"),
            Self::Managed(_, arn) => write!(to, "managed policy {arn}"),
            Self::Organization(id) => write!(to, "policy {id} of the organization"),
        }
    }
}

/// Names of what is there, for an error.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len() {
        0 => "there is none".to_owned(),
        count if count > SHOWN => {
            let shown: Vec<&str> = names.into_iter().take(SHOWN).collect();
            format!("there are {} and {} more", shown.join(", "), count - SHOWN)
        }
        _ => format!("there is {}", names.join(", ")),
    }
}

/// Takes away the one that fits.
fn take_one<T>(list: &mut Vec<T>, fits: impl Fn(&T) -> bool, error: impl FnOnce(&[T]) -> EditError) -> Result<(), EditError> {
    let found = list.iter().filter(|one| fits(one)).count();
    if found != 1 {
        return Err(error(list));
    }
    list.retain(|one| !fits(one));
    Ok(())
}
