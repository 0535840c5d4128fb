//! One question about the estate: may this caller do this to that?
//!
//! Owns: the question and the ARNs in it. Does not know what its context keys hold (`context`) or what is decided
//! (`decide`).

use std::cell::OnceCell;
use std::sync::Arc;

use super::added::Added;
use super::credential::{Credential, Credentials};
use super::made::Made;
use super::reads::ResourceReads;
use crate::arn::Arn;
use crate::ids::{AccountId, AccountIx, GapIx, PrincipalIx};
use crate::model::{Account, Estate, Principal};
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};

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
    /// A user or role that is not there yet.
    Made(Made<'e>),
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
pub enum Passes {
    /// It does not.
    No,
    /// It may.
    Perhaps,
    /// It does.
    Yes,
}

/// What is known of the context keys that a service itself puts into a request: those with its prefix, and tags of a resource that
/// the estate does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKeys {
    /// Nothing: what depends on one is unclear.
    Unknown,
    /// The caller finds a resource, or sends a request, that has them as it likes.
    Chosen,
    /// As that, of these keys alone, in lower case; one that ends in a slash stands for all that begin so. Others are absent.
    Listed(&'static [Box<str>]),
    /// As for a resource about which nothing special is said and a request that passes no more than it must: absent, but for the
    /// account of the resource and the policy that is attached, which is AdministratorAccess.
    Plain,
}

impl ServiceKeys {
    /// Whether a key of a service, or of a resource that the estate does not have, may be in the request at all.
    pub(super) fn may_have(self, key: &ContextKey) -> bool {
        let Self::Listed(keys) = self else { return true };
        keys.iter().any(|known| **known == *key.lower() || known.ends_with('/') && key.lower().starts_with(&**known))
    }
}

/// Context keys of which a question says what they hold, by name in lower case: no value where the key is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent(Arc<[(Box<str>, Values)]>);

type Values = Box<[Box<str>]>;

impl Sent {
    /// Stands for every `aws:RequestTag/...`.
    pub const TAGS: &'static str = "aws:requesttag";

    /// These keys, in any case, with their values.
    #[must_use]
    pub fn new(keys: &[(&str, &[&str])]) -> Self {
        let values = |values: &[&str]| values.iter().map(|value| Box::from(*value)).collect();
        Self(keys.iter().map(|(key, of)| (key.to_ascii_lowercase().into(), values(of))).collect())
    }

    pub(super) fn of(&self, key: &ContextKey) -> Option<&[Box<str>]> {
        let wanted = if key.kind() == KeyKind::RequestTag { Self::TAGS } else { key.lower() };
        self.0.iter().find(|(name, _)| **name == *wanted).map(|(_, values)| &**values)
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A user or role of the estate. A role's trust policy is its resource-based policy, for calls to STS.
    Principal(PrincipalIx),
    /// A role that is not there yet, whose trust policy its maker writes.
    Made {
        /// Its ARN.
        arn: Arc<str>,
        /// Where.
        account: AccountIx,
    },
    /// Anything else.
    Other {
        /// Its ARN; `*` for actions that have no resource.
        arn: Arc<str>,
        /// The account that it belongs to, where that is one of the estate; `None` also where there is no resource.
        account: Option<AccountIx>,
        /// Why its resource-based policy is not known; `None` where it has none.
        unread_policy: Option<GapIx>,
    },
}

/// One question: may the caller do this to that, by a request of this kind?
#[derive(Clone, Debug)]
pub struct Question<'e> {
    /// Where the facts are.
    pub estate: &'e Estate,
    /// What is to be done.
    pub action: &'e Action,
    /// Who calls.
    pub caller: Caller<'e>,
    /// What is asked for.
    pub resource: Resource,
    /// What is fixed of the request beside that.
    pub call: Call,
    /// What the caller would have beside its own policies, or without its boundary.
    pub added: Added<'e>,
    /// Context keys that the question fixes.
    pub sent: Sent,
    /// The trust policy of the role that is asked for says whatever lets the caller in.
    pub trust_is_rewritten: bool,
    /// The tags of what is asked for are what somebody gives it: they are open.
    pub resource_is_retagged: bool,
    resource_arn: Arc<str>,
    caller_arn: OnceCell<Option<String>>,
    /// Where what is read of the resource is noted.
    pub(super) reads: Option<ResourceReads>,
}

/// How a request is made, as far as that is fixed.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// With which credentials the caller signs; only for callers of the estate.
    pub credentials: Credentials,
    /// It passes session tags.
    pub tags: Passes,
    /// It passes a source identity.
    pub source_identity: Passes,
    /// The session that calls was made by AssumeRole: it has nothing that a service or a provider gives
    /// (`context::session`).
    pub by_made_session: bool,
    /// What is known of a service's own context keys; it says nothing of calls that make a session of a role.
    pub service_keys: ServiceKeys,
}

impl<'e> Question<'e> {
    /// A question; the credentials of callers that are no IAM principals do not matter.
    #[must_use]
    pub fn new(
        estate: &'e Estate,
        action: &'e Action,
        caller: Caller<'e>,
        credentials: Credentials,
        resource: Resource,
    ) -> Self {
        let arn = match &resource {
            Resource::Principal(ix) => estate.arn(*ix).into(),
            Resource::Made { arn, .. } | Resource::Other { arn, .. } => Arc::clone(arn),
        };
        Self::of(estate, action, caller, resource, &arn).signed(credentials)
    }

    /// As [`Question::new`], where the ARN of the resource is at hand; signed in any way that a role session is.
    #[must_use]
    pub fn of(
        estate: &'e Estate,
        action: &'e Action,
        caller: Caller<'e>,
        resource: Resource,
        resource_arn: &Arc<str>,
    ) -> Self {
        let resource_arn = Arc::clone(resource_arn);
        let credentials = Credential::OF_ROLE;
        let call = Call {
            credentials,
            tags: Passes::Perhaps,
            source_identity: Passes::Perhaps,
            by_made_session: false,
            service_keys: ServiceKeys::Unknown,
        };
        Self {
            estate,
            action,
            caller,
            resource,
            call,
            added: Added::Nothing,
            sent: Sent::default(),
            trust_is_rewritten: false,
            resource_is_retagged: false,
            resource_arn,
            caller_arn: OnceCell::new(),
            reads: None,
        }
    }

    /// The question, with every read of its resource noted.
    #[must_use]
    pub fn noting(mut self, reads: &ResourceReads) -> Self {
        self.reads = Some(reads.clone());
        self
    }

    /// The question, signed with one of these credentials.
    #[must_use]
    pub fn signed(mut self, credentials: Credentials) -> Self {
        self.call.credentials = credentials;
        self
    }

    /// The question with this known of a service's own context keys.
    #[must_use]
    pub fn with_service_keys(mut self, keys: ServiceKeys) -> Self {
        self.call.service_keys = keys;
        self
    }

    /// The question, where the caller had these policies beside its own, or was without a limit of its own.
    #[must_use]
    pub fn with_added(mut self, added: Added<'e>) -> Self {
        self.added = added;
        self
    }

    /// The question, with these context keys fixed.
    #[must_use]
    pub fn sending(mut self, sent: Sent) -> Self {
        self.sent = sent;
        self
    }

    /// The question, where somebody wrote a trust policy for the caller: one that names it, or the session that it is.
    #[must_use]
    pub fn with_rewritten_trust(mut self) -> Self {
        self.trust_is_rewritten = true;
        self
    }

    /// The question, where somebody gave the user or role that is asked for other tags, if that is so.
    #[must_use]
    pub fn with_retagged_resource(mut self, is_retagged: bool) -> Self {
        self.resource_is_retagged = is_retagged;
        self
    }

    /// The question where the calling session was made by AssumeRole, if that is so.
    #[must_use]
    pub fn by_made_session(mut self, made: bool) -> Self {
        self.call.by_made_session = made;
        self
    }

    /// ARN of what is asked for, or `*`.
    #[must_use]
    pub fn resource_arn(&self) -> &str {
        &self.resource_arn
    }

    /// ARN of the caller, where it has one.
    #[must_use]
    pub fn caller_arn(&self) -> Option<&str> {
        let made = || match self.caller {
            Caller::Principal(ix) => Some(self.estate.arn(ix)),
            Caller::Made(made) => Some(made.arn.to_owned()),
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
            Caller::Made(made) => Some(made.account),
            Caller::Outside(Outside::Account(id) | Outside::Principal(_, id)) => self.estate.account_by_id(id),
            _ => None,
        }
    }

    /// The account of what is asked for, where the estate has it.
    #[must_use]
    pub fn resource_account_ix(&self) -> Option<AccountIx> {
        match self.resource {
            Resource::Principal(ix) => Some(self.estate.principal(ix).account()),
            Resource::Made { account, .. } => Some(account),
            Resource::Other { account, .. } => account,
        }
    }

    /// As [`Question::resource_account_ix`], the account itself.
    #[must_use]
    pub fn resource_account(&self) -> Option<&'e Account> {
        self.resource_account_ix().map(|ix| self.estate.account(ix))
    }

    /// The role that is asked for, or user.
    pub(super) fn principal(&self) -> Option<&'e Principal> {
        match self.resource {
            Resource::Principal(ix) => Some(self.estate.principal(ix)),
            Resource::Made { .. } | Resource::Other { .. } => None,
        }
    }

    /// Partition of what is asked for, where its ARN tells.
    pub(super) fn resource_partition(&self) -> Option<&str> {
        match self.resource {
            Resource::Principal(_) | Resource::Made { .. } => self.resource_account().map(Account::partition),
            Resource::Other { .. } => Arn::parse(&self.resource_arn).map(|arn| arn.partition),
        }
    }

    /// True where a session of a role is to be made: what such a call passes needs permissions of its own.
    pub(super) fn enters_role(&self) -> bool {
        self.action.service() == "sts" && matches!(self.resource, Resource::Principal(_) | Resource::Made { .. })
    }
}
