//! Who calls in a simulation, read from the text of an ARN.

use crate::answer::simulation;
use crate::arn::{Arn, Named};
use crate::eval::exempt::Sides;
use crate::ids::AccountId;

/// A caller, with what its ARN tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller<'r> {
    pub(super) kind: Kind<'r>,
    pub(super) account: Option<AccountId>,
    /// Empty for callers without ARN.
    pub(super) partition: &'r str,
}

/// What kind of principal it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind<'r> {
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

impl<'r> Caller<'r> {
    /// Reads a principal; `None` where the text is an ARN of something that cannot call.
    pub(super) fn new(caller: &'r simulation::Caller) -> Option<Self> {
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
    pub(super) fn is_iam(&self) -> bool {
        !matches!(self.kind, Kind::Service(_) | Kind::Provider(_) | Kind::Anonymous)
    }

    /// What guardrails know of a request of this caller.
    pub(super) fn sides(&self, resource: &str) -> Sides {
        let target = Arn::parse(resource).map(|a| a.named());
        let linked = matches!(target, Some(Named::Role { path, .. }) if path.starts_with("/aws-service-role/"));
        Sides { caller_is_iam: self.is_iam(), caller_is_linked: self.is_service_linked(), target_is_linked: linked }
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
