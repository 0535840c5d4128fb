//! What is to be drawn, before it is known how far it must be put together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use super::ends::Ends;
use super::lines::{Line, Said};
use super::options::{DrawOptions, TooManyNodes};
use crate::answer::{Drawing, DrawnEdge, Grouped, Needs, Node, PrincipalKind};
use crate::graph::edge::Decided;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::snapshot::ledger::Gap;

/// Lines and their ends.
#[derive(Debug)]
pub(in crate::graph::query) struct Canvas<'g, 'e> {
    estate: &'e Estate,
    title: String,
    lines: Vec<Line<'g>>,
    ends: Ends<'g>,
    targets: FixedBitSet,
    /// Who reaches the target; `None` of a picture without one.
    reaching: Option<Vec<&'g Source>>,
    gaps: Vec<Gap>,
}

/// What the surroundings of a target are about.
pub(in crate::graph::query) struct About<'g> {
    pub(in crate::graph::query) title: String,
    /// Roles of the target that somebody reaches.
    pub(in crate::graph::query) targets: Vec<PrincipalIx>,
    pub(in crate::graph::query) reaching: Vec<&'g Source>,
    pub(in crate::graph::query) gaps: Vec<Gap>,
}

/// Edges between two nodes as they are counted.
#[derive(Default)]
struct Sum {
    edges: usize,
    needs: Needs,
    /// Which needs are in it.
    added: BTreeSet<usize>,
}

impl<'g, 'e> Canvas<'g, 'e> {
    pub(super) fn of_everything(estate: &'e Estate, lines: Vec<Line<'g>>, gaps: Vec<Gap>) -> Self {
        let ends = Ends::of(&lines, estate);
        let title = "Every direct edge".to_owned();
        Self { estate, title, lines, ends, targets: FixedBitSet::new(), reaching: None, gaps }
    }

    /// Lines among these ends: what starts or ends elsewhere is left out.
    pub(in crate::graph::query) fn around(
        estate: &'e Estate,
        about: About<'g>,
        lines: Vec<Line<'g>>,
        ends: Ends<'g>,
    ) -> Self {
        let mut targets = FixedBitSet::with_capacity(estate.principals().len());
        about.targets.iter().for_each(|role| targets.insert(role.get()));
        let About { title, reaching, gaps, .. } = about;
        Self { estate, title, lines, ends, targets, reaching: Some(reaching), gaps }
    }

    /// # Errors
    /// Where it would have too many nodes.
    pub(in crate::graph::query) fn draw(&self, options: &DrawOptions) -> Result<Drawing, TooManyNodes> {
        let by = self.grouping(options)?;
        let mut places = self.ends.places(self.estate, by, &self.targets);
        let mut said = Known::default();
        let mut sums = BTreeMap::<(u32, u32, usize), Sum>::new();
        for line in &self.lines {
            let Some(to) = places.of(line.edge.to) else { continue };
            let (what, how) = said.of(line, self.estate);
            for (from, count) in places.callers(line, self.estate) {
                let sum = sums.entry((from, to, what)).or_default();
                sum.edges += count;
                if let Some(needs) = said.needs.get(how).filter(|_| !sum.added.contains(&how)) {
                    if sum.added.is_empty() {
                        sum.needs = needs.clone()
                    } else {
                        sum.needs.merge(needs)
                    }
                    sum.added.insert(how);
                }
            }
        }
        let mut edges: Vec<((u32, u32, &Said), Sum)> = sums
            .into_iter()
            .filter_map(|((from, to, what), sum)| Some(((from, to, said.said.get(what)?), sum)))
            .collect();
        edges.sort_by(|a, b| a.0.cmp(&b.0));
        let edge = |((from, to, said), sum): ((u32, u32, &Said), Sum)| DrawnEdge {
            from: Node::id_at(from as usize),
            to: Node::id_at(to as usize),
            kind: said.kind.to_owned(),
            action: said.action.to_owned(),
            verdict: said.verdict,
            conditions: said.conditions.clone(),
            needs: sum.needs.phrases(),
            edges: sum.edges,
        };
        let edges = edges.into_iter().map(edge).collect();
        for source in self.reaching.iter().flatten() {
            let node = places.of_source(source).and_then(|place| places.nodes.get_mut(place as usize));
            let count = source.persons(self.estate).len().max(1);
            node.into_iter().for_each(|node| *node.reaching.get_or_insert(0) += count);
        }
        if self.reaching.is_some() {
            places.nodes.iter_mut().for_each(|node| node.reaching = Some(node.reaching.unwrap_or(0)));
        }
        let (title, gaps) = (self.title.clone(), self.gaps.clone());
        Ok(Drawing { schema: Drawing::SCHEMA, title, verdict: None, grouped: by, nodes: places.nodes, edges, gaps })
    }

    /// The grouping that was asked for, or the finest that has room.
    fn grouping(&self, options: &DrawOptions) -> Result<Grouped, TooManyNodes> {
        let all = [Grouped::None, Grouped::Name, Grouped::Account, Grouped::Ou];
        let tried = options.grouped.as_ref().map_or(&all[..], std::slice::from_ref);
        let mut least = TooManyNodes { nodes: usize::MAX, grouped: Grouped::None };
        for by in tried {
            let nodes = self.ends.nodes(self.estate, *by, &self.targets);
            if nodes <= options.max_nodes {
                return Ok(*by);
            }
            if nodes < least.nodes {
                least = TooManyNodes { nodes, grouped: *by };
            }
        }
        Err(least)
    }
}

/// What is said of lines, each once.
#[derive(Default)]
struct Known<'g> {
    said: Vec<Said>,
    needs: Vec<Needs>,
    numbers: BTreeMap<Said, usize>,
    by_address: HashMap<Address<'g>, (usize, usize)>,
}

type Address<'g> = (*const Decided, &'g str, PrincipalKind, bool);

impl<'g> Known<'g> {
    /// The numbers of what is said of a line and of what it needs.
    fn of(&mut self, line: &Line<'g>, estate: &Estate) -> (usize, usize) {
        let address = line.address(estate);
        if let Some(known) = self.by_address.get(&address) {
            return *known;
        }
        let said = line.said();
        let what = *self.numbers.entry(said.clone()).or_insert(self.said.len());
        if what == self.said.len() {
            self.said.push(said);
        }
        let how = self.needs.len();
        self.needs.push(line.needs());
        self.by_address.insert(address, (what, how));
        (what, how)
    }
}
