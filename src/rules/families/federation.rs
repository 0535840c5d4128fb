//! Rules about identity providers: whom they may send into roles, and whether they are there and needed.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::graph::is_of_identity_center;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::PrincipalType;
use crate::policy::{Effect, sts};
use crate::posture::entry::Can;
use crate::posture::federation::{self, Federated};
use crate::posture::github::{self, Admits};
use crate::posture::{aws_made, issuers, unknown};
use crate::rules::context::{Context, trust_evidence};
use crate::rules::judge::{Judge, Trust};
use crate::rules::outcome::{Found, Outcome, some_phrases};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};
use crate::snapshot::identity_provider::ValidUntil;

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("federation/github-oidc-without-subject"), Judge::TrustPolicy(github_oidc_without_subject)),
    &Row::new(card_file!("federation/github-oidc-subject-wide"), Judge::TrustPolicy(github_oidc_subject_wide)),
    &Row::new(card_file!("federation/github-oidc-subject-by-name"), Judge::TrustPolicy(github_oidc_subject_by_name)),
    &Row::new(card_file!("federation/multi-tenant-issuer-open"), Judge::TrustPolicy(multi_tenant_issuer_open)),
    &Row::new(card_file!("federation/saml-without-audience"), Judge::TrustPolicy(saml_without_audience)),
    &Row::new(card_file!("federation/identity-provider-unused"), Judge::Account(identity_provider_unused)),
    &Row::new(card_file!("federation/saml-provider-expiring"), Judge::Account(saml_provider_expiring)),
    &Row::new(card_file!("federation/trust-names-missing-provider"), Judge::Role(trust_names_missing_provider))
        .of_whole_accounts(),
];

fn found(federated: &Federated<'_>, message: String) -> Found {
    Found::of(
        federated.provider,
        message,
        federated.statements.iter().map(|statement| trust_evidence(statement)).collect(),
    )
}

/// Judges each provider that is GitHub Actions.
fn of_github(cx: &Context<'_>, trust: &Trust<'_>, outcome: &mut Outcome, message: impl Fn(&Admits) -> Option<String>) {
    let mut why_unknown = BTreeSet::new();
    for federated in federation::oidc(cx.estate, trust.role, trust.policy).iter().filter(|f| github::is_github(f)) {
        let admits = cx.workflows.admitted(federated);
        match message(&admits) {
            Some(message) => outcome.found(found(federated, message)),
            None if *admits == Admits::Unclear => why_unknown.extend(unknown::unclear(cx.estate, &federated.truth)),
            None => {}
        }
    }
    outcome.unknown_because(&why_unknown);
}

/// A role that workflows of any GitHub repository can assume.
fn github_oidc_without_subject(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    of_github(cx, trust, outcome, |admits| {
        let anyone = "workflows of any GitHub repository can assume it: no condition pins `sub` to a repository";
        (*admits == Admits::Anyone).then(|| anyone.to_owned())
    });
}

/// A role that more workflows of GitHub can assume than those of a branch or environment of a repository.
fn github_oidc_subject_wide(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    of_github(cx, trust, outcome, |admits| match admits {
        Admits::Wide(words) => Some(format!("it can be assumed by {}", some_phrases(words.iter()))),
        _ => None,
    });
}

/// A role that whoever gets the name of a GitHub repository later can assume.
fn github_oidc_subject_by_name(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    of_github(cx, trust, outcome, |admits| match admits {
        Admits::ByName(words) => Some(format!("pinned by name alone: {}", some_phrases(words.iter()))),
        _ => None,
    });
}

/// A role that any tenant of a shared issuer can assume.
fn multi_tenant_issuer_open(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    let mut why_unknown = BTreeSet::new();
    for federated in federation::oidc(cx.estate, trust.role, trust.policy) {
        let Some(issuer) = issuers::shared(&federated) else { continue };
        let open = issuer.open(&federated);
        match open.can {
            Can::No => {}
            Can::Perhaps => why_unknown.extend(unknown::unclear(cx.estate, &federated.truth)),
            Can::Yes => {
                let key = if open.claim.contains(':') {
                    open.claim.to_owned()
                } else {
                    format!("{}:{}", federated.issuer(), open.claim)
                };
                let message = match open.pattern {
                    None => format!("{} can assume it: no condition pins `{key}`", open.who),
                    Some(pattern) => {
                        format!("{} whose name fits can assume it: `{key}` may be like `{pattern}`", open.who)
                    }
                };
                outcome.found(found(&federated, message));
            }
        }
    }
    outcome.unknown_because(&why_unknown);
}

/// A role for SAML users whose assertion may be meant for somebody else.
fn saml_without_audience(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    // Identity Center writes the trust policies of its roles
    if !aws_made::maker(cx.estate.principal(trust.role)).is_empty() {
        return outcome.not_applicable();
    }
    let mut why_unknown = BTreeSet::new();
    for federated in federation::saml(cx.estate, trust.role, trust.policy) {
        let meant_for = |audience: &str| federation::can_like(&federated.truth, &[("aud", audience)]);
        match meant_for("https://q7x2m4k9zt.example/saml").max(meant_for("urn:b5v8n3r6yw")) {
            Can::No => {}
            Can::Perhaps => why_unknown.extend(unknown::unclear(cx.estate, &federated.truth)),
            Can::Yes => {
                outcome.found(found(&federated, "no condition pins `SAML:aud` to the sign-in of AWS".to_owned()))
            }
        }
    }
    outcome.unknown_because(&why_unknown);
}

/// The name of a provider: what follows its kind.
fn name_of(arn: &str) -> &str {
    arn.split_once("-provider/").map_or(arn, |(_, name)| name)
}

/// A provider that no trust policy of the account names.
fn identity_provider_unused(cx: &Context<'_>, _: &NoParameters, account: AccountIx, outcome: &mut Outcome) {
    let facts = cx.estate.account(account).facts();
    let mut unused: BTreeSet<&str> =
        [&facts.oidc_providers, &facts.saml_providers].into_iter().flatten().flatten().map(String::as_str).collect();
    unused.retain(|arn| !is_of_identity_center(arn));
    let mut unread = BTreeSet::new();
    for role in cx.estate.principals_of(account).filter(|ix| cx.estate.principal(*ix).kind() == PrincipalType::Role) {
        unread.extend(cx.estate.unread_trust(role));
        for statement in cx.trust(role).into_iter().flat_map(|policy| &policy.statements) {
            federation::providers(statement).for_each(|name| {
                unused.remove(name);
            });
            // whoever lets in everybody trusts each of them
            if statement.effect == Effect::Allow && federation::lets_in_everybody(statement) {
                let calls = [&sts::ASSUME_ROLE_WITH_WEB_IDENTITY, &sts::ASSUME_ROLE_WITH_SAML];
                let [web, saml] = calls.map(|call| statement.actions.matches(call));
                unused.retain(|arn| if federation::is_saml(arn) { !saml } else { !web });
            }
        }
    }
    if unused.is_empty() {
        return;
    }
    if !unread.is_empty() {
        return outcome.unknown_because(&unread.into_iter().map(|gap| cx.reason(gap)).collect());
    }
    for arn in unused {
        let kind = if federation::is_saml(arn) { "SAML" } else { "OpenID Connect" };
        let message = format!("no role trusts {kind} provider {}", name_of(arn));
        outcome.found(Found::of(arn, message, Vec::new()));
    }
}

/// A role for the users of a provider that the account does not have.
fn trust_names_missing_provider(cx: &Context<'_>, _: &NoParameters, role: PrincipalIx, outcome: &mut Outcome) {
    let Some(trust) = cx.trust_or_unknown(role, outcome) else { return };
    for statement in &trust.statements {
        for name in federation::providers(statement).filter(|name| federation::is_missing(cx.estate, role, name)) {
            if outcome.found.iter().any(|found| found.discriminator == name) {
                continue;
            }
            let message = format!("the account has no identity provider {}", name_of(name));
            outcome.found(Found::of(name, message, vec![trust_evidence(statement)]));
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Within {
    days: i64,
}

/// A SAML provider whose metadata expires soon, or has expired.
fn saml_provider_expiring(cx: &Context<'_>, within: &Within, account: AccountIx, outcome: &mut Outcome) {
    let facts = cx.estate.account(account).facts();
    for (arn, until) in facts.saml_providers.iter().flatten().zip(&facts.saml_valid_until) {
        if is_of_identity_center(arn) {
            continue;
        }
        let name = name_of(arn);
        let until = match *until {
            ValidUntil::At(until) => until,
            ValidUntil::Untold => continue,
            ValidUntil::Unreadable => {
                let why = format!("cannot be judged: when SAML provider {name} expires cannot be read");
                outcome.unknown_part(arn, why);
                continue;
            }
        };
        let left = until.as_second() - cx.estate.at().as_second();
        let message = match left.div_euclid(DAY) {
            _ if left < 0 => format!("SAML provider {name} expired {} days ago", cx.days_since(until)),
            days if days <= within.days => format!("SAML provider {name} expires in {days} days"),
            _ => continue,
        };
        outcome.found(Found::of(arn, message, Vec::new()));
    }
}

const DAY: i64 = 86_400;
