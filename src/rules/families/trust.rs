//! Rules about whom trust policies allow to assume roles.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::answer::Verdict;
use crate::graph::Source;
use crate::ids::AccountId;
use crate::posture::entry::{self, Can};
use crate::posture::external::{External, ExternalId, externals};
use crate::posture::{anyone, unknown};
use crate::rules::context::{Context, trust_evidence};
use crate::rules::judge::{Judge, Trust};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("trust/external-account-not-allowed"), Judge::TrustPolicy(external_account_not_allowed)),
    &Row::new(
        card_file!("trust/external-trust-without-external-id"),
        Judge::TrustPolicy(external_trust_without_external_id),
    ),
    &Row::new(card_file!("trust/trust-any-principal"), Judge::TrustPolicy(trust_any_principal)),
];

/// A role that anyone can assume.
fn trust_any_principal(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
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
    if !anyone::stranger_can_enter(&decision.truth()) {
        return;
    }
    let conditions: Vec<String> = decision.conditions().into_iter().collect();
    let message = if conditions.is_empty() {
        "anybody with an AWS account can assume it".to_owned()
    } else {
        format!("anybody with an AWS account can assume it: {} does not pin who", conditions.join(", "))
    };
    outcome.found(Found { message, evidence: open().map(trust_evidence).collect(), ..Found::default() });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    allowed_accounts: BTreeSet<AccountId>,
}

/// A role that trusts an account that is neither in the organization nor allowed.
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

fn found(external: &External<'_>, message: String) -> Found {
    Found {
        message,
        discriminator: external.id.to_string(),
        evidence: vec![trust_evidence(external.statement)],
        ..Found::default()
    }
}
