//! Every direct edge.
//!
//! Owns: the order in which edges are listed. A class has hundreds of members and an edge into a role that all of them share:
//! rows are three numbers each until they are written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Serialize, Serializer};

use crate::answer::{EdgeRef, EdgeRow, PrincipalKind, Verdict};
use crate::graph::edge::{Decided, Edge, EdgeKind};
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::{PersonIx, PrincipalIx};
use crate::model::Estate;
use crate::snapshot::ledger::Gap;

/// Every direct edge, classes expanded, sorted by source, role and kind.
#[must_use]
pub fn edges(graph: &TrustGraph<'_>, include_unknown: bool) -> Vec<EdgeRow> {
    all_edges(graph, include_unknown).iter().map(EdgeRow::from).collect()
}

/// Edges, and what is not known of them.
#[derive(Debug, Default)]
pub struct Edges {
    names: Vec<Box<str>>,
    answers: Vec<Answer>,
    rows: Vec<Row>,
    /// How many rest on missing data, whether they are among the rows or left out.
    pub unknown: usize,
    /// Accounts of which it is not known what edges they have, each with its gap.
    pub unread: Vec<Gap>,
}

/// An edge, by the places of its parts in their sorted lists: rows are in order as their numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    from: u32,
    to: u32,
    answer: u32,
}

/// By which call, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    kind: &'static str,
    action: &'static str,
    verdict: Verdict,
    conditions: Vec<String>,
}

impl Edges {
    /// Sorted by source, role and kind.
    pub fn iter(&self) -> impl Iterator<Item = EdgeRef<'_>> {
        self.rows.iter().filter_map(|row| {
            let name = |at: u32| self.names.get(at as usize).map(|name| &**name);
            let answer = self.answers.get(row.answer as usize)?;
            Some(EdgeRef {
                from: name(row.from)?,
                to: name(row.to)?,
                kind: answer.kind,
                action: answer.action,
                verdict: answer.verdict,
                conditions: &answer.conditions,
            })
        })
    }
}

impl Serialize for Edges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// As [`edges`], with what is not known.
#[must_use]
pub fn all_edges(graph: &TrustGraph<'_>, include_unknown: bool) -> Edges {
    let estate = graph.estate();
    let all = graph.all();
    let others: BTreeSet<&Source> =
        all.iter().flatten().map(|edge| &edge.from).filter(|from| !from.is_expanded(estate)).collect();
    let names = Names::of(estate, &others);
    let found: Vec<Found<'_>> = all.par_iter().map(|edges| Found::of(edges, estate, include_unknown)).collect();
    let distinct: BTreeSet<&Answer> = found.iter().flat_map(|found| &found.answers).map(|(answer, _)| answer).collect();
    let places: BTreeMap<&Answer, u32> = distinct.iter().zip(0..).map(|(answer, place)| (*answer, place)).collect();
    let rows = found.par_iter().flat_map_iter(|found| {
        let answers = found.answers.iter().filter_map(|(answer, edges)| Some((*places.get(answer)?, edges)));
        answers.flat_map(|(answer, edges)| edges.iter().map(move |edge| (answer, *edge))).flat_map(|(answer, edge)| {
            let to = names.of_principal(edge.to);
            let row = move |from| Row { from, to, answer };
            let callers = edge.callers(estate).map(|caller| names.of_principal(caller));
            let persons = edge.from.persons(estate).iter().filter_map(|person| names.of_person(*person));
            let other = names.of_other(&edge.from).filter(|_| edge.from.persons(estate).is_empty());
            callers.chain(persons).chain(other).map(row)
        })
    });
    let mut rows: Vec<Row> = rows.collect();
    rows.par_sort_unstable();
    Edges {
        rows,
        answers: distinct.into_iter().cloned().collect(),
        unknown: found.iter().map(|found| found.unknown).sum(),
        unread: estate.unread_accounts().map(|(_, gap)| estate.gap(gap).clone()).collect(),
        names: names.sorted,
    }
}

/// The names of all ends of edges, and where each stands among them in order.
struct Names<'g> {
    sorted: Vec<Box<str>>,
    principals: Vec<u32>,
    persons: Vec<u32>,
    others: HashMap<&'g Source, u32>,
}

impl<'g> Names<'g> {
    fn of(estate: &Estate, others: &BTreeSet<&'g Source>) -> Self {
        let count = estate.principals().len();
        let people = estate.people();
        let persons = people.map_or(0, |people| people.persons().count());
        let mut named: Vec<(Box<str>, usize)> =
            (0..count).into_par_iter().map(|at| (estate.arn(PrincipalIx::new(at)).into_boxed_str(), at)).collect();
        let of_people = people.into_iter().flat_map(|people| people.persons().map(|(ix, _)| people.name_of(ix)));
        named.extend(of_people.map(String::into_boxed_str).zip(count..));
        named.extend(
            others.iter().zip(count + persons..).map(|(source, at)| (source.name(estate).into_boxed_str(), at)),
        );
        named.par_sort_unstable();
        let mut sorted: Vec<Box<str>> = Vec::with_capacity(named.len());
        let mut places = vec![0; named.len()];
        for (name, at) in named {
            if sorted.last() != Some(&name) {
                sorted.push(name);
            }
            let place = u32::try_from(sorted.len() - 1).unwrap_or_else(|_| unreachable!("more than 2^32 names"));
            if let Some(slot) = places.get_mut(at) {
                *slot = place;
            }
        }
        let of_others = places.split_off(count + persons);
        let persons = places.split_off(count);
        Self { sorted, principals: places, persons, others: others.iter().copied().zip(of_others).collect() }
    }

    fn of_principal(&self, ix: PrincipalIx) -> u32 {
        self.principals.get(ix.get()).copied().unwrap_or_else(|| unreachable!("every principal has a name"))
    }

    fn of_person(&self, ix: PersonIx) -> Option<u32> {
        self.persons.get(ix.get()).copied()
    }

    fn of_other(&self, source: &Source) -> Option<u32> {
        self.others.get(source).copied()
    }
}

/// What is listed of the edges into one role: each answer with its edges.
#[derive(Default)]
struct Found<'g> {
    answers: Vec<(Answer, Vec<&'g Edge>)>,
    unknown: usize,
}

impl<'g> Found<'g> {
    fn of(edges: &'g [Edge], estate: &Estate, include_unknown: bool) -> Self {
        let mut found = Self::default();
        // edges that were decided together have one answer
        let mut places = HashMap::<(*const Decided, EdgeKind, PrincipalKind), usize>::new();
        for edge in edges {
            let caller = edge.from.kind(estate);
            let decision = edge.own(caller);
            match decision.verdict() {
                Verdict::Allowed | Verdict::Conditional => {}
                Verdict::Denied => continue,
                Verdict::Unknown => {
                    found.unknown += (edge.callers(estate).count() + edge.from.persons(estate).len()).max(1);
                    if !include_unknown {
                        continue;
                    }
                }
            }
            let place = *places.entry((Arc::as_ptr(&edge.decided), edge.kind, caller)).or_insert_with(|| {
                let conditions = decision.conditions().into_iter().collect();
                let (kind, action) = (edge.kind.as_str(), edge.kind.action().name());
                found.answers.push((Answer { kind, action, verdict: decision.verdict(), conditions }, Vec::new()));
                found.answers.len() - 1
            });
            if let Some((_, edges)) = found.answers.get_mut(place) {
                edges.push(edge);
            }
        }
        found
    }
}
