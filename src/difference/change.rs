//! One change of an organization, and everything that has it.

use serde::Serialize;

use super::planned::Source;
use crate::answer::Layer;

/// What kind of thing changed. Ordered for output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ChangeKind {
    /// The account is in the new snapshot alone.
    AccountJoined,
    /// The account is in the old snapshot alone.
    AccountLeft,
    /// The account is in another OU.
    AccountMoved,
    /// The account has another name.
    AccountRenamed,
    /// The OU has another name.
    OuRenamed,
    /// The account has other tags in the organization.
    AccountTagged,
    /// The account was closed, suspended, or can be used again.
    AccountState,
    /// The role belongs to the target now.
    TargetGrew,
    /// The role no longer belongs to the target.
    TargetShrank,
    /// The user or role is new.
    PrincipalCreated,
    /// The user or role is gone.
    PrincipalDeleted,
    /// A user or role of the same name and another unique id: what trusted the old one by id does not trust it.
    PrincipalRecreated,
    /// The same user or role, by its unique id, under another name or path.
    PrincipalRenamed,
    /// A policy is attached, or a boundary set.
    PolicyAttached,
    /// A policy is no longer attached, or a boundary no longer set.
    PolicyDetached,
    /// The SCP or RCP has another name.
    PolicyRenamed,
    /// A statement that the policy did not have.
    StatementAdded,
    /// A statement that the policy no longer has.
    StatementRemoved,
    /// A statement that says something else.
    StatementChanged,
    /// The version of the policy language of a document.
    VersionChanged,
    /// The user is in the group now: of IAM, or of the identity store.
    GroupJoined,
    /// The user is no longer in the group.
    GroupLeft,
    /// Tags of a user or role.
    TagsChanged,
    /// What a user can sign with.
    SignInChanged,
    /// The user of the identity store is new.
    PersonAdded,
    /// The user of the identity store is gone.
    PersonRemoved,
    /// The user of the identity store was disabled, or enabled again.
    PersonState,
    /// The user of the identity store has another name.
    PersonRenamed,
    /// The group of the identity store is new.
    PeopleGroupAdded,
    /// The group of the identity store is gone.
    PeopleGroupRemoved,
    /// The group of the identity store has another name.
    PeopleGroupRenamed,
    /// The permission set is new.
    PermissionSetAdded,
    /// The permission set is gone.
    PermissionSetRemoved,
    /// Sessions of the permission set last longer, or not as long.
    SessionDuration,
    /// A user or group is assigned the permission set in the account.
    AssignmentAdded,
    /// A user or group is no longer assigned the permission set in the account.
    AssignmentRemoved,
    /// A user or group is entitled to the role.
    EntitlementAdded,
    /// A user or group is no longer entitled to the role.
    EntitlementRemoved,
    /// The user or role became an administrator of its account, from whom no way to escalate starts, or is one no more.
    AdministratorChanged,
    /// The password, access keys or MFA device of a user.
    CredentialsChanged,
    /// An identity provider that roles trust was made, or is gone.
    ProviderChanged,
    /// Something that runs with a role was made, or is gone.
    RunningChanged,
    /// The account, or Identity Center, was not read on one side.
    NotRead,
    /// Nothing but the time at which conditions are judged.
    Time,
    /// The change could not be told.
    Untold,
}

impl ChangeKind {
    /// The lower-case words that every format prints.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A statement of a policy, or what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Clause {
    /// Position in the document, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<u32>,
    /// Its `Sid`, left out if it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sid: String,
    /// What it says, in one line: a statement, an OU, a name.
    pub text: String,
}

/// A change, whatever has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct What {
    /// What kind of change.
    pub kind: ChangeKind,
    /// Of a policy: which kind of policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// Name of the policy, of the group, or of the permission set; left out where neither is meant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub policy: String,
    /// As it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Clause>,
    /// As it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Clause>,
    /// Of a statement that changed: which elements it has more and which less.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// A change, and what has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// Which change.
    #[serde(flatten)]
    pub what: What,
    /// ARNs of principals, account ids, ids of roots and OUs, or names of people, their groups and permission sets, sorted.
    pub subjects: Vec<String>,
    /// What plans to make it, where a plan was compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

impl Clause {
    /// A text that is no statement.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { statement: None, sid: String::new(), text: text.into() }
    }
}

impl What {
    /// A change of this kind, with nothing more to say.
    #[must_use]
    pub fn of(kind: ChangeKind) -> Self {
        Self { kind, layer: None, policy: String::new(), old: None, new: None, detail: String::new() }
    }
}
