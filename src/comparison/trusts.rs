//! Trust policies, statement by statement.

use rayon::prelude::*;

use super::collector::{Collector, Told};
use super::pairing::Which;
use super::world::World;
use crate::answer::Layer;
use crate::difference::Section;

impl World<'_, '_> {
    /// Changes of the trust policies of roles that both sides have.
    #[must_use]
    pub fn trusts(&self) -> Section {
        let numbers: Vec<u32> = (0..self.pairing.len()).collect();
        let told: Vec<Told> = numbers.par_iter().map(|number| self.changes_of_trust(*number)).collect();
        let mut found = Collector::default();
        told.into_iter().for_each(|told| found.extend(told));
        found.section(self.gaps(|which| self.unread(which, true)))
    }

    fn changes_of_trust(&self, number: u32) -> Told {
        let trust = |which| self.principal(which, number).and_then(|role| role.role()).map(|facts| facts.trust);
        let (Some(old), Some(new)) = (trust(Which::Old), trust(Which::New)) else { return Told::new() };
        let changes = self.changes_of_document(Layer::Trust, "", old, new);
        changes.into_iter().map(|what| (what, self.arn(number))).collect()
    }
}
