//! Strongly connected components of a graph of numbers.
//!
//! Owns: Tarjan's algorithm, without recursion: a circle of a million roles needs no deep stack. Does not know what the numbers mean.

/// The components, each in order, by their first numbers. `to` lists where the edges of each number lead.
pub(super) fn components(to: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut search = Search { seen: vec![None; to.len()], open: Vec::new(), is_open: vec![false; to.len()], next: 0 };
    let mut found = Vec::new();
    for start in (0u32..).take(to.len()) {
        search.run(to, start, &mut found);
    }
    found.sort_unstable();
    found
}

struct Search {
    /// When each number was first seen, and the earliest open one that it leads back to.
    seen: Vec<Option<(u32, u32)>>,
    /// Numbers whose component is not known yet.
    open: Vec<u32>,
    is_open: Vec<bool>,
    next: u32,
}

impl Search {
    fn run(&mut self, to: &[Vec<u32>], start: u32, found: &mut Vec<Vec<u32>>) {
        if self.seen(start).is_some() {
            return;
        }
        self.enter(start);
        // each with the number of its edges that were followed
        let mut path = vec![(start, 0usize)];
        while let Some((at, followed)) = path.pop() {
            match to.get(at as usize).and_then(|edges| edges.get(followed)) {
                Some(next) => {
                    path.push((at, followed + 1));
                    match self.seen(*next) {
                        None => {
                            self.enter(*next);
                            path.push((*next, 0));
                        }
                        Some((first, _)) if self.is_open(*next) => self.lower(at, first),
                        Some(_) => {}
                    }
                }
                None => {
                    let Some((first, least)) = self.seen(at) else { continue };
                    if let Some((parent, _)) = path.last() {
                        self.lower(*parent, least);
                    }
                    if first == least {
                        found.push(self.close(at));
                    }
                }
            }
        }
    }

    fn seen(&self, at: u32) -> Option<(u32, u32)> {
        self.seen.get(at as usize).copied().flatten()
    }

    fn is_open(&self, at: u32) -> bool {
        self.is_open.get(at as usize).copied().unwrap_or_default()
    }

    fn mark(&mut self, at: u32, open: bool) {
        if let Some(slot) = self.is_open.get_mut(at as usize) {
            *slot = open;
        }
    }

    fn enter(&mut self, at: u32) {
        if let Some(slot) = self.seen.get_mut(at as usize) {
            *slot = Some((self.next, self.next));
        }
        self.next += 1;
        self.open.push(at);
        self.mark(at, true);
    }

    fn lower(&mut self, at: u32, least: u32) {
        if let Some(Some((_, own))) = self.seen.get_mut(at as usize) {
            *own = (*own).min(least);
        }
    }

    /// Takes the component whose first number this is.
    fn close(&mut self, first: u32) -> Vec<u32> {
        let mut component = Vec::new();
        while let Some(at) = self.open.pop() {
            self.mark(at, false);
            component.push(at);
            if at == first {
                break;
            }
        }
        component.sort_unstable();
        component
    }
}

#[cfg(test)]
mod tests {
    use petgraph::algo::tarjan_scc;
    use petgraph::graph::DiGraph;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn components_are_those_of_another_implementation(
            edges in proptest::collection::vec((0u32..12, 0u32..12), 0..30),
        ) {
            let mut to = vec![Vec::new(); 12];
            for (from, target) in &edges {
                to[*from as usize].push(*target);
            }
            let mut graph = DiGraph::<(), ()>::new();
            let nodes: Vec<_> = (0..12).map(|_| graph.add_node(())).collect();
            for (from, target) in &edges {
                graph.add_edge(nodes[*from as usize], nodes[*target as usize], ());
            }
            let mut expected: Vec<Vec<u32>> = tarjan_scc(&graph)
                .into_iter()
                .map(|component| {
                    let mut component: Vec<u32> =
                        component.into_iter().map(|node| u32::try_from(node.index()).unwrap()).collect();
                    component.sort_unstable();
                    component
                })
                .collect();
            expected.sort_unstable();
            prop_assert_eq!(components(&to), expected);
        }
    }

    #[test]
    fn a_long_circle_needs_no_deep_stack() {
        let count = 1_000_000;
        let to: Vec<Vec<u32>> = (0..count).map(|at| vec![(at + 1) % count]).collect();
        assert_eq!(components(&to).len(), 1);
    }
}
