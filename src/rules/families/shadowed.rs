//! Rules about statements that allow something on paper only: SCPs or a permissions boundary take back all of it.
//!
//! Owns: one finding for each SCP, level of SCPs or boundary that takes something back, with the policies that it is taken from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::answer::{Evidence, Layer};
use crate::eval;
use crate::ids::{AccountIx, GapIx, PolicyIx};
use crate::model::{Account, Attached, Class, Guardrail};
use crate::policy::shadow::{allows, denies, leaves_nothing, takes_all};
use crate::policy::{Policy, Statement};
use crate::rules::context::Context;
use crate::rules::judge::Judge;
use crate::rules::outcome::{Found, Outcome, because, some_of};
use crate::rules::rule::{NoParameters, Row, Rule, card_file};

pub(in crate::rules) const RULES: &[&dyn Rule] = &[
    &Row::new(card_file!("policies/allow-taken-by-scp"), Judge::Account(allow_taken_by_scp)),
    &Row::new(card_file!("policies/allow-outside-boundary"), Judge::Account(allow_outside_boundary)),
];

/// What one taker takes back.
struct Taken {
    /// As a sentence begins: `SCP x denies`.
    says: String,
    /// The policies that it takes from.
    names: BTreeSet<String>,
    /// The statements that show it of the first.
    evidence: Vec<Evidence>,
}

/// The takers of an account, by what identifies them: the id of an SCP, the id of what a level of SCPs is attached to, the name of a
/// boundary.
#[derive(Default)]
struct Takings(BTreeMap<String, Taken>);

impl Takings {
    fn add(&mut self, taker: &str, says: String, name: &str, evidence: impl FnOnce() -> Vec<Evidence>) {
        let taken = self.0.entry(taker.to_owned());
        let taken = taken.or_insert_with(|| Taken { says, names: BTreeSet::new(), evidence: evidence() });
        taken.names.insert(format!("`{name}`"));
    }

    fn tell(self, outcome: &mut Outcome) {
        for (taker, Taken { says, names, evidence }) in self.0 {
            let names: Vec<String> = names.into_iter().collect();
            let of = match names.as_slice() {
                [one] => format!("policy {one}"),
                all => format!("{} policies ({})", all.len(), some_of(all)),
            };
            outcome.found(Found::of(taker, format!("{says} all that a statement of {of} allows"), evidence));
        }
    }
}

/// What takes all that a statement allows.
struct Taker<'a> {
    id: &'a str,
    says: String,
    /// The statement that denies it, if one does.
    deny: Option<(&'a Guardrail, &'a Statement)>,
}

/// A level of SCPs of which every Allow is known.
struct Level<'a> {
    /// Id of the root, OU or account.
    id: &'a str,
    shown: &'a str,
    policies: Vec<&'a Policy>,
}

/// The SCPs of an account that take something from everybody, and the levels at which every Allow is known.
struct Scps<'a> {
    denies: Vec<(&'a Guardrail, &'a Statement)>,
    levels: Vec<Level<'a>>,
}

impl<'a> Scps<'a> {
    fn new(cx: &Context<'a>, account: &'a Account) -> Self {
        let levels = account.scps().levels();
        let parsed = |guardrail: &Guardrail| guardrail.document.parsed().map(|ix| cx.estate.policy(ix));
        let of = |guardrail: &'a Guardrail| {
            parsed(guardrail).into_iter().flat_map(denies).map(move |statement| (guardrail, statement))
        };
        // the last level is the account's own
        let ids = account.units().iter().map(String::as_str).chain(std::iter::repeat("account"));
        let level = |(level, id): (&'a Vec<Guardrail>, &'a str)| {
            let policies: Option<Vec<&Policy>> = level.iter().map(parsed).collect();
            let shown = level.first().map_or(id, |guardrail| &*guardrail.target);
            Some(Level { id, shown, policies: policies? })
        };
        Self {
            denies: levels.iter().flatten().flat_map(of).collect(),
            levels: levels.iter().zip(ids).filter_map(level).collect(),
        }
    }

    fn taker(&self, allow: &Statement) -> Option<Taker<'a>> {
        if let Some(deny) = self.denies.iter().find(|(_, deny)| takes_all(deny, allow)) {
            return Some(Taker { id: deny.0.id(), says: format!("SCP `{}` denies", deny.0.name), deny: Some(*deny) });
        }
        let closed = self.levels.iter().find(|level| leaves_nothing(level.policies.iter().copied(), allow))?;
        Some(Taker { id: closed.id, says: format!("no SCP of `{}` allows what is", closed.shown), deny: None })
    }
}

/// Policies of an account with a statement of which SCPs leave nothing.
fn allow_taken_by_scp(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let account = cx.estate.account(ix);
    let guardrails = account.scps();
    if guardrails.levels().is_empty() && guardrails.gap().is_none() {
        return outcome.not_applicable();
    }
    if let Some(gap) = guardrails.unknown() {
        return outcome.unknown_because(&[cx.reason(gap)].into());
    }
    let scps = Scps::new(cx, account);
    let dead = |document: PolicyIx| {
        allows(cx.estate.policy(document)).find_map(|allow| scps.taker(allow).map(|taker| (allow, taker)))
    };
    let found = cx.held(ix);
    let managed = found.managed.iter().filter(|managed| !managed.holders.is_empty());
    let managed = managed.filter_map(|managed| Some((managed.policy.name(), managed.policy.document?)));
    let inline = found.inline.iter().map(|inline| (inline.name, inline.document));
    let mut takings = Takings::default();
    for (name, document) in managed.chain(inline) {
        let Some((allow, taker)) = dead(document) else { continue };
        takings.add(taker.id, taker.says, name, || {
            let deny = taker.deny.map(|(guardrail, deny)| eval::evidence(Layer::Scp, &guardrail.name, deny));
            std::iter::once(eval::evidence(Layer::Identity, name, allow)).chain(deny).collect()
        });
    }
    takings.tell(outcome);
    let (count, ref unread) = found.unread;
    let mut why: BTreeSet<String> = unread.iter().map(|gap| cx.reason(*gap)).collect();
    why.extend(guardrails.gap().into_iter().chain(found.holders_unread).map(|gap| cx.reason(gap)));
    if count > 0 || !why.is_empty() {
        outcome.unknown_part("policies", because(&why));
    }
}

/// A statement of a policy: the policy's name and document, and which of its Allows.
type Part<'a> = (&'a str, PolicyIx, usize);

/// The policies of customers that a class of principals has, by name and document.
fn own(policies: &[Attached]) -> impl Iterator<Item = (&str, PolicyIx)> {
    let own = policies.iter().filter(|attached| !attached.is_aws_managed);
    own.filter_map(|attached| Some((&*attached.name, attached.document.parsed()?)))
}

/// Why policies of customers that a class has were not read.
fn unread(class: &Class) -> impl Iterator<Item = GapIx> + '_ {
    let own = class.policies().iter().filter(|attached| !attached.is_aws_managed);
    own.filter_map(|attached| attached.document.gap())
}

/// Statements of policies of which a boundary leaves nothing, each pair of documents compared once.
struct LostStatements<'c, 'a> {
    cx: &'c Context<'a>,
    /// By boundary and policy.
    known: HashMap<(PolicyIx, PolicyIx), Rc<[usize]>>,
}

impl LostStatements<'_, '_> {
    /// Which Allows of a policy a boundary leaves nothing of.
    fn of(&mut self, boundary: PolicyIx, document: PolicyIx) -> Rc<[usize]> {
        let estate = self.cx.estate;
        let compare = || {
            let limit = estate.policy(boundary);
            let lost = |allow: &Statement| {
                denies(limit).any(|deny| takes_all(deny, allow)) || leaves_nothing(std::iter::once(limit), allow)
            };
            allows(estate.policy(document)).enumerate().filter(|(_, allow)| lost(allow)).map(|(at, _)| at).collect()
        };
        self.known.entry((boundary, document)).or_insert_with(compare).clone()
    }
}

/// Policies of an account with a statement of which the permissions boundary of everybody who has them leaves nothing.
fn allow_outside_boundary(cx: &Context<'_>, _: &NoParameters, ix: AccountIx, outcome: &mut Outcome) {
    let classes = || cx.estate.classes_of(ix).map(|class| cx.estate.class(class));
    if classes().all(|class| class.boundary().is_none()) {
        return outcome.not_applicable();
    }
    let mut why = BTreeSet::new();
    let mut lost = LostStatements { cx, known: HashMap::new() };
    let mut dead = BTreeMap::<Part<'_>, BTreeSet<(&str, PolicyIx)>>::new();
    for class in classes() {
        let Some(boundary) = class.boundary() else { continue };
        why.extend(boundary.document.gap().into_iter().chain(unread(class)).map(|gap| cx.reason(gap)));
        let Some(limit) = boundary.document.parsed() else { continue };
        for (name, document) in own(class.policies()) {
            for at in lost.of(limit, document).iter() {
                dead.entry((name, document, *at)).or_default().insert((&boundary.name, limit));
            }
        }
    }
    // who has the statement without such a boundary makes use of it
    let all = if dead.is_empty() { None } else { Some(classes()) };
    for class in all.into_iter().flatten() {
        why.extend(unread(class).map(|gap| cx.reason(gap)));
        let limit = class.boundary().and_then(|boundary| boundary.document.parsed());
        for (name, document) in own(class.policies()) {
            let parts = limit.map(|limit| lost.of(limit, document)).unwrap_or_default();
            for at in (0..allows(cx.estate.policy(document)).count()).filter(|at| !parts.contains(at)) {
                dead.remove(&(name, document, at));
            }
        }
    }
    let mut takings = Takings::default();
    let boundaries = dead.into_iter().flat_map(|(part, of)| of.into_iter().map(move |boundary| (part, boundary)));
    for ((name, document, at), (boundary, limit)) in boundaries {
        let Some(allow) = allows(cx.estate.policy(document)).nth(at) else { continue };
        let says = format!("permissions boundary `{boundary}` takes back");
        takings.add(boundary, says, name, || {
            let deny = denies(cx.estate.policy(limit)).find(|deny| takes_all(deny, allow));
            let deny = deny.map(|deny| eval::evidence(Layer::Boundary, boundary, deny));
            std::iter::once(eval::evidence(Layer::Identity, name, allow)).chain(deny).collect()
        });
    }
    takings.tell(outcome);
    if !why.is_empty() {
        outcome.unknown_part("policies", because(&why));
    }
}
