//! Decides requests of a class of principals with the evaluator.
//!
//! Owns: one class and the requests it is asked about. Does not know what they amount to.

use std::sync::Arc;

use super::decisive::{Any, Decisive};
use super::found::{Found, Shown};
use crate::answer::{Evidence, EvidenceEffect};
use crate::eval::{Added, Bound, Caller, Credential, Made, Question, Resource, ServiceKeys, Trace, Truth, decide};
use crate::ids::{AccountIx, ClassIx, PrincipalIx};
use crate::model::{Account, Attached, Class, Estate, PrincipalType};
use crate::policy::action::Action;
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::{Effect, TagOf};

/// A class of principals whose requests are decided, or somebody who is not there yet. INVARIANT: no policy tells members of the class
/// apart, so the first speaks for all.
pub(crate) struct Asked<'e> {
    pub(crate) estate: &'e Estate,
    who: Who<'e>,
    /// Requests that some identity-based policy, and the boundary, may allow: the bits of `Decisive`. The others are denied.
    covered: u64,
    added: Added<'e>,
}

/// Who is asked about.
#[derive(Clone, Copy)]
enum Who<'e> {
    Class(&'e Class, PrincipalIx),
    Made(Made<'e>),
}

/// Every decisive request.
pub(crate) const ALL: u64 = u64::MAX;

impl<'e> Asked<'e> {
    /// `None` for a class without members.
    pub(crate) fn new(estate: &'e Estate, ix: ClassIx, covered: u64) -> Option<Self> {
        let class = estate.class(ix);
        let who = Who::Class(class, *class.members().first()?);
        Some(Self { estate, who, covered, added: Added::Nothing })
    }

    /// Somebody who is not there yet, with what it has then.
    pub(crate) fn made(estate: &'e Estate, made: Made<'e>, added: Added<'e>) -> Self {
        Self { estate, who: Who::Made(made), covered: ALL, added }
    }

    pub(crate) fn kind(&self) -> PrincipalType {
        match self.who {
            Who::Class(class, _) => class.kind(),
            Who::Made(made) => made.kind,
        }
    }

    /// Its own policies.
    pub(crate) fn policies(&self) -> &'e [Attached] {
        match self.who {
            Who::Class(class, _) => class.policies(),
            Who::Made(_) => &[],
        }
    }

    /// Its permissions boundary, if it is one that somebody has.
    pub(crate) fn boundary(&self) -> Option<&'e Attached> {
        match self.who {
            Who::Class(class, _) => class.boundary(),
            Who::Made(_) => None,
        }
    }

    fn account_ix(&self) -> AccountIx {
        match self.who {
            Who::Class(class, _) => class.account(),
            Who::Made(made) => made.account,
        }
    }

    /// The same, where it had these policies beside its own, or no boundary.
    pub(crate) fn with(self, added: Added<'e>) -> Self {
        Self { covered: ALL, added, ..self }
    }

    /// Whether a permissions boundary limits it.
    pub(crate) fn is_bounded(&self) -> bool {
        match self.who {
            Who::Class(class, _) => class.boundary().is_some_and(|own| !self.added.lifts(own)),
            Who::Made(made) => made.boundary != Bound::Everything,
        }
    }

    /// True for roles that AWS alone changes: of Identity Center, and service-linked ones.
    pub(crate) fn is_of_aws(&self) -> bool {
        match self.who {
            Who::Class(_, member) => self.estate.principal(member).is_of_aws(),
            Who::Made(_) => false,
        }
    }

    pub(crate) fn account(&self) -> &'e Account {
        self.estate.account(self.account_ix())
    }

    /// Whether one of the class may do this to any resource of the kind, by a plain request.
    pub(crate) fn may(&self, request: &Decisive) -> Truth {
        if self.covered & (1 << request.bit) == 0 {
            return Truth::False;
        }
        self.decided(&request.action, &self.arn(request.on), ServiceKeys::Plain, &mut Trace::off())
    }

    /// Whether each of the class may do this to itself: its policies may except its own name, path or tags from what they allow. Whoever
    /// is made has the name that its maker likes.
    pub(crate) fn may_to_itself(&self, request: &Decisive) -> Truth {
        let mut truth = self.may(request);
        let Who::Class(class, _) = self.who else { return truth };
        for member in class.members() {
            if truth == Truth::False {
                break;
            }
            let arn = self.estate.arn(*member).into();
            let question =
                self.question(&request.action, Caller::Principal(*member), Resource::Principal(*member), &arn);
            truth = truth.and(decide(&question.with_service_keys(ServiceKeys::Plain), &mut Trace::off()));
        }
        truth
    }

    /// Whether some policy of its own may allow an action: nothing else does.
    pub(crate) fn speaks_of(&self, action: &Action) -> bool {
        let Who::Class(class, _) = self.who else { return true };
        let allows = |attached: &Attached| {
            let Some(ix) = attached.document.parsed() else { return true };
            let mut statements = self.estate.policy(ix).statements.iter();
            statements.any(|statement| statement.effect == Effect::Allow && statement.actions.matches(action))
        };
        !matches!(self.added, Added::Nothing) || class.policies().iter().any(allows)
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
        let account = || self.account().id().to_string();
        let Who::Class(_, member) = self.who else {
            let is_of_account = matches!(key.kind(), KeyKind::PrincipalAccount | KeyKind::ResourceAccount);
            return if is_of_account { account() } else { "x".to_owned() };
        };
        let principal = self.estate.principal(member);
        match key.kind() {
            KeyKind::Username => principal.name().to_owned(),
            KeyKind::UserId => principal.unique_id().to_owned(),
            KeyKind::PrincipalArn => self.estate.arn(member),
            KeyKind::PrincipalAccount | KeyKind::ResourceAccount => account(),
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
        let caller = match self.who {
            Who::Class(_, member) => Caller::Principal(member),
            Who::Made(made) => Caller::Made(made),
        };
        let of = Resource::Other {
            arn: Arc::clone(resource),
            account: Some(self.account_ix()),
            // a resource of which nothing special is said: its policy neither grants nor denies
            unread_policy: None,
        };
        decide(&self.question(action, caller, of, resource).with_service_keys(keys), trace)
    }

    fn question<'q>(&self, action: &'q Action, caller: Caller<'q>, of: Resource, arn: &Arc<str>) -> Question<'q>
    where
        'e: 'q,
    {
        let credentials = match (caller, self.kind()) {
            // a session of it that somebody made just now
            (Caller::Made(_), PrincipalType::User) => Credential::AccessKey.alone(),
            (Caller::Made(_), PrincipalType::Role) => Credential::RoleSession.alone(),
            (_, PrincipalType::User) => Credential::OF_USER,
            (_, PrincipalType::Role) => Credential::OF_ROLE,
        };
        Question::of(self.estate, action, caller, of, arn).signed(credentials).with_added(self.added)
    }
}
