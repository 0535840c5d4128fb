//! One question: may somebody assume a role? Who calls, with which credentials, for what.
//!
//! Owns: the request and the ARNs in it. Does not know what its context keys hold (`context`) or what is decided (`decide`).

use std::cell::OnceCell;
use std::sync::Arc;

use super::credential::Credentials;
use crate::arn::Arn;
use crate::ids::{AccountId, AccountIx, PrincipalIx};
use crate::model::{Account, Estate};
use crate::policy::action::Action;

/// Somebody whose own policies rolehop does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outside<'e> {
    /// Some principal of an account that was not collected.
    Account(AccountId),
    /// A named principal of such an account.
    Principal(&'e str, AccountId),
    /// Anybody of whom nothing is known but that the account is not among those collected.
    Anyone,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller<'e> {
    /// A user or role of the estate.
    Principal(PrincipalIx),
    /// Somebody outside it.
    Outside(Outside<'e>),
    /// An AWS service.
    Service(&'e str),
    /// Somebody whom an identity provider vouches for: its ARN or well-known name.
    Provider(&'e str),
}

/// Whether a request carries what only a companion permission lets it carry: session tags (`sts:TagSession`), a source
/// identity (`sts:SetSourceIdentity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carries {
    /// It does not.
    No,
    /// It may.
    Perhaps,
    /// It does.
    Yes,
}

/// One request to assume one role.
#[derive(Clone, Debug)]
pub struct Question<'e> {
    /// Where the facts are.
    pub estate: &'e Estate,
    /// `sts:AssumeRole` or one of its kin.
    pub action: &'e Action,
    /// Who calls.
    pub caller: Caller<'e>,
    /// With which credentials; only for callers of the estate.
    pub credentials: Credentials,
    /// The role asked for.
    pub role: PrincipalIx,
    /// Session tags.
    pub tags: Carries,
    /// A source identity.
    pub source_identity: Carries,
    /// The session that calls was made by AssumeRole: it has nothing that a service or a provider gives (`context::session`).
    pub(super) made: bool,
    role_arn: Arc<str>,
    caller_arn: OnceCell<Option<String>>,
}

impl<'e> Question<'e> {
    /// A request; the credentials of callers that are no IAM principals do not matter.
    #[must_use]
    pub fn new(
        estate: &'e Estate,
        action: &'e Action,
        caller: Caller<'e>,
        credentials: Credentials,
        role: PrincipalIx,
    ) -> Self {
        let arn = estate.arn(role).into();
        Self::for_role(estate, action, caller, credentials, role, arn)
    }

    /// As [`Question::new`], the role's ARN being at hand.
    #[must_use]
    pub fn for_role(
        estate: &'e Estate,
        action: &'e Action,
        caller: Caller<'e>,
        credentials: Credentials,
        role: PrincipalIx,
        role_arn: Arc<str>,
    ) -> Self {
        let (tags, source_identity) = (Carries::Perhaps, Carries::Perhaps);
        let (made, caller_arn) = (false, OnceCell::new());
        Self { estate, action, caller, credentials, role, tags, source_identity, made, role_arn, caller_arn }
    }

    /// The request of a session that was made by AssumeRole, where that is so.
    #[must_use]
    pub fn by_made_session(self, made: bool) -> Self {
        Self { made, ..self }
    }

    /// ARN of the role asked for.
    #[must_use]
    pub fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// ARN of the caller, where it has one.
    #[must_use]
    pub fn caller_arn(&self) -> Option<&str> {
        let made = || match self.caller {
            Caller::Principal(ix) => Some(self.estate.arn(ix)),
            Caller::Outside(Outside::Principal(arn, _)) => Some(arn.to_owned()),
            _ => None,
        };
        self.caller_arn.get_or_init(made).as_deref()
    }

    /// The caller's account, where the estate has it.
    #[must_use]
    pub fn caller_account(&self) -> Option<AccountIx> {
        match self.caller {
            Caller::Principal(ix) => Some(self.estate.principal(ix).account()),
            Caller::Outside(Outside::Account(id) | Outside::Principal(_, id)) => self.estate.account_by_id(id),
            _ => None,
        }
    }

    /// True where the caller is of another partition than the role. Source: AWS IAM User Guide, "Federating AWS identities
    /// across AWS partitions".
    #[must_use]
    pub fn crosses_partitions(&self) -> bool {
        let own = match self.caller {
            Caller::Principal(ix) => Some(self.estate.account(self.estate.principal(ix).account()).partition()),
            Caller::Outside(Outside::Principal(arn, _)) => Arn::parse(arn).map(|a| a.partition),
            _ => None,
        };
        own.is_some_and(|own| own != self.role_account().partition())
    }

    /// The account of the role asked for.
    #[must_use]
    pub fn role_account(&self) -> &'e Account {
        self.estate.account(self.estate.principal(self.role).account())
    }
}
