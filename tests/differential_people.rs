//! People of Identity Center against the referee: random organizations with people, every person, every group, every role.
//!
//! `cargo test --test differential_people` compares 60 organizations; `ROLEHOP_ORGANIZATIONS`, `ROLEHOP_SEED` and `ROLEHOP_FIRST` as in
//! `differential.rs`. What AWS does not say of a person's sessions, the referee supposes in every way: what holds in all of
//! them must be said, and nothing may be said that fails in one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test that reports to people"
)]

mod reference;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use reference::directory::{Peopled, peopled};
use reference::graph::{Graph, Way};
use reference::organization::{NOW, Organization, is_consistent};
use reference::people::{Directory, values_of};
use reference::shrink::smallest;
use reference::worlds::Verdict;
use rolehop::answer::{self, PrincipalKind};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;

#[derive(Clone, Debug, PartialEq)]
struct Difference {
    about: &'static str,
    from: String,
    to: String,
    engine: String,
    referee: String,
}

/// Counts of what was compared.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    persons: usize,
    /// Pairs of a group and a role that it reaches.
    of_groups: usize,
    pairs: usize,
    allowed: usize,
    conditional: usize,
    unknown: usize,
    chains: usize,
    /// Unknown to the engine though all that is supposed ends in the same way.
    coarse: usize,
}

impl Tally {
    fn and(self, other: Self) -> Self {
        Self {
            persons: self.persons + other.persons,
            of_groups: self.of_groups + other.of_groups,
            pairs: self.pairs + other.pairs,
            allowed: self.allowed + other.allowed,
            conditional: self.conditional + other.conditional,
            unknown: self.unknown + other.unknown,
            chains: self.chains + other.chains,
            coarse: self.coarse + other.coarse,
        }
    }
}

/// What the referee found in every case that it supposed.
struct Found(BTreeSet<Option<Way>>);

impl Found {
    /// A path starts with an assignment or with an entitlement, and each may be so or so.
    fn of([assigned, entitled]: &[Vec<BTreeMap<usize, Way>>; 2], to: usize) -> Self {
        let of =
            |ways: &[BTreeMap<usize, Way>]| ways.iter().map(|ways| ways.get(&to).copied()).collect::<BTreeSet<_>>();
        let (assigned, entitled) = (of(assigned), of(entitled));
        let best = |a: &Option<Way>, b: &Option<Way>| [*a, *b].into_iter().flatten().min();
        Self(assigned.iter().flat_map(|a| entitled.iter().map(move |b| best(a, b))).collect())
    }

    /// A group reaches what any of its members does, each of whom may be so or so.
    fn of_members(members: impl IntoIterator<Item = Self>) -> Self {
        let nobody = Self(BTreeSet::from([None]));
        let best = |a: &Option<Way>, b: &Option<Way>| [*a, *b].into_iter().flatten().min();
        members
            .into_iter()
            .fold(nobody, |all, one| Self(all.0.iter().flat_map(|a| one.0.iter().map(move |b| best(a, b))).collect()))
    }

    fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        self.0.iter().map(|way| way.map_or(Verdict::Denied, |way| way.verdict))
    }

    fn worst(&self) -> Verdict {
        self.verdicts().max().unwrap()
    }

    fn best(&self) -> Verdict {
        self.verdicts().min().unwrap()
    }

    fn fits(&self, verdict: answer::Verdict, hops: Option<usize>, cases: usize) -> bool {
        let hops_agree = || self.0.iter().all(|way| way.map(|way| way.hops) == hops);
        match verdict {
            // what holds in each case, in each by another path, the engine need not see
            answer::Verdict::Allowed => self.worst() == Verdict::Allowed && (cases > 1 || hops_agree()),
            answer::Verdict::Conditional if cases > 1 => self.worst() != Verdict::Denied,
            answer::Verdict::Conditional => self.worst() == Verdict::Conditional && hops_agree(),
            answer::Verdict::Denied => self.best() == Verdict::Denied,
            answer::Verdict::Unknown => cases > 1,
        }
    }
}

fn compare(of: &Peopled) -> (Tally, Vec<Difference>) {
    let dir = tempfile::tempdir().unwrap();
    of.write(dir.path());
    let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), NOW.parse().unwrap()).unwrap();
    let engine = TrustGraph::new(&estate);
    let (names, values) = values_of(&of.directory);
    let referee = Graph::with(&of.organization, &names, &values);
    let directory = Directory::new(&referee, of);
    let mut tally = Tally::default();
    let mut found = Vec::new();
    let everybody: Vec<_> = directory.persons.iter().map(|person| (person, directory.ways(person))).collect();
    let who_can = |arn: &str| -> BTreeMap<String, (answer::Verdict, Option<usize>)> {
        let answers = query::who_can(&engine, arn, &Targets::new()).unwrap().answers;
        let people = answers.into_iter().filter(|answer| answer.kind == PrincipalKind::Person);
        people.map(|answer| (answer.principal, (answer.verdict, Some(answer.hop_count)))).collect()
    };
    let into: BTreeMap<&str, _> = referee.facts.roles().map(|role| (role.arn, who_can(role.arn))).collect();
    for (person, ways) in &everybody {
        tally.persons += 1;
        let can = query::can(&engine, &person.id).unwrap();
        let can: BTreeMap<&str, _> =
            can.answers.iter().map(|a| (a.role.as_str(), (a.verdict, Some(a.hop_count)))).collect();
        for (to, role) in referee.facts.principals.iter().enumerate().filter(|(_, p)| !p.is_user) {
            let ours = Found::of(ways, to);
            let path = query::path(&engine, &person.id, role.arn, &Targets::new()).unwrap();
            let denied = (answer::Verdict::Denied, None);
            let theirs = [
                ("path", (path.verdict, path.hop_count)),
                ("can", can.get(role.arn).copied().unwrap_or(denied)),
                ("who-can", into[role.arn].get(&person.name).copied().unwrap_or(denied)),
            ];
            tally.pairs += 1;
            tally.allowed += usize::from(path.verdict == answer::Verdict::Allowed);
            tally.conditional += usize::from(path.verdict == answer::Verdict::Conditional);
            tally.unknown += usize::from(path.verdict == answer::Verdict::Unknown);
            tally.chains += usize::from(path.hop_count.is_some_and(|hops| hops > 1));
            tally.coarse += usize::from(path.verdict == answer::Verdict::Unknown && ours.worst() == ours.best());
            for (about, (verdict, hops)) in theirs {
                if !ours.fits(verdict, hops, ways[0].len().max(ways[1].len())) {
                    found.push(Difference {
                        about,
                        from: person.id.clone(),
                        to: role.arn.to_owned(),
                        engine: format!("{verdict:?} {hops:?}"),
                        referee: format!("{:?} {:?}", ours.worst(), ours.0),
                    });
                }
            }
        }
    }
    // groups are made alike: one of every third organization is enough
    for group in of.groups().take(usize::from(of.assignments().is_multiple_of(3))) {
        let alone = of.of_group(group);
        let directory = Directory::new(&referee, &alone);
        let members = directory.persons.iter().filter(|person| of.is_member(&person.id, group));
        let ways: Vec<_> = members.map(|person| directory.ways(person)).collect();
        let cases = ways.iter().flatten().map(Vec::len).max().unwrap_or(1);
        let can = query::can(&engine, group).unwrap();
        let can: BTreeMap<&str, _> =
            can.answers.iter().map(|a| (a.role.as_str(), (a.verdict, Some(a.hop_count)))).collect();
        for (to, role) in referee.facts.principals.iter().enumerate().filter(|(_, p)| !p.is_user) {
            let ours = Found::of_members(ways.iter().map(|ways| Found::of(ways, to)));
            let path = query::path(&engine, group, role.arn, &Targets::new()).unwrap();
            let denied = (answer::Verdict::Denied, None);
            let theirs = [
                ("path of a group", (path.verdict, path.hop_count)),
                ("can of a group", can.get(role.arn).copied().unwrap_or(denied)),
            ];
            tally.of_groups += usize::from(path.verdict != answer::Verdict::Denied);
            for (about, (verdict, hops)) in theirs {
                if !ours.fits(verdict, hops, cases) {
                    found.push(Difference {
                        about,
                        from: group.to_owned(),
                        to: role.arn.to_owned(),
                        engine: format!("{verdict:?} {hops:?}"),
                        referee: format!("{:?} {:?}", ours.worst(), ours.0),
                    });
                }
            }
        }
    }
    (tally, found)
}

/// Reduces an organization to what one difference needs, and saves it.
fn report(seed: u64, difference: &Difference) -> String {
    let start = |text: &str| text.split(' ').next().map(str::to_owned);
    let is_same = |other: &Difference| {
        (other.about, &other.from, &other.to) == (difference.about, &difference.from, &difference.to)
            && start(&other.engine) == start(&difference.engine)
            && start(&other.referee) == start(&difference.referee)
    };
    let whole = peopled(seed);
    let with = |organization: &Organization| Peopled { organization: organization.clone(), ..whole.clone() };
    let shows = |smaller: &Organization| is_consistent(smaller) && compare(&with(smaller)).1.iter().any(is_same);
    let small = with(&smallest(&whole.organization, shows));
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/differential").join(format!("people-{seed}"));
    let _ = std::fs::remove_dir_all(&dir);
    small.write(&dir);
    format!("organization {seed}, reduced in {}\n{difference:#?}\n", dir.display())
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn the_engine_and_the_referee_agree_on_every_person_every_group_and_every_role() {
    let count = setting("ROLEHOP_ORGANIZATIONS", 60);
    let (run, start) = (setting("ROLEHOP_SEED", 1), setting("ROLEHOP_FIRST", 0));
    let seed = |at: u64| (run << 32 ^ at).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let compared: Vec<(u64, Tally, Option<Difference>)> = (start..start + count)
        .into_par_iter()
        .map(|at| {
            let (tally, differences) = compare(&peopled(seed(at)));
            if let Some(difference) = differences.first() {
                eprintln!("organization {at}: {difference:?}");
            }
            (seed(at), tally, differences.into_iter().next())
        })
        .collect();
    let tally = compared.iter().fold(Tally::default(), |all, (_, tally, _)| all.and(*tally));
    eprintln!("{tally:?}");
    let wrong: Vec<_> = compared.iter().filter_map(|(seed, _, wrong)| Some((*seed, wrong.as_ref()?))).collect();
    let shown = setting("ROLEHOP_DIFFERENCES", 2) as usize;
    let reports: Vec<String> = wrong.iter().take(shown).map(|(seed, wrong)| report(*seed, wrong)).collect();
    assert!(wrong.is_empty(), "{} of {count} organizations show a difference\n\n{}", wrong.len(), reports.join("\n"));
    // people who reach nothing, or of whom nothing is known, would agree too
    assert!(tally.allowed * 20 > tally.pairs && tally.conditional * 80 > tally.pairs, "{tally:?}");
    assert!(tally.of_groups * 3 > compared.len(), "{tally:?}");
    assert!(tally.chains * 20 > tally.pairs && tally.unknown * 4 < tally.pairs, "{tally:?}");
    assert!(tally.coarse * 25 < tally.pairs, "{tally:?}");
}
