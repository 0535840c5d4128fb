//! One way, gone by one principal to one target.

use std::borrow::Cow;
use std::sync::Arc;

use super::access::{self, Opening};
use super::actions::EC2_TAGS;
use super::choice::Choice;
use super::made::told;
use super::names::boundary_of;
use super::service::passed_to;
use super::signing::of_kind;
use super::table::{Binding, On, Step, WayIx};
use super::target::{Gain, Making, New, Target};
use crate::eval::{
    Added, Caller, Credentials, Made, Question, Resource, ResourceReads, Sent, ServiceKeys, Trace, Truth, decide,
};
use crate::ids::PrincipalIx;
use crate::model::{Account, Estate};
use crate::regions;

/// One way, gone by one principal to one target.
#[derive(Clone, Debug)]
pub struct Attempt<'e> {
    /// Who goes it.
    pub by: PrincipalIx,
    /// Which way.
    pub way: WayIx,
    /// What its actions are done to.
    pub target: Target<'e>,
    /// The policy that is detached.
    pub(super) policy: Option<Box<str>>,
    /// ARN of what runs already, where that is known.
    pub(super) running: Option<Arc<str>>,
    /// What lets the caller into the role, where a service for people does.
    pub(super) opening: Option<Opening>,
    /// The principal that is made.
    pub(super) new: Option<New>,
    /// What the caller has beside its own policies, where it gave itself something before.
    pub(super) added: Added<'e>,
}

/// What requests say of a target beside its ARN.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SaidOfTarget {
    /// The name of its permissions boundary, and whether AWS manages that.
    boundary: Option<(Box<str>, bool)>,
    /// The service that it is passed to.
    service: Option<Box<str>>,
}

/// An account that is no customer's: its managed policies.
const ADMINISTRATOR_ACCESS: &str = "iam::aws:policy/AdministratorAccess";

/// Keys that hold the role that is passed.
pub(super) const OF_ROLE: [&str; 2] = ["cloudformation:rolearn", "codebuild:servicerole"];

impl<'e> Attempt<'e> {
    /// A way about a target, of which nothing else is known.
    pub(super) fn on(by: PrincipalIx, way: WayIx, target: Target<'e>) -> Self {
        Self { by, way, target, policy: None, running: None, opening: None, new: None, added: Added::Nothing }
    }

    /// The attempts on a way that is about no principal: one for each thing that it may be about.
    pub(super) fn of_organization(estate: &Estate, by: PrincipalIx, way: WayIx) -> Vec<Self> {
        let target = || Target { arn: "*".into(), principal: None, gain: Gain::Organization };
        let openings = access::openings_from(estate, estate.principal(by).account(), way).into_iter();
        openings.map(|opening| Self { opening: Some(opening), ..Self::on(by, way, target()) }).collect()
    }

    /// True where what its requests are about is given; elsewhere the caller chooses among many.
    pub(super) fn is_about_given_things(&self) -> bool {
        self.running.is_some() || self.opening.is_some() && self.way.way().opens.is_some()
    }

    /// The same, gone by somebody else of the account.
    #[must_use]
    pub fn gone_by(&self, by: PrincipalIx) -> Self {
        Self { by, ..self.clone() }
    }

    /// ARN of what runs already; `None` for other ways, and where nobody knows what there is.
    #[must_use]
    pub fn running(&self) -> Option<&str> {
        self.running.as_deref()
    }

    /// False for a way over something that may run with the role, where nobody knows whether it does.
    #[must_use]
    pub fn is_about_what_exists(&self) -> bool {
        self.way.way().binding != Binding::Compute || self.running.is_some()
    }

    /// ARN of what is changed, passed, entered or made; `*` stands in it for a name that is free.
    #[must_use]
    pub fn object(&self) -> Cow<'_, str> {
        match &self.new {
            Some(new) => told(&new.arn).into(),
            None => self.running().unwrap_or(self.target.arn()).into(),
        }
    }

    /// The principal that is made; its maker may give it tags.
    pub(crate) fn made(&self, is_tagged: bool) -> Option<(Made<'_>, Added<'e>)> {
        let (Gain::Makes(making), Some(new)) = (self.target.gain, &self.new) else { return None };
        let Making { kind, account, bound, .. } = making;
        Some((Made { kind, account, arn: &new.arn, boundary: bound, is_tagged }, making.added()))
    }

    /// A question about the target, by which what was read of another one is compared.
    pub(crate) fn about_target(&self, estate: &'e Estate) -> Option<Question<'e>> {
        let is_on_target = |step: &&Step| matches!(*step.on, [On::Target]);
        let (step, target) = (self.way.way().steps.iter().find(is_on_target)?, self.target.principal?);
        let (caller, resource) = (Caller::Principal(self.by), Resource::Principal(target));
        let question = Question::of(estate, &step.action, caller, resource, &self.target.arn);
        Some(question.with_service_keys(step.keys.map_or(ServiceKeys::Chosen, ServiceKeys::Listed)))
    }

    /// What requests say of the target beside its ARN.
    pub(crate) fn said_of_target(&self, estate: &Estate) -> SaidOfTarget {
        let target = self.target.principal;
        let boundary = target.and_then(|ix| estate.class(estate.principal(ix).class()).boundary());
        let is_passed = self.way.way().binding == Binding::PassedRole;
        let service = self.way.way().service.as_deref().filter(|_| is_passed);
        SaidOfTarget {
            boundary: boundary.map(|own| (own.name.as_ref().into(), own.is_aws_managed)),
            service: service.zip(target).map(|(service, role)| passed_to(estate, role, service).into()),
        }
    }

    /// The questions of a step under a choice, one for each resource.
    pub(super) fn questions<'a>(
        &'a self,
        estate: &'e Estate,
        step: &'static Step,
        choice: &'a Choice,
        credentials: Credentials,
        reads: Option<&'a ResourceReads>,
    ) -> impl Iterator<Item = Question<'e>> + use<'a, 'e> {
        step.on.iter().map(move |on| self.question(estate, step, on, choice, reads).signed(credentials))
    }

    /// The question of a step about one of its resources; what is read of the target is noted for whoever wants to know.
    pub(super) fn question(
        &self,
        estate: &'e Estate,
        step: &'static Step,
        on: &On,
        choice: &Choice,
        reads: Option<&ResourceReads>,
    ) -> Question<'e> {
        let question = self.asked(estate, step, on, choice);
        match reads.filter(|_| matches!(on, On::Target)) {
            Some(reads) => question.noting(reads),
            None => question,
        }
    }

    fn asked(&self, estate: &'e Estate, step: &'static Step, on: &On, choice: &Choice) -> Question<'e> {
        let home = estate.principal(self.by).account();
        let account = estate.account(home);
        let other = |arn| Resource::Other { arn, account: Some(home), unread_policy: None };
        let principal = match on {
            On::Target => self.target.principal,
            On::Holder => self.target.gain.principal(),
            On::Nothing | On::Made(_) => None,
        };
        let arn = match (on, principal) {
            (On::Target, _) => self.target.arn.clone(),
            (_, Some(principal)) => estate.arn(principal).into(),
            (On::Made(_), None) if let Some(new) = &self.new => Arc::clone(&new.arn),
            (On::Made(template), None) => match &self.running {
                Some(running) if self.way.way().inventory.as_ref() == Some(template) => Arc::clone(running),
                _ => choice.filled(template, account).into(),
            },
            (On::Nothing | On::Holder, None) => "*".into(),
        };
        let passes_tags = step.passes_tags && self.may_send_tags(estate, step, &arn);
        let resource = principal.map_or_else(|| other(arn.clone()), Resource::Principal);
        Question::of(estate, &step.action, Caller::Principal(self.by), resource, &arn)
            .with_service_keys(step.keys_on(on).map_or(ServiceKeys::Chosen, ServiceKeys::Listed))
            .sending(self.sent(estate, step, choice, (account, passes_tags)))
            .with_retagged_resource(self.is_retagged_before(step))
            .with_added(self.added)
    }

    /// Whether the tags of the target are changed before a step.
    fn is_retagged_before(&self, step: &Step) -> bool {
        let way = self.way.way();
        way.retags().is_some() && !std::ptr::eq(way.first_action(), &raw const step.action)
    }

    /// Whether the caller may give what a step makes tags: EC2 asks for that beside the right to make it.
    fn may_send_tags(&self, estate: &'e Estate, step: &Step, made: &Arc<str>) -> bool {
        if step.action.service() != EC2_TAGS.service() {
            return true;
        }
        let own = estate.principal(self.by);
        let resource = Resource::Other { arn: Arc::clone(made), account: Some(own.account()), unread_policy: None };
        let question = Question::of(estate, &EC2_TAGS, Caller::Principal(self.by), resource, made)
            .signed(of_kind(own.kind()))
            .with_service_keys(ServiceKeys::Chosen)
            .with_added(self.added);
        decide(&question, &mut Trace::off()) != Truth::False
    }

    /// What the request says beside its resource.
    fn sent(&self, estate: &Estate, step: &Step, choice: &Choice, (account, passes_tags): (&Account, bool)) -> Sent {
        let partition = account.partition();
        let administrator_access = format!("arn:{partition}:{ADMINISTRATOR_ACCESS}");
        // IAM and AWS Organizations are called in one Region; `iam:PassRole` is checked where the role is passed
        let operation = step.action.operation();
        let is_global = matches!(step.action.service(), "iam" | "organizations") && operation != "passrole";
        let region = if is_global { regions::home(partition) } else { &choice.region };
        let mut keys: Vec<(&str, Vec<&str>)> = vec![("aws:RequestedRegion", vec![region])];
        let service = self.way.way().service.as_deref().unwrap_or_default();
        let service = self.target.gain.principal().map_or(service, |role| passed_to(estate, role, service));
        let of_target = || self.target.principal.and_then(|ix| boundary_of(estate, estate.principal(ix)));
        let boundary: Option<Box<str>> = match &self.new {
            Some(new) => new.boundary.clone(),
            None => of_target().map(Into::into),
        };
        let has = |key: &str| step.keys.is_some_and(|keys| keys.iter().any(|known| **known == *key));
        if has("iam:passedtoservice") {
            keys.push(("iam:PassedToService", vec![service]));
        }
        if has("iam:policyarn") {
            keys.push(("iam:PolicyARN", vec![choice.policy.as_deref().unwrap_or(&administrator_access)]));
        }
        if has("iam:permissionsboundary") {
            let replaces = operation.starts_with("put") && operation.ends_with("permissionsboundary");
            let chosen = choice.policy.as_deref().unwrap_or(&administrator_access);
            let boundary = if replaces { Some(chosen) } else { boundary.as_deref() };
            keys.push(("iam:PermissionsBoundary", boundary.into_iter().collect()));
        }
        for key in OF_ROLE.iter().filter(|key| has(key)) {
            match self.way.way().binding {
                Binding::PassedRole | Binding::ChangedRole if !operation.starts_with("start") => {
                    keys.push((key, vec![&self.target.arn]))
                }
                // what runs keeps the role that it has
                Binding::Compute => keys.push((key, Vec::new())),
                _ => {}
            }
        }
        if !passes_tags {
            keys.push((Sent::TAGS, Vec::new()));
        }
        // who takes tags away lists their keys
        if !passes_tags && !operation.starts_with("untag") {
            keys.push(("aws:TagKeys", Vec::new()));
        }
        let keys: Vec<(&str, &[&str])> = keys.iter().map(|(key, values)| (*key, values.as_slice())).collect();
        Sent::new(&keys)
    }
}
