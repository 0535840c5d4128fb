//! Three values by brute force: what is known about one pair if it is decided in every world.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::calls::{Asker, Call, PASSES_TAGS, SETS_IDENTITY, World};
use super::credential::{ACCESS_KEY, CREDENTIAL, Carrying, USER_SESSION, USER_SESSION_WITH_MFA, ways_to_sign};
use super::organization::{Facts, Principal};
use super::samples::Samples;
use super::sessions::{ANOTHER_WAY, ISSUER};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Allowed,
    Conditional,
    Denied,
}

/// A pair, decided in every world.
pub struct Pair {
    worlds: Vec<(World, bool)>,
}

impl Pair {
    /// Whether the role can be assumed: by passing nothing, or something that a world says.
    pub fn decide<'a>(facts: &Facts<'a>, samples: &Samples, asker: Asker<'a>, role: &'a Principal<'a>) -> Self {
        Self { worlds: Call::new(facts, asker, role).explore(samples, World::new(), Call::is_allowed_somehow) }
    }

    /// The calls that are allowed and pass exactly what they say: what they do not say makes no difference.
    pub fn calls<'a>(facts: &Facts<'a>, samples: &Samples, asker: Asker<'a>, role: &'a Principal<'a>) -> Self {
        let call = Call::new(facts, asker, role);
        let mut worlds = Vec::new();
        for passing in call.ways.iter().copied() {
            let said = |flag: bool| flag.then(|| "yes".to_owned());
            let start =
                [(PASSES_TAGS.to_owned(), said(passing.tags)), (SETS_IDENTITY.to_owned(), said(passing.identity))];
            worlds.extend(call.explore(samples, start.into(), |call, world| call.is_allowed(world, passing)));
        }
        worlds.retain(|(_, allowed)| *allowed);
        Self { worlds }
    }

    /// A call of which it is known what it passes, if all of these actions must be allowed.
    pub fn of(call: &Call<'_>, samples: &Samples, actions: &[&str]) -> Self {
        Self { worlds: call.explore(samples, World::new(), |call, world| call.allows_all(world, actions)) }
    }

    /// Whether it is allowed in any case where this is known of the calling session, which has no MFA.
    pub fn is_allowed_in(&self, session: &World) -> bool {
        let is = |world: &World| session.iter().all(|(fact, value)| world.get(fact).is_none_or(|own| own == value));
        self.carrying(Carrying::NoMfa).filter(|(world, _)| is(world)).all(|(_, allowed)| *allowed)
    }

    fn carrying(&self, what: Carrying) -> impl Iterator<Item = &(World, bool)> {
        self.worlds.iter().filter(move |(world, _)| match world.get(CREDENTIAL) {
            Some(Some(credential)) => what.fits(credential),
            _ => true,
        })
    }

    /// The same pair with a calling session that was itself created by AssumeRole: no service issued it.
    pub fn of_made_session(&self) -> Self {
        let made =
            |(world, _): &&(World, bool)| world.get(ISSUER).is_none_or(|issuer| issuer.as_deref() == Some(ANOTHER_WAY));
        Self { worlds: self.worlds.iter().filter(made).cloned().collect() }
    }

    /// The worlds in which it is allowed.
    pub fn allowed(&self, what: Carrying) -> impl Iterator<Item = &World> {
        self.carrying(what).filter(|(_, allowed)| *allowed).map(|(world, _)| world)
    }

    pub fn verdict(&self, what: Carrying) -> Verdict {
        let all = self.carrying(what).all(|(_, allowed)| *allowed);
        let any = self.carrying(what).any(|(_, allowed)| *allowed);
        match (all, any) {
            (true, _) => Verdict::Allowed,
            (_, true) => Verdict::Conditional,
            _ => Verdict::Denied,
        }
    }

    /// The facts on which the outcome really depends: two worlds with different outcomes differ in nothing else.
    pub fn conditions(&self, what: Carrying) -> BTreeSet<String> {
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        let mut read: BTreeMap<&str, usize> = BTreeMap::new();
        for (world, allowed) in self.carrying(what) {
            if *allowed { &mut yes } else { &mut no }.push(world);
            for fact in world.keys() {
                *read.entry(fact).or_default() += 1;
            }
        }
        let mut facts: Vec<&str> = read.keys().copied().collect();
        facts.sort_by_key(|fact| Reverse(read[fact])); // what most worlds read splits them best
        let mut found = BTreeSet::new();
        differing(&yes, &no, &facts, None, &mut found);
        found
    }

    /// The worlds of one way to sign.
    fn signed(&self, way: &str) -> Vec<(World, bool)> {
        let by = |(world, _): &&(World, bool)| match world.get(CREDENTIAL) {
            Some(Some(credential)) => credential == way,
            _ => true,
        };
        let without = |(world, allowed): &(World, bool)| {
            let rest = world.iter().filter(|(fact, _)| *fact != CREDENTIAL);
            (rest.map(|(fact, value)| (fact.clone(), value.clone())).collect(), *allowed)
        };
        self.worlds.iter().filter(by).map(without).collect()
    }

    /// What a user gets without MFA, in whichever way: every combination of what the ways require. A user who must use
    /// MFA counts as without if MFA makes no difference; empty if there is no such way.
    fn without_mfa(&self, who: &Principal<'_>) -> Self {
        let ways = ways_to_sign(who);
        let joined = |first: Vec<(World, bool)>, second: Vec<(World, bool)>, how: fn(bool, bool) -> bool| {
            let fits =
                |a: &World, b: &World| a.iter().all(|(fact, value)| b.get(fact).is_none_or(|other| other == value));
            let mut worlds = Vec::new();
            for (a, in_a) in &first {
                for (b, in_b) in second.iter().filter(|(b, _)| fits(a, b)) {
                    let both = a.iter().chain(b).map(|(fact, value)| (fact.clone(), value.clone())).collect();
                    worlds.push((both, how(*in_a, *in_b)));
                }
            }
            worlds
        };
        let worlds = match ways.as_slice() {
            [USER_SESSION_WITH_MFA] => {
                let (without, with) = (self.signed(USER_SESSION), self.signed(USER_SESSION_WITH_MFA));
                let differs = joined(without, with.clone(), |a, b| a != b).iter().any(|(_, differs)| *differs);
                if differs { Vec::new() } else { with }
            }
            [USER_SESSION, _] => self.signed(USER_SESSION),
            _ => joined(self.signed(ACCESS_KEY), self.signed(USER_SESSION), |a, b| a || b),
        };
        Self { worlds }
    }

    /// The best of a user's ways: one without MFA if that is allowed, else one with MFA, which is then a condition.
    pub fn best(&self, who: &Principal<'_>) -> (Verdict, BTreeSet<String>) {
        let alone = self.without_mfa(who);
        if alone.is_possible() {
            return (alone.verdict(Carrying::Anything), alone.conditions(Carrying::Anything));
        }
        let ways = ways_to_sign(who);
        if !ways.iter().any(|way| self.signed(way).iter().any(|(_, allowed)| *allowed)) {
            return (Verdict::Denied, BTreeSet::new());
        }
        // among the ways of the same kind, whether the user has them today or not
        let fits = |credential: &str| ways.len() > 2 || matches!(credential, USER_SESSION | USER_SESSION_WITH_MFA);
        let asked = self.worlds.iter().filter(|(world, _)| match world.get(CREDENTIAL) {
            Some(Some(credential)) => fits(credential),
            _ => true,
        });
        let asked = Self { worlds: asked.cloned().collect() };
        (Verdict::Conditional, asked.conditions(Carrying::Anything))
    }

    /// Whether a user can assume the role without MFA at all.
    pub fn is_possible_without_mfa(&self, who: &Principal<'_>) -> bool {
        self.without_mfa(who).is_possible()
    }

    pub fn is_possible(&self) -> bool {
        self.worlds.iter().any(|(_, allowed)| *allowed)
    }

    pub fn worlds(&self) -> &[(World, bool)] {
        &self.worlds
    }
}

/// Adds the facts in which a world of `yes` and one of `no` differ, and in nothing else that both of them read. The
/// worlds are split fact by fact, because comparing every pair takes hours for the largest of them. `so_far` is the
/// fact in which the two sides already differ.
fn differing<'a>(
    yes: &[&'a World],
    no: &[&'a World],
    facts: &[&'a str],
    so_far: Option<&'a str>,
    found: &mut BTreeSet<String>,
) {
    if yes.is_empty() || no.is_empty() || so_far.is_some_and(|fact| found.contains(fact)) {
        return;
    }
    let Some((&fact, rest)) = facts.split_first() else {
        found.extend(so_far.map(str::to_owned));
        return;
    };
    let (yes, no) = (by_value(yes, fact), by_value(no, fact));
    for (value, yes) in &yes {
        for (other, no) in &no {
            if value.is_none() || other.is_none() || value == other {
                differing(yes, no, rest, so_far, found);
            } else if so_far.is_none() {
                differing(yes, no, rest, Some(fact), found);
            }
        }
    }
}

/// The worlds by what they say of a fact; those that do not read it apart.
fn by_value<'a>(worlds: &[&'a World], fact: &str) -> BTreeMap<Option<&'a Option<String>>, Vec<&'a World>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for &world in worlds {
        groups.entry(world.get(fact)).or_default().push(world);
    }
    groups
}
