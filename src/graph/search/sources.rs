//! The distinct sources of edges, by number.
//!
//! Owns: each source once, so that searches keep what they know of it in a table, and what stands for a user beside itself.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use rayon::prelude::*;

use crate::answer::PrincipalKind;
use crate::graph::edge::Edge;
use crate::graph::source::Source;
use crate::ids::{ClassIx, PrincipalIx};
use crate::model::{Estate, PrincipalType};

/// A source, by its place among all in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SourceIx(u32);

impl SourceIx {
    /// Its place in a table of all sources.
    pub(crate) fn get(self) -> usize {
        self.0 as usize
    }
}

/// Roles whose edges one thread goes through at a time.
const ROLES: usize = 1024;

/// The sources of some edges.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    sorted: Vec<Source>,
    /// By source, its roles; none where paths can only start there.
    roles: Vec<Box<[PrincipalIx]>>,
    /// By source, whether users call.
    of_users: Vec<bool>,
    /// By class, the groups that it stands in.
    groups: HashMap<ClassIx, Vec<SourceIx>>,
}

impl Sources {
    /// Those of these edges, and the number of each edge's source.
    pub(crate) fn of(estate: &Estate, edges: &[&[Edge]]) -> (Self, Vec<Box<[SourceIx]>>) {
        fn add<'a>(mut known: HashSet<&'a Source>, into: &&'a [Edge]) -> HashSet<&'a Source> {
            known.extend(into.iter().map(|edge| &edge.from));
            known
        }
        fn both<'a>(one: HashSet<&'a Source>, other: HashSet<&'a Source>) -> HashSet<&'a Source> {
            let (mut all, fewer) = if one.len() < other.len() { (other, one) } else { (one, other) };
            all.extend(fewer);
            all
        }
        let distinct = edges.par_iter().with_min_len(ROLES).fold(HashSet::new, add).reduce(HashSet::new, both);
        let mut sorted: Vec<&Source> = distinct.into_iter().collect();
        sorted.par_sort_unstable();
        let numbers: HashMap<&Source, SourceIx> =
            sorted.iter().enumerate().map(|(number, source)| (*source, SourceIx(small(number)))).collect();
        let of_edge = |edge: &Edge| {
            let number = numbers.get(&edge.from).copied();
            number.unwrap_or_else(|| unreachable!("every source was numbered"))
        };
        let of_edges = edges.par_iter().map(|into| into.iter().map(of_edge).collect()).collect();
        let mut groups = HashMap::<ClassIx, Vec<SourceIx>>::new();
        for (number, source) in sorted.iter().enumerate() {
            if let Source::Classes(group) | Source::Roles(group) = source {
                for class in group.classes() {
                    groups.entry(*class).or_default().push(SourceIx(small(number)));
                }
            }
        }
        let roles = |source: &&Source| {
            let members = source.members(estate).iter().copied();
            members.filter(|member| is_role(estate, *member)).collect()
        };
        let roles = sorted.par_iter().map(roles).collect();
        let of_users = sorted.par_iter().map(|source| source.kind(estate) == PrincipalKind::User).collect();
        (Self { sorted: sorted.into_iter().cloned().collect(), roles, of_users, groups }, of_edges)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// All, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SourceIx, &Source)> {
        self.sorted.iter().enumerate().map(|(number, source)| (SourceIx(small(number)), source))
    }

    /// The number of a source; `None` where no edge starts there.
    pub(crate) fn number(&self, source: &Source) -> Option<SourceIx> {
        self.sorted.binary_search(source).ok().map(|number| SourceIx(small(number)))
    }

    /// The roles that it stands for.
    pub(crate) fn roles(&self, source: SourceIx) -> &[PrincipalIx] {
        self.roles.get(source.get()).map_or(&[], |roles| roles)
    }

    /// True where users call, or one of another account.
    pub(crate) fn is_of_users(&self, source: SourceIx) -> bool {
        self.of_users.get(source.get()) == Some(&true)
    }

    /// The source of a number.
    pub(crate) fn source(&self, number: SourceIx) -> Option<&Source> {
        self.sorted.get(number.get())
    }

    /// What stands for a person beside itself: cohorts of its groups.
    pub(crate) fn of_person(&self, estate: &Estate, source: &Source) -> Vec<SourceIx> {
        let (Source::Person(ix), Some(people)) = (source, estate.people()) else { return Vec::new() };
        let cohorts = people.person(*ix).cohorts().iter();
        cohorts.filter_map(|cohort| self.number(&Source::Cohort(*cohort))).collect()
    }

    /// What stands for a member of a class beside itself: the class, alone or in groups.
    pub(crate) fn of_class(&self, class: ClassIx) -> impl Iterator<Item = SourceIx> {
        let among = self.groups.get(&class).into_iter().flatten().copied();
        self.number(&Source::Class(class)).into_iter().chain(among)
    }
}

/// True for roles.
pub(crate) fn is_role(estate: &Estate, ix: PrincipalIx) -> bool {
    estate.principal(ix).kind() == PrincipalType::Role
}

/// A number that a table keeps: an estate has fewer than 2^32 principals, and a role fewer edges.
pub(crate) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or_else(|_| unreachable!("more than 2^32 principals, edges or states"))
}
