//! What the principals of a group need, in words.

use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::WhoCan;
use crate::answer::Needs;
use crate::graph::query::needs::needs_of;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_within;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// Roles of a group that are asked. The paths to more of them say too much for a cell, and take too long.
const ASKED: u64 = 8;

impl WhoCan<'_, '_> {
    /// What the best path of each of them to each role needs, put together. Empty where they are not all named, and where these
    /// are many roles.
    pub(super) fn needs(&self, named: &[&Source], principals: usize, roles: &RoaringBitmap) -> Vec<String> {
        let mut needs = Needs::default();
        if named.len() < principals || roles.len() > ASKED {
            return Vec::new();
        }
        for role in roles {
            let target = BTreeSet::from([PrincipalIx::new(role as usize)]);
            let reach = Reach::through(self.reach.graph(), target, self.reach.via());
            for source in named {
                let Some(path) = best_within(&reach, source, self.max_hops) else { continue };
                needs.merge(&needs_of(&path, source, self.estate()));
            }
        }
        needs.phrases()
    }
}
