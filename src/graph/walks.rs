//! Paths one after the other, best and shortest first.
//!
//! Owns: enumerating the walks from a source to the targets of a `Reach`, each checked as a whole where its calls share facts
//! (`chain`). The distances of the sweeps lead the search, so that it never turns where no target lies.

use std::collections::{BTreeMap, BTreeSet};

use super::chain;
use super::decision::Decision;
use super::edge::Source;
use super::reach::{Mode, Reach, Step, in_mode};
use crate::answer::{PrincipalKind, Verdict};
use crate::eval::Truth;
use crate::ids::PrincipalIx;

/// Steps that one search takes at most.
const MAX_STEPS: usize = 200_000;

/// One way to a target.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub(super) verdict: Verdict,
    pub(super) steps: Vec<Step>,
    /// The formula of the whole, where its calls share facts.
    pub(super) joint: Option<Truth>,
}

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Walks {
    pub(super) found: Vec<Walk>,
    /// True where the search was given up before it had seen all.
    pub(super) cut: bool,
}

/// Edges of a `Reach` by where they start: role and position among its incoming edges.
pub(super) type Outgoing = BTreeMap<Source, Vec<(PrincipalIx, usize)>>;

pub(super) fn outgoing(reach: &Reach<'_, '_>) -> Outgoing {
    let mut found = Outgoing::new();
    for role in reach.roles() {
        for (at, edge) in reach.edges_into(role).iter().enumerate() {
            found.entry(edge.from.clone()).or_default().push((role, at));
        }
    }
    found
}

/// The best `limit` walks from a source to a target, or to this one of them. A walk may pass a role twice only where that can
/// change what the session brings.
pub(super) fn best(reach: &Reach<'_, '_>, source: &Source, goal: Option<PrincipalIx>, limit: usize) -> Walks {
    let user = source.kind(reach.estate()) == PrincipalKind::User;
    let mut search = Search {
        reach,
        outgoing: reach.outgoing(),
        goal,
        limit,
        taken: 0,
        seen: BTreeSet::new(),
        walks: Walks::default(),
    };
    for verdict in [Verdict::Allowed, Verdict::Conditional, Verdict::Unknown] {
        let modes: &[Mode] = match (user, verdict) {
            (false, _) => &[Mode::Plain],
            (true, Verdict::Allowed) => &[Mode::Free],
            (true, _) => &[Mode::Plain, Mode::Mfa],
        };
        let shortest = |mode: &Mode| reach.distance(source, verdict, *mode).map(|hops| (*mode, hops));
        let starts: Vec<(Mode, usize)> = modes.iter().filter_map(shortest).collect();
        let Some(mut length) = starts.iter().map(|(_, hops)| *hops).min() else { continue };
        while search.walks.found.len() < limit && !search.walks.cut {
            let mut cut_short = false;
            for (mode, _) in &starts {
                let mut pass = Pass { verdict, mode: *mode, length, cut_short: false };
                search.extend(source, &mut Vec::new(), &mut pass);
                cut_short |= pass.cut_short;
            }
            if !cut_short {
                break;
            }
            length += 1;
        }
    }
    search.walks
}

struct Search<'s, 'g, 'e> {
    reach: &'s Reach<'g, 'e>,
    outgoing: &'s Outgoing,
    goal: Option<PrincipalIx>,
    limit: usize,
    taken: usize,
    seen: BTreeSet<Vec<PrincipalIx>>,
    walks: Walks,
}

/// One length, under one verdict and mode.
struct Pass {
    verdict: Verdict,
    mode: Mode,
    length: usize,
    /// Longer walks exist.
    cut_short: bool,
}

impl Search<'_, '_, '_> {
    fn extend(&mut self, from: &Source, steps: &mut Vec<Step>, pass: &mut Pass) {
        let estate = self.reach.estate();
        let class = match from {
            Source::Principal(ix) => Some(Source::Class(estate.principal(*ix).class())),
            _ => None,
        };
        let outgoing = self.outgoing;
        let edges = [Some(from), class.as_ref()].into_iter().flatten().filter_map(|s| outgoing.get(s)).flatten();
        for (role, at) in edges {
            if self.walks.found.len() >= self.limit || self.walks.cut {
                return;
            }
            self.taken += 1;
            if self.taken > MAX_STEPS {
                self.walks.cut = true;
                return;
            }
            let Some(edge) = self.reach.edges_into(*role).get(*at) else { continue };
            let start = steps.first().map_or(from, |s| &s.from);
            let visits = steps.iter().filter(|s| s.edge.to == *role).count();
            let is_start = *start == Source::Principal(*role);
            let ends = self.reach.targets().contains(role) && self.goal.is_none_or(|goal| goal == *role);
            if in_mode(edge, pass.mode).verdict() > pass.verdict || (is_start && ends) {
                continue;
            }
            // twice only for the sake of another session
            let allowed_visits = if self.reach.is_linked() { 2 } else { 1 };
            if visits + usize::from(is_start) >= allowed_visits {
                continue;
            }
            let left =
                if ends { Some(0) } else { self.reach.distance(&Source::Principal(*role), pass.verdict, pass.mode) };
            match left {
                None => continue,
                Some(left) if steps.len() + 1 + left > pass.length => {
                    pass.cut_short = true;
                    continue;
                }
                Some(_) => {}
            }
            steps.push(Step { from: from.clone(), edge: edge.clone() });
            if ends {
                if steps.len() == pass.length {
                    self.arrive(steps, pass);
                }
            } else if !chain::reads_session(edge) || self.joint(steps, pass.mode) != Some(Truth::False) {
                self.extend(&Source::Principal(*role), steps, pass);
            }
            steps.pop();
        }
    }

    fn joint(&self, steps: &[Step], mode: Mode) -> Option<Truth> {
        chain::is_linked(steps).then(|| chain::truth(self.reach.graph(), steps, mode))
    }

    fn arrive(&mut self, steps: &[Step], pass: &Pass) {
        let roles: Vec<PrincipalIx> = steps.iter().map(|s| s.edge.to).collect();
        if self.seen.contains(&roles) {
            return;
        }
        let joint = self.joint(steps, pass.mode);
        let verdict = match &joint {
            Some(truth) => Decision::new(truth.clone()).verdict().max(pass.verdict),
            None => pass.verdict,
        };
        if verdict > pass.verdict {
            // denied, or found again among walks of that verdict
            return;
        }
        self.seen.insert(roles);
        self.walks.found.push(Walk { verdict, steps: steps.to_vec(), joint });
    }
}
