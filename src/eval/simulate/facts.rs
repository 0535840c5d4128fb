//! A simulated request, asked fact by fact: nothing is known but what it was given, and nothing is open.

use std::borrow::Cow;
use std::collections::HashMap;

use super::caller::{Caller, Kind};
use crate::answer::simulation::ContextValue;
use crate::arn::{Arn, Named};
use crate::eval::facts::{Domain, Except, Facts};
use crate::eval::truth::Truth;
use crate::ids::AccountId;
use crate::policy::action::Action;
use crate::policy::key::ContextKey;

/// One request, ready to be asked.
pub(super) struct Simulated<'r> {
    pub(super) action: Action,
    pub(super) resource: &'r str,
    pub(super) caller: Caller<'r>,
    /// By key in lower case.
    pub(super) context: HashMap<String, &'r ContextValue>,
}

impl Facts for Simulated<'_> {
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
