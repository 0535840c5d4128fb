//! Assignments, and the roles that their permission sets became.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{PeopleBuilder, set_of};
use crate::facet::Facet;
use crate::ids::{AccountId, AccountIx, GapIx, InstanceIx, PermissionSetIx, PrincipalIx};
use crate::model::Presence;
use crate::model::people::assignment::UnreadAssignments as Unread;
use crate::model::people::entrance::Entrance;
use crate::model::people::instance::PermissionSet;
use crate::model::people::reserved;
use crate::model::people::{Assignee, Assignment, Landing};
use crate::snapshot::identity_center::{Instance as InstanceFile, UnreadAssignments};

/// A role that is reserved for Identity Center.
struct ReservedRole {
    role: PrincipalIx,
    /// Of the identity source.
    region: Box<str>,
}

/// The reserved roles of all accounts, by account and name of the permission set.
type ReservedRoles = BTreeMap<(AccountIx, Box<str>), Vec<ReservedRole>>;

impl PeopleBuilder<'_> {
    pub(super) fn add_assignments(&mut self, instances: &[(InstanceIx, &InstanceFile)]) {
        let roles = self.reserved_roles();
        for reserved in roles.values().flatten() {
            self.people.entrances.insert(reserved.role, Entrance::default());
        }
        let mut sets = HashMap::new();
        for (ix, file) in instances {
            let mut listed: Vec<_> = file.permission_sets.iter().flatten().collect();
            listed.sort_by(|a, b| (&a.name, &a.permission_set_arn).cmp(&(&b.name, &b.permission_set_arn)));
            for set in listed {
                let known = self.people.sets.push(PermissionSet {
                    instance: *ix,
                    arn: set.permission_set_arn.as_str().into(),
                    name: Some(set.name.as_str()).filter(|name| !name.is_empty()).map(Into::into),
                    session_duration: set.session_duration.as_deref().map(Into::into),
                    assignments_unread: None,
                });
                sets.insert(set.permission_set_arn.as_str().into(), known);
            }
        }
        let with_sets = instances.iter().filter(|(ix, _)| self.people.instance(*ix).has_permission_sets()).count();
        let mut found = Vec::new();
        let mut landings = HashMap::<(AccountId, PermissionSetIx), Landing>::new();
        for (ix, file) in instances {
            for raw in file.account_assignments.iter().flatten().collect::<BTreeSet<_>>() {
                let set = set_of(&mut self.people, &mut sets, *ix, &raw.permission_set_arn);
                let landing = match landings.get(&(raw.account_id, set)) {
                    Some(known) => known.clone(),
                    None => {
                        let made = self.landing(raw.account_id, set, &roles, with_sets > 1);
                        landings.insert((raw.account_id, set), made.clone());
                        made
                    }
                };
                let assignee = self.assignee(*ix, &raw.principal_type, &raw.principal_id);
                found.push(Assignment { account: raw.account_id, set, assignee, landing });
            }
        }
        found.sort_by(|a, b| (a.account, a.set, &a.assignee).cmp(&(b.account, b.set, &b.assignee)));
        for assignment in found {
            let roles: Vec<PrincipalIx> = assignment.landing.roles().to_vec();
            let ix = self.people.assignments.push(assignment);
            for role in roles {
                self.people.entrances.entry(role).or_default().entries.push(ix);
            }
        }
        self.note_unread(instances, &roles);
    }

    /// Roles that Identity Center made, in the accounts of which roles were read.
    fn reserved_roles(&self) -> ReservedRoles {
        let mut found = ReservedRoles::new();
        for role in self.estate.roles() {
            let principal = self.estate.principal(role);
            if let Some(reserved) = reserved(principal.path(), principal.name()) {
                let region = reserved.region.unwrap_or("us-east-1").into();
                let key = (principal.account(), reserved.set.into());
                found.entry(key).or_default().push(ReservedRole { role, region });
            }
        }
        found
    }

    /// Where the people of a permission set come into an account; `several` instances have permission sets.
    fn landing(&mut self, id: AccountId, set: PermissionSetIx, roles: &ReservedRoles, several: bool) -> Landing {
        let known = self.people.permission_set(set);
        let (instance, arn) = (known.instance(), known.arn().to_owned());
        let Some(name) = known.name.clone() else {
            return Landing::Unread(self.people_gap(format!("permission set `{arn}` was not read")));
        };
        let Some(account) = self.estate.account_by_id(id) else {
            return Landing::Unread(self.gap(Facet::IdentityCenter, format!("account {id} is not in the snapshot")));
        };
        let region = self.people.instance(instance).region().map(str::to_owned);
        let of_name = roles.get(&(account, name)).map_or(&[][..], Vec::as_slice);
        let of_region = |region: &str| of_name.iter().any(|reserved| *reserved.region == *region);
        // a second role is what an instance of another region has left; a replica may be the one that was found
        let is_told = several || of_name.len() > 1 && region.as_deref().is_some_and(of_region);
        let is_own = |reserved: &&ReservedRole| !is_told || region.as_ref().is_none_or(|own| **own == *reserved.region);
        let found: Vec<PrincipalIx> = of_name.iter().filter(is_own).map(|reserved| reserved.role).collect();
        match (found.as_slice(), self.estate.account(account).presence()) {
            ([only], _) => Landing::Role(*only),
            ([], Presence::Collected) => Landing::NotProvisioned,
            ([], presence) => match presence.gap() {
                Some(gap) => Landing::Unread(gap),
                None => Landing::Unread(self.gap(Facet::IdentityCenter, format!("account {id} was left out"))),
            },
            (several, _) => Landing::Ambiguous(several.into()),
        }
    }

    /// Notes, at each reserved role, what was not read of its assignments.
    fn note_unread(&mut self, instances: &[(InstanceIx, &InstanceFile)], roles: &ReservedRoles) {
        let mut unread = Vec::new();
        let everywhere = |gap| Unread { account: None, set: None, gap };
        let mut has_sets = false;
        for (ix, file) in instances {
            if !self.people.instance(*ix).has_permission_sets() {
                continue;
            }
            has_sets = true;
            let store = self.people.instance(*ix).identity_store().to_owned();
            if file.permission_sets.is_none() {
                let gap = self.people_gap(format!("permission sets{} were not read", of_store(&store)));
                unread.push(everywhere(gap));
            }
            if file.account_assignments.is_none() {
                let gap = self.people_gap(format!("assignments{} were not read", of_store(&store)));
                unread.push(everywhere(gap));
                self.leave_set_open(*ix, None, gap);
            }
            for part in &file.unread_assignments {
                let gap = self.unread_gap(part);
                self.leave_set_open(*ix, part.permission_set_arn.as_deref(), gap);
                let set = part.permission_set_arn.as_deref().and_then(|arn| self.set_name(arn));
                unread.push(Unread { account: part.account_id, set, gap });
            }
        }
        if !has_sets {
            let gap = self.people_gap("no instance of Identity Center with permission sets was found".to_owned());
            if !roles.is_empty() {
                unread.push(everywhere(gap));
            }
        }
        // an assignment may lead into any role of its account if the name of its permission set is not known
        for (_, assignment) in self.people.assignments.iter_indexed() {
            if let Landing::Unread(gap) = assignment.landing
                && !self.people.sets[assignment.set].is_known()
            {
                unread.push(Unread { account: Some(assignment.account), set: None, gap });
            }
            if let (Assignee::Unknown(unknown), Landing::Role(_) | Landing::Ambiguous(_)) =
                (&assignment.assignee, &assignment.landing)
                && let Some(gap) = unknown.gap
            {
                let set = self.people.sets[assignment.set].name.clone();
                unread.push(Unread { account: Some(assignment.account), set, gap });
            }
        }
        unread.sort();
        unread.dedup();
        self.spread(&unread, roles);
        self.people.assignments_unread = unread;
    }

    fn spread(&mut self, unread: &[Unread], roles: &ReservedRoles) {
        let mut by_account = HashMap::<Option<AccountId>, Vec<(Option<&str>, GapIx)>>::new();
        for Unread { account, set, gap } in unread {
            by_account.entry(*account).or_default().push((set.as_deref(), *gap));
        }
        for ((account, set), of_set) in roles {
            let id = self.estate.account(*account).id();
            let concerning = [None, Some(id)].into_iter().filter_map(|of| by_account.get(&of)).flatten();
            let gaps: Vec<GapIx> =
                concerning.filter(|(only, _)| only.is_none_or(|only| *only == **set)).map(|(_, gap)| *gap).collect();
            for reserved in of_set {
                if let Some(entrance) = self.people.entrances.get_mut(&reserved.role) {
                    entrance.unread.extend(&gaps);
                    entrance.unread.sort();
                    entrance.unread.dedup();
                }
            }
        }
    }

    fn unread_gap(&mut self, part: &UnreadAssignments) -> GapIx {
        let of_set = part.permission_set_arn.as_ref().map(|arn| match self.set_name(arn) {
            Some(name) => format!("permission set `{name}`"),
            None => format!("permission set `{arn}`"),
        });
        let of_account = part.account_id.map(|id| format!("account {id}"));
        let of_principal = part.principal_id.as_ref().map(|id| format!("principal `{id}`"));
        let whose: Vec<String> = [of_set, of_account, of_principal].into_iter().flatten().collect();
        let whose = if whose.is_empty() { String::new() } else { format!(" of {}", whose.join(" in ")) };
        self.people_gap(format!("assignments{whose} were not read: {}", part.reason))
    }

    /// Notes why a permission set of an instance may have more assignments; all of them where none is named.
    fn leave_set_open(&mut self, instance: InstanceIx, arn: Option<&str>, gap: GapIx) {
        for set in self.people.sets.iter_mut().filter(|set| set.instance == instance) {
            if arn.is_none_or(|arn| arn == &*set.arn) {
                set.assignments_unread.get_or_insert(gap);
            }
        }
    }

    fn set_name(&self, arn: &str) -> Option<Box<str>> {
        self.people.sets.iter().find(|set| *set.arn == *arn).and_then(|set| set.name.clone())
    }
}

/// An identity store that no answer named is not told.
fn of_store(store: &str) -> String {
    if store.is_empty() { String::new() } else { format!(" of `{store}`") }
}
