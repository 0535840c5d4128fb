//! Users, groups and memberships of the identity store.
//!
//! Owns: these three lists. Groups have no groups as members: what an identity provider nests is flattened or lost on the way.

use std::collections::BTreeSet;

use serde_json::json;

use super::client::Calls;
use super::draft::Draft;
use super::units;
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::deadline::Over;
use crate::snapshot::identity_center::{Group, GroupMembership, Instance, User};

/// What session tags may be made of beside the plain attributes of a user.
const ENTERPRISE: &str = "aws:identitystore:enterprise";

/// ListUsers, with the attributes of the enterprise extension where the identity store knows it.
pub(super) async fn users(store: &Calls, id: &str) -> Result<Vec<User>, CallError> {
    let with = json!({"IdentityStoreId": id, "Extensions": [ENTERPRISE]});
    let without = json!({"IdentityStoreId": id});
    let mut users: Vec<User> = match store.list("ListUsers", "Users", &with).await {
        Err(error) if error.is_any(&["Validation"]) => store.list("ListUsers", "Users", &without).await?,
        answer => answer?,
    };
    users.sort_by(|a, b| a.user_id.cmp(&b.user_id));
    users.dedup_by(|a, b| a.user_id == b.user_id);
    Ok(users)
}

/// ListGroups.
pub(super) async fn groups(store: &Calls, id: &str) -> Result<Vec<Group>, CallError> {
    let mut groups: Vec<Group> = store.list("ListGroups", "Groups", &json!({"IdentityStoreId": id})).await?;
    groups.sort_by(|a, b| a.group_id.cmp(&b.group_id));
    groups.dedup_by(|a, b| a.group_id == b.group_id);
    Ok(groups)
}

/// ListGroupMemberships of every group that `earlier` does not have, and the first failure.
pub(super) async fn memberships(
    store: &Calls,
    draft: &mut Draft,
    earlier: Option<&Instance>,
    over: &Over,
) -> Option<CallError> {
    const OPERATION: &str = "ListGroupMemberships";
    let groups = draft.instance.groups.clone()?;
    let listed: BTreeSet<&str> = groups.iter().map(|group| group.group_id.as_str()).collect();
    let mut kept = earlier.map(kept).unwrap_or_default();
    kept.retain(|group| listed.contains(group));
    let of_kept = earlier.and_then(|instance| instance.group_memberships.as_ref()).into_iter().flatten();
    draft.memberships = of_kept.filter(|entry| kept.contains(entry.group_id.as_str())).cloned().collect();
    let unread: Vec<String> = listed.iter().filter(|id| !kept.contains(*id)).map(|id| (*id).to_owned()).collect();
    draft.unread_groups = unread.iter().map(|id| (id.clone(), "not read".to_owned())).collect();
    draft.instance.group_memberships = Some(Vec::new());
    let id = draft.instance.identity_store_id.clone();
    let ask = async |group: &String| -> Result<Vec<GroupMembership>, CallError> {
        store.list(OPERATION, "GroupMemberships", &json!({"IdentityStoreId": id, "GroupId": group})).await
    };
    let failure = units::each(unread, over, draft, ask, |draft, group, answer| match answer {
        Ok(members) => {
            draft.unread_groups.remove(&group);
            let of_group = |entry: GroupMembership| GroupMembership { group_id: group.clone(), ..entry };
            draft.memberships.extend(members.into_iter().map(of_group));
        }
        // it was deleted after it was listed
        Err(error) if error.kind == Kind::NotFound => {
            draft.unread_groups.remove(&group);
            draft.instance.groups.iter_mut().for_each(|groups| groups.retain(|known| known.group_id != group));
        }
        Err(error) => drop(draft.unread_groups.insert(group, error.to_string())),
    })
    .await;
    failure.map(|error| of_many(error, draft.unread_groups.len(), "groups"))
}

/// The groups whose members an earlier run has read.
fn kept(earlier: &Instance) -> BTreeSet<&str> {
    let unread: BTreeSet<&str> = earlier.unread_groups.iter().map(|group| group.group_id.as_str()).collect();
    let groups = earlier.groups.iter().filter(|_| earlier.group_memberships.is_some()).flatten();
    groups.map(|group| group.group_id.as_str()).filter(|id| !unread.contains(id)).collect()
}

/// The first failure, and how much is missing because of it and others.
pub(super) fn of_many(mut error: CallError, missing: usize, of: &str) -> CallError {
    error.message = format!("{}; {missing} {of} are unread", error.message);
    error
}
