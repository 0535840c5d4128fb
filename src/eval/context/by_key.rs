//! What a question about the estate knows of a context key, and of whom a principal element means.
//!
//! Owns: for each caller and key whether the value is known, absent, chosen by the caller or set by the surroundings;
//! which file knows what of it. Does not know what a policy compares it with (`condition`).
//! Source: AWS IAM User Guide, "AWS global condition context keys", "IAM and AWS STS condition context keys",
//! "Configuring MFA-protected API access".

use super::domain::{Domain, Except, absent, free, known};
use super::estate::EstateContext;
use super::request_context::RequestContext;
use crate::arn::{Arn, Named, saml_provider};
use crate::eval::credential::Credentials;
use crate::eval::question::{Caller, Outside};
use crate::eval::reads::ResourceRead;
use crate::eval::residual::{Possible, Test, Truth};
use crate::ids::AccountId;
use crate::model::{PrincipalType, is_unread_provider};
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::operator::Operator;
use crate::policy::resource::ResourceClause;

/// How long a session lives, in seconds: at most twelve hours for a role, a day and a half for a user.
/// Source: AWS STS API Reference, AssumeRole, GetSessionToken (`DurationSeconds`).
const SESSION_OF_ROLE: f64 = 43_200.0;
const SESSION_OF_USER: f64 = 129_600.0;

impl<'e> EstateContext<'_, 'e> {
    /// What is known of a key in this request.
    fn known_of(&self, key: &ContextKey) -> Domain<'e> {
        if let Some(values) = self.question.sent.of(key) {
            return Domain::Known(values.iter().map(|value| value.to_string().into()).collect());
        }
        if let Some(of_service) = self.of_service_tags(key) {
            return of_service;
        }
        if key.is_foreign_to(self.question.action.service()) {
            return absent();
        }
        match key.kind() {
            KeyKind::ResourceAccount | KeyKind::ResourceOrgId | KeyKind::ResourceOrgPaths | KeyKind::ResourceTag => {
                if let Some(reads) = &self.question.reads {
                    reads.note(ResourceRead::Key(key.clone()));
                }
                self.of_resource(key)
            }
            KeyKind::CurrentTime | KeyKind::EpochTime | KeyKind::SecureTransport => {
                self.of_time_and_transport(key.kind())
            }
            KeyKind::PrincipalAccount
            | KeyKind::PrincipalArn
            | KeyKind::PrincipalOrgId
            | KeyKind::PrincipalOrgPaths
            | KeyKind::PrincipalTag
            | KeyKind::PrincipalType
            | KeyKind::UserId
            | KeyKind::Username
            | KeyKind::FederatedProvider
            | KeyKind::SourceIdentity => match self.question.caller {
                Caller::Principal(ix) => self.of_principal(key, ix),
                Caller::Made(made) => self.of_made(key, made),
                Caller::Outside(outside) => self.of_outsider(key, outside),
                Caller::Provider(name) if key.kind() == KeyKind::FederatedProvider => provider(name),
                Caller::Service(_) | Caller::Provider(_) => absent(),
            },
            KeyKind::MfaPresent | KeyKind::MfaAge | KeyKind::TokenIssueTime => self.of_credentials(key.kind()),
            KeyKind::ExternalId
            | KeyKind::RoleSessionName
            | KeyKind::RequestTag
            | KeyKind::TagKeys
            | KeyKind::TransitiveTagKeys
            | KeyKind::RequestedSourceIdentity
            | KeyKind::OtherService => {
                if self.question.enters_role() {
                    self.of_assume_role(key)
                } else {
                    self.of_other_action(key)
                }
            }
            _ => self.of_call(key),
        }
    }
}

impl RequestContext for EstateContext<'_, '_> {
    fn action(&self) -> &Action {
        self.question.action
    }

    fn resource(&self) -> &str {
        self.question.resource_arn()
    }

    fn held_against(&self, clause: &ResourceClause) {
        if let Some(reads) = &self.question.reads {
            reads.note(ResourceRead::Clause(clause.clone()));
        }
    }

    fn domain(&self, key: &ContextKey) -> Domain<'_> {
        self.known_of(key)
    }

    fn credentials(&self) -> Option<Credentials> {
        matches!(self.question.caller, Caller::Principal(_) | Caller::Made(_)).then_some(self.question.call.credentials)
    }

    fn session_made(&self) -> Option<(f64, f64)> {
        let is_role = match self.question.caller {
            Caller::Principal(ix) => self.estate().principal(ix).kind() == PrincipalType::Role,
            Caller::Made(made) => made.kind == PrincipalType::Role,
            Caller::Outside(_) | Caller::Service(_) | Caller::Provider(_) => return None,
        };
        let now = self.estate().at().as_second() as f64;
        Some((now - if is_role { SESSION_OF_ROLE } else { SESSION_OF_USER }, now))
    }

    fn admits(&self, except: Except, value: &str) -> bool {
        match except {
            Except::Nothing => true,
            Except::CollectedAccounts => {
                let id = AccountId::parse(value).or_else(|| Arn::parse(value)?.account_id());
                id.is_none_or(|id| match self.question.caller {
                    // of an account that was not read nobody else is known
                    Caller::Outside(Outside::Account(own)) => id == own,
                    _ => self.estate().account_by_id(id).is_none(),
                })
            }
        }
    }

    fn fact_of(&self, key: &ContextKey) -> ContextKey {
        // a service's tags are those that its call passes
        match (self.question.caller, key.kind()) {
            (Caller::Service(_), KeyKind::PrincipalTag) => ContextKey::new(&format!("aws:RequestTag/{}", key.tag())),
            _ => key.clone(),
        }
    }

    fn is_anybody(&self) -> bool {
        // services and federated users too: a Deny for everybody hits them
        true
    }

    fn belongs_to(&self, account: AccountId, partition: Option<&str>) -> bool {
        let own = match self.question.caller {
            Caller::Principal(ix) => self.estate().account(self.estate().principal(ix).account()).id(),
            Caller::Made(made) => self.estate().account(made.account).id(),
            Caller::Outside(Outside::Account(own) | Outside::Principal(_, own)) => own,
            _ => return false,
        };
        own == account && partition.is_none_or(|p| self.question.resource_partition().is_none_or(|own| own == p))
    }

    fn is_named(&self, arn: &str) -> bool {
        // no policy names who is not there: IAM would not save it, and puts an id in place of who is gone
        match self.question.caller {
            Caller::Principal(_) => self.question.caller_arn() == Some(arn),
            Caller::Outside(Outside::Principal(own, _)) => own == arn || is_role_of_session(arn, own),
            _ => false,
        }
    }

    fn is_session(&self, account: AccountId, role: &str, session: &str) -> Option<Truth> {
        let is_role = match self.question.caller {
            Caller::Principal(ix) => {
                let principal = self.estate().principal(ix);
                principal.kind() == PrincipalType::Role && principal.name() == role
            }
            Caller::Outside(Outside::Principal(arn, _)) => match Arn::parse(arn)?.named() {
                Named::Role { name, .. } => name == role,
                Named::AssumedRole { role: own, session: name } if own == role => {
                    return Some(Truth::from(name == session));
                }
                _ => false,
            },
            _ => false,
        };
        (is_role && self.belongs_to(account, None)).then(|| session_is(session))
    }

    fn is_federated_user(&self, _arn: &str) -> bool {
        // such a session cannot call AssumeRole: it is no caller of the graph
        false
    }

    fn is_service(&self, name: &str) -> bool {
        matches!(self.question.caller, Caller::Service(own) if own == name)
    }

    fn is_provider(&self, name: &str) -> bool {
        matches!(self.question.caller, Caller::Provider(own) if own == name)
    }
}

/// `aws:FederatedProvider` of a call by somebody for whom a provider vouches: calls of AssumeRoleWithSAML lack it.
fn provider<'e>(name: &'e str) -> Domain<'e> {
    match saml_provider(name) {
        Some(_) => absent(),
        None if is_unread_provider(name) => free(false),
        None => known(name),
    }
}

/// Whether an ARN is that of the role of a session. Names of roles are unique in their account, whatever their path.
fn is_role_of_session(arn: &str, session: &str) -> bool {
    let (Some(arn), Some(session)) = (Arn::parse(arn), Arn::parse(session)) else { return false };
    let is_same = || arn.account == session.account && arn.partition == session.partition;
    matches!((arn.named(), session.named()), (Named::Role { name, .. }, Named::AssumedRole { role, .. }) if name == role && is_same())
}

/// The caller's session has this name: chosen by the maker of the session, so not known.
fn session_is(name: &str) -> Truth {
    Truth::test(Test {
        key: ContextKey::new("sts:RoleSessionName"),
        variable: ContextKey::caller_session(),
        scope: 0,
        operator: Operator::parse("StringEquals"),
        values: vec![name.to_owned()],
        undecided: vec![ContextKey::new("sts:RoleSessionName")],
        possible: Possible::Any { absent: false },
        exact: None,
    })
}
