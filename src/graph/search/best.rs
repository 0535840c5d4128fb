//! The best path of a source: by the sweeps, after calls of its own where it has such (`starts`).

use super::backward::{Reach, View};
use super::path::{self, Path};
use super::walk::Start;
use crate::eval::Truth;
use crate::graph::edge::Hop;
use crate::graph::lens::{self, Lens};
use crate::graph::session;
use crate::graph::source::Source;

/// A shortest path of the best verdict.
pub(crate) fn best_path(reach: &Reach<'_, '_>, source: &Source) -> Option<Path> {
    best_within(reach, source, usize::MAX)
}

/// As [`best_path`], of no more hops. One of a lesser verdict can be shorter.
pub(crate) fn best_within(reach: &Reach<'_, '_>, source: &Source, max_hops: usize) -> Option<Path> {
    if reach.starts_apart(source) {
        return lens::of_source(reach.estate(), source, reach.graph().has_escalations())
            .find_map(|lens| apart(reach, source, lens, max_hops));
    }
    let best = reach.best_within(source, max_hops)?;
    Some(of_hops(reach, reach.hops(source, best), best.lens))
}

/// A path, with the one formula of its calls where they share facts.
pub(crate) fn of_hops(reach: &Reach<'_, '_>, hops: Vec<Hop>, lens: Lens) -> Path {
    let linked = session::is_linked(&hops);
    let joint = linked.then(|| session::joint(reach.estate(), &hops, lens.mode)).flatten();
    let verdict =
        hops.first().map_or(lens.verdict, |hop| path::verdict_of(lens, &hop.from, joint == Some(Truth::True)));
    Path { verdict, hops, joint }
}

/// The shortest path that begins with a call of the source's own.
fn apart(reach: &Reach<'_, '_>, source: &Source, lens: Lens, max_hops: usize) -> Option<Path> {
    let view = reach.view(lens)?;
    let mut starts: Vec<(usize, Start)> = Vec::new();
    for start in reach.walk(view).starts(source) {
        starts.extend(left(reach, view, source, &start).map(|left| (start.hops.len() + left, start)));
    }
    let (length, start) = starts.into_iter().min_by_key(|(length, start)| (*length, start.hops.len(), start.state))?;
    if length > max_hops {
        return None;
    }
    let mut hops = start.hops.clone();
    if length > hops.len() {
        let passed = passed(reach, source, &start);
        let entry = view.pass(&passed).entry_of(start.state, source)?;
        hops.extend(view.hops(reach.region(), &passed, &entered(&start), entry));
    }
    Some(of_hops(reach, hops, lens))
}

/// Calls that are left after the first; `None` where no target is there, or only the source itself.
pub(crate) fn left(reach: &Reach<'_, '_>, view: &View, source: &Source, start: &Start) -> Option<usize> {
    let from = passed(reach, source, start);
    let pass = view.pass(&from);
    let has_passed = reach.via().is_none_or(|via| from == Source::Principal(via));
    if has_passed && pass.ends(start.state) && entered(start) != *source {
        return Some(0);
    }
    let entry = pass.entry_of(start.state, source).filter(|_| start.goes_on);
    entry.map(|entry| entry.hops as usize)
}

fn entered(start: &Start) -> Source {
    start.hops.last().map_or(Source::Everyone, |hop| Source::Principal(hop.edge.to))
}

/// From whom the rest of the path starts: the role that it must pass, once it was passed.
fn passed(reach: &Reach<'_, '_>, source: &Source, start: &Start) -> Source {
    let via = reach.via().map(Source::Principal);
    let on_the_way =
        |via: &Source| *source == *via || start.hops.iter().any(|hop| Source::Principal(hop.edge.to) == *via);
    via.filter(on_the_way).unwrap_or_else(|| entered(start))
}
