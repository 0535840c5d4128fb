//! Whether people may be read.
//!
//! Owns: one call for each action that needs a permission of its own, none of which lists more than an entry.

use serde_json::json;

use super::client::PeopleClient;
use super::instances::{self, Whose};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::probe::Permitted;
use crate::facet::{Facet, Service};
use crate::snapshot::identity_center::Instance;

/// Tries a data set once: the outcome, and what was found in words.
pub(crate) async fn probe(client: &PeopleClient, facet: Facet, whose: Whose<'_>) -> Result<String, CallError> {
    let found = instances::find(client, whose).await?;
    let Some(instance) = found.instances.iter().find(|instance| whose.is_of_organization(instance)) else {
        return Ok(format!("the organization has no instance in {} regions", found.asked.len()));
    };
    let region = instance.region.clone().unwrap_or_else(|| whose.region.to_owned());
    let name = instance.instance_arn.rsplit('/').next().unwrap_or_default();
    match facet {
        Facet::AccountAccess => {
            let calls = client.calls(Service::AccountAccess, &region);
            calls.get("ListApplications", json!({"maxResults": 1})).await?;
            Ok(format!("can be read in {region}"))
        }
        _ => {
            of_instance(client, instance, &region).await?;
            Ok(format!("{name} in {region} can be read"))
        }
    }
}

async fn of_instance(client: &PeopleClient, instance: &Instance, region: &str) -> Permitted {
    let sso = client.calls(Service::SsoAdmin, region);
    let store = client.calls(Service::IdentityStore, region);
    let of = &instance.instance_arn;
    let sets = sso.get("ListPermissionSets", json!({"InstanceArn": of, "MaxResults": 1})).await?;
    if let Some(set) = sets.pointer("/PermissionSets/0") {
        let input = json!({"InstanceArn": of, "PermissionSetArn": set});
        sso.get("DescribePermissionSet", input.clone()).await?;
        let accounts = sso.get("ListAccountsForProvisionedPermissionSet", input).await?;
        if let Some(account) = accounts.pointer("/AccountIds/0") {
            let input = json!({"InstanceArn": of, "AccountId": account, "PermissionSetArn": set, "MaxResults": 1});
            sso.get("ListAccountAssignments", input).await?;
        }
    }
    let described = sso.get("DescribeInstanceAccessControlAttributeConfiguration", json!({"InstanceArn": of})).await;
    described.map(drop).or_else(|error| if error.kind == Kind::NotFound { Ok(()) } else { Err(error) })?;
    let id = &instance.identity_store_id;
    let users = store.get("ListUsers", json!({"IdentityStoreId": id, "MaxResults": 1})).await?;
    let groups = store.get("ListGroups", json!({"IdentityStoreId": id, "MaxResults": 1})).await?;
    if let Some(group) = groups.pointer("/Groups/0/GroupId") {
        let input = json!({"IdentityStoreId": id, "GroupId": group, "MaxResults": 1});
        store.get("ListGroupMemberships", input).await?;
    }
    if let (Some(user), true) = (users.pointer("/Users/0/UserId"), instance.owner_account_id == Some(client.account)) {
        let input = json!({"InstanceArn": of, "PrincipalId": user, "PrincipalType": "USER", "MaxResults": 1});
        sso.get("ListAccountAssignmentsForPrincipal", input).await?;
    }
    Ok(())
}
