//! Paths one after the other, best and shortest first.
//!
//! Owns: enumerating the paths from a source to the targets of a `Reach`, each checked as a whole where its calls share
//! facts (`chaining`). The distances of the sweeps lead the search, so that it never turns where no target lies.

use std::collections::{BTreeMap, BTreeSet};

use super::backward::Reach;
use super::outgoing::{EdgeAt, Outgoing};
use super::path::Path;
use super::starts;
use crate::eval::Truth;
use crate::graph::chaining::{self, NameSet, Names};
use crate::graph::decision::Decision;
use crate::graph::edge::{Edge, Hop};
use crate::graph::lens::{self, Lens};
use crate::graph::mode::Mode;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// Steps that one search takes at most.
const MAX_STEPS: usize = 200_000;

/// What a search came to.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    pub(crate) found: Vec<Path>,
    /// True where the search was given up before it had seen all.
    pub(crate) cut: bool,
}

/// The best `limit` paths from a source to a target, or to this one of them. A path may pass a role again only where
/// that can change what the session brings.
pub(crate) fn best(reach: &Reach<'_, '_>, source: &Source, goal: Option<PrincipalIx>, limit: usize) -> Paths {
    searched(reach, source, goal, (limit, usize::MAX), false)
}

/// The best path of no more than `longest` hops; likewise.
pub(crate) fn within(reach: &Reach<'_, '_>, source: &Source, goal: Option<PrincipalIx>, longest: usize) -> Paths {
    searched(reach, source, goal, (1, longest), false)
}

/// The best paths of a role that is a target back into itself.
pub(crate) fn back(reach: &Reach<'_, '_>, role: PrincipalIx, limit: usize) -> Paths {
    searched(reach, &Source::Principal(role), Some(role), (limit, usize::MAX), true)
}

fn searched(
    reach: &Reach<'_, '_>,
    source: &Source,
    goal: Option<PrincipalIx>,
    (limit, longest): (usize, usize),
    back: bool,
) -> Paths {
    let linked = reach.is_linked();
    let names = linked.then(|| Names::new(reach.edges())).flatten();
    // what a session brings is its name, unless some edge reads tags or a source identity
    let far = linked && (names.is_none() || reach.edges().any(chaining::reads_far));
    let remembers = linked && limit == 1 && !far;
    let mut search = Search {
        reach,
        outgoing: reach.outgoing(),
        goal,
        back,
        limit,
        visits: match (linked, remembers) {
            // a role that assumes itself, or is assumed again, leaves behind what the maker of its first session gave
            (false, _) if reach.starts_apart(source) => 2,
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => usize::MAX,
        },
        states: remembers.then(BTreeMap::new),
        relations: BTreeMap::new(),
        names,
        far,
        taken: 0,
        seen: BTreeSet::new(),
        paths: Paths::default(),
    };
    for verdict in lens::VERDICTS {
        let modes = lens::modes_of(reach.estate(), source, verdict);
        // the sweeps know of no way from a target into itself
        let shortest = |mode: &Mode| {
            let lens = Lens { verdict, mode: *mode };
            let hops = if back { Some(1) } else { reach.first_distance(source, lens) };
            hops.map(|hops| (lens, hops))
        };
        let starts: Vec<(Lens, usize)> = modes.iter().filter_map(shortest).collect();
        let Some(mut length) = starts.iter().map(|(_, hops)| *hops).min() else { continue };
        while search.paths.found.len() < limit && length <= longest && !search.paths.cut {
            let mut cut_short = false;
            for (lens, _) in &starts {
                let mut pass = Pass { lens: *lens, length, cut_short: false };
                search.states.iter_mut().for_each(BTreeMap::clear);
                let names = search.names.as_ref().map_or(NameSet::MAX, Names::all);
                search.extend(source, &mut Vec::new(), names, &mut pass);
                cut_short |= pass.cut_short;
            }
            if !cut_short {
                break;
            }
            length += 1;
        }
    }
    search.paths
}

struct Search<'s, 'g, 'e> {
    reach: &'s Reach<'g, 'e>,
    outgoing: &'s Outgoing,
    goal: Option<PrincipalIx>,
    /// The paths end where they start.
    back: bool,
    limit: usize,
    /// How often a path may pass a role.
    visits: usize,
    /// By role the sets of names that were met in a pass, and after how many hops; `None` where names are not all that
    /// counts.
    states: Option<BTreeMap<PrincipalIx, Vec<(NameSet, usize)>>>,
    names: Option<Names>,
    /// By edge, hops before it as far as they count (`starts`), and mode what names it leads from and to.
    relations: BTreeMap<(EdgeAt, usize, Mode), Vec<NameSet>>,
    /// Some edge reads more of a session than its name.
    far: bool,
    taken: usize,
    seen: BTreeSet<Vec<PrincipalIx>>,
    paths: Paths,
}

/// One length, through one lens.
struct Pass {
    lens: Lens,
    length: usize,
    /// Longer paths exist.
    cut_short: bool,
}

impl Search<'_, '_, '_> {
    fn extend(&mut self, from: &Source, hops: &mut Vec<Hop>, names: NameSet, pass: &mut Pass) {
        let estate = self.reach.estate();
        let outgoing = self.outgoing;
        for (role, at) in outgoing.of(from, estate) {
            if self.paths.found.len() >= self.limit || self.paths.cut {
                return;
            }
            self.taken += 1;
            if self.taken > MAX_STEPS {
                self.paths.cut = true;
                return;
            }
            let Some(edge) = self.reach.edges_into(role).get(at) else { continue };
            let edge = &*starts::next(edge, from, hops);
            let start = hops.first().map_or(from, |s| &s.from);
            let visits = hops.iter().filter(|s| s.edge.to == role).count();
            let is_start = *start == Source::Principal(role);
            // a target does not reach itself, but its session may be another after it did
            let ends = is_start == self.back
                && self.reach.targets().contains(&role)
                && self.goal.is_none_or(|goal| goal == role);
            if !pass.lens.shows(edge) {
                continue;
            }
            let comes_back = is_start && self.back;
            if !comes_back && visits + usize::from(is_start) >= self.visits {
                continue;
            }
            let left = match (ends, hops.is_empty()) {
                (true, _) => Some(0),
                (_, true) => self.reach.rest(from, role, pass.lens),
                _ => self.reach.distance(&Source::Principal(role), pass.lens),
            };
            match left {
                None => continue,
                Some(left) if hops.len() + 1 + left > pass.length => {
                    pass.cut_short = true;
                    continue;
                }
                Some(_) => {}
            }
            let names = self.names_after(((role, at), hops.len().min(2), pass.lens.mode), edge, names);
            if names == 0 {
                continue;
            }
            hops.push(Hop { from: from.clone(), edge: edge.clone() });
            if ends {
                if hops.len() == pass.length {
                    self.arrive(hops, pass);
                }
            } else if self.is_new(role, names, hops.len()) && self.is_possible(edge, hops, pass.lens.mode) {
                self.extend(&Source::Principal(role), hops, names, pass);
            }
            hops.pop();
        }
    }

    /// The names that the session behind an edge can have, given those of the session that calls.
    fn names_after(&mut self, at: (EdgeAt, usize, Mode), edge: &Edge, names: NameSet) -> NameSet {
        let Some(known) = &self.names else { return names };
        let relation = self.relations.entry(at).or_insert_with(|| known.relation(&edge.in_mode(at.2).truth()));
        relation.iter().enumerate().filter(|(name, _)| names & (1 << name) != 0).fold(0, |all, (_, to)| all | to)
    }

    /// False where a session of the role with these names, or more, was met before after no more hops.
    fn is_new(&mut self, role: PrincipalIx, names: NameSet, hops: usize) -> bool {
        let Some(states) = &mut self.states else { return true };
        let met = states.entry(role).or_default();
        if met.iter().any(|(known, after)| names & !known == 0 && *after <= hops) {
            return false;
        }
        met.push((names, hops));
        true
    }

    /// Where tags or a source identity count, the path so far must hold as a whole.
    fn is_possible(&mut self, edge: &Edge, hops: &[Hop], mode: Mode) -> bool {
        if !self.far || !chaining::reads_session(edge) || !chaining::is_linked(hops) {
            return true;
        }
        let whole = chaining::truth(self.reach.estate(), hops, mode);
        self.paths.cut |= whole.is_none();
        whole.is_some_and(|t| t != Truth::False)
    }

    fn arrive(&mut self, hops: &[Hop], pass: &Pass) {
        let roles: Vec<PrincipalIx> = hops.iter().map(|s| s.edge.to).collect();
        if self.seen.contains(&roles) {
            return;
        }
        let linked = chaining::is_linked(hops);
        let joint = linked.then(|| chaining::joint(self.reach.estate(), hops, pass.lens.mode)).flatten();
        if linked && joint.is_none() && self.far {
            self.paths.cut = true;
            return;
        }
        let verdict = match &joint {
            Some(truth) => Decision::new(truth.clone()).verdict().max(pass.lens.verdict),
            None => pass.lens.verdict,
        };
        if verdict > pass.lens.verdict {
            // denied, or found again among paths of that verdict
            return;
        }
        self.seen.insert(roles);
        self.paths.found.push(Path { verdict, hops: hops.to_vec(), joint });
    }
}
