//! Rules about statements that allow something on paper only: SCPs or a permissions boundary take back all of it.
//!
//! Owns: one finding for each SCP, level of SCPs or boundary that takes something back, with the policies that it is taken from.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::{Evidence, Layer};
use crate::eval;
use crate::ids::{AccountIx, PolicyIx};
use crate::model::{Attached, Document, Guardrail};
use crate::policy::{Policy, Statement};
use crate::posture::held::held;
use crate::posture::shadow::{allows, denies, leaves_nothing, takes_all};
use crate::rules::context::Context;
use crate::rules::judge::Judge;
use crate::rules::outcome::{Found, Outcome, because, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("policies/allow-taken-by-scp"), Judge::Account(allow_taken_by_scp)),
    &Row::new(card_file!("policies/allow-outside-boundary"), Judge::Account(allow_outside_boundary)),
];

/// What takes something back, as a sentence begins: `SCP x denies`.
type Taker = String;

/// The policies that one taker takes from, and the statements that show it of the first.
#[derive(Default)]
struct Taken {
    names: BTreeSet<String>,
    evidence: Vec<Evidence>,
}

/// The takers of an account.
#[derive(Default)]
struct Takings(BTreeMap<Taker, Taken>);

impl Takings {
    fn add(&mut self, taker: Taker, name: &str, evidence: impl FnOnce() -> Vec<Evidence>) {
        let taken = self.0.entry(taker).or_default();
        taken.names.insert(format!("`{name}`"));
        if taken.evidence.is_empty() {
            taken.evidence = evidence();
        }
    }

    fn tell(self, outcome: &mut Outcome) {
        for (taker, taken) in self.0 {
            let names: Vec<&String> = taken.names.iter().collect();
            let of = match names.as_slice() {
                [one] => format!("policy {one}"),
                all => format!("{} policies ({})", all.len(), some_of(all)),
            };
            let message = format!("{taker} all that a statement of {of} allows");
            outcome.found(Found::of(taker, message, taken.evidence));
        }
    }
}

/// The SCPs of an account that take something from everybody, and the levels at which every Allow is known.
struct Scps<'a> {
    denies: Vec<(&'a Guardrail, &'a Statement)>,
    levels: Vec<(&'a str, Vec<&'a Policy>)>,
}

impl<'a> Scps<'a> {
    fn new(cx: &Context<'a>, levels: &'a [Vec<Guardrail>]) -> Self {
        let parsed = |guardrail: &Guardrail| guardrail.document.parsed().map(|ix| cx.estate.policy(ix));
        let of = |guardrail: &'a Guardrail| {
            parsed(guardrail).into_iter().flat_map(denies).map(move |statement| (guardrail, statement))
        };
        let level = |level: &'a Vec<Guardrail>| {
            let policies: Option<Vec<&Policy>> = level.iter().map(parsed).collect();
            Some((level.first().map_or("", |guardrail| &*guardrail.target), policies?))
        };
        Self {
            denies: levels.iter().flatten().flat_map(of).collect(),
            levels: levels.iter().filter_map(level).collect(),
        }
    }

    /// What takes all that a statement allows, with the statement that denies it.
    fn taker(&self, allow: &Statement) -> Option<(Taker, Option<(&'a Guardrail, &'a Statement)>)> {
        if let Some(found) = self.denies.iter().find(|(_, deny)| takes_all(deny, allow)) {
            return Some((format!("SCP `{}` denies", found.0.name), Some(*found)));
        }
        let closed = self.levels.iter().find(|(_, policies)| leaves_nothing(policies.iter().copied(), allow));
        closed.map(|(target, _)| (format!("no SCP of `{target}` allows what is"), None))
    }
}

/// Policies of an account with a statement of which SCPs leave nothing.
fn allow_taken_by_scp(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let guardrails = cx.estate.account(ix).scps();
    if guardrails.levels().is_empty() && guardrails.gap().is_none() {
        return outcome.not_applicable();
    }
    if let Some(gap) = guardrails.unknown() {
        return outcome.unknown_because(&[cx.reason(gap)].into());
    }
    let scps = Scps::new(cx, guardrails.levels());
    let dead = |document: PolicyIx| {
        allows(cx.estate.policy(document)).find_map(|allow| scps.taker(allow).map(|taker| (allow, taker)))
    };
    let found = held(cx.estate, ix, |document| dead(document).is_some());
    let managed = found.managed.iter().filter(|managed| !managed.holders.is_empty());
    let managed = managed.filter_map(|managed| Some((managed.policy.name(), managed.policy.document?)));
    let inline = found.inline.iter().map(|inline| (inline.name, inline.document));
    let mut takings = Takings::default();
    for (name, document) in managed.chain(inline) {
        let Some((allow, (taker, deny))) = dead(document) else { continue };
        takings.add(taker, name, || {
            let deny = deny.map(|(guardrail, deny)| eval::evidence(Layer::Scp, &guardrail.name, deny));
            std::iter::once(eval::evidence(Layer::Identity, name, allow)).chain(deny).collect()
        });
    }
    takings.tell(outcome);
    let (count, unread) = found.unread;
    let mut why: BTreeSet<String> = unread.into_iter().map(|gap| cx.reason(gap)).collect();
    why.extend(guardrails.gap().map(|gap| cx.reason(gap)));
    if count > 0 || !why.is_empty() {
        outcome.unknown_part("policies", because(&why));
    }
}

/// A policy by its name and document.
type Named<'a> = (&'a str, PolicyIx);

/// The policies of customers that a class of principals has.
fn own<'a>(policies: &'a [Attached]) -> impl Iterator<Item = Named<'a>> {
    let own = policies.iter().filter(|attached| !attached.is_aws_managed);
    own.filter_map(|attached| Some((&*attached.name, attached.document.parsed()?)))
}

/// Policies of an account with a statement of which the permissions boundary of everybody who has them leaves nothing.
fn allow_outside_boundary(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let mut why = BTreeSet::new();
    let mut dead = BTreeMap::<Named<'_>, (&str, PolicyIx)>::new();
    let classes = || cx.estate.classes_of(ix).map(|class| cx.estate.class(class));
    let mut bounded = false;
    for class in classes() {
        let Some(boundary) = class.boundary() else { continue };
        bounded = true;
        match boundary.document {
            Document::Missing(gap) => _ = why.insert(cx.reason(gap)),
            Document::Parsed(limit) => {
                let lost = own(class.policies()).filter(|(_, document)| first_lost(cx, limit, *document).is_some());
                dead.extend(lost.map(|policy| (policy, (&*boundary.name, limit))));
            }
        }
    }
    if !bounded {
        return outcome.not_applicable();
    }
    // who has the policy without such a boundary makes use of it
    let all = if dead.is_empty() { None } else { Some(classes()) };
    for class in all.into_iter().flatten() {
        let limit = class.boundary().map(|boundary| boundary.document);
        for policy in own(class.policies()) {
            let lost = matches!(limit, Some(Document::Parsed(limit)) if first_lost(cx, limit, policy.1).is_some());
            if !lost {
                dead.remove(&policy);
            }
        }
    }
    let mut takings = Takings::default();
    for ((name, document), (boundary, limit)) in dead {
        let Some((allow, deny)) = first_lost(cx, limit, document) else { continue };
        takings.add(format!("permissions boundary `{boundary}` takes back"), name, || {
            let deny = deny.map(|deny| eval::evidence(Layer::Boundary, boundary, deny));
            std::iter::once(eval::evidence(Layer::Identity, name, allow)).chain(deny).collect()
        });
    }
    takings.tell(outcome);
    if outcome.found.is_empty() {
        outcome.unknown_because(&why);
    }
}

/// The first statement of a policy of which a boundary leaves nothing, and the statement of the boundary that denies it, if one does.
fn first_lost<'a>(
    cx: &Context<'a>,
    boundary: PolicyIx,
    document: PolicyIx,
) -> Option<(&'a Statement, Option<&'a Statement>)> {
    let limit = cx.estate.policy(boundary);
    allows(cx.estate.policy(document)).find_map(|allow| {
        let denied = denies(limit).find(|deny| takes_all(deny, allow));
        let lost = denied.is_some() || leaves_nothing(std::iter::once(limit), allow);
        lost.then_some((allow, denied))
    })
}
