//! The groups of one account: from what its users must get from groups to groups with names and policies.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use roaring::RoaringBitmap;

use super::cover::{self, Column, Cover, Matrix, Row, RowIx};
use super::limits::Today;
use super::names::names;
use super::pack::{Packed, Packer};
use super::pairs::{Pairs, arns, role_of};
use crate::answer::{GroupFate, PlanLimits, PlannedGroup, PlannedPolicy};
use crate::id_vec::IdVec;
use crate::ids::{AccountIx, PrincipalIx};
use crate::model::Estate;

/// What the groups of an account are made from.
pub(super) struct Hub<'a, 'e> {
    pub(super) estate: &'e Estate,
    pub(super) account: AccountIx,
    pub(super) today: &'a Today<'e>,
    pub(super) limits: PlanLimits,
    pub(super) packer: &'a Packer<'e>,
    pub(super) prefix: &'a str,
    pub(super) effort: usize,
}

/// What came of it.
pub(super) struct Grouped {
    pub(super) groups: Vec<PlannedGroup>,
    pub(super) at_least: usize,
    pub(super) needs: usize,
    /// Users without room in groups.
    pub(super) no_room: BTreeSet<PrincipalIx>,
}

/// A group before it has a name.
struct Draft {
    roles: RoaringBitmap,
    members: BTreeSet<PrincipalIx>,
    packed: Packed,
}

impl Hub<'_, '_> {
    /// The fewest groups that give each user these roles.
    pub(super) fn grouped(&self, grant: &Pairs) -> Grouped {
        // users with equal needs are in the same groups: the one with the least room says how many
        let mut alike = BTreeMap::<Vec<u32>, (usize, Vec<PrincipalIx>)>::new();
        for (user, roles) in grant.iter().filter(|(_, roles)| !roles.is_empty()) {
            let room = (self.limits.groups_per_user as usize).saturating_sub(self.today.kept_of(self.estate, *user));
            let entry = alike.entry(roles.iter().collect()).or_insert((room, Vec::new()));
            entry.0 = entry.0.min(room);
            entry.1.push(*user);
        }
        let rows: Vec<(Vec<u32>, usize, Vec<PrincipalIx>)> =
            alike.into_iter().map(|(roles, (room, users))| (roles, room, users)).collect();
        let columns = columns(&rows);
        let matrix = self.matrix(&rows, &columns);
        let cover = cover::cover(&matrix);
        let mut no_room = BTreeSet::new();
        for (at, (_, _, users)) in rows.iter().enumerate() {
            if cover.of_rows[RowIx::new(at)].is_none() {
                no_room.extend(users.iter().copied());
            }
        }
        let drafts = self.drafts(&rows, &columns, &cover);
        Grouped { groups: self.named(drafts), at_least: cover.at_least, needs: rows.len(), no_room }
    }

    fn matrix(&self, rows: &[(Vec<u32>, usize, Vec<PrincipalIx>)], columns: &[Vec<u32>]) -> Matrix {
        let lengths = |role: &u32| self.estate.arn(role_of(*role)).len() + 3;
        let longest = columns.iter().flatten().map(lengths).max().unwrap_or_default();
        let mut matrix = Matrix {
            rows: IdVec::default(),
            columns: IdVec::default(),
            room: self.packer.room(&self.limits, longest),
            effort: self.effort,
        };
        let mut place = BTreeMap::<u32, usize>::new();
        for (at, roles) in columns.iter().enumerate() {
            matrix.columns.push(Column { size: roles.iter().map(lengths).sum::<usize>() as u64 });
            place.extend(roles.iter().map(|role| (*role, at)));
        }
        for (roles, most, _) in rows {
            let mut needs = FixedBitSet::with_capacity(columns.len());
            roles.iter().filter_map(|role| place.get(role)).for_each(|at| needs.insert(*at));
            matrix.rows.push(Row { needs, most: *most });
        }
        matrix
    }

    /// The sets as groups; one that has no room for its roles becomes several with the same members.
    fn drafts(&self, rows: &[(Vec<u32>, usize, Vec<PrincipalIx>)], columns: &[Vec<u32>], cover: &Cover) -> Vec<Draft> {
        let mut members: Vec<BTreeSet<PrincipalIx>> = cover.sets.iter().map(|_| BTreeSet::new()).collect();
        for (at, (_, _, users)) in rows.iter().enumerate() {
            for set in cover.of_rows[RowIx::new(at)].iter().flatten() {
                if let Some(of_set) = members.get_mut(set.get()) {
                    of_set.extend(users.iter().copied());
                }
            }
        }
        let mut drafts = Vec::new();
        for (set, members) in cover.sets.iter().zip(members) {
            let roles: RoaringBitmap = set.ones().filter_map(|at| columns.get(at)).flatten().copied().collect();
            for (roles, packed) in self.packer.pack(&roles, &self.limits) {
                drafts.push(Draft { roles, members: members.clone(), packed });
            }
        }
        drafts
    }

    fn named(&self, drafts: Vec<Draft>) -> Vec<PlannedGroup> {
        let estate = self.estate;
        let facts = estate.account(self.account).facts();
        let taken: BTreeSet<String> = facts.groups.iter().map(|group| group.name.to_lowercase()).collect();
        let shapes: Vec<(RoaringBitmap, BTreeSet<PrincipalIx>)> =
            drafts.iter().map(|draft| (draft.roles.clone(), draft.members.clone())).collect();
        let fresh = names(estate, &shapes, &taken, self.prefix);
        let of_policies = facts.customer_policies.iter().flatten().map(|policy| policy.name().to_lowercase());
        let policies: BTreeSet<String> = of_policies.collect();
        let mut free: Vec<&str> = self.today.bindings.iter().map(|(group, _)| group.name.as_str()).collect();
        let mut groups: Vec<PlannedGroup> = Vec::new();
        for (draft, name) in drafts.into_iter().zip(fresh) {
            let same = |(group, binding): &&(&crate::model::Group, super::bindings::Binding)| {
                binding.roles == draft.roles
                    && binding.asks_for_mfa == self.packer.mfa
                    && free.contains(&group.name.as_str())
            };
            let there = self.today.bindings.iter().find(same).map(|(group, _)| group.name.clone());
            // two groups of today may do the same: one is enough
            free.retain(|name| Some(*name) != there.as_deref());
            groups.push(self.group(draft, name, there, &policies));
        }
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        groups
    }

    fn group(&self, draft: Draft, name: String, there: Option<String>, taken: &BTreeSet<String>) -> PlannedGroup {
        let estate = self.estate;
        let users = |all: &BTreeSet<PrincipalIx>| -> Vec<String> {
            let mut names: Vec<String> = all.iter().map(|ix| estate.principal(*ix).name().to_owned()).collect();
            names.sort();
            names
        };
        let of_today: BTreeSet<PrincipalIx> = match &there {
            Some(group) => {
                let is_in = |ix: &PrincipalIx| estate.principal(*ix).groups().iter().any(|own| **own == **group);
                estate.principals_of(self.account).filter(is_in).collect()
            }
            None => BTreeSet::new(),
        };
        let policies = if there.is_some() { Vec::new() } else { policies(&name, &draft.packed, taken) };
        PlannedGroup {
            fate: if there.is_some() { GroupFate::Stays } else { GroupFate::New },
            wildcards: if there.is_some() { Vec::new() } else { draft.packed.wildcards },
            name: there.unwrap_or(name),
            roles: arns(estate, &draft.roles),
            policies,
            members: users(&draft.members),
            joins: users(&draft.members.difference(&of_today).copied().collect()),
            leaves: users(&of_today.difference(&draft.members).copied().collect()),
        }
    }
}

/// Roles that the same rows need are one column.
fn columns(rows: &[(Vec<u32>, usize, Vec<PrincipalIx>)]) -> Vec<Vec<u32>> {
    let mut rows_of = BTreeMap::<u32, Vec<usize>>::new();
    for (at, (roles, ..)) in rows.iter().enumerate() {
        roles.iter().for_each(|role| rows_of.entry(*role).or_default().push(at));
    }
    let mut columns = BTreeMap::<Vec<usize>, Vec<u32>>::new();
    for (role, rows) in rows_of {
        columns.entry(rows).or_default().push(role);
    }
    columns.into_values().collect()
}

fn policies(group: &str, packed: &Packed, taken: &BTreeSet<String>) -> Vec<PlannedPolicy> {
    let one = |(at, (size, document)): (usize, &(u32, serde_json::Value))| {
        let mut name = match (packed.managed, packed.documents.len()) {
            (false, _) => "assume-roles".to_owned(),
            (true, 1) => format!("{group}-roles"),
            (true, _) => format!("{group}-roles-{}", at + 1),
        };
        while packed.managed && taken.contains(&name.to_lowercase()) {
            name.push('x');
        }
        let kind = if packed.managed { "managed" } else { "inline" };
        PlannedPolicy { name, kind, size: *size, document: document.clone() }
    };
    packed.documents.iter().enumerate().map(one).collect()
}
