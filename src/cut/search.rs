//! The search: proofs, the fewest parts that meet them, the organization decided without these, and again.

use std::collections::{BTreeMap, BTreeSet};

use super::answer;
use super::choice::{Asked, Choice, Seen, without};
use super::derive::{Derivation, derive, derive_all};
use super::effect::Effect;
use super::hitting::{minimal, smallest};
use super::known::{Found, Known};
use crate::answer::CutAnswer;
use crate::change::ChangeError;
use crate::graph::query::{Limits, WhoCan};
use crate::graph::{SelectError, TrustGraph};
use crate::model::Estate;
use crate::snapshot::edit::{Edit, Removal};

/// Rounds at most: each decides the organization once.
const ROUNDS: usize = 200;
/// Principals times removals that are weighed or told of: each is a decision of the whole organization.
const BUDGET: usize = 20_000;

/// Opens the organization with changes.
pub(super) type Open<'o, E> = &'o dyn Fn(&[Edit]) -> Result<Estate, E>;

/// The fewest removals that close the ways that are asked for. `open` makes the estate with changes.
///
/// # Errors
/// Where a name is unknown or ambiguous, and where the snapshot cannot be read.
pub fn cut<E>(graph: &TrustGraph<'_>, asked: &Asked<'_>, open: Open<'_, E>) -> Result<CutAnswer, E>
where
    E: From<SelectError> + From<ChangeError>,
{
    let choice = Choice::new(graph, asked)?;
    let seen = choice.look(graph, asked)?;
    let protected = derive_all(graph, &seen.kept).into_iter().flat_map(|kept| kept.removals).collect();
    let mut known = Known { protected, ..Known::default() };
    let of_targets = roles_of_targets(graph, asked);
    let search = Search { graph, asked, choice, seen, of_targets, open };
    search.learn(&mut known, derive(graph, &search.seen.chosen));
    let mut effects = BTreeMap::new();
    let mut found = search.rounds(&mut known, &|_| 0, 0)?;
    if found.left.is_empty() {
        let weighed = search.weigh(&known, &mut effects)?;
        if !weighed.is_empty() {
            let heaviest = weighed.values().copied().max().unwrap_or_default();
            let weight = |number: usize| weighed.get(&number).copied().unwrap_or(heaviest);
            let lighter = search.rounds(&mut known, &weight, found.rounds)?;
            if lighter.left.is_empty() {
                found = lighter;
            }
        }
    }
    let told = search.tell(&known, &found, &mut effects)?;
    Ok(answer::of(graph, asked, &search.seen, &known, &found, &told))
}

/// The roles of the target that is asked for and of those that are configured.
fn roles_of_targets(graph: &TrustGraph<'_>, asked: &Asked<'_>) -> BTreeSet<String> {
    let targets = asked.targets.keys().map(String::as_str).chain([asked.target]);
    let found = targets.filter_map(|target| WhoCan::new(graph, target, asked.targets, &Limits::default()).ok());
    found.flat_map(|found| found.roles().map(|role| graph.estate().arn(role)).collect::<Vec<_>>()).collect()
}

struct Search<'s, 'g, 'e, E> {
    graph: &'g TrustGraph<'e>,
    asked: &'s Asked<'s>,
    choice: Choice,
    seen: Seen,
    /// Roles of all targets, by ARN.
    of_targets: BTreeSet<String>,
    open: Open<'s, E>,
}

impl<E: From<SelectError> + From<ChangeError>> Search<'_, '_, '_, E> {
    /// Adds what these proofs teach; true where one of them is new.
    fn learn(&self, known: &mut Known, derivations: Vec<Derivation>) -> bool {
        let mut is_new = false;
        for Derivation { source, role, removals } in derivations {
            let removable: BTreeSet<Removal> = removals.difference(&known.protected).cloned().collect();
            if removable.is_empty() {
                let stuck = if removals.is_empty() { &mut known.fixed } else { &mut known.shared };
                is_new |= stuck.entry(source).or_default().insert(role);
                continue;
            }
            let set: BTreeSet<usize> = removable.into_iter().map(|removal| known.number(removal)).collect();
            is_new |= !known.sets.contains(&set);
            known.sets.push(set);
        }
        known.sets = minimal(&known.sets);
        is_new
    }

    /// Rounds until no way is left that could be closed.
    fn rounds(&self, known: &mut Known, weight: &dyn Fn(usize) -> u64, before: usize) -> Result<Found, E> {
        let mut rounds = before;
        loop {
            let hitting = smallest(&known.sets, weight);
            let edits = known.edits(&hitting.elements);
            let estate = (self.open)(&edits)?;
            let graph = TrustGraph::new(&estate);
            let seen = self.choice.look(&graph, self.asked)?;
            rounds += 1;
            let left = without(&without(&seen.chosen, &known.fixed), &known.shared);
            if left.is_empty() || rounds >= ROUNDS {
                return Ok(Found { hitting, rounds, left, seen });
            }
            if !self.learn(known, derive(&graph, &left)) {
                // a proof that names nothing new would come again and again
                let left = without(&without(&left, &known.fixed), &known.shared);
                return Ok(Found { hitting, rounds, left, seen });
            }
        }
    }

    /// How many removals may be looked at one by one.
    fn affordable(&self) -> usize {
        (BUDGET / self.graph.estate().principals().len().max(1)).clamp(2, 64)
    }

    /// What each removal that has an alternative takes away beside, by number.
    fn weigh(&self, known: &Known, effects: &mut BTreeMap<usize, Effect>) -> Result<BTreeMap<usize, u64>, E> {
        let alternatives: BTreeSet<usize> =
            known.sets.iter().filter(|set| set.len() > 1).flat_map(|set| set.iter().copied()).collect();
        for number in alternatives.into_iter().take(self.affordable()) {
            let effect = self.effect(known, number)?;
            effects.insert(number, effect);
        }
        Ok(effects.iter().map(|(number, effect)| (*number, effect.others)).collect())
    }

    /// The effects of the removals of the cut, as far as they are affordable, and of all of them together.
    fn tell(
        &self,
        known: &Known,
        found: &Found,
        effects: &mut BTreeMap<usize, Effect>,
    ) -> Result<(BTreeMap<usize, Effect>, Effect), E> {
        let mut told = BTreeMap::new();
        let mut affordable = self.affordable();
        for number in &found.hitting.elements {
            if let Some(effect) = effects.remove(number) {
                told.insert(*number, effect);
            } else if affordable > 0 {
                affordable -= 1;
                told.insert(*number, self.effect(known, *number)?);
            }
        }
        let estate = (self.open)(&known.edits(&found.hitting.elements))?;
        let whole = Effect::of(
            (self.graph, &self.seen),
            (&TrustGraph::new(&estate), &found.seen),
            self.asked,
            &self.of_targets,
        );
        Ok((told, whole))
    }

    fn effect(&self, known: &Known, number: usize) -> Result<Effect, E> {
        let estate = (self.open)(&known.edits(&BTreeSet::from([number])))?;
        let graph = TrustGraph::new(&estate);
        let seen = self.choice.look(&graph, self.asked)?;
        Ok(Effect::of((self.graph, &self.seen), (&graph, &seen), self.asked, &self.of_targets))
    }
}
