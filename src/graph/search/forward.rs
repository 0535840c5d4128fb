//! What a source reaches: forwards over all edges.
//!
//! Owns: the edges of the whole graph by where they start. State and modes are those of `backward`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::outgoing::{EdgeAt, Outgoing};
use super::starts;
use crate::answer::Verdict;
use crate::graph::edge::{Edge, Step};
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;

/// A role that is reached, by a shortest walk of the best verdict.
pub(crate) struct Reached {
    pub(crate) role: PrincipalIx,
    pub(crate) verdict: Verdict,
    pub(crate) mode: Mode,
    pub(crate) source: Source,
    pub(crate) steps: Vec<Step>,
}

/// How a walk came to a role: from where, by which edge.
type Trail<'g> = BTreeMap<PrincipalIx, (Source, Cow<'g, Edge>)>;

/// Roles that the sources reach, each by a shortest walk of the best verdict.
pub(crate) fn reached(graph: &TrustGraph<'_>, sources: &[Source]) -> Vec<Reached> {
    let mut best = BTreeMap::<PrincipalIx, Reached>::new();
    each(graph, sources, None, usize::MAX, |found| {
        let rank = |of: &Reached| (of.verdict, of.steps.len());
        if best.get(&found.role).is_none_or(|known| rank(&found) < rank(known)) {
            best.insert(found.role, found);
        }
    });
    best.into_values().collect()
}

/// Offers each role that a source reaches, by a shortest walk of each verdict that is not too long and passes `via`.
pub(crate) fn each(
    graph: &TrustGraph<'_>,
    sources: &[Source],
    via: Option<PrincipalIx>,
    max_hops: usize,
    mut offer: impl FnMut(Reached),
) {
    let outgoing = Outgoing::new(graph.all());
    for source in sources {
        for lens in lens::of_source(graph.estate(), source) {
            for (role, steps) in walks(graph, &outgoing, source, via, lens) {
                if steps.len() <= max_hops && Source::Principal(role) != *source {
                    offer(Reached { role, verdict: lens.verdict, mode: lens.mode, source: source.clone(), steps });
                }
            }
        }
    }
}

/// Roles that a source may reach, whoever made the sessions on the way: each is to be searched for.
pub(crate) fn candidates(graph: &TrustGraph<'_>, source: &Source) -> BTreeSet<PrincipalIx> {
    let outgoing = Outgoing::new(graph.all());
    let mut met = BTreeSet::new();
    let mut frontier = vec![source.clone()];
    while let Some(from) = frontier.pop() {
        let edges = edges_from(graph, &outgoing, &from);
        let entered: Vec<PrincipalIx> = edges.map(|edge| edge.to).filter(|role| met.insert(*role)).collect();
        frontier.extend(entered.into_iter().map(Source::Principal));
    }
    if let Source::Principal(own) = source {
        met.remove(own);
    }
    met
}

/// Edges of a source, and of its class.
fn edges_from<'g>(graph: &'g TrustGraph<'_>, outgoing: &Outgoing, from: &Source) -> impl Iterator<Item = &'g Edge> {
    let edge = |(role, at): EdgeAt| graph.all().get(role.get())?.get(at);
    outgoing.of(from, graph.estate()).filter_map(edge)
}

/// The shortest walk to each role; with `via`, first to that role and on from there.
fn walks(
    graph: &TrustGraph<'_>,
    outgoing: &Outgoing,
    source: &Source,
    via: Option<PrincipalIx>,
    lens: Lens,
) -> Vec<(PrincipalIx, Vec<Step>)> {
    let first = walk(graph, outgoing, source, true, lens);
    let Some(via) = via else {
        return first.keys().map(|role| (*role, steps(&first, source, *role))).collect();
    };
    let start = Source::Principal(via);
    let before = if start == *source { Vec::new() } else { steps(&first, source, via) };
    if before.is_empty() && start != *source {
        return Vec::new();
    }
    let then = walk(graph, outgoing, &start, start == *source, lens);
    let onwards = then.keys().filter(|role| **role != via).map(|role| {
        let mut all = before.clone();
        all.extend(steps(&then, &start, *role));
        (*role, all)
    });
    onwards.chain((!before.is_empty()).then(|| (via, before.clone()))).collect()
}

fn walk<'g>(graph: &'g TrustGraph<'_>, outgoing: &Outgoing, start: &Source, is_first: bool, lens: Lens) -> Trail<'g> {
    let mut trail = Trail::new();
    let mut frontier = vec![start.clone()];
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for from in &frontier {
            for edge in edges_from(graph, outgoing, from) {
                let edge = if is_first && from == start { starts::next(edge, from, &[]) } else { Cow::Borrowed(edge) };
                if !lens.shows(&edge) || trail.contains_key(&edge.to) {
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
