//! Rules about what is given twice: grants and statements that can go while everybody can do what they could.
//!
//! Owns: one finding for each group, with the members to whom it gives nothing, and one for each policy that others make needless.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::{Evidence, Layer};
use crate::eval;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::{Attached, Origin};
use crate::policy::Policy;
use crate::policy::action::ActionPattern;
use crate::posture::aws_made;
use crate::posture::held::{Holder, named};
use crate::posture::redundant::{Coverage, Grant, Pair, Redundant, redundant_statements};
use crate::rules::context::Context;
use crate::rules::judge::Judge;
use crate::rules::of_policies::{Said, Which};
use crate::rules::outcome::{Found, NAMED, Outcome, because, quoted, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::prepared(
        card_file!("policies/redundant-grant"),
        |_, _: NoParameters| Coverage::default(),
        Judge::Principals(redundant_grant),
    ),
    &Row::new(
        card_file!("policies/redundant-statement"),
        Judge::Policy(Which::Attached, |_: &NoParameters, policy, _| redundant_statement(policy)),
    ),
];

/// What a group gives its members.
#[derive(Default)]
struct Joined<'a> {
    members: usize,
    /// Those to whom it gives nothing.
    idle: Vec<(PrincipalIx, Vec<Pair<'a>>)>,
}

/// Who has a policy that gives nothing, and what shows it of the first.
#[derive(Default)]
struct Held<'a> {
    holders: Vec<PrincipalIx>,
    pairs: Vec<Pair<'a>>,
}

/// What is given twice in an account.
#[derive(Default)]
struct Twice<'a> {
    groups: BTreeMap<&'a str, Joined<'a>>,
    /// By the policy and those that make it needless.
    own: BTreeMap<(String, Vec<String>), Held<'a>>,
}

fn redundant_grant(cx: &Context<'_>, coverage: &Coverage, account: AccountIx) -> Vec<(String, Outcome)> {
    let estate = cx.estate;
    let (mut twice, mut told, mut why) = (Twice::default(), Vec::new(), BTreeSet::new());
    for class in estate.classes_of(account).map(|class| estate.class(class)) {
        // what AWS attaches to roles of its services is nobody's to take away
        let is_own = |ix: &PrincipalIx| aws_made::maker(estate.principal(*ix)) != "service";
        let members: Vec<PrincipalIx> = class.members().iter().copied().filter(is_own).collect();
        why.extend(class.policies().iter().filter_map(|attached| attached.document.gap()).map(|gap| cx.reason(gap)));
        let joined: BTreeSet<&str> = class.policies().iter().filter_map(group).collect();
        joined.iter().for_each(|group| twice.groups.entry(group).or_default().members += members.len());
        let redundant = if members.is_empty() { Vec::new() } else { coverage.redundant(estate, class.policies()) };
        if redundant.is_empty() {
            told.extend(class.members().iter().map(|ix| (estate.arn(*ix), Outcome::default())));
        }
        for Redundant { grant, pairs } in redundant {
            match grant {
                Grant::Group(group) => {
                    let idle = &mut twice.groups.entry(group).or_default().idle;
                    idle.extend(members.iter().map(|ix| (*ix, pairs.clone())));
                }
                Grant::Policy(policy) => {
                    let key = (eval::label(policy), covers(&pairs));
                    let held = twice.own.entry(key).or_default();
                    held.holders.extend(&members);
                    if held.pairs.is_empty() {
                        held.pairs = pairs;
                    }
                }
            }
        }
    }
    told.extend(twice.groups.into_iter().filter_map(|(group, joined)| of_group(cx, account, group, joined)));
    told.extend(twice.own.into_iter().filter_map(|(key, held)| of_own(cx, account, key, held)));
    for group in &estate.account(account).facts().groups {
        why.extend(group.policies.iter().filter_map(|attached| attached.document.gap()).map(|gap| cx.reason(gap)));
        told.extend(within(cx, coverage, &group.policies).into_iter().map(|found| (group.arn.clone(), found)));
    }
    if !why.is_empty() {
        let mut outcome = Outcome::default();
        outcome.unknown_part("policies", because(&why));
        told.push((cx.root_arn(account), outcome));
    }
    told
}

fn group(attached: &Attached) -> Option<&str> {
    match &attached.origin {
        Origin::GroupInline(group) | Origin::GroupManaged(group) => Some(group),
        Origin::Inline | Origin::Managed => None,
    }
}

/// The policies that give the same.
fn covers(pairs: &[Pair<'_>]) -> Vec<String> {
    let labels: BTreeSet<String> = pairs.iter().map(|pair| format!("`{}`", eval::label(pair.cover.0))).collect();
    labels.into_iter().collect()
}

/// The first statement, and the one that makes it needless.
fn evidence(pairs: &[Pair<'_>]) -> Vec<Evidence> {
    let first = pairs.first().map(|pair| [pair.own, pair.cover]);
    let told = first.into_iter().flatten();
    told.map(|(policy, statement)| eval::evidence(Layer::Identity, &eval::label(policy), statement)).collect()
}

/// A group that gives members nothing.
fn of_group(cx: &Context<'_>, account: AccountIx, group: &str, joined: Joined<'_>) -> Option<(String, Outcome)> {
    let Joined { members, mut idle } = joined;
    idle.sort_by_key(|(ix, _)| *ix);
    let (_, first) = idle.first()?;
    let names: Vec<&str> = idle.iter().map(|(ix, _)| cx.estate.principal(*ix).name()).collect();
    let whom = match (names.as_slice(), members) {
        ([one], 1) => format!("its member {one} nothing that the user does not have without it"),
        (all, total) if all.len() == total => {
            format!("none of its {total} members anything that they do not have without it")
        }
        (all, total) => format!("{} of its {total} members nothing that they do not have without it", some_of(all)),
    };
    let by: BTreeSet<Vec<String>> = idle.iter().map(|(_, pairs)| covers(pairs)).collect();
    let by = match by.first() {
        Some(only) if by.len() == 1 && only.len() <= NAMED => {
            format!("{} {} all of it", quoted(only), if only.len() == 1 { "allows" } else { "allow" })
        }
        _ => "other policies of theirs allow all of it".to_owned(),
    };
    let mut outcome = Outcome::default();
    outcome.found(Found::of("members", format!("gives {whom}: {by}"), evidence(first)));
    Some((cx.group_arn(account, group), outcome))
}

/// A policy that gives its holders nothing. The subject is the first of them.
fn of_own(
    cx: &Context<'_>,
    account: AccountIx,
    (policy, by): (String, Vec<String>),
    Held { mut holders, pairs }: Held<'_>,
) -> Option<(String, Outcome)> {
    holders.sort_unstable();
    let all: Vec<Holder<'_>> = holders.iter().copied().map(Holder::Principal).collect();
    let (first, others) = all.split_first()?;
    let also = if others.is_empty() { String::new() } else { format!("; also of {}", named(cx.estate, others)) };
    let found = Found {
        message: format!("policy `{policy}` gives nothing that {} does not give{also}", some_of(&by)),
        discriminator: format!("{policy} by {}", by.join(" ")),
        stands_for: Some(cx.root_arn(account)),
        principals: all.iter().map(|holder| holder.arn(cx.estate)).collect(),
        evidence: evidence(&pairs),
        fix_for: first.maker(cx.estate),
        ..Found::default()
    };
    let mut outcome = Outcome::default();
    outcome.found(found);
    Some((first.arn(cx.estate), outcome))
}

/// The policies of a group that others of the same group make needless.
fn within(cx: &Context<'_>, coverage: &Coverage, policies: &[Attached]) -> Option<Outcome> {
    let mut outcome = Outcome::default();
    for Redundant { grant, pairs } in coverage.redundant(cx.estate, policies) {
        let Grant::Policy(policy) = grant else { continue };
        let message = format!(
            "policy `{}` of the group gives nothing that {} does not give",
            eval::label(policy),
            some_of(&covers(&pairs))
        );
        outcome.found(Found::of(eval::label(policy), message, evidence(&pairs)));
    }
    (!outcome.found.is_empty()).then_some(outcome)
}

/// A statement of which another of the same policy gives all.
fn redundant_statement(policy: &Policy) -> Option<Said> {
    let found = redundant_statements(policy);
    let (first, _) = found.first()?;
    let actions: Vec<String> =
        first.actions.patterns.iter().map(|pattern| format!("`{}`", ActionPattern::as_str(pattern))).collect();
    let but = if first.actions.negated { "everything but " } else { "" };
    let what = format!("allows {but}{} by a statement of which another allows all", some_of(&actions));
    Said::of(what, found.into_iter().flat_map(|(own, cover)| [own, cover]))
}
