//! The attempts of one principal that lead to another.
//!
//! Owns: from a way and whose sessions it gives to what its actions are done to. Does not know who is worth an attempt (`facts`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::access;
use super::actions::UPDATE_TRUST;
use super::attempt::Attempt;
use super::left;
use super::names::policy_arn;
use super::naming::Naming;
use super::new_principal;
use super::provider;
use super::table::{Binding, Given, WayIx};
use super::target::{Gain, Target};
use crate::eval::Replaced;
use crate::ids::PrincipalIx;
use crate::model::{Attached, Estate, Group, Origin, PrincipalType};
use crate::policy::{Effect, Policy, sts};
use crate::snapshot::compute::kind_of;

/// Groups that a user can be in: AWS raises this quota for nobody (IAM User Guide, "IAM and AWS STS quotas").
const GROUPS_PER_USER: usize = 10;

/// The attempts of a principal on a way after which it has sessions of the target, which may be itself; whatever comes of them.
#[must_use]
pub fn attempts_on(estate: &Estate, by: PrincipalIx, way: WayIx, target: PrincipalIx) -> Vec<Attempt<'_>> {
    let own = by == target;
    let kind = estate.principal(target).kind();
    let of = |gain| Target { arn: estate.arn(target).into(), principal: Some(target), gain };
    let replaced = || if puts(way) { Replaced::Inline } else { Replaced::Nothing };
    let given = match way.way().gives {
        Given::Nothing => Gain::Is(target),
        Given::AnyPolicy => Gain::AnyPolicy(target, replaced()),
        Given::NoBoundary => Gain::Unbounded(target),
    };
    let speaks_of = || way.way().steps.iter().all(|step| is_about(step.action.operation(), kind));
    let bounded = || estate.class(estate.principal(target).class()).boundary().is_some();
    let policies = || {
        let all = customer_policies(estate, target).into_iter();
        let gain = |own| Gain::AnyPolicy(target, Replaced::Policy(own));
        all.map(|(arn, own)| Target { arn, principal: None, gain: gain(own) }).collect()
    };
    let joins = own && way.way().joins_group() || way.way().binding == Binding::UserOtherGroup;
    if joins && estate.principal(target).groups().len() >= GROUPS_PER_USER {
        return Vec::new();
    }
    if let Some(kind) = way.way().makes() {
        let naming = Naming::of(estate, estate.principal(by).account(), kind);
        return new_principal::attempts(estate, by, way, &naming);
    }
    let targets: Vec<Target<'_>> = match (way.way().binding, kind) {
        (Binding::OwnRole, PrincipalType::Role) | (Binding::OwnUser, PrincipalType::User)
            if own && way.way().retags().is_some() =>
        {
            vec![of(Gain::Retagged(by))]
        }
        (Binding::OwnRole, PrincipalType::Role) | (Binding::OwnUser, PrincipalType::User) if own => {
            vec![of(Gain::AnyPolicy(by, replaced()))]
        }
        (Binding::OwnGroup, PrincipalType::User) if own => groups(estate, by, way, true),
        (Binding::OtherGroup | Binding::JoinedGroup, PrincipalType::User) if own => groups(estate, by, way, false),
        (Binding::LeftGroup, PrincipalType::User) if own => left::limiting(estate, groups(estate, by, way, true)),
        (Binding::OwnPolicy, _) if own => policies(),
        (Binding::OwnBoundaryPolicy, _) if own => boundary_policy(estate, by).into_iter().collect(),
        (Binding::RoleBoundaryPolicy, PrincipalType::Role) | (Binding::UserBoundaryPolicy, PrincipalType::User)
            if !own =>
        {
            boundary_policy(estate, target).into_iter().collect()
        }
        (Binding::OwnBoundary, _) if own && bounded() && speaks_of() => vec![of(Gain::Unbounded(by))],
        (Binding::OwnDenies, _) if own && speaks_of() => return denies(estate, by, way),
        (binding, _)
            if binding.is_of_user()
                && !way.way().user.iter().all(|fact| fact.may_hold(estate.principal(target).sign_in())) =>
        {
            Vec::new()
        }
        (Binding::User | Binding::Role, _) if way.way().gives == Given::NoBoundary && !bounded() => Vec::new(),
        (Binding::User, PrincipalType::User) | (Binding::Role, PrincipalType::Role) if !own => vec![of(given)],
        (Binding::RolePolicy, PrincipalType::Role) | (Binding::UserPolicy, PrincipalType::User) if !own => policies(),
        (Binding::UserGroup, PrincipalType::User) if !own => groups(estate, target, way, true),
        (Binding::UserOtherGroup, PrincipalType::User) if !own => {
            let mut joined = groups(estate, target, way, false);
            joined.retain(|joined| matches!(joined.gain, Gain::Joins(_, group) if lets_in_somewhere(estate, group)));
            joined
        }
        (Binding::PassedRole, PrincipalType::Role) if !own => vec![of(Gain::Is(target))],
        (Binding::ChangedRole, PrincipalType::Role) if !own => vec![of(given)],
        (Binding::SamlProvider, PrincipalType::Role) if !own => {
            let of = |arn: &str| Target { arn: arn.into(), principal: None, gain: Gain::Is(target) };
            saml_providers(estate, way, target).map(of).collect()
        }
        (Binding::Compute, PrincipalType::Role) if !own => return running(estate, by, way, target),
        (Binding::Organization, PrincipalType::Role) if !own => {
            let opened = access::openings_by(estate, by, way, target).into_iter();
            return opened
                .map(|opening| Attempt { opening: Some(opening), ..Attempt::on(by, way, of(Gain::Is(target))) })
                .collect();
        }
        _ => Vec::new(),
    };
    targets.into_iter().map(|target| Attempt::on(by, way, target)).collect()
}

/// What is known to run with the role; last, unless that is all there is, whatever else may run with it.
fn running(estate: &Estate, by: PrincipalIx, way: WayIx, role: PrincipalIx) -> Vec<Attempt<'_>> {
    let target = || Target { arn: estate.arn(role).into(), principal: Some(role), gain: Gain::Is(role) };
    let known = known_things(estate, way, role);
    let mut found: Vec<Attempt<'_>> =
        known.map(|thing| Attempt { running: Some(Arc::clone(thing)), ..Attempt::on(by, way, target()) }).collect();
    let account = estate.principal(role).account();
    if !way.way().runs().is_some_and(|kind| estate.knows_every(&kind, account)) {
        found.push(Attempt::on(by, way, target()));
    }
    found
}

/// What is known to run with a role, of the kind that a way needs.
pub fn known_things(estate: &Estate, way: WayIx, role: PrincipalIx) -> impl Iterator<Item = &Arc<str>> {
    let kind = way.way().runs();
    estate.things_of(role).iter().filter(move |thing| kind.is_some() && kind_of(thing) == kind)
}

/// The SAML providers that a role trusts and that a way is about: those that may be gone, where it makes one; else those that may be there.
pub fn saml_providers(estate: &Estate, way: WayIx, role: PrincipalIx) -> impl Iterator<Item = &str> {
    let is_other = way.way().makes_provider();
    provider::saml_of(estate, role)
        .into_iter()
        .filter(move |arn| provider::is_there(estate, role, arn) != Some(is_other))
}

/// Whether a way writes an inline policy, whose name is free: an existing one of the same name is replaced.
fn puts(way: WayIx) -> bool {
    let operation = way.way().first_action().operation();
    operation.starts_with("put") && operation.ends_with("policy")
}

/// The customer managed policy that is a principal's boundary.
fn boundary_policy(estate: &Estate, of: PrincipalIx) -> Option<Target<'_>> {
    let principal = estate.principal(of);
    let boundary = estate.class(principal.class()).boundary().filter(|own| !own.is_aws_managed)?;
    let arn = policy_arn(estate.account(principal.account()), &boundary.name, false).into();
    Some(Target { arn, principal: None, gain: Gain::Unbounded(of) })
}

/// The groups that a user is in, or those that it is not in, with what it has once the way is gone.
fn groups(estate: &Estate, user: PrincipalIx, way: WayIx, own: bool) -> Vec<Target<'_>> {
    let principal = estate.principal(user);
    if !principal.knows_groups() {
        return Vec::new();
    }
    let is_in = |name: &str| principal.groups().iter().any(|own| own.eq_ignore_ascii_case(name));
    let groups = estate.account(principal.account()).facts().groups.iter();
    groups
        .filter(|group| is_in(&group.name) == own)
        .map(|group| Target { arn: group.arn.as_str().into(), principal: None, gain: of_group(user, way, group) })
        .collect()
}

/// What a group gives whoever is in it, where it is changed, or joins it.
fn of_group(user: PrincipalIx, way: WayIx, group: &Group) -> Gain<'_> {
    match way.way().binding {
        Binding::OtherGroup | Binding::UserOtherGroup => Gain::Joins(user, group),
        Binding::LeftGroup => Gain::Leaves(user, group),
        Binding::JoinedGroup if puts(way) => Gain::JoinsWithAny(user, group, Replaced::Inline),
        Binding::JoinedGroup => Gain::JoinsWithAny(user, group, Replaced::Nothing),
        _ if puts(way) => Gain::AnyPolicy(user, Replaced::InlineOf(&group.name)),
        _ => Gain::AnyPolicy(user, Replaced::Nothing),
    }
}

/// Whether somebody may enter roles by what a group allows: of a user of whom nothing else is changed nothing else counts. Most groups
/// are none of these, so that users are not tried with each.
fn lets_in_somewhere(estate: &Estate, group: &Group) -> bool {
    let opens = |policy: &Policy| {
        let allows = policy.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        let mut actions = allows.map(|statement| &statement.actions);
        actions.any(|actions| actions.matches(&sts::ASSUME_ROLE) || actions.matches(&UPDATE_TRUST))
    };
    group.policies.iter().any(|attached| attached.document.parsed().is_none_or(|ix| opens(estate.policy(ix))))
}

/// The customer managed policies that a principal has, by itself or by a group.
fn customer_policies(estate: &Estate, ix: PrincipalIx) -> Vec<(Arc<str>, &Attached)> {
    let principal = estate.principal(ix);
    let account = estate.account(principal.account());
    let managed = estate.class(principal.class()).policies().iter().filter(|attached| {
        matches!(attached.origin, Origin::Managed | Origin::GroupManaged(_))
            && !attached.is_aws_managed
            && !attached.stands_for_unread()
    });
    let mut seen = BTreeSet::new();
    let mut found: Vec<(Arc<str>, &Attached)> =
        managed.map(|attached| (policy_arn(account, &attached.name, false).into(), attached)).collect();
    found.retain(|(arn, _)| seen.insert(Arc::clone(arn)));
    found
}

/// Policies of a principal itself that only deny.
fn denies(estate: &Estate, by: PrincipalIx, way: WayIx) -> Vec<Attempt<'_>> {
    let principal = estate.principal(by);
    let account = estate.account(principal.account());
    let operation = way.way().steps.first().map(|step| step.action.operation()).unwrap_or_default();
    let wanted = if operation.starts_with("detach") { Origin::Managed } else { Origin::Inline };
    let only_denies =
        |attached: &&Attached| attached.document.parsed().is_some_and(|ix| only_denies(estate.policy(ix)));
    let own = estate.class(principal.class()).policies().iter().filter(|attached| attached.origin == wanted);
    own.filter(only_denies)
        .map(|attached| {
            let target = Target { arn: estate.arn(by).into(), principal: Some(by), gain: Gain::Freed(by, attached) };
            let policy = policy_arn(account, &attached.name, attached.is_aws_managed).into();
            Attempt { policy: Some(policy), ..Attempt::on(by, way, target) }
        })
        .collect()
}

/// Whether an operation of IAM is about users, or roles.
fn is_about(operation: &str, kind: PrincipalType) -> bool {
    operation.contains(match kind {
        PrincipalType::User => "user",
        PrincipalType::Role => "role",
    })
}

fn only_denies(policy: &Policy) -> bool {
    !policy.statements.is_empty() && policy.statements.iter().all(|statement| statement.effect == Effect::Deny)
}
