//! Rules about MFA for assuming roles.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::graph::{Hop, Source, query};
use crate::ids::PrincipalIx;
use crate::posture::entry::Can;
use crate::posture::mfa::{self, WithoutMfa};
use crate::posture::writes::can_write;
use crate::rules::context::{Context, trust_evidence};
use crate::rules::judge::{Judge, Trust};
use crate::rules::outcome::{Found, Outcome};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::prepared(card_file!("mfa/human-path-without-mfa"), with_paths, Judge::Role(human_path_without_mfa)),
    &Row::new(card_file!("mfa/mfa-condition-ineffective"), Judge::TrustPolicy(mfa_condition_ineffective)),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    access: Access,
}

/// Which roles matter.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Access {
    /// Those that can change something.
    Write,
    Any,
}

fn with_paths(cx: &Context<'_>, roles: Roles) -> Roles {
    cx.paths_without_mfa();
    roles
}

/// A role with write access that some IAM user reaches without a hop that requires MFA.
fn human_path_without_mfa(cx: &Context<'_>, roles: &Roles, role: PrincipalIx, outcome: &mut Outcome) {
    let paths = cx.paths_without_mfa();
    let Some(possible) = paths.possible(role) else { return };
    let class = cx.estate.principal(role).class();
    let writes = match roles.access {
        Access::Any => Can::Yes,
        Access::Write => can_write(cx.estate, class),
    };
    if writes == Can::No {
        return;
    }
    let certain = paths.certain(role);
    if let (Some(steps), Can::Yes) = (&certain, writes) {
        outcome.found.extend(path_found(cx, role, steps));
        return;
    }
    let mut why = BTreeSet::new();
    if writes == Can::Perhaps {
        why.extend(cx.estate.unread_of_class(class).into_iter().map(|gap| cx.reason(gap)));
    }
    if certain.is_none() {
        why.extend(paths.why_unknown(&possible));
    }
    outcome.unknown_because(&why);
}

fn path_found(cx: &Context<'_>, role: PrincipalIx, steps: &[Hop]) -> Option<Found> {
    let start = &steps.first()?.from;
    let Source::Principal(user) = start else { return None };
    let first = cx.shown(*user);
    let message = match (cx.paths_without_mfa().direct_users(role), steps.len()) {
        (0, hops) => format!("{first} can assume it without MFA in {hops} hops"),
        (1, _) => format!("1 user can assume it without MFA: {first}"),
        (count, _) => format!("{count} users can assume it without MFA, {first} among them"),
    };
    let arns = std::iter::once(*user).chain(steps.iter().map(|step| step.edge.to)).map(|ix| cx.estate.arn(ix));
    let evidence = steps.iter().flat_map(|step| query::evidence(cx.estate, step, start));
    Some(Found { message, evidence: evidence.collect(), path: arns.collect(), ..Found::default() })
}

/// A statement whose MFA test does not keep out requests without MFA.
fn mfa_condition_ineffective(cx: &Context<'_>, _: &NoParameters, trust: &Trust<'_>, outcome: &mut Outcome) {
    let Some(ineffective) = mfa::ineffective(cx.estate, trust.role, trust.policy) else { return };
    let flaw = match ineffective.enters {
        WithoutMfa { keys: true, sessions: true } => "lets access keys and sessions in without MFA",
        WithoutMfa { keys: true, sessions: false } => "lets access keys in without MFA",
        WithoutMfa { keys: false, .. } => "asks for a session, not for MFA: sessions without MFA can assume the role",
    };
    let message = format!("`{}` {flaw}", mfa::shown(ineffective.statement));
    outcome.found(Found { message, evidence: vec![trust_evidence(ineffective.statement)], ..Found::default() });
}
