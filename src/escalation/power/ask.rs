//! Decides requests of a class of principals with the evaluator.
//!
//! Owns: one class and the requests it is asked about. Does not know what they amount to.

use std::sync::Arc;

use super::decisive::{Any, Decisive};
use super::found::{Found, Shown};
use crate::answer::{Evidence, EvidenceEffect};
use crate::eval::{Added, Caller, Credential, Question, Resource, ServiceKeys, Trace, Truth, decide};
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{Account, Class, Estate, PrincipalType};
use crate::policy::TagOf;
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};

/// A class of principals whose requests are decided. INVARIANT: no policy tells its members apart, so the first speaks for all.
pub(crate) struct Asked<'e> {
    pub(crate) estate: &'e Estate,
    pub(crate) class: &'e Class,
    member: PrincipalIx,
    /// Requests that some identity-based policy, and the boundary, may allow: the bits of `Decisive`. The others are denied.
    covered: u64,
    added: Added<'e>,
}

/// Every decisive request.
pub(crate) const ALL: u64 = u64::MAX;

impl<'e> Asked<'e> {
    /// `None` for a class without members.
    pub(crate) fn new(estate: &'e Estate, ix: ClassIx, covered: u64) -> Option<Self> {
        let class = estate.class(ix);
        Some(Self { estate, class, member: *class.members().first()?, covered, added: Added::Nothing })
    }

    /// The same, where it had these policies beside its own, or no boundary.
    pub(crate) fn with(self, added: Added<'e>) -> Self {
        Self { covered: ALL, added, ..self }
    }

    /// Whether a permissions boundary limits it.
    pub(crate) fn is_bounded(&self) -> bool {
        self.class.boundary().is_some() && self.added != Added::Unbounded
    }

    /// True for roles that AWS alone changes: of Identity Center, and service-linked ones.
    pub(crate) fn is_of_aws(&self) -> bool {
        self.estate.principal(self.member).is_of_aws()
    }

    pub(crate) fn account(&self) -> &'e Account {
        self.estate.account(self.class.account())
    }

    /// Whether one of the class may do this to any resource of the kind, by a plain request.
    pub(crate) fn may(&self, request: &Decisive) -> Truth {
        if self.covered & (1 << request.bit) == 0 {
            return Truth::False;
        }
        self.decided(&request.action, &self.arn(request.on), ServiceKeys::Plain, &mut Trace::off())
    }

    /// Whether it may send some request that does this to the resource.
    pub(crate) fn may_somehow(&self, action: &Action, resource: &Arc<str>) -> Truth {
        self.decided(action, resource, ServiceKeys::Chosen, &mut Trace::off())
    }

    /// A fact that one of these requests is enough for.
    pub(crate) fn one_of(&self, requests: &[&Decisive]) -> Found {
        let mut truth = Truth::False;
        let mut shown = None;
        for request in requests {
            let one = self.may(request);
            if one == Truth::False {
                continue;
            }
            if shown.is_none() || one == Truth::True {
                shown = Some(self.shown(request));
            }
            truth = truth.or(one);
            if truth == Truth::True {
                break;
            }
        }
        Found { truth, shown }
    }

    /// A request as what shows a fact.
    pub(crate) fn shown(&self, request: &Decisive) -> Shown {
        Shown { action: request.action.name().into(), resource: self.arn(request.on), keys: ServiceKeys::Plain }
    }

    /// The statements that allow a request.
    pub(crate) fn proof(&self, shown: &Shown) -> Vec<Evidence> {
        let Some(action) = Action::parse(&shown.action) else { return Vec::new() };
        let mut trace = Trace::on();
        self.decided(&action, &shown.resource, shown.keys, &mut trace);
        let matched = trace.into_matched().into_iter().map(|matched| matched.evidence);
        matched.filter(|evidence| evidence.effect == EvidenceEffect::Allow).collect()
    }

    /// What a variable of a resource pattern stands for; any text where the request decides.
    pub(crate) fn value_of(&self, key: &ContextKey) -> String {
        let principal = self.estate.principal(self.member);
        match key.kind() {
            KeyKind::Username => principal.name().to_owned(),
            KeyKind::UserId => principal.unique_id().to_owned(),
            KeyKind::PrincipalArn => self.estate.arn(self.member),
            KeyKind::PrincipalAccount | KeyKind::ResourceAccount => self.account().id().to_string(),
            KeyKind::PrincipalTag => match principal.tag(key.tag()) {
                TagOf::Value(value) => value.to_owned(),
                TagOf::Absent | TagOf::Unread => "x".to_owned(),
            },
            _ => "x".to_owned(),
        }
    }

    fn arn(&self, any: Any) -> Arc<str> {
        let account = self.account();
        any.arn(account.partition(), &account.id().to_string()).into()
    }

    fn decided(&self, action: &Action, resource: &Arc<str>, keys: ServiceKeys, trace: &mut Trace) -> Truth {
        let credentials = match self.class.kind() {
            PrincipalType::User => Credential::OF_USER,
            PrincipalType::Role => Credential::OF_ROLE,
        };
        let of = Resource::Other {
            arn: Arc::clone(resource),
            account: Some(self.class.account()),
            // a resource of which nothing special is said: its policy neither grants nor denies
            unread_policy: None,
        };
        let question = Question::of(self.estate, action, Caller::Principal(self.member), of, resource);
        decide(&question.signed(credentials).with_service_keys(keys).with_added(self.added), trace)
    }
}
