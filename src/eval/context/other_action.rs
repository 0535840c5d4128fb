//! Context keys of calls that make no session: what AssumeRole alone carries is absent, and what else a service puts
//! into the context of its actions rolehop does not know, unless the question says it (`ServiceKeys`).
//! Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management".

use super::domain::{Domain, absent, free, known};
use super::estate::EstateContext;
use crate::eval::question::ServiceKeys;
use crate::eval::residual::Unclear;
use crate::model::Account;
use crate::policy::key::{ContextKey, KeyKind};

impl<'e> EstateContext<'_, 'e> {
    pub(super) fn of_other_action(&self, key: &ContextKey) -> Domain<'e> {
        let action = self.question.action;
        match key.kind() {
            KeyKind::RequestTag | KeyKind::TagKeys => free(true),
            KeyKind::OtherService if matches!(self.question.call.service_keys, ServiceKeys::Listed(_)) => {
                if self.question.call.service_keys.may_have(key) { free(true) } else { absent() }
            }
            KeyKind::OtherService if key.lower().split(':').next() == Some(action.service()) => {
                self.of_service_itself(key)
            }
            _ => absent(),
        }
    }

    fn of_service_itself(&self, key: &ContextKey) -> Domain<'e> {
        let question = self.question;
        match question.call.service_keys {
            ServiceKeys::Unknown => {
                let name = question.action.name();
                let why = format!("rolehop does not know what `{}` holds in a request of {name}", key.as_str());
                Domain::Unclear(Unclear::Undocumented(why.into()))
            }
            ServiceKeys::Chosen | ServiceKeys::Listed(_) => free(true),
            ServiceKeys::Plain => match (key.lower().split_once(':'), question.resource_account()) {
                (Some((_, "resourceaccount")), Some(account)) => known(account.id().to_string()),
                (Some(("iam", "policyarn")), account) => {
                    let partition = account.map_or("aws", Account::partition);
                    known(format!("arn:{partition}:iam::aws:policy/AdministratorAccess"))
                }
                _ => absent(),
            },
        }
    }
}
