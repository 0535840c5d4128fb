//! Other ways to let users in, with what each would add.
//!
//! Owns: the numbers of each way, counted over the roles that would let the user in: what a trust policy refuses, no policy of a user adds.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::cover::{self, Column, Matrix, Row};
use super::pairs::{Pairs, number, of, role_of};
use crate::answer::PlanAlternative;
use crate::id_vec::IdVec;
use crate::ids::PrincipalIx;
use crate::model::Estate;

/// What the alternatives are counted over.
pub(super) struct Scene<'a> {
    pub(super) estate: &'a Estate,
    /// What users need and may reach.
    pub(super) wanted: &'a Pairs,
    /// What would let users in if their policies allowed it.
    pub(super) reachable: &'a Pairs,
    /// What users reach without groups of the plan.
    pub(super) stays: &'a Pairs,
    /// How many groups the plan has, and the most that a user may be in.
    pub(super) groups: usize,
    pub(super) most: usize,
    /// True where somebody has no room in groups.
    pub(super) no_room: bool,
    pub(super) effort: usize,
}

/// The other ways, the better ones first.
pub(super) fn all(scene: &Scene<'_>) -> Vec<PlanAlternative> {
    // where nobody needs anything there is nothing to let in another way
    if scene.wanted.values().all(RoaringBitmap::is_empty) {
        return Vec::new();
    }
    let mut all = vec![scene.identity_center()];
    all.extend(scene.wildcard());
    all.extend(scene.tags());
    if scene.no_room {
        all.push(PlanAlternative {
            way: "policies-of-users",
            is_better: false,
            groups: Some(0),
            adds: 0,
            lacks: 0,
            text: "managed policies attached to users themselves: no limit of groups, but permissions outside of groups, which CIS and \
                AWS's foundational checks report"
                .to_owned(),
        });
    }
    all.sort_by_key(|one| !one.is_better);
    all
}

impl Scene<'_> {
    fn identity_center(&self) -> PlanAlternative {
        let roles: BTreeSet<u32> = self.wanted.values().flatten().collect();
        let names: BTreeSet<&str> = roles.iter().map(|role| self.estate.principal(role_of(*role)).name()).collect();
        let has_people = self.estate.people().is_some();
        let there = if has_people { "; it is in use here" } else { "" };
        let sets = match names.len() {
            1 => "one permission set".to_owned(),
            count => format!("{count} permission sets, one for each name of a role"),
        };
        PlanAlternative {
            way: "identity-center",
            is_better: true,
            groups: None,
            adds: 0,
            lacks: 0,
            text: format!("IAM Identity Center for people: no limit of groups a user, no access keys; {sets}{there}"),
        }
    }

    /// One policy for each name of a role, for any account.
    fn wildcard(&self) -> Option<PlanAlternative> {
        let estate = self.estate;
        let mut by_name = BTreeMap::<&str, RoaringBitmap>::new();
        for role in self.reachable.values().fold(RoaringBitmap::new(), |all, roles| all | roles) {
            by_name.entry(estate.principal(role_of(role)).name()).or_default().insert(role);
        }
        let places: BTreeMap<&str, usize> = by_name.keys().enumerate().map(|(at, name)| (*name, at)).collect();
        let (mut adds, mut rows) = (0, BTreeSet::new());
        for (user, wanted) in self.wanted.iter().filter(|(_, wanted)| !wanted.is_empty()) {
            let names: BTreeSet<&str> = wanted.iter().map(|role| estate.principal(role_of(role)).name()).collect();
            let given =
                names.iter().filter_map(|name| by_name.get(name)).fold(RoaringBitmap::new(), |all, own| all | own);
            let given = given & of(self.reachable, *user);
            adds += (given - (wanted | of(self.stays, *user))).len();
            rows.insert(names.iter().filter_map(|name| places.get(name)).copied().collect::<BTreeSet<usize>>());
        }
        if rows.is_empty() {
            return None;
        }
        let groups = self.groups_for(&rows, places.len());
        Some(PlanAlternative {
            way: "account-wildcard",
            is_better: adds == 0 && groups < self.groups,
            groups: Some(groups),
            adds,
            lacks: 0,
            text: "a group for each job with arn:aws:iam::*:role/NAME: the trust policies decide alone, those of accounts to come as well"
                .to_owned(),
        })
    }

    fn groups_for(&self, rows: &BTreeSet<BTreeSet<usize>>, columns: usize) -> usize {
        let mut matrix =
            Matrix { rows: IdVec::default(), columns: IdVec::default(), room: u64::MAX, effort: self.effort };
        (0..columns).for_each(|_| _ = matrix.columns.push(Column { size: 1 }));
        for row in rows {
            let mut needs = fixedbitset::FixedBitSet::with_capacity(columns);
            row.iter().for_each(|at| needs.insert(*at));
            matrix.rows.push(Row { needs, most: self.most });
        }
        cover::cover(&matrix).weight
    }

    /// One policy: the tag of the user must be that of the role.
    fn tags(&self) -> Option<PlanAlternative> {
        let estate = self.estate;
        let all: RoaringBitmap = self.reachable.values().fold(RoaringBitmap::new(), |all, roles| all | roles);
        let mut by_key = BTreeMap::<String, BTreeMap<String, RoaringBitmap>>::new();
        for role in &all {
            for tag in estate.principal(role_of(role)).tags() {
                let values = by_key.entry(tag.key.to_string()).or_default();
                values.entry(tag.value.to_string()).or_default().insert(role);
            }
        }
        let counted = by_key.iter().map(|(key, values)| {
            let (lacks, adds) = self.of_tag(values);
            (lacks, adds, key)
        });
        let (lacks, adds, key) = counted.min()?;
        let needed: u64 = self.wanted.values().map(RoaringBitmap::len).sum();
        // a tag that gives half of what is needed is no alternative
        (lacks * 2 <= needed).then(|| PlanAlternative {
            way: "tags",
            is_better: lacks == 0 && adds == 0,
            groups: Some(1),
            adds,
            lacks,
            text: format!(
                "one policy in which aws:ResourceTag/{key} must be the user's aws:PrincipalTag/{key}: whoever may set that tag, on users or \
                 roles, decides who enters"
            ),
        })
    }

    /// Pairs that a tag does not give, and pairs that it adds, each user with the value that lacks least.
    fn of_tag(&self, values: &BTreeMap<String, RoaringBitmap>) -> (u64, u64) {
        let of_role: BTreeMap<u32, &RoaringBitmap> =
            values.values().flat_map(|roles| roles.iter().map(move |role| (role, roles))).collect();
        let (mut lacks, mut adds) = (0, 0);
        for (user, wanted) in self.wanted.iter().filter(|(_, wanted)| !wanted.is_empty()) {
            let (reachable, stays) = (of(self.reachable, *user), of(self.stays, *user));
            // a value that no role has which is needed gives nothing
            let (mut left, mut best) = (wanted.clone(), (wanted.len(), 0));
            while let Some(role) = left.min() {
                left.remove(role);
                let Some(own) = of_role.get(&role) else { continue };
                left -= *own;
                let given = *own & &reachable;
                best = best.min(((wanted - &given).len(), (&given - wanted - &stays).len()));
            }
            (lacks, adds) = (lacks + best.0, adds + best.1);
        }
        (lacks, adds)
    }
}

/// Users who need something.
pub(super) fn needing(pairs: &Pairs, users: &BTreeSet<PrincipalIx>) -> usize {
    users.iter().filter(|user| pairs.get(user).is_some_and(|roles| !roles.is_empty())).count()
}

/// All role ARNs of an estate.
pub(super) fn every_role(estate: &Estate) -> BTreeSet<String> {
    estate.roles().map(|role| estate.arn(role_of(number(role)))).collect()
}
