//! Sources that reach the same targets alike.
//!
//! Owns: what one search answers for several sources, and which answers are equal.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt, HashSet};
use rayon::prelude::*;
use roaring::RoaringBitmap;

use crate::answer::{PrincipalKind, Verdict, Via};
use crate::graph::edge::Edge;
use crate::graph::query::conditions::path_conditions;
use crate::graph::query::via;
use crate::graph::search::SourceIx;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_within;
use crate::graph::search::targets::{Part, Reaches};
use crate::graph::source::Source;
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{PrincipalType, Ways};

/// Sources of one kind that reach the same targets with the same verdicts, in as many hops, on the same conditions.
#[derive(Debug)]
pub(super) struct Alike {
    pub(super) kind: PrincipalKind,
    pub(super) who: Vec<Reached>,
    /// Best first; each target once.
    pub(super) parts: Vec<Part>,
}

/// A source that reaches something.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    pub(super) source: Source,
    pub(super) best: Arc<BestPath>,
}

/// What is known of a shortest path of the best verdict.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BestPath {
    pub(super) verdict: Verdict,
    pub(super) conditions: Vec<String>,
    pub(super) hops: usize,
    /// How people begin it.
    pub(super) via: Option<Via>,
    /// The role that each call assumes, once it was asked for.
    pub(super) through: OnceLock<Vec<PrincipalIx>>,
}

pub(super) struct Search<'r, 'g, 'e> {
    reach: &'r Reach<'g, 'e>,
    entered: BTreeSet<PrincipalIx>,
    sets: Reaches,
    max_hops: usize,
}

/// What sources have in common for which one search answers.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SharedBy {
    /// Users of a class that sign in the same ways, none of them with edges of its own.
    Users(ClassIx, Ways),
    /// People with the same edges.
    People(Vec<SourceIx>),
    One(Source),
}

impl<'r, 'g, 'e> Search<'r, 'g, 'e> {
    pub(super) fn new(reach: &'r Reach<'g, 'e>, entered: BTreeSet<PrincipalIx>, max_hops: usize) -> Self {
        Self { sets: reach.reaches(max_hops), reach, entered, max_hops }
    }

    /// Frees what was found beside the work that is left: it is as much as all answers together.
    pub(super) fn let_go(self) {
        let sets = self.sets;
        rayon::spawn(move || drop(sets));
    }

    /// The sources, those together for which one search answers.
    pub(super) fn alike_sources(&self, sources: Vec<Source>) -> Vec<Vec<Source>> {
        let estate = self.reach.estate();
        let own = |edge: &Edge| if let Source::Principal(ix) = edge.from { Some(ix) } else { None };
        let has_own: HashSet<PrincipalIx> = self.reach.edges().filter_map(own).collect();
        let mut groups = BTreeMap::<SharedBy, Vec<Source>>::new();
        for source in sources {
            let shared = match source {
                Source::Principal(ix)
                    if estate.principal(ix).kind() == PrincipalType::User && !has_own.contains(&ix) =>
                {
                    SharedBy::Users(estate.principal(ix).class(), estate.principal(ix).sign_in().ways)
                }
                Source::Person(_) if !self.reach.starts_apart(&source) => {
                    SharedBy::People(self.reach.region().numbers_of(&source).collect())
                }
                _ => SharedBy::One(source.clone()),
            };
            groups.entry(shared).or_default().push(source);
        }
        groups.into_values().collect()
    }

    /// What these sources reach, for which one search answers; `None` where that is nothing.
    pub(super) fn found(&self, sources: Vec<Source>) -> Option<Alike> {
        let one = sources.first()?;
        let targets = self.reach.targets();
        if matches!(one, Source::Principal(ix) if targets.contains(ix) && !self.entered.contains(ix)) {
            return None;
        }
        let (best, end) = self.best(one)?;
        let kind = one.kind(self.reach.estate());
        let parts = self.parts(one, &best, end);
        let best = Arc::new(best);
        let who = sources.into_iter().map(|source| Reached { source, best: Arc::clone(&best) }).collect();
        Some(Alike { kind, who, parts })
    }

    /// The targets among a role and what it reaches.
    pub(super) fn reached_by(&self, role: PrincipalIx) -> RoaringBitmap {
        let itself = self.reach.targets().contains(&role).then_some(role.get() as u32);
        let parts = self.reach.parts(&self.sets, &Source::Principal(role));
        parts.into_iter().fold(itself.into_iter().collect(), |all: RoaringBitmap, part| all | part.roles)
    }

    /// The best path of a source, and where it ends if that counts: the calls of an allowed path ask for nothing, so that one is
    /// as good as another, and none is followed. Of a chain of thousands of roles each role has one as long.
    fn best(&self, source: &Source) -> Option<(BestPath, Option<PrincipalIx>)> {
        if !self.reach.starts_apart(source)
            && !source.is_of_people()
            && let Some((Verdict::Allowed, hops)) = self.reach.best_hops(source, self.max_hops)
        {
            let (verdict, conditions) = (Verdict::Allowed, Vec::new());
            return Some((BestPath { verdict, conditions, hops, via: None, through: OnceLock::new() }, None));
        }
        let path = best_within(self.reach, source, self.max_hops)?;
        let conditions = path_conditions(&path, source, self.reach.estate());
        let through: Vec<PrincipalIx> = path.hops.iter().map(|hop| hop.edge.to).collect();
        let end = through.last().copied();
        let via = path.hops.first().and_then(|hop| via::via(self.reach.estate(), hop));
        let hops = through.len();
        Some((BestPath { verdict: path.verdict, conditions, hops, via, through: through.into() }, end))
    }

    /// What a source reaches, parts that are known alike together.
    fn parts(&self, source: &Source, best: &BestPath, end: Option<PrincipalIx>) -> Vec<Part> {
        let mut parts = self.reach.parts(&self.sets, source);
        // the path that is shown is the one of its target
        if let Some(end) = end.map(|role| role.get() as u32) {
            parts.iter_mut().for_each(|part| {
                part.roles.remove(end);
            });
            parts.push(Part {
                verdict: best.verdict,
                hops: best.hops,
                conditions: best.conditions.clone(),
                roles: RoaringBitmap::from_iter([end]),
            });
        }
        let mut known = BTreeMap::<(Verdict, usize, Vec<String>), RoaringBitmap>::new();
        for part in parts.into_iter().filter(|p| !p.roles.is_empty() && p.hops <= self.max_hops) {
            *known.entry((part.verdict, part.hops, part.conditions)).or_default() |= part.roles;
        }
        let part = |((verdict, hops, conditions), roles)| Part { verdict, hops, conditions, roles };
        known.into_iter().map(part).collect()
    }
}

/// What makes answers equal, with its hash.
#[derive(PartialEq, Eq)]
struct Key<'a> {
    hash: u64,
    kind: PrincipalKind,
    parts: &'a [Part],
}

impl<'a> Key<'a> {
    fn new(kind: PrincipalKind, parts: &'a [Part]) -> Self {
        let mut state = FixedState::default().build_hasher();
        // sets of as many roles that begin and end alike are nearly always equal
        for part in parts {
            (part.verdict, part.hops, &part.conditions).hash(&mut state);
            (part.roles.len(), part.roles.min(), part.roles.max()).hash(&mut state);
        }
        Self { hash: state.finish(), kind, parts }
    }
}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

/// Equal answers together, in order of their first source.
pub(super) fn together(found: impl ParallelIterator<Item = Alike>) -> Vec<Alike> {
    let found: Vec<Alike> = found.collect();
    let keys: Vec<Key<'_>> = found.par_iter().map(|alike| Key::new(alike.kind, &alike.parts)).collect();
    let mut places = HashMap::<Key<'_>, usize>::new();
    let place = |key| {
        let next = places.len();
        *places.entry(key).or_insert(next)
    };
    let of: Vec<usize> = keys.into_iter().map(place).collect();
    let mut groups = Vec::<Alike>::new();
    for (alike, place) in found.into_iter().zip(of) {
        match groups.get_mut(place) {
            Some(known) => known.who.extend(alike.who),
            None => groups.push(alike),
        }
    }
    groups
}
