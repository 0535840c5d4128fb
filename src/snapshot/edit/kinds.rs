//! Which changes there are, where each is made, and how one that cannot be made is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::holder::Holder;
use super::settings::{OrganizationSetting, Setting};
use crate::ids::AccountId;
use crate::policy::PolicyError;
use crate::snapshot::identity_center::AccountAssignment;

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
    /// Other groups in an account, at most once for each.
    Regroup(Arc<Regrouping>),
    /// Something of an account as it would be; made after the others, in order.
    Set(AccountId, Setting),
    /// Something of the organization as it would be.
    SetOrganization(OrganizationSetting),
}

/// The groups of one account that are not as they are.
#[derive(Clone, Debug)]
pub struct Regrouping {
    /// Whose groups.
    pub account: AccountId,
    /// `aws`, `aws-cn`, …: the second part of ARNs.
    pub partition: Box<str>,
    /// Names of groups that are taken away, with their memberships.
    pub removed: BTreeSet<Box<str>>,
    /// Groups that are made, by name.
    pub made: BTreeMap<Box<str>, GroupMade>,
}

/// A group that is made. Managed policies stand among its inline ones: what a document says does not depend on where it stands.
#[derive(Clone, Debug, Default)]
pub struct GroupMade {
    /// Documents by name; `None` for a group that stays and has other members.
    pub policies: Option<Vec<(Box<str>, Box<RawValue>)>>,
    /// Names of users.
    pub members: BTreeSet<Box<str>>,
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
    pub(in crate::snapshot) fn account(&self) -> Option<AccountId> {
        match self {
            Self::Replace(at, _) | Self::Remove(Removal::Statement(at, _)) => at.account(),
            Self::Remove(
                Removal::Inline(account, ..) | Removal::Attachment(account, ..) | Removal::Membership(account, ..),
            ) => Some(*account),
            Self::Regroup(change) => Some(change.account),
            Self::Set(account, _) => Some(*account),
            Self::Remove(Removal::Person(..) | Removal::Assignment(..) | Removal::Entitlement(..))
            | Self::SetOrganization(_) => None,
        }
    }
}

impl EditError {
    pub(super) fn new(what: impl Into<String>, there: impl Into<String>) -> Self {
        Self { what: what.into(), there: there.into() }
    }

    pub(super) fn document(at: &impl fmt::Display, why: &PolicyError) -> Self {
        Self::new(format!("the document of {at} cannot be changed"), why.to_string())
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.what)
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
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
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

/// Data that was not collected cannot be changed.
pub(super) fn unread(account: AccountId, what: &str) -> EditError {
    EditError::new(format!("the snapshot lacks the {what} of account {account}"), "they were not collected")
}

/// Takes away the one that fits.
pub(super) fn take_one<T>(
    list: &mut Vec<T>,
    fits: impl Fn(&T) -> bool,
    error: impl FnOnce(&[T]) -> EditError,
) -> Result<(), EditError> {
    let found = list.iter().filter(|one| fits(one)).count();
    if found != 1 {
        return Err(error(list));
    }
    list.retain(|one| !fits(one));
    Ok(())
}
