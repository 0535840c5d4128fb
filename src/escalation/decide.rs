//! Whether an attempt succeeds.
//!
//! Owns: the conjunction of all actions under one choice, and what is left of it when the caller chooses. Does not know which attempts
//! are worth a question (`facts`).

use super::access;
use super::actions::UPDATE_TRUST;
use super::attempt::{Attempt, OF_ROLE};
use super::choice::{Choice, choices};
use super::made::{Group, Names, groups};
use super::making::MadeDoes;
use super::open::{of_associated, of_found, of_given, of_requests};
use super::policies::chooses_policy;
use super::provider;
use super::rewritten;
use super::service::lets_in;
use super::signing::{best, for_ways, of_kind};
use super::table::{Binding, On, Step};
use super::versions;
use crate::answer::Evidence;
use crate::arn::Arn;
use crate::eval::{Caller, Credentials, Question, Resource, ResourceReads, Trace, Truth, Unclear, decide};
use crate::model::Estate;
use crate::policy::action::Action;
use crate::policy::sts;

impl<'e> Attempt<'e> {
    /// Whether every action is allowed to a caller who signs with one of these credentials, for some choice of what the caller may
    /// choose; what was met is recorded.
    #[must_use]
    pub fn record(&self, estate: &'e Estate, credentials: Credentials, trace: &mut Trace) -> Truth {
        let truth = self.truth(estate, credentials);
        if trace.is_on() {
            let credentials = for_ways(credentials);
            let choice = self.chosen(estate, credentials, None).1.unwrap_or_else(Choice::plain);
            for step in &self.way.way().steps {
                self.questions(estate, step, &choice, credentials, None)
                    .for_each(|question| _ = decide(&question, trace));
                _ = self.enters_by(estate, step, credentials, None, trace);
            }
        }
        truth
    }

    /// As [`Attempt::record`], without a record.
    #[must_use]
    pub fn truth(&self, estate: &'e Estate, credentials: Credentials) -> Truth {
        best(credentials, |credentials| self.by_profile(estate, self.chosen(estate, credentials, None).0, credentials))
    }

    /// True where of the target nothing counts but what the actions on it read: for those that are changed nothing that the caller
    /// chooses counts either, and of those that are passed no other request speaks.
    #[must_use]
    pub fn reads_target_alone(&self) -> bool {
        let is_on_target = |step: &Step| matches!(*step.on, [On::Target]);
        let is_elsewhere = |step: &Step| step.on.iter().all(|on| matches!(on, On::Made(_) | On::Nothing));
        let mut steps = self.way.way().steps.iter();
        self.target.principal.is_some()
            && self.way.way().retags().is_none()
            && match self.way.way().binding {
                Binding::Role => steps.all(|step| is_fixed(step) && is_on_target(step)),
                Binding::PassedRole => steps.all(|step| is_on_target(step) || is_elsewhere(step) && !names_role(step)),
                _ => false,
            }
    }

    /// As [`Attempt::truth`] of an attempt that [reads its target alone](Attempt::reads_target_alone); what is read of it is noted.
    /// By which instance profile it goes is left open ([`Attempt::by_profile`]).
    #[must_use]
    pub fn noted(&self, estate: &'e Estate, credentials: Credentials, reads: &ResourceReads) -> Truth {
        best(credentials, |credentials| self.chosen(estate, credentials, Some(reads)).0)
    }

    /// The statements that allow each action, step by step, and what else was met: empty where the attempt is denied.
    #[must_use]
    pub fn proof(&self, estate: &'e Estate) -> Vec<(&'static Action, Vec<Evidence>)> {
        let credentials = self.credentials(estate);
        let (truth, choice) = self.chosen(estate, credentials, None);
        let truth = self.by_profile(estate, truth, credentials);
        let Some(choice) = choice.filter(|_| truth != Truth::False) else { return Vec::new() };
        let of = |step: &'static Step| {
            let mut trace = Trace::on();
            self.questions(estate, step, &choice, credentials, None)
                .for_each(|question| _ = decide(&question, &mut trace));
            let matched = trace.into_matched().into_iter().filter(|matched| matched.truth != Truth::False);
            let mut evidence: Vec<Evidence> = matched.map(|matched| matched.evidence).collect();
            evidence.dedup();
            (&step.action, evidence)
        };
        self.way.way().steps.iter().map(of).chain(self.proof_of_tagging(estate, credentials)).collect()
    }

    /// The same of what gives a new principal tags, where it can be made with some alone.
    fn proof_of_tagging(
        &self,
        estate: &'e Estate,
        credentials: Credentials,
    ) -> Option<(&'static Action, Vec<Evidence>)> {
        let is_made = MadeDoes::of(|_| Truth::True);
        self.way.way().makes()?;
        if self.tags_so_that(estate, credentials, &self.making(estate, credentials), &is_made).is_empty() {
            return None;
        }
        let mut trace = Trace::on();
        let action = self.record_tagging(estate, credentials, &mut trace)?;
        Some((action, trace.into_matched().into_iter().map(|matched| matched.evidence).collect()))
    }

    /// Whatever the caller can sign with.
    #[must_use]
    pub fn credentials(&self, estate: &Estate) -> Credentials {
        of_kind(estate.principal(self.by).kind())
    }

    /// Whether the service or provider of the way may make sessions of the role; true for ways without one.
    #[must_use]
    pub fn lets_in(&self, estate: &Estate, trace: &mut Trace) -> Truth {
        if let Some((opening, role)) = self.opening.as_ref().zip(self.target.gain.principal()) {
            return access::admits(estate, self.by, opening, role, trace);
        }
        if let Some(opening) = &self.opening {
            return opening.is_known();
        }
        match (self.way.way().binding, self.way.way().service.as_deref(), self.target.gain.principal()) {
            (Binding::SamlProvider, _, Some(role)) => {
                let read = || provider::lets_in(estate, role, self.target.arn(), trace);
                let lets_in = estate.unread_trust(role).map_or_else(read, Truth::gap);
                if self.way.way().makes_provider() {
                    return provider::can_be_made(estate, role).and(lets_in);
                }
                lets_in
            }
            (Binding::PassedRole | Binding::ChangedRole | Binding::Compute, Some(service), Some(role)) => {
                lets_in(estate, role, service, trace)
            }
            _ => Truth::True,
        }
    }

    /// The first choice under which everything is allowed; else what any of them leaves, with the first that leaves something. What is
    /// read of the target is noted for whoever wants to know.
    fn chosen(
        &self,
        estate: &'e Estate,
        credentials: Credentials,
        reads: Option<&ResourceReads>,
    ) -> (Truth, Option<Choice>) {
        let way = self.way.way();
        if way.makes().is_some() {
            return self.makes(estate, credentials);
        }
        if way.retags().is_some() {
            return self.retags(estate, credentials);
        }
        let mut any = (Truth::False, None);
        // no choice changes the answer of those that are fixed
        let (fixed, open): (Vec<_>, Vec<_>) = way.steps.iter().partition(|step| is_fixed(step));
        let plain = Choice::plain();
        let sure = self.all(estate, &fixed, &plain, credentials, reads);
        if sure == Truth::False {
            return any;
        }
        let sure = of_given(sure);
        if open.is_empty() {
            return (sure, Some(plain));
        }
        let groups = groups(&open);
        // what the caller has to make first is tried last
        for is_made in [false, true] {
            let policies = if is_made { self.own_making(estate, way) } else { self.policies(estate, way) };
            if policies.is_empty() {
                break;
            }
            let (choices, mut names) = choices(estate, self.by, way, &policies, self.region());
            if way.first_action().name() == "iam:CreateGroup" {
                names.leave_out(|_, name| self.is_group(estate, name));
            }
            self.opening.iter().for_each(|opening| names.keep(&opening.names));
            for choice in choices {
                let (all, choice) = self.named(estate, sure.clone(), choice, (&groups, &names), credentials, reads);
                if all == Truth::True {
                    return (all, Some(choice));
                }
                if all != Truth::False {
                    any = (any.0.or(all), any.1.or(Some(choice)));
                }
            }
        }
        any
    }

    /// Whether this holds and every group is allowed under a choice, each with the names that suit it; and the choice with them.
    fn named(
        &self,
        estate: &'e Estate,
        mut all: Truth,
        mut choice: Choice,
        (groups, names): (&[Group], &Names),
        credentials: Credentials,
        reads: Option<&ResourceReads>,
    ) -> (Truth, Choice) {
        for group in groups {
            let (mut any, mut best) = (Truth::False, None);
            for named in names.choices(group) {
                let choice = Choice { named, ..choice.clone() };
                let asked = group.done.iter().map(|(step, on)| self.question(estate, step, on, &choice, reads));
                // each request says of itself what it passes; what it is about is the same for all, and no choice where it is given
                let said = |truth| if self.running.is_some() { of_requests(truth) } else { of_given(truth) };
                let truth = asked.fold(Truth::True, |all, question| match all {
                    Truth::False => all,
                    _ => all.and(said(self.passed(&question.signed(credentials)))),
                });
                let truth = if self.is_about_given_things() { truth } else { of_found(truth) };
                if truth == Truth::False {
                    continue;
                }
                let is_sure = truth == Truth::True;
                any = if is_sure { truth } else { any.or(truth) };
                if is_sure || best.is_none() {
                    best = Some(choice.named);
                }
                if is_sure {
                    break;
                }
            }
            if any == Truth::False && !names.are_all_tried(group) {
                any = Truth::unclear(Unclear::Undocumented("its policies speak of more names than are tried".into()));
            }
            all = all.and(any);
            if all == Truth::False {
                break;
            }
            choice.named.extend(best.into_iter().flatten());
        }
        (all, choice)
    }

    /// Whether a request is allowed, where a role is passed for what the way makes.
    fn passed(&self, question: &Question<'e>) -> Truth {
        let truth = decide(question, &mut Trace::off());
        let is_passed = question.action.operation() == "passrole" && matches!(truth, Truth::Depends(_));
        if !is_passed {
            return truth;
        }
        let account = question.estate.account(question.estate.principal(self.by).account());
        of_associated(&truth, &self.way.way().associated(), account)
    }

    /// Whether the account has a group of this name, whatever its path: AWS makes no second one, in any case of letters.
    fn is_group(&self, estate: &Estate, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        let groups = &estate.account(estate.principal(self.by).account()).facts().groups;
        groups.iter().any(|group| group.name.eq_ignore_ascii_case(name))
    }

    /// The Region of what runs already, or of what lets the caller in.
    fn region(&self) -> Option<&str> {
        let opened = || self.opening.as_ref()?.names.get(access::REGION).map(|region| &**region);
        self.running().and_then(Arn::parse).map(|arn| arn.region).or_else(opened)
    }

    /// Whether all of these steps are allowed; what is read of the target is noted for whoever wants to know.
    fn all(
        &self,
        estate: &'e Estate,
        steps: &[&'static Step],
        choice: &Choice,
        credentials: Credentials,
        reads: Option<&ResourceReads>,
    ) -> Truth {
        let mut all = Truth::True;
        for step in steps {
            for question in self.questions(estate, step, choice, credentials, reads) {
                all = all.and(decide(&question, &mut Trace::off()));
                if all == Truth::False {
                    return all;
                }
            }
            if step.action.operation() == "createpolicyversion" {
                all = all.and(versions::has_room(estate, self, credentials));
            }
            all = all.and(self.enters_by(estate, step, credentials, reads, &mut Trace::off()));
        }
        all
    }

    /// Whether the trust policy that a step writes can let the caller in; true for other steps.
    pub(super) fn enters_by(
        &self,
        estate: &'e Estate,
        step: &Step,
        credentials: Credentials,
        reads: Option<&ResourceReads>,
        trace: &mut Trace,
    ) -> Truth {
        if self.new.is_some() {
            return self.writes_trust(estate, step, credentials, trace);
        }
        let Some(role) = self.target.gain.principal().filter(|_| step.action == *UPDATE_TRUST) else {
            return Truth::True;
        };
        let (caller, resource) = (Caller::Principal(self.by), Resource::Principal(role));
        rewritten::lets_in(Question::new(estate, &sts::ASSUME_ROLE, caller, credentials, resource), reads, trace)
    }
}

/// True where the request of an action names the role that is passed.
fn names_role(step: &Step) -> bool {
    step.keys.is_none_or(|keys| keys.iter().any(|key| OF_ROLE.contains(&&**key)))
}

/// True for actions that no choice of the caller changes.
fn is_fixed(step: &Step) -> bool {
    if step.on.iter().any(|on| matches!(on, On::Made(_))) {
        return false;
    }
    let operation = step.action.operation();
    let chooses = operation == "passrole" || operation.starts_with("detach") || chooses_policy(operation);
    step.action.service() == "iam" && !chooses
}
