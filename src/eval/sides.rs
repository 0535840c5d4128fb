//! The two sides of a request: what the rules of AWS know of caller and resource, whatever their policies say.
//!
//! Owns: which kinds of caller there are, and the one answer to whether service control policies and resource control
//! policies have a say, for the graph and for `simulate` alike. Accounts that they do not bind, the management account
//! first of all, have none in the model.
//! Source: AWS Organizations User Guide, "Service control policies" (tasks and entities not restricted), "Resource
//! control policies" (resources and entities not restricted).

use crate::arn::{Arn, Named};

/// What kind of principal calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallerKind {
    User,
    /// A role stands for any of its sessions.
    Role,
    /// One session of a role.
    Session,
    /// The account's root user.
    Root,
    /// A session of GetFederationToken.
    FederatedUser,
    /// An AWS service, or an identity provider by its name.
    Service,
    /// Whom an identity provider vouches for.
    Provider,
    Anonymous,
    /// A principal of an account that was not read: its own policies are assumed to allow.
    Outside,
}

/// The two sides of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) caller: CallerKind,
    /// The caller is a service-linked role: AWS itself acts.
    pub(super) caller_is_linked: bool,
    /// Caller and resource are of different partitions, as far as their ARNs tell.
    pub(super) crosses_partitions: bool,
    /// What is asked for is a service-linked role: its service's way in.
    pub(super) target_is_linked: bool,
    /// Caller and resource belong to one account, so that either side's policies may be enough.
    pub(super) same_account: bool,
}

impl CallerKind {
    /// True for users, roles and root users, of which IAM and Organizations know.
    pub(super) fn is_iam(self) -> bool {
        matches!(self, Self::User | Self::Role | Self::Session | Self::Root | Self::FederatedUser)
    }

    /// True for callers that have policies of their own: services, providers and strangers have none.
    pub(super) fn has_policies(self) -> bool {
        self.is_iam() || self == Self::Outside
    }
}

impl Sides {
    /// Service control policies bind principals, but not roles that AWS itself acts with.
    pub(super) fn service_control_applies(&self) -> bool {
        self.caller.is_iam() && !self.caller_is_linked
    }

    /// Resource control policies bind every call, but neither those that service-linked roles make nor the way into
    /// one.
    pub(super) fn resource_control_applies(&self) -> bool {
        !self.caller_is_linked && !self.target_is_linked
    }
}

/// True for the ARN of a service-linked role.
pub(super) fn is_service_linked(arn: &str) -> bool {
    let named = Arn::parse(arn).map(|a| a.named());
    matches!(named, Some(Named::Role { path, .. }) if path.starts_with("/aws-service-role/"))
}
