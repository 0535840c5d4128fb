//! One way to escalate privileges.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::model::{PrincipalType, SignIn};
use crate::policy::action::Action;
use crate::policy::sts;
use crate::snapshot::compute::kind_of;

/// A row of the table, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WayIx(pub(super) u16);

/// One way to escalate privileges.
#[derive(Debug)]
pub struct Way {
    /// The id of the public catalog, or one of our own (`rh-…`).
    pub id: Box<str>,
    /// Ids that it had before.
    pub aliases: Vec<Box<str>>,
    /// What happens, in a word.
    pub kind: Box<str>,
    /// The category of the catalog.
    pub category: Box<str>,
    /// What the actions are done to.
    pub binding: Binding,
    /// What must be so of the user that it is about; the data may say that it is not.
    pub user: Vec<OfUser>,
    /// What the target has then that it had not before.
    pub gives: Given,
    /// What lets somebody into a role, where a service for people does.
    pub opens: Option<Opens>,
    /// The service principal that the role must trust, with its suffix.
    pub service: Option<Box<str>>,
    /// All of them are needed.
    pub steps: Vec<Step>,
    /// The ARN of what must run already, as the steps have it, where the data set `compute` tells of such things.
    pub inventory: Option<Box<str>>,
    /// What must be true when it happens, and no policy says.
    pub needs: Vec<Box<str>>,
    /// How far it is decided.
    pub status: Status,
    /// Where AWS describes the actions.
    pub source: Box<str>,
}

/// One action, and what it is done to.
#[derive(Debug)]
pub struct Step {
    /// The action.
    pub action: Action,
    /// Whether its requests can pass tags.
    pub passes_tags: bool,
    /// The context keys that AWS lists for it, as `keys.toml` has them; `None` where they are not known.
    pub keys: Option<&'static [Box<str>]>,
    /// Its resources, all of which must be allowed; at least one.
    pub on: Vec<On>,
}

impl Step {
    /// The context keys of its requests where they are about one of its resources.
    pub(crate) fn keys_on(&self, on: &On) -> Option<&'static [Box<str>]> {
        let is_account = matches!(on, On::Made(template) if template.contains(ACCOUNT));
        match self.keys {
            Some([first, others @ ..]) if is_account && **first == *TAGS => Some(others),
            keys => keys,
        }
    }
}

/// Tags of what a request is about.
const TAGS: &str = "aws:resourcetag/";

/// An account that people are let into: of the resources of its action the one that has no tags. Source: AWS Service Authorization
/// Reference, "Resource types defined by AWS IAM Identity Center".
const ACCOUNT: &str = ":sso:::account/";

/// What an action is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// What the way is about: by its binding a principal, a group, a policy.
    Target,
    /// The role or user that has the target, where that is a policy, or is in it, where that is a group.
    Holder,
    /// Actions that have no resource.
    Nothing,
    /// Something that the caller makes: an ARN with `{partition}`, `{region}`, `{account}` and `{name}`.
    Made(Box<str>),
}

/// What the actions of a way are done to, and whose power that gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the table, which its README explains")]
pub enum Binding {
    OwnRole,
    OwnUser,
    OwnGroup,
    OwnPolicy,
    OtherGroup,
    JoinedGroup,
    LeftGroup,
    OwnBoundary,
    OwnBoundaryPolicy,
    RoleBoundaryPolicy,
    UserBoundaryPolicy,
    OwnDenies,
    User,
    Role,
    RolePolicy,
    UserPolicy,
    UserGroup,
    UserOtherGroup,
    SamlProvider,
    NewRole,
    NewUser,
    PassedRole,
    ChangedRole,
    Compute,
    Organization,
}

impl Binding {
    /// True where the way is about a user of the account.
    #[must_use]
    pub fn is_of_user(self) -> bool {
        matches!(
            self,
            Self::User | Self::UserPolicy | Self::UserGroup | Self::UserOtherGroup | Self::UserBoundaryPolicy
        )
    }

    /// True where whoever goes the way changes itself, or a group that it is in then.
    #[must_use]
    pub fn is_own(self) -> bool {
        matches!(
            self,
            Self::OwnRole
                | Self::OwnUser
                | Self::OwnGroup
                | Self::OwnPolicy
                | Self::OtherGroup
                | Self::JoinedGroup
                | Self::LeftGroup
                | Self::OwnBoundary
                | Self::OwnBoundaryPolicy
                | Self::OwnDenies
        )
    }
}

/// What a target gets on a way, or loses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// Nothing: the caller takes its place.
    #[default]
    Nothing,
    /// A policy of the caller's choice.
    AnyPolicy,
    /// Its permissions boundary is gone.
    NoBoundary,
}

/// What a way does to the tags of a user or role that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retags {
    /// It gets some, in place of those of the same keys.
    Gives,
    /// It loses some.
    Takes,
}

/// By what a service for people lets somebody into a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the table, which its README explains")]
pub enum Opens {
    PermissionSet,
    Group,
    Entitlement,
}

/// What the credentials of a user must be for a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the table, which its README explains")]
pub enum OfUser {
    WithPassword,
    WithoutPassword,
    WithMfa,
    WithoutMfa,
    WithFewerThanTwoKeys,
}

impl OfUser {
    /// False where the data say that it is not so.
    pub(crate) fn may_hold(self, today: SignIn) -> bool {
        match self {
            Self::WithPassword => today.password != Some(false),
            Self::WithoutPassword => today.password != Some(true),
            Self::WithMfa => today.device != Some(false),
            Self::WithoutMfa => today.device != Some(true),
            Self::WithFewerThanTwoKeys => !today.two_keys,
        }
    }
}

/// How far a way is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// For every principal.
    Decided,
    /// Something must exist already that no data set has.
    NeedsInventory,
    /// Not, for this reason.
    NotModelled(Box<str>),
}

impl Way {
    /// The page of the catalog; `None` for ways that it does not have.
    #[must_use]
    pub fn link(&self) -> Option<String> {
        (!self.id.starts_with("rh-")).then(|| format!("https://pathfinding.cloud/paths/{}", self.id))
    }

    /// The action that it begins with.
    #[must_use]
    pub fn first_action(&self) -> &Action {
        self.steps.first().map(|step| &step.action).unwrap_or_else(|| unreachable!("a way has a step"))
    }

    /// `lambda:function`, the kind of what must run already, where the data set `compute` tells of it.
    #[must_use]
    pub fn runs(&self) -> Option<String> {
        kind_of(self.inventory.as_ref()?)
    }

    /// True for ways that give sessions of somebody else of whom nothing is changed.
    #[must_use]
    pub fn gives_others_as_they_are(&self) -> bool {
        use Binding::{ChangedRole, Compute, PassedRole, Role, SamlProvider, User};
        let is_of_others = matches!(self.binding, User | Role | PassedRole | ChangedRole | Compute | SamlProvider);
        is_of_others && self.gives == Given::Nothing
    }

    /// True for ways that give sessions of a role by themselves.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        match self.binding {
            Binding::PassedRole | Binding::Compute | Binding::SamlProvider => true,
            Binding::Role => self.gives == Given::Nothing,
            _ => false,
        }
    }

    /// True for ways that give sessions of a user, as it is or with other policies.
    #[must_use]
    pub fn takes_over(&self) -> bool {
        self.binding == Binding::User && self.retags().is_none()
    }

    /// True for ways that give a user a password: whoever signs in with it has a session, and no access key.
    #[must_use]
    pub fn gives_password(&self) -> bool {
        self.steps.iter().any(|step| step.action.operation().ends_with("loginprofile"))
    }

    /// The prefixes of the services whose resources a role can be passed for: that of the service it is passed to, and those that are
    /// called. Source: AWS IAM User Guide, "IAM and AWS STS condition context keys" (`iam:AssociatedResourceArn`).
    #[must_use]
    pub fn associated(&self) -> BTreeSet<&str> {
        let name = self.service.iter().filter_map(|name| name.strip_suffix(".amazonaws.com"));
        let passed_to = name.filter_map(|name| name.rsplit('.').next()).map(|name| name.trim_end_matches("-tasks"));
        let called = self.steps.iter().map(|step| step.action.service()).filter(|service| *service != "iam");
        passed_to.chain(called).collect()
    }

    /// True for ways that use a role by an instance profile that it is in.
    #[must_use]
    pub fn takes_instance_profile(&self) -> bool {
        matches!(self.binding, Binding::PassedRole | Binding::ChangedRole)
            && self.service.as_deref() == Some("ec2.amazonaws.com")
    }

    /// True for ways that end in somebody joining a group: the caller, or a user that it makes.
    #[must_use]
    pub fn joins_group(&self) -> bool {
        self.steps.iter().any(|step| step.action.name() == "iam:AddUserToGroup")
    }

    /// What its first step does to the tags of the target; what follows sees them.
    #[must_use]
    pub fn retags(&self) -> Option<Retags> {
        match self.first_action().operation() {
            "tagrole" | "taguser" => Some(Retags::Gives),
            "untagrole" | "untaguser" => Some(Retags::Takes),
            _ => None,
        }
    }

    /// True for ways that end in the caller assuming a role, whose trust policy has a say.
    #[must_use]
    pub fn assumes(&self) -> bool {
        self.steps.iter().any(|step| step.action == *sts::ASSUME_ROLE)
    }

    /// True for ways that make the provider that they are about.
    #[must_use]
    pub fn makes_provider(&self) -> bool {
        self.binding == Binding::SamlProvider && self.first_action().operation().starts_with("create")
    }

    /// True for ways that take away what limits the caller itself.
    #[must_use]
    pub fn lifts_own_limit(&self) -> bool {
        matches!(
            self.binding,
            Binding::OwnBoundary | Binding::OwnBoundaryPolicy | Binding::OwnDenies | Binding::LeftGroup
        )
    }

    /// The kind of principal that a way makes, if it makes one.
    #[must_use]
    pub fn makes(&self) -> Option<PrincipalType> {
        match self.binding {
            Binding::NewRole => Some(PrincipalType::Role),
            Binding::NewUser => Some(PrincipalType::User),
            _ => None,
        }
    }

    /// True for ways that are decided.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.status == Status::Decided
    }
}

impl WayIx {
    /// Its place in the table.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}
