//! By what people come to each role: not by what they come to the role of their best path.
//!
//! Cost: one search back from each role that is not the end of a best path, and one path in it for those whom one search answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::WhoCan;
use super::alike::BestPath;
use crate::answer::Via;
use crate::graph::query::via;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_within;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// By what people come to roles, both as they are named in the answer.
#[derive(Debug, Default)]
pub struct Vias {
    /// Of each person or group, its place in `by_role`.
    places: HashMap<String, usize>,
    by_role: Vec<BTreeMap<String, Option<Via>>>,
}

impl Vias {
    /// By what somebody comes to a role.
    #[must_use]
    pub fn to(&self, who: &str, role: &str) -> Option<&Via> {
        let by_role = self.places.get(who).and_then(|place| self.by_role.get(*place))?;
        by_role.get(role)?.as_ref()
    }
}

impl WhoCan<'_, '_> {
    /// By what each person comes to each role: by the best path there.
    #[must_use]
    pub fn vias(&self) -> Vias {
        let estate = self.estate();
        let mut vias = Vias::default();
        let mut asked = BTreeMap::<PrincipalIx, Vec<(&Source, usize)>>::new();
        for group in &self.groups {
            // those for whom one search answers begin alike
            let mut known = HashMap::<*const BestPath, usize>::new();
            for one in group.who.iter().filter(|one| one.source.is_of_people()) {
                let next = vias.by_role.len();
                let place = *known.entry(Arc::as_ptr(&one.best)).or_insert(next);
                vias.places.insert(one.source.name(estate), place);
                if place < next {
                    continue;
                }
                let end = one.best.through.get().and_then(|through| through.last());
                let mut own = BTreeMap::new();
                for role in group.parts.iter().flat_map(|part| &part.roles) {
                    let role = PrincipalIx::new(role as usize);
                    if Some(&role) == end {
                        own.insert(estate.arn(role), one.best.via.clone());
                    } else {
                        asked.entry(role).or_default().push((&one.source, place));
                    }
                }
                vias.by_role.push(own);
            }
        }
        for (role, sources) in asked {
            let reach = match self.reach.via() {
                None => self.reach.to_one(role),
                through => Reach::through(self.reach.graph(), BTreeSet::from([role]), through),
            };
            let arn = estate.arn(role);
            for (source, place) in sources {
                let path = best_within(&reach, source, self.max_hops);
                let via = path.and_then(|path| via::via(estate, path.hops.first()?));
                if let Some(by_role) = vias.by_role.get_mut(place) {
                    by_role.insert(arn.clone(), via);
                }
            }
        }
        vias
    }
}
