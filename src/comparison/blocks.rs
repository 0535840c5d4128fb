//! Ways to a target that are not what they were: principals and roles, never pairs.
//!
//! Owns: which ways are new, lost, easier or harder. Sources that reach the same alike on each side are compared once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use roaring::RoaringBitmap;

use super::nodes::Nodes;
use super::pairing::Which;
use super::there::There;
use super::world::World;
use crate::answer::Verdict;
use crate::difference::{WayChange, WayCounts, WayState};
use crate::ids::AccountId;

/// Principals and roles: each of the ones to each of the others changed alike.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) change: WayChange,
    pub(super) old: Option<WayState>,
    pub(super) new: Option<WayState>,
    /// Numbers of nodes.
    pub(super) sources: RoaringBitmap,
    /// Numbers of roles.
    pub(super) roles: RoaringBitmap,
}

impl Block {
    /// Pairs.
    pub(super) fn ways(&self) -> u64 {
        self.sources.len() * self.roles.len()
    }

    /// The same change of some of its pairs.
    pub(super) fn part(&self, sources: RoaringBitmap, roles: RoaringBitmap) -> Self {
        Self { change: self.change, old: self.old.clone(), new: self.new.clone(), sources, roles }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sources.is_empty() || self.roles.is_empty()
    }
}

/// How one state is beside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Equal,
    /// The second asks for less.
    Easier,
    Harder,
    Other,
}

impl Compared {
    /// As a change of a way; none where nothing changed.
    pub(super) fn change(self) -> Option<WayChange> {
        match self {
            Self::Equal => None,
            Self::Easier => Some(WayChange::Easier),
            Self::Harder => Some(WayChange::Harder),
            Self::Other => Some(WayChange::Changed),
        }
    }

    /// Both of two changes of one way.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Equal, only) | (only, Self::Equal) => only,
            (one, other) if one == other => one,
            _ => Self::Other,
        }
    }
}

/// The second beside the first: by verdict, then by the conditions.
pub(super) fn compare(first: &WayState, second: &WayState) -> Compared {
    if first == second {
        return Compared::Equal;
    }
    let within = |a: &WayState, b: &WayState| a.conditions.iter().all(|key| b.conditions.contains(key));
    if second.verdict != first.verdict {
        return if second.verdict < first.verdict { Compared::Easier } else { Compared::Harder };
    }
    match (within(second, first), within(first, second)) {
        (true, false) => Compared::Easier,
        (false, true) => Compared::Harder,
        _ => Compared::Other,
    }
}

/// What sources that fare alike on a side reach.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// The place of its group, by number of the source.
    group_of: HashMap<u32, usize>,
    groups: Vec<BTreeMap<WayState, RoaringBitmap>>,
    /// Roles of the target.
    pub(super) targets: RoaringBitmap,
    /// What else may belong to the target.
    pub(super) open: Open,
}

/// What may belong to a target, and is not known to.
#[derive(Clone, Debug)]
pub(super) enum Open {
    /// Whatever there is: that there is no such target is not known.
    All,
    /// Roles of these accounts.
    Accounts(BTreeSet<AccountId>),
}

impl Default for Open {
    fn default() -> Self {
        Self::Accounts(BTreeSet::new())
    }
}

impl Open {
    pub(super) fn may_have(&self, account: Option<AccountId>) -> bool {
        match self {
            Self::All => true,
            Self::Accounts(open) => account.is_some_and(|id| open.contains(&id)),
        }
    }
}

impl Side {
    /// The ways that were found, or that there are none since there is no such target, as far as that is known.
    pub(super) fn new(there: &There<'_, '_>, which: Which, nodes: &mut Nodes, world: &World<'_, '_>) -> Self {
        let Some(found) = &there.found else {
            let open = if there.gaps.is_empty() { Open::default() } else { Open::All };
            return Self { open, ..Self::default() };
        };
        let number = |ix| world.pairing.number(which, ix);
        let accounts = world.estate(which).indexed_accounts().filter(|(ix, _)| found.may_have(*ix));
        let open = Open::Accounts(accounts.map(|(_, account)| account.id()).collect());
        let mut side = Self { targets: found.roles().map(number).collect(), open, ..Self::default() };
        for alike in found.found() {
            let mut group = BTreeMap::<WayState, RoaringBitmap>::new();
            for part in alike.parts {
                let state = WayState { verdict: part.verdict, conditions: part.conditions.clone() };
                let roles = part.roles.iter().map(|role| number(crate::ids::PrincipalIx::new(role as usize)));
                // a change of hops alone is no change of access
                group.entry(state).or_default().extend(roles);
            }
            let place = side.groups.len();
            side.groups.push(group);
            // who fell silent with an account did not turn into the account
            for source in alike.sources.into_iter().filter(|source| !world.is_dormant(which, source)) {
                side.group_of.insert(nodes.number(source, which, world), place);
            }
        }
        side
    }

    /// The roles that a source surely reaches, or may.
    pub(super) fn reached(&self, source: u32) -> RoaringBitmap {
        let group = self.group_of.get(&source).and_then(|place| self.groups.get(*place));
        group.into_iter().flatten().fold(RoaringBitmap::new(), |all, (_, roles)| all | roles)
    }
}

/// The ways of two sides beside each other.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// Those that changed.
    pub(super) changed: Vec<Block>,
    /// Those that ask for the same keys on both sides: values may differ.
    pub(super) alike: Vec<Block>,
    pub(super) counts: WayCounts,
}

/// Which ways changed, and how many there are of each sort.
pub(super) fn compared(old: &Side, new: &Side) -> Ways {
    let mut classes = BTreeMap::<(Option<usize>, Option<usize>), RoaringBitmap>::new();
    let sources: BTreeSet<u32> = old.group_of.keys().chain(new.group_of.keys()).copied().collect();
    for source in sources {
        let key = (old.group_of.get(&source).copied(), new.group_of.get(&source).copied());
        classes.entry(key).or_default().insert(source);
    }
    let mut ways = Ways::default();
    let nothing = BTreeMap::new();
    for ((before, after), sources) in classes {
        let group = |side: &'_ Side, place: Option<usize>| place.and_then(|at| side.groups.get(at)).cloned();
        let before = group(old, before).unwrap_or_else(|| nothing.clone());
        let after = group(new, after).unwrap_or_else(|| nothing.clone());
        of_class(&before, &after, &sources, &mut ways);
    }
    for block in &ways.changed {
        ways.counts.add(block.change, block.ways());
    }
    ways
}

type Reached = BTreeMap<WayState, RoaringBitmap>;

fn of_class(before: &Reached, after: &Reached, sources: &RoaringBitmap, found: &mut Ways) {
    let all = |side: &Reached| side.values().fold(RoaringBitmap::new(), |all, roles| all | roles);
    let (known_before, known_after) = (all(before), all(after));
    let mut add = |old: Option<&WayState>, new: Option<&WayState>, roles: RoaringBitmap| {
        if roles.is_empty() {
            return;
        }
        let ways = sources.len() * roles.len();
        let is_unknown = |state: Option<&WayState>| state.is_some_and(|state| state.verdict == Verdict::Unknown);
        if is_unknown(old) || is_unknown(new) {
            found.counts.unknown += ways;
            return;
        }
        let change = match (old, new) {
            (Some(old), Some(new)) => compare(old, new).change(),
            (None, _) => Some(WayChange::New),
            (_, None) => Some(WayChange::Lost),
        };
        let block = |change| Block { change, old: old.cloned(), new: new.cloned(), sources: sources.clone(), roles };
        match change {
            Some(change) => found.changed.push(block(change)),
            None => {
                found.counts.unchanged += ways;
                let asks = new.is_some_and(|state| state.verdict == Verdict::Conditional);
                found.alike.extend(asks.then(|| block(WayChange::Changed)));
            }
        }
    };
    for (old, roles) in before {
        for (new, other) in after {
            add(Some(old), Some(new), roles & other);
        }
        add(Some(old), None, roles - &known_after);
    }
    for (new, roles) in after {
        add(None, Some(new), roles - &known_before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(verdict: Verdict, conditions: &[&str]) -> WayState {
        WayState { verdict, conditions: conditions.iter().map(|key| (*key).to_owned()).collect() }
    }

    #[test]
    fn a_way_is_easier_where_nothing_more_is_asked_for() {
        let allowed = state(Verdict::Allowed, &[]);
        let mfa = state(Verdict::Conditional, &["aws:MultiFactorAuthPresent"]);
        let both = state(Verdict::Conditional, &["aws:MultiFactorAuthPresent", "aws:SourceIp"]);
        let ip = state(Verdict::Conditional, &["aws:SourceIp"]);
        assert_eq!(compare(&mfa, &allowed), Compared::Easier);
        assert_eq!(compare(&allowed, &mfa), Compared::Harder);
        assert_eq!(compare(&both, &ip), Compared::Easier);
        assert_eq!(compare(&ip, &both), Compared::Harder);
        assert_eq!(compare(&ip, &mfa), Compared::Other);
        assert_eq!(compare(&ip, &ip), Compared::Equal);
    }
}
