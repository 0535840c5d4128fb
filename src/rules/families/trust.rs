//! Rules about whom trust policies allow to assume roles.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::answer::{Evidence, Verdict};
use crate::eval::Truth;
use crate::graph::Source;
use crate::ids::AccountId;
use crate::policy::{Effect, Statement};
use crate::posture::deleted::Deleted;
use crate::posture::entry::{self, Can};
use crate::posture::external::{External, ExternalId, externals, organizations};
use crate::posture::{anyone, aws_made, deleted, deputy, unknown};
use crate::rules::context::{Context, trust_evidence};
use crate::rules::judge::{Judge, Trust};
use crate::rules::outcome::{Found, Outcome, listed};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("trust/external-account-not-allowed"), Judge::TrustPolicy(external_account_not_allowed)),
    &Row::new(
        card_file!("trust/external-trust-without-external-id"),
        Judge::TrustPolicy(external_trust_without_external_id),
    ),
    &Row::new(card_file!("trust/service-trust-without-source"), Judge::TrustPolicy(service_trust_without_source)),
    &Row::new(card_file!("trust/trust-anyone-weakly-restricted"), Judge::TrustPolicy(trust_anyone_weakly_restricted)),
    &Row::new(card_file!("trust/trust-any-principal"), Judge::TrustPolicy(trust_any_principal)),
    &Row::new(card_file!("trust/trust-names-deleted-principal"), Judge::TrustPolicy(trust_names_deleted_principal)),
    &Row::new(card_file!("trust/trust-not-action"), Judge::TrustPolicy(trust_not_action)),
    &Row::new(card_file!("trust/trust-not-principal"), Judge::TrustPolicy(trust_not_principal)),
];

/// A role that anyone can assume.
fn trust_any_principal(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    of_everybody(cx, trust, outcome, |truth, conditions| {
        anyone::stranger_can_enter(truth).then(|| match conditions {
            "" => "anybody with an AWS account can assume it".to_owned(),
            _ => format!("anybody with an AWS account can assume it: {conditions} does not pin who"),
        })
    });
}

/// A role that anyone can assume who comes through a certain network.
fn trust_anyone_weakly_restricted(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    of_everybody(cx, trust, outcome, |truth, conditions| {
        let by_network = !anyone::stranger_can_enter(truth) && anyone::stranger_can_enter_from_network(truth);
        by_network.then(|| format!("anybody with an AWS account who passes {conditions} can assume it"))
    });
}

/// Judges a policy that names everybody by what is left to decide for them, and its conditions in words.
fn of_everybody(
    cx: &Context<'_>,
    trust: &Trust<'_>,
    outcome: &mut Outcome,
    message: impl Fn(&Truth, &str) -> Option<String>,
) {
    let open = || entry::assume_allows(trust.policy).filter(|statement| anyone::names_everybody(statement));
    if open().next().is_none() {
        return;
    }
    let edges = cx.graph.incoming(trust.role);
    let Some(edge) = edges.iter().find(|edge| edge.from == Source::Everyone) else { return };
    let decision = edge.free();
    if decision.verdict() == Verdict::Unknown {
        return outcome.unknown_because(&unknown::unclear(cx.estate, &decision.truth()));
    }
    let conditions: Vec<String> = decision.conditions().into_iter().collect();
    if let Some(message) = message(&decision.truth(), &conditions.join(", ")) {
        outcome.found(Found::of("", message, open().map(trust_evidence).collect()));
    }
}

/// A role that a service may assume on behalf of anybody, although it says on whose.
fn service_trust_without_source(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    if aws_made::is_fixed(cx.estate.principal(trust.role)) {
        return outcome.not_applicable();
    }
    let (mut open, mut why_unknown) = (Vec::new(), BTreeSet::new());
    for deputy in deputy::deputies(cx.estate, trust.role, trust.policy) {
        match deputy.for_others {
            Can::No => {}
            Can::Perhaps => why_unknown.extend(unknown::unclear(cx.estate, &deputy.truth)),
            Can::Yes => open.push(deputy),
        }
    }
    if open.is_empty() {
        return outcome.unknown_because(&why_unknown);
    }
    let services: Vec<&str> = open.iter().map(|deputy| deputy.service).collect();
    let message = format!("{} can assume it on behalf of any account", listed(&services, "and"));
    let mut evidence: Vec<Evidence> = open.iter().map(|deputy| trust_evidence(deputy.statement)).collect();
    evidence.dedup();
    outcome.found(Found::of("", message, evidence));
}

/// A statement that allows everybody but a few.
fn trust_not_principal(_: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    let negated = |s: &&Statement| s.effect == Effect::Allow && s.principal.as_ref().is_some_and(|c| c.negated);
    let evidence: Vec<Evidence> = trust.policy.statements.iter().filter(negated).map(trust_evidence).collect();
    if !evidence.is_empty() {
        let message = "allows everybody but those whom `NotPrincipal` names, in a form that AWS does not support";
        outcome.found(Found::of("", message, evidence));
    }
}

/// A statement that allows every action but a few.
fn trust_not_action(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    if aws_made::is_fixed(cx.estate.principal(trust.role)) {
        return outcome.not_applicable();
    }
    let negated = |s: &&Statement| s.effect == Effect::Allow && s.actions.negated;
    let evidence: Vec<Evidence> = trust.policy.statements.iter().filter(negated).map(trust_evidence).collect();
    if !evidence.is_empty() {
        let message = "allows every way of assuming it but those that `NotAction` names";
        outcome.found(Found::of("", message, evidence));
    }
}

/// A role whose trust policy names somebody who does not exist any more.
fn trust_names_deleted_principal(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    let (mut gone, mut unread) = (BTreeMap::new(), BTreeSet::new());
    for statement in &trust.policy.statements {
        for name in deleted::names(cx.estate, statement) {
            gone.entry(name).or_insert(statement);
        }
        unread.extend(deleted::unread(cx.estate, statement).into_iter().map(|gap| cx.reason(gap)));
    }
    outcome.unknown_because(&unread);
    for (name, statement) in gone {
        let message = match &name {
            Deleted::Id(id) => format!("names {id}: the id that is left of a deleted principal"),
            Deleted::Arn(arn) => format!("names {arn}, which does not exist"),
            Deleted::InCondition(arn) => {
                format!("a condition allows {arn}, which does not exist: whoever makes it anew gets in")
            }
        };
        let (Deleted::Id(text) | Deleted::Arn(text) | Deleted::InCondition(text)) = name;
        outcome.found(Found::of(text, message, vec![trust_evidence(statement)]));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    allowed_accounts: BTreeSet<AccountId>,
    /// Ids.
    allowed_organizations: BTreeSet<String>,
}

/// A role that trusts an account that is neither in the organization nor allowed, or another organization.
fn external_account_not_allowed(cx: &Context<'_>, allowed: &Allowed, trust: &Trust<'_>, outcome: &mut Outcome) {
    let mut why_unknown = BTreeSet::new();
    for external in externals(cx.estate, trust.role, trust.policy, &allowed.allowed_accounts) {
        match (entry::can(&external.truth), external.membership) {
            (Can::No, _) => {}
            (_, Some(gap)) => why_unknown.extend([cx.reason(gap)]),
            (Can::Perhaps, None) => why_unknown.extend(unknown::unclear(cx.estate, &external.truth)),
            (Can::Yes, None) => {
                let id = external.id;
                let message = format!("trusts account {id}, which is not in the organization and not allowed");
                outcome.found(found(&external, message));
            }
        }
    }
    for other in organizations(cx.estate, trust.role, trust.policy) {
        match entry::can(&other.truth) {
            _ if allowed.allowed_organizations.contains(other.id) => {}
            Can::No => {}
            Can::Perhaps => why_unknown.extend(unknown::unclear(cx.estate, &other.truth)),
            Can::Yes => {
                let message = format!("trusts organization {}, which is another one and not allowed", other.id);
                outcome.found(Found::of(other.id, message, vec![trust_evidence(other.statement)]));
            }
        }
    }
    outcome.unknown_because(&why_unknown);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    own_accounts: BTreeSet<AccountId>,
}

/// A role that an outside account can assume without an external id, or with any.
fn external_trust_without_external_id(cx: &Context<'_>, own: &Own, trust: &Trust<'_>, outcome: &mut Outcome) {
    let mut why_unknown = BTreeSet::new();
    for external in externals(cx.estate, trust.role, trust.policy, &own.own_accounts) {
        let ExternalId { without, with_any } = external.external_id();
        if let (Some(gap), true) = (external.membership, without.max(with_any) > Can::No) {
            why_unknown.insert(cx.reason(gap));
            continue;
        }
        let id = external.id;
        let message = match (without, with_any) {
            (Can::Yes, _) => format!("account {id} can assume it without an external id"),
            (_, Can::Yes) => format!("account {id} can assume it with any external id"),
            (Can::No, Can::No) => continue,
            _ => {
                why_unknown.extend(unknown::unclear(cx.estate, &external.truth));
                continue;
            }
        };
        outcome.found(found(&external, message));
    }
    outcome.unknown_because(&why_unknown);
}

/// What is found of an outside account.
pub(super) fn found(external: &External<'_>, message: String) -> Found {
    Found::of(external.id.to_string(), message, vec![trust_evidence(external.statement)])
}
