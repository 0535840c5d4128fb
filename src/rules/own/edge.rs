//! Facts about a direct edge, and one expression on all of them.
//!
//! Owns: which edges there are, as `export edges` lists them: users may bring MFA, nobody else. INVARIANT: principals that the graph
//! decides together are judged together, so the cost follows decisions, not pairs; an edge that rests on missing data is never a pass.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::callers;
use super::fields::Field;
use super::principal::{OfPrincipal, reasons, sorted};
use super::run::OwnRun;
use super::view::{Answer, Data, Facts, Known};
use crate::answer::{PrincipalKind, Verdict};
use crate::finding::Counts;
use crate::graph::{Decision, Edge, Source};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::key::KeyKind;
use crate::posture::entry::{self, Can, Chosen};
use crate::posture::{anyone, external, unknown};
use crate::rules::context::Context;
use crate::rules::outcome::{Found, Outcome, some_of};
use crate::rules::running::{Judged, Needs, Running, in_parallel};

/// The most names that are built of one edge's callers: as many as an expression reads.
const MOST_NAMES: usize = 10_000;

/// A request that says nothing of MFA.
const WITHOUT_MFA_KEYS: Chosen<'static> = &[(KeyKind::MfaPresent, None), (KeyKind::MfaAge, None)];

/// An edge.
struct OfEdge<'c, 'e> {
    cx: &'c Context<'e>,
    run: &'c OwnRun<'c>,
    edge: &'c Edge,
}

impl<'e> OfEdge<'_, 'e> {
    fn kind(&self) -> PrincipalKind {
        self.edge.from.kind(self.cx.estate)
    }

    fn decision(&self) -> &Decision {
        self.edge.own(self.kind())
    }

    /// Whether no call with these facts succeeds.
    fn fails(&self, chosen: &[Chosen<'_>]) -> Known<Data<'e>> {
        let truth = self.decision().truth();
        let left: Vec<_> = chosen.iter().map(|facts| entry::with(&truth, facts)).collect();
        match left.iter().map(entry::can).max() {
            Some(Can::Yes) => Ok(Data::Bool(false)),
            Some(Can::No) | None => Ok(Data::Bool(true)),
            Some(Can::Perhaps) => {
                Err(reasons(left.iter().flat_map(|truth| unknown::unclear(self.cx.estate, truth)).collect()))
            }
        }
    }

    fn mfa(&self) -> Known<Data<'e>> {
        match self.kind() {
            // what a role does is always done by a session, which need not say whether it has MFA
            PrincipalKind::Role => self.fails(&[entry::WITH_SESSION, WITHOUT_MFA_KEYS]),
            _ => self.fails(&[entry::WITH_SESSION, entry::WITH_KEY]),
        }
    }

    fn crosses_accounts(&self) -> bool {
        let home = self.cx.estate.account(self.cx.estate.principal(self.edge.to).account()).id();
        self.edge.from == Source::Everyone || callers::accounts(self.cx.estate, self.edge).iter().any(|id| *id != home)
    }

    fn crosses_organization(&self) -> Known<Data<'e>> {
        if self.edge.from == Source::Everyone {
            return Ok(Data::Bool(anyone::stranger_can_enter(&self.decision().truth())));
        }
        let mut why = BTreeSet::new();
        for id in callers::accounts(self.cx.estate, self.edge) {
            match external::is_outside(self.cx.estate, id) {
                Ok(true) => return Ok(Data::Bool(true)),
                Ok(false) => {}
                Err(gap) => why.extend([self.cx.reason(gap)]),
            }
        }
        if why.is_empty() { Ok(Data::Bool(false)) } else { Err(reasons(why)) }
    }

    fn from(&self) -> Known<Data<'e>> {
        let estate = self.cx.estate;
        if !self.edge.from.is_expanded(estate) {
            return Ok(Data::Texts(vec![Cow::Owned(self.edge.from.name(estate))]));
        }
        match callers_of(estate, self.edge) {
            many if many > MOST_NAMES => Err(format!("{many} principals share the edge; edge.from lists {MOST_NAMES}")),
            _ => {
                let callers = self.edge.callers(estate).map(|caller| estate.arn(caller));
                let persons = self.persons();
                Ok(Data::Texts(callers.chain(persons).map(Cow::Owned).collect()))
            }
        }
    }

    /// The names of people who may make the call.
    fn persons(&self) -> impl Iterator<Item = String> + use<'e, '_> {
        let people = self.cx.estate.people();
        let persons = self.edge.from.persons(self.cx.estate).iter();
        persons.filter_map(move |person| people.map(|people| people.name_of(*person)))
    }

    /// `prod/alice`, or the name of who is no principal of the estate.
    fn shown(&self) -> Vec<String> {
        let estate = self.cx.estate;
        if !self.edge.from.is_expanded(estate) {
            return vec![self.edge.from.name(estate)];
        }
        self.edge.callers(estate).map(|caller| self.cx.shown(caller)).chain(self.persons()).collect()
    }
}

/// How many may make the call; somebody who is no principal of the estate counts once.
fn callers_of(estate: &Estate, edge: &Edge) -> usize {
    (edge.callers(estate).count() + edge.from.persons(estate).len()).max(1)
}

impl<'e> Facts<'e> for OfEdge<'_, 'e> {
    fn fact(&self, field: &Field) -> Known<Data<'e>> {
        let Some(("edge", name)) = field.name.split_once('.') else {
            return OfPrincipal { cx: self.cx, memo: &self.run.memo, reached: self.run.reached, ix: self.edge.to }
                .fact(field);
        };
        let estate = self.cx.estate;
        let text = |text: &'static str| Ok(Data::Text(Cow::Borrowed(text)));
        match name {
            "kind" => text(self.edge.kind.as_str()),
            "action" => Ok(Data::Text(Cow::Owned(self.edge.kind.action().name().to_owned()))),
            "to" => Ok(Data::Text(Cow::Owned(estate.arn(self.edge.to)))),
            "from" => self.from(),
            "from_kind" => text(self.kind().as_str()),
            "from_accounts" => {
                let ids = callers::accounts(estate, self.edge);
                Ok(sorted(ids.iter().map(ToString::to_string).collect()))
            }
            "from_ous" => callers::ous(self.cx, &callers::accounts(estate, self.edge)).map(sorted),
            "crosses_accounts" => Ok(Data::Bool(self.crosses_accounts())),
            "crosses_organization" => self.crosses_organization(),
            // what follows is of a decision
            _ if self.decision().verdict() == Verdict::Unknown => {
                Err(reasons(unknown::unclear(estate, &self.decision().truth())))
            }
            "verdict" => text(self.decision().verdict().as_str()),
            "conditions" => Ok(sorted(self.decision().conditions())),
            "mfa" => self.mfa(),
            "external_id" => self.fails(&[&[(KeyKind::ExternalId, None)]]),
            _ => Err(format!("{} is not known", field.name)),
        }
    }
}

/// Judges every edge; what is found of the edges into a role is one finding of the role.
pub(super) fn run(cx: &Context<'_>, rule: &Running<'_>, needs: &Needs, run: &OwnRun<'_>) -> Judged {
    let mut judged = Judged::default();
    rule.accounts(cx, needs, &mut judged);
    let roles: Vec<(PrincipalIx, &[Edge])> = cx.graph.by_role().filter(|(_, edges)| !edges.is_empty()).collect();
    judged.join(in_parallel(roles.len(), &|at, judged| {
        if let Some((role, edges)) = roles.get(at) {
            let (outcome, counts) = into(cx, run, edges);
            // edges are counted, not the roles that they lead into
            let before = judged.counts;
            judged.take(cx, rule, &|| (cx.estate.principal(*role).account(), cx.estate.arn(*role)), outcome);
            judged.counts = before;
            judged.counts.add(counts);
        }
    }))
}

/// What is said of the edges into one role, and of how many.
fn into(cx: &Context<'_>, run: &OwnRun<'_>, edges: &[Edge]) -> (Outcome, Counts) {
    let (mut found, mut why, mut counts) = (Vec::new(), BTreeSet::new(), Counts::default());
    for edge in edges {
        let of = OfEdge { cx, run, edge };
        let verdict = of.decision().verdict();
        if verdict == Verdict::Denied {
            continue;
        }
        let callers = callers_of(cx.estate, edge);
        match (run.answer(&of), verdict) {
            // the edge itself may not be there
            (Answer::Yes, Verdict::Unknown) => {
                counts.unknown += callers;
                why.extend(unknown::unclear(cx.estate, &of.decision().truth()));
            }
            (Answer::Yes, _) => {
                counts.add(Counts { judged: callers, failed: callers, ..Counts::default() });
                found.extend(of.shown());
            }
            (Answer::Unknown(reasons), _) => {
                counts.unknown += callers;
                why.extend(reasons);
            }
            (Answer::No | Answer::Wrong(_), _) => counts.judged += callers,
        }
    }
    let mut outcome = Outcome::default();
    if !found.is_empty() {
        outcome.found(Found::saying(format!("{}: from {}", run.rule.message, some_of(&found))));
    }
    outcome.unknown_because(&why);
    (outcome, counts)
}
