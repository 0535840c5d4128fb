//! A request as it was given with `simulate`: nothing is known but what it says, and nothing is open.
//!
//! Owns: who calls, read from the text of an ARN, and the values of its context keys.

use std::borrow::Cow;
use std::collections::HashMap;

use super::domain::{Domain, Except};
use super::request_context::RequestContext;
use crate::answer::simulation::{self, ContextValue};
use crate::arn::{Arn, Named};
use crate::eval::residual::Truth;
use crate::eval::sides::{CallerKind, Sides, is_service_linked};
use crate::ids::AccountId;
use crate::policy::action::Action;
use crate::policy::key::ContextKey;

/// One request, ready to be asked.
pub(crate) struct Given<'r> {
    pub(crate) action: Action,
    pub(crate) resource: &'r str,
    pub(crate) caller: GivenCaller<'r>,
    /// By key in lower case.
    pub(crate) context: HashMap<String, &'r ContextValue>,
}

impl RequestContext for Given<'_> {
    fn action(&self) -> &Action {
        &self.action
    }

    fn resource(&self) -> &str {
        self.resource
    }

    fn domain(&self, key: &ContextKey) -> Domain<'_> {
        match self.context.get(key.lower()) {
            Some(ContextValue::One(value)) => Domain::Known(vec![Cow::Borrowed(value)]),
            Some(ContextValue::Many(values)) => Domain::Many(values.iter().map(|v| Cow::Borrowed(&**v)).collect()),
            None => Domain::Known(Vec::new()),
        }
    }

    fn admits(&self, _except: Except, _value: &str) -> bool {
        true
    }

    fn is_anybody(&self) -> bool {
        true
    }

    fn belongs_to(&self, account: AccountId, partition: Option<&str>) -> bool {
        let own = self.caller.partition;
        let fits = own.is_empty() || partition.is_none_or(|p| p == own);
        self.caller.is_iam() && self.caller.account == Some(account) && fits
    }

    fn is_root(&self) -> bool {
        self.caller.kind == Kind::Root
    }

    fn is_named(&self, arn: &str) -> bool {
        match &self.caller.kind {
            Kind::User(own) | Kind::Role { arn: own, .. } => *own == arn,
            Kind::Session { role, .. } => Arn::parse(arn).is_some_and(|named| {
                // a session's ARN has no path; role names are unique in their account without it
                named.partition == self.caller.partition
                    && named.account_id() == self.caller.account
                    && matches!(named.named(), Named::Role { name, .. } if name == *role)
            }),
            _ => false,
        }
    }

    fn is_session(&self, account: AccountId, role: &str, session: &str) -> Option<Truth> {
        match self.caller.kind {
            Kind::Session { role: own, session: name } if own == role && self.caller.account == Some(account) => {
                (name == session).then_some(Truth::True)
            }
            _ => None,
        }
    }

    fn is_federated_user(&self, arn: &str) -> bool {
        matches!(self.caller.kind, Kind::FederatedUser(own) if own == arn)
    }

    fn is_service(&self, name: &str) -> bool {
        matches!(self.caller.kind, Kind::Service(own) if own == name)
    }

    fn is_provider(&self, name: &str) -> bool {
        // a well-known provider has a name where others have an ARN
        matches!(self.caller.kind, Kind::Provider(own) | Kind::Service(own) if own == name)
    }
}

/// A caller, with what its ARN tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenCaller<'r> {
    pub(crate) kind: Kind<'r>,
    pub(crate) account: Option<AccountId>,
    /// Empty for callers without ARN.
    pub(crate) partition: &'r str,
}

/// What kind of principal it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'r> {
    User(&'r str),
    /// The role itself stands for any of its sessions.
    Role {
        arn: &'r str,
        name: &'r str,
        is_service_linked: bool,
    },
    Session {
        role: &'r str,
        session: &'r str,
    },
    /// The account's root user.
    Root,
    FederatedUser(&'r str),
    /// A service principal, or the name of an identity provider.
    Service(&'r str),
    Provider(&'r str),
    Anonymous,
}

impl Kind<'_> {
    fn caller_kind(&self) -> CallerKind {
        match self {
            Self::User(_) => CallerKind::User,
            Self::Role { .. } => CallerKind::Role,
            Self::Session { .. } => CallerKind::Session,
            Self::Root => CallerKind::Root,
            Self::FederatedUser(_) => CallerKind::FederatedUser,
            Self::Service(_) => CallerKind::Service,
            Self::Provider(_) => CallerKind::Provider,
            Self::Anonymous => CallerKind::Anonymous,
        }
    }
}

impl<'r> GivenCaller<'r> {
    /// Reads a principal; `None` where the text is an ARN of something that cannot call.
    pub(crate) fn new(caller: &'r simulation::Caller) -> Option<Self> {
        let text = match caller {
            simulation::Caller::Named(text) => text.as_str(),
            simulation::Caller::Anonymous => {
                return Some(Self { kind: Kind::Anonymous, account: None, partition: "" });
            }
        };
        let Some(arn) = Arn::parse(text) else {
            if let Some(account) = AccountId::parse(text) {
                return Some(Self { kind: Kind::Root, account: Some(account), partition: "" });
            }
            let is_name = text.contains('.') && !text.contains([' ', ':']);
            return is_name.then_some(Self { kind: Kind::Service(text), account: None, partition: "" });
        };
        let kind = match arn.named() {
            Named::Account => Kind::Root,
            Named::User { .. } => Kind::User(text),
            Named::Role { path, name } => {
                Kind::Role { arn: text, name, is_service_linked: path.starts_with("/aws-service-role/") }
            }
            Named::AssumedRole { role, session } => Kind::Session { role, session },
            Named::FederatedUser { .. } => Kind::FederatedUser(text),
            Named::SamlProvider { .. } | Named::OidcProvider { .. } => Kind::Provider(text),
            Named::Group { .. } | Named::Other => return None,
        };
        let account = arn.account_id()?;
        Some(Self { kind, account: Some(account), partition: arn.partition })
    }

    /// True for callers that have policies of their own: services, providers and strangers have none.
    pub(crate) fn is_iam(&self) -> bool {
        self.kind.caller_kind().is_iam()
    }

    /// What the rules know of a request of this caller.
    pub(crate) fn sides(&self, resource: &str, same_account: bool) -> Sides {
        Sides {
            caller: self.kind.caller_kind(),
            caller_is_linked: self.is_service_linked(),
            crosses_partitions: !self.partition.is_empty()
                && Arn::parse(resource).is_some_and(|arn| arn.partition != self.partition),
            target_is_linked: is_service_linked(resource),
            same_account,
        }
    }

    /// True for a role whose policies AWS itself writes.
    fn is_service_linked(&self) -> bool {
        match self.kind {
            Kind::Role { is_service_linked, .. } => is_service_linked,
            // only AWS may make a role of such a name
            Kind::Session { role, .. } => role.starts_with("AWSServiceRoleFor"),
            _ => false,
        }
    }
}
