//! What the principals of a group need, in words.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::WhoCan;
use crate::answer::{Needs, WhoCanAnswer};
use crate::graph::query::needs::needs_of;
use crate::graph::search::backward::Reach;
use crate::graph::search::best::best_within;
use crate::graph::source::Source;
use crate::ids::PrincipalIx;

/// Roles of a group that are asked. The paths to more of them say too much for a cell, and take too long.
const ASKED: u64 = 8;

const MFA: &str = "aws:MultiFactorAuthPresent";

impl WhoCan<'_, '_> {
    /// What the best path of each of them to each role needs, put together. Empty where they are not all named, and where these
    /// are many roles.
    pub(super) fn needs(&self, named: &[&Source], principals: usize, roles: &RoaringBitmap) -> Vec<String> {
        let mut needs = Needs::default();
        if named.len() < principals || roles.len() > ASKED && !self.is_open_without_mfa_alone() {
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

    /// What single principals need for single roles, both as they are named in the answer, where the keys do not tell: one that asks about
    /// MFA may ask that there is none. Empty where no call does.
    pub fn needs_of_pairs(&self, answer: &WhoCanAnswer) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
        if !self.is_open_without_mfa_alone() {
            return BTreeMap::new();
        }
        let mut asked = BTreeMap::<&str, Vec<&str>>::new();
        for found in &answer.answers {
            let of_mfa = answer.targets_of(found).iter().filter(|alike| alike.conditions.iter().any(|key| key == MFA));
            of_mfa
                .flat_map(|alike| alike.roles.iter())
                .for_each(|role| asked.entry(role).or_default().push(&found.principal));
        }
        let estate = self.estate();
        let who = self.groups.iter().flat_map(|group| &group.who).map(|one| (one.source.name(estate), &one.source));
        let who: BTreeMap<String, &Source> = who.collect();
        let mut needs = BTreeMap::<String, BTreeMap<String, Vec<String>>>::new();
        for target in self.reach.targets() {
            let role = estate.arn(*target);
            let Some(principals) = asked.get(&*role) else { continue };
            let reach = Reach::through(self.reach.graph(), BTreeSet::from([*target]), self.reach.via());
            for principal in principals {
                let path = who.get(*principal).and_then(|one| Some((best_within(&reach, one, self.max_hops)?, one)));
                if let Some((path, source)) = path {
                    let phrases = needs_of(&path, source, estate).phrases();
                    needs.entry((*principal).to_owned()).or_default().insert(role.clone(), phrases);
                }
            }
        }
        needs
    }

    /// Whether some call behind the target is worse for whoever has MFA.
    fn is_open_without_mfa_alone(&self) -> bool {
        self.reach.edges().any(|edge| edge.with_mfa().verdict() > edge.plain().verdict())
    }
}
