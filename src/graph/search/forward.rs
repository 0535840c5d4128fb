//! What a source reaches: forwards over all edges.
//!
//! Owns: the edges of the whole graph by where they start. State and modes are those of `backward`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::outgoing::{EdgeAt, Outgoing};
use super::starts;
use crate::answer::Verdict;
use crate::graph::edge::{Edge, Hop};
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::source::Source;
use crate::graph::trust_graph::TrustGraph;
use crate::ids::PrincipalIx;

/// A role that is reached, by a shortest path of the best verdict.
pub(crate) struct Reached {
    pub(crate) role: PrincipalIx,
    pub(crate) verdict: Verdict,
    pub(crate) mode: Mode,
    pub(crate) source: Source,
    pub(crate) hops: Vec<Hop>,
}

/// How a path came to a role: from where, by which edge.
type Tree<'g> = BTreeMap<PrincipalIx, (Source, Cow<'g, Edge>)>;

/// Roles that the sources reach, each by a shortest path of the best verdict.
pub(crate) fn reached(graph: &TrustGraph<'_>, sources: &[Source]) -> Vec<Reached> {
    let mut best = BTreeMap::<PrincipalIx, Reached>::new();
    each(graph, sources, None, usize::MAX, |found| {
        let rank = |of: &Reached| (of.verdict, of.hops.len());
        if best.get(&found.role).is_none_or(|known| rank(&found) < rank(known)) {
            best.insert(found.role, found);
        }
    });
    best.into_values().collect()
}

/// Offers each role that a source reaches, by a shortest path of each verdict that is not too long and passes `via`.
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
            for (role, hops) in paths(graph, &outgoing, source, via, lens) {
                if hops.len() <= max_hops && Source::Principal(role) != *source {
                    offer(Reached { role, verdict: lens.verdict, mode: lens.mode, source: source.clone(), hops });
                }
            }
        }
    }
}

/// Roles that a source may reach, whatever made the sessions on the path: each must be searched for.
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

/// The shortest path to each role; with `via`, first to that role and on from there.
fn paths(
    graph: &TrustGraph<'_>,
    outgoing: &Outgoing,
    source: &Source,
    via: Option<PrincipalIx>,
    lens: Lens,
) -> Vec<(PrincipalIx, Vec<Hop>)> {
    let first = shortest(graph, outgoing, source, true, lens);
    let Some(via) = via else {
        return first.keys().map(|role| (*role, hops(&first, source, *role))).collect();
    };
    let start = Source::Principal(via);
    let before = if start == *source { Vec::new() } else { hops(&first, source, via) };
    if before.is_empty() && start != *source {
        return Vec::new();
    }
    let then = shortest(graph, outgoing, &start, start == *source, lens);
    let onwards = then.keys().filter(|role| **role != via).map(|role| {
        let mut all = before.clone();
        all.extend(hops(&then, &start, *role));
        (*role, all)
    });
    onwards.chain((!before.is_empty()).then(|| (via, before.clone()))).collect()
}

fn shortest<'g>(
    graph: &'g TrustGraph<'_>,
    outgoing: &Outgoing,
    start: &Source,
    is_first: bool,
    lens: Lens,
) -> Tree<'g> {
    let mut tree = Tree::new();
    let mut frontier = vec![start.clone()];
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for from in &frontier {
            for edge in edges_from(graph, outgoing, from) {
                let edge = if is_first && from == start { starts::next(edge, from, &[]) } else { Cow::Borrowed(edge) };
                if !lens.shows(&edge) || tree.contains_key(&edge.to) {
                    continue;
                }
                next.push(Source::Principal(edge.to));
                tree.insert(edge.to, (from.clone(), edge));
            }
        }
        next.sort();
        frontier = next;
    }
    tree
}

fn hops(tree: &Tree<'_>, start: &Source, role: PrincipalIx) -> Vec<Hop> {
    let mut hops = Vec::new();
    let mut at = role;
    while let Some((from, edge)) = tree.get(&at) {
        hops.push(Hop { from: from.clone(), edge: edge.clone().into_owned() });
        match from {
            Source::Principal(ix) if from != start => at = *ix,
            _ => break,
        }
    }
    hops.reverse();
    hops
}
