//! Rules about MFA for assuming roles.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::graph::{Source, query};
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::PrincipalType;
use crate::posture::entry::Can;
use crate::posture::mfa::{self, WithoutMfa};
use crate::posture::without_mfa::{Holder, Way};
use crate::rules::context::{Context, trust_evidence};
use crate::rules::judge::{Judge, Trust};
use crate::rules::outcome::{Found, Outcome, some_of};
use crate::rules::rule::{NoParameters, Reads, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("mfa/human-path-without-mfa"), Judge::People(human_path_without_mfa))
        .after(Reads::PathsWithoutMfa),
    &Row::new(card_file!("mfa/mfa-condition-ineffective"), Judge::TrustPolicy(mfa_condition_ineffective)),
];

#[derive(Clone, Copy, Deserialize)]
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

/// A user, or the users of a group, who reach roles with write access without a hop that requires MFA: one finding for all of these
/// roles.
fn human_path_without_mfa(cx: &Context<'_>, roles: &Roles, account: AccountIx) -> Vec<(String, Outcome)> {
    let ways = cx.paths_without_mfa().of(account);
    let told: BTreeSet<PrincipalIx> = ways.iter().flat_map(|way| &way.users).copied().collect();
    let is_user = |ix: &PrincipalIx| cx.estate.principal(*ix).kind() == PrincipalType::User;
    let others = cx.estate.principals_of(account).filter(|ix| is_user(ix) && !told.contains(ix));
    let pass = others.map(|ix| (cx.estate.arn(ix), Outcome::default()));
    let judged = ways.iter().map(|way| (subject(cx, account, &way.holder), judged(cx, *roles, way)));
    pass.chain(judged).collect()
}

/// ARN of a user, or of a group.
fn subject(cx: &Context<'_>, account: AccountIx, holder: &Holder) -> String {
    match holder {
        Holder::User(ix) => cx.estate.arn(*ix),
        Holder::Group(name) => cx.group_arn(account, name),
    }
}

/// What a way leads to: the roles that certainly matter, else why some may.
fn judged(cx: &Context<'_>, roles: Roles, way: &Way) -> Outcome {
    let mut outcome = Outcome::default();
    let matters = |role: &PrincipalIx| match roles.access {
        Access::Any => Can::Yes,
        Access::Write => cx.power(*role).writes.can(),
    };
    let certain: Vec<PrincipalIx> = way.certain.roles().filter(|role| matters(role) == Can::Yes).collect();
    if !certain.is_empty() {
        outcome.found.extend(paths_found(cx, roles, way, &certain));
        return outcome;
    }
    let mut why = BTreeSet::new();
    for role in way.possible.roles() {
        let matters = matters(&role);
        if matters == Can::Perhaps {
            why.extend(cx.power(role).writes.why_unknown(cx.estate));
        }
        if matters > Can::No && !way.certain.contains(role) {
            why.extend(cx.paths_without_mfa().why_unknown(way, role));
        }
    }
    outcome.unknown_because(&why);
    outcome
}

fn paths_found(cx: &Context<'_>, kind: Roles, way: &Way, roles: &[PrincipalIx]) -> Option<Found> {
    let is_administrator = |role: &PrincipalIx| cx.power(*role).administrator.is_certain();
    let administrators = roles.iter().filter(|role| is_administrator(role)).count();
    // administrators first, then the nearest
    let worst = *roles.iter().min_by_key(|role| (!is_administrator(role), way.certain.hops(**role), **role))?;
    let hops = cx.paths_without_mfa().path(way, worst);
    let start = &hops.first()?.from;
    let Source::Principal(user) = start else { return None };
    let accounts: BTreeSet<AccountIx> = roles.iter().map(|role| cx.estate.principal(*role).account()).collect();
    let what = if kind.access == Access::Write { " with write access" } else { "" };
    let message = match (roles, administrators) {
        ([_], admin) => {
            let far = if hops.len() > 1 { format!(" in {} hops", hops.len()) } else { String::new() };
            let admin = if admin > 0 { ", an administrator," } else { "" };
            format!("{} {}{admin} without MFA{far}", people(cx, way), cx.shown(worst))
        }
        _ => {
            let such = match administrators {
                0 => format!("{} among them", cx.shown(worst)),
                1 => format!("1 of them an administrator: {}", cx.shown(worst)),
                all if all == roles.len() => format!("all of them administrators, {} among them", cx.shown(worst)),
                more => format!("{more} of them administrators, {} among them", cx.shown(worst)),
            };
            let places = match accounts.len() {
                1 => "1 account".to_owned(),
                more => format!("{more} accounts"),
            };
            format!("{} {} roles{what} in {places} without MFA, {such}", people(cx, way), roles.len())
        }
    };
    let arns = std::iter::once(*user).chain(hops.iter().map(|hop| hop.edge.to)).map(|ix| cx.estate.arn(ix));
    let evidence = hops.iter().flat_map(|hop| query::evidence(cx.estate, hop, start));
    let found = Found { message, evidence: evidence.collect(), path: arns.collect(), ..Found::default() };
    // a group is told with its users, one of whom may join later
    let of_group = matches!(way.holder, Holder::Group(_)).then_some(&way.users);
    Some(found.about(of_group.into_iter().flatten().map(|ix| cx.estate.arn(*ix))))
}

/// Who reaches it, up to the verb.
fn people(cx: &Context<'_>, way: &Way) -> String {
    let name = |ix: &PrincipalIx| cx.estate.principal(*ix).name();
    match (&way.holder, way.users.as_slice()) {
        (Holder::User(_), _) => "reaches".to_owned(),
        (Holder::Group(_), [one]) => format!("its user {} reaches", name(one)),
        (Holder::Group(_), users) => {
            let names: Vec<&str> = users.iter().map(name).collect();
            format!("its {} users {} reach", names.len(), some_of(&names))
        }
    }
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
