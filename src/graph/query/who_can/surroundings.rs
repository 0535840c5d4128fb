//! The picture of who reaches a target: those who do, the roles on their way, and the direct edges between them.

use std::collections::{BTreeSet, HashSet};

use roaring::RoaringBitmap;

use super::WhoCan;
use crate::answer::Drawing;
use crate::graph::query::drawing::{About, Canvas, DrawOptions, Ends, Line, TooManyNodes};
use crate::graph::source::Source;
use crate::ids::{PersonIx, PrincipalIx};

impl WhoCan<'_, '_> {
    /// As a picture. Users of an account, and roles of one name, are one node where each alone would be too many.
    ///
    /// # Errors
    /// Where it would have too many nodes.
    pub fn drawing(&self, options: &DrawOptions) -> Result<Drawing, TooManyNodes> {
        let estate = self.estate();
        let reached = self.groups.iter().flat_map(|group| &group.parts);
        let reached = reached.fold(RoaringBitmap::new(), |all, part| all | &part.roles);
        let nobody = reached.is_empty();
        let mut ends = Ends::none(estate);
        let reaching: Vec<_> = self.groups.iter().flat_map(|group| &group.who).map(|one| &one.source).collect();
        let persons: HashSet<&Source> = reaching.iter().copied().filter(|source| source.is_of_people()).collect();
        reaching.iter().filter(|source| !source.is_of_people()).for_each(|source| ends.insert(source, estate));
        // of a target that nobody reaches, its roles are all there is to see
        let targets: Vec<PrincipalIx> = match nobody {
            true => self.reach.targets().iter().copied().collect(),
            false => reached.iter().map(|role| PrincipalIx::new(role as usize)).collect(),
        };
        targets.iter().for_each(|role| ends.insert_role(*role));
        let all: Vec<Line<'_>> = self.reach.edges().filter_map(|edge| Line::on_the_way(edge, estate)).collect();
        // people are drawn by what lets them in
        let mut entering = BTreeSet::new();
        let is_person = |person: &PersonIx| persons.contains(&Source::Person(*person));
        for line in all.iter().filter(|line| line.edge.kind.is_for_people()) {
            let from = &line.edge.from;
            if persons.contains(from) || from.persons(estate).iter().any(is_person) {
                ends.insert(from, estate);
                entering.insert(from);
            }
        }
        // a role that cannot go on by itself may go on in a session that inherited MFA
        let mut beyond: Vec<&Line<'_>> = all.iter().filter(|line| !ends.has_role(line.edge.to)).collect();
        loop {
            let (met, rest): (Vec<&Line<'_>>, Vec<_>) =
                beyond.into_iter().partition(|line| ends.has_caller(line, estate));
            met.iter().for_each(|line| ends.insert_role(line.edge.to));
            if met.is_empty() {
                break;
            }
            beyond = rest;
        }
        let lines =
            all.into_iter().filter(|line| ends.has_role(line.edge.to) && ends.has_caller(line, estate)).collect();
        let title = match (reaching.len(), self.is_proven()) {
            (0, true) => format!("Nobody reaches {}", self.target),
            (0, false) => format!("Nobody found who reaches {}, not proven", self.target),
            (_, true) => format!("Who reaches {}", self.target),
            (_, false) => format!("Who reaches {}, at least", self.target),
        };
        let reaching = reaching.into_iter().filter(|source| !source.is_of_people()).chain(entering).collect();
        let about = About { title, targets, reaching, gaps: self.gaps.clone() };
        Canvas::around(estate, about, lines, ends).draw(options)
    }
}
