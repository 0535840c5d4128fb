//! What a source reaches: forwards over all edges.
//!
//! Owns: the edges of the whole graph by where they start. State and modes are those of `reach`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::TrustGraph;
use super::edge::{Edge, Source};
use super::reach::{Mode, Step, in_mode, modes_of};
use super::starts;
use crate::answer::Verdict;
use crate::ids::PrincipalIx;

/// A role that is reached, by a shortest walk of the best verdict.
pub(super) struct Reached {
    pub(super) role: PrincipalIx,
    pub(super) verdict: Verdict,
    pub(super) source: Source,
    pub(super) steps: Vec<Step>,
}

type Outgoing<'g> = BTreeMap<&'g Source, Vec<&'g Edge>>;

/// How a walk came to a role: from where, by which edge.
type Trail<'g> = BTreeMap<PrincipalIx, (Source, Cow<'g, Edge>)>;

/// Roles that the sources reach, each by a shortest walk of the best verdict that is not too long and passes `via`.
pub(super) fn reached(
    graph: &TrustGraph<'_>,
    sources: &[Source],
    via: Option<PrincipalIx>,
    max_hops: usize,
) -> Vec<Reached> {
    let mut outgoing = Outgoing::new();
    for edge in graph.all().iter().flatten() {
        outgoing.entry(&edge.from).or_default().push(edge);
    }
    let mut best = BTreeMap::<PrincipalIx, Reached>::new();
    for source in sources {
        for verdict in [Verdict::Allowed, Verdict::Conditional, Verdict::Unknown] {
            let modes = modes_of(graph.estate(), source, verdict);
            for mode in modes {
                for (role, steps) in walks(graph, &outgoing, source, via, (verdict, *mode)) {
                    let known = best.get(&role).is_some_and(|b| (b.verdict, b.steps.len()) <= (verdict, steps.len()));
                    if !known && steps.len() <= max_hops && Source::Principal(role) != *source {
                        best.insert(role, Reached { role, verdict, source: source.clone(), steps });
                    }
                }
            }
        }
    }
    best.into_values().collect()
}

/// The shortest walk to each role; with `via`, first to that role and on from there.
fn walks(
    graph: &TrustGraph<'_>,
    outgoing: &Outgoing<'_>,
    source: &Source,
    via: Option<PrincipalIx>,
    (verdict, mode): (Verdict, Mode),
) -> Vec<(PrincipalIx, Vec<Step>)> {
    let first = walk(graph, outgoing, source, true, (verdict, mode));
    let Some(via) = via else {
        return first.keys().map(|role| (*role, steps(&first, source, *role))).collect();
    };
    let start = Source::Principal(via);
    let before = if start == *source { Vec::new() } else { steps(&first, source, via) };
    if before.is_empty() && start != *source {
        return Vec::new();
    }
    let then = walk(graph, outgoing, &start, start == *source, (verdict, mode));
    let onwards = then.keys().filter(|role| **role != via).map(|role| {
        let mut all = before.clone();
        all.extend(steps(&then, &start, *role));
        (*role, all)
    });
    onwards.chain((!before.is_empty()).then(|| (via, before.clone()))).collect()
}

fn walk<'g>(
    graph: &'g TrustGraph<'_>,
    outgoing: &Outgoing<'g>,
    start: &Source,
    is_first: bool,
    (verdict, mode): (Verdict, Mode),
) -> Trail<'g> {
    let mut trail = Trail::new();
    let mut frontier = vec![start.clone()];
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for from in &frontier {
            let class = match from {
                Source::Principal(ix) => Some(Source::Class(graph.estate().principal(*ix).class())),
                _ => None,
            };
            let edges = [Some(from), class.as_ref()].into_iter().flatten().filter_map(|s| outgoing.get(s)).flatten();
            for edge in edges {
                let edge = if is_first && from == start { starts::next(edge, from, &[]) } else { Cow::Borrowed(*edge) };
                if in_mode(&edge, mode).verdict() > verdict || trail.contains_key(&edge.to) {
                    continue;
                }
                next.push(Source::Principal(edge.to));
                trail.insert(edge.to, (from.clone(), edge));
            }
        }
        next.sort();
        frontier = next;
    }
    trail
}

fn steps(trail: &Trail<'_>, start: &Source, role: PrincipalIx) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at = role;
    while let Some((from, edge)) = trail.get(&at) {
        steps.push(Step { from: from.clone(), edge: edge.clone().into_owned() });
        match from {
            Source::Principal(ix) if from != start => at = *ix,
            _ => break,
        }
    }
    steps.reverse();
    steps
}
