//! The search: proofs, the fewest parts that meet them, the organization decided without these, and again.

use std::collections::{BTreeMap, BTreeSet};

use super::answer;
use super::choice::{Asked, Choice, Seen, without};
use super::derive::{Gone, derive, derive_all};
use super::effect::{After, Before, Effect};
use super::hitting::smallest;
use super::known::{Found, Known};
use crate::answer::CutAnswer;
use crate::change::ChangeError;
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
    let (seen, found) = choice.look(graph, asked)?;
    let protected = derive_all(&found, &seen.kept).into_iter().flat_map(|kept| kept.removals).collect();
    let mut known = Known::without(protected);
    known.learn(derive(&found, &seen.chosen, &Gone::default()));
    drop(found);
    let search = Search { before: Before::new(graph, asked, &seen), graph, asked, choice, seen: &seen, open };
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
    Ok(answer::of(graph, asked, &seen, &known, &found, &told))
}

struct Search<'s, 'g, 'e, E> {
    graph: &'g TrustGraph<'e>,
    asked: &'s Asked<'s>,
    choice: Choice,
    seen: &'s Seen,
    before: Before<'s, 'g, 'e>,
    open: Open<'s, E>,
}

impl<E: From<SelectError> + From<ChangeError>> Search<'_, '_, '_, E> {
    /// Rounds until no way is left that could be closed.
    fn rounds(&self, known: &mut Known, weight: &dyn Fn(usize) -> u64, before: usize) -> Result<Found, E> {
        let mut rounds = before;
        loop {
            let hitting = smallest(&known.sets, weight);
            let removals: Vec<Removal> = known.named(&hitting.elements).cloned().collect();
            let estate = self.without(&removals)?;
            let graph = TrustGraph::new(&estate);
            let (seen, found) = self.choice.look(&graph, self.asked)?;
            rounds += 1;
            let left = without(&without(&seen.chosen, &known.fixed), &known.shared);
            if left.is_empty() || rounds >= ROUNDS {
                return Ok(Found { hitting, rounds, left, seen });
            }
            if !known.learn(derive(&found, &left, &Gone::of(&removals))) {
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
        let removals: Vec<Removal> = known.named(&found.hitting.elements).cloned().collect();
        let estate = self.without(&removals)?;
        let after = After { graph: &TrustGraph::new(&estate), seen: &found.seen };
        Ok((told, self.before.effect(&self.before.felt(&removals), &after)))
    }

    fn effect(&self, known: &Known, number: usize) -> Result<Effect, E> {
        let Some(removal) = known.removals.get(number) else { return Ok(Effect::default()) };
        let felt = self.before.felt([removal]);
        let estate = self.without(std::slice::from_ref(removal))?;
        let graph = TrustGraph::new(&estate);
        if !self.before.meets_target(&felt) {
            return Ok(self.before.effect(&felt, &After { graph: &graph, seen: self.seen }));
        }
        let (seen, _) = self.choice.look(&graph, self.asked)?;
        Ok(self.before.effect(&felt, &After { graph: &graph, seen: &seen }))
    }

    /// The organization without these.
    fn without(&self, removals: &[Removal]) -> Result<Estate, E> {
        let edits: Vec<Edit> = removals.iter().cloned().map(Edit::Remove).collect();
        (self.open)(&edits)
    }
}
