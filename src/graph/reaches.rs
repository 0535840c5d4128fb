//! Which targets each source reaches: sets that grow from the targets outwards.
//!
//! Owns: the sets, shared by the members of a class. They know neither lengths nor sessions (`reach`, `chain`).

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::edge::Source;
use super::reach::{Mode, Reach, in_mode};
use crate::answer::Verdict;
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// Which targets each source reaches.
#[derive(Debug, Default)]
pub struct Reaches {
    classes: Vec<RoaringBitmap>,
    principals: Vec<RoaringBitmap>,
    others: BTreeMap<Source, RoaringBitmap>,
}

impl Reach<'_, '_> {
    /// Which targets each source reaches in so many hops by edges of this verdict or better, whatever it knows of MFA.
    #[must_use]
    pub fn reaches(&self, verdict: Verdict, max_hops: usize) -> (Reaches, Option<Reaches>) {
        let mfa_matters = self.asks_for_mfa();
        rayon::join(
            || self.gather(verdict, Mode::Plain, max_hops),
            || mfa_matters.then(|| self.gather(verdict, Mode::Mfa, max_hops)),
        )
    }

    /// Sets grow from the targets outwards; only what is new to a role is carried on.
    fn gather(&self, verdict: Verdict, mode: Mode, max_hops: usize) -> Reaches {
        let estate = self.estate();
        let mut found = Reaches::default();
        found.classes.resize_with(estate.classes().len(), RoaringBitmap::new);
        found.principals.resize_with(estate.principals().len(), RoaringBitmap::new);
        let own = |t: &PrincipalIx| (*t, RoaringBitmap::from_iter([t.get() as u32]));
        let mut round: BTreeMap<PrincipalIx, RoaringBitmap> = self.targets().iter().map(own).collect();
        // a round is a hop
        let mut hops = 0;
        while !round.is_empty() && hops < max_hops {
            hops += 1;
            let mut next = BTreeMap::<PrincipalIx, RoaringBitmap>::new();
            for (role, fresh) in &round {
                for edge in self.edges_into(*role) {
                    if in_mode(edge, mode).verdict() > verdict {
                        continue;
                    }
                    let Some(known) = found.of_mut(&edge.from) else { continue };
                    let Some(new) = add(known, fresh) else { continue };
                    for member in edge.from.members(estate).iter().filter(|m| self.has_met(**m)) {
                        *next.entry(*member).or_default() |= &new;
                    }
                }
            }
            round = next;
        }
        found
    }
}

/// Adds to a set; what was new to it, if anything. Most sets that travel hold one target.
fn add(known: &mut RoaringBitmap, fresh: &RoaringBitmap) -> Option<RoaringBitmap> {
    if let (Some(only), 1) = (fresh.min(), fresh.len()) {
        return known.insert(only).then(|| fresh.clone());
    }
    let new = fresh - &*known;
    if new.is_empty() {
        return None;
    }
    *known |= &new;
    Some(new)
}

impl Reaches {
    fn of_mut(&mut self, source: &Source) -> Option<&mut RoaringBitmap> {
        match source {
            Source::Class(class) => self.classes.get_mut(class.get()),
            Source::Principal(ix) => self.principals.get_mut(ix.get()),
            other => {
                if !self.others.contains_key(other) {
                    self.others.insert(other.clone(), RoaringBitmap::new());
                }
                self.others.get_mut(other)
            }
        }
    }

    /// Target roles that a source reaches, itself left out.
    #[must_use]
    pub fn of(&self, source: &Source, estate: &Estate) -> RoaringBitmap {
        match source {
            Source::Principal(ix) => {
                let own = self.principals.get(ix.get()).cloned().unwrap_or_default();
                let mut all = match self.classes.get(estate.principal(*ix).class().get()) {
                    Some(shared) => own | shared,
                    None => own,
                };
                all.remove(ix.get() as u32);
                all
            }
            other => self.others.get(other).cloned().unwrap_or_default(),
        }
    }
}
