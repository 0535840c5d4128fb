//! Whether people may be read.
//!
//! Owns: one call for each action that needs a permission of its own, none of which lists more than an entry.

use serde_json::{Value, json};

use super::client::PeopleClient;
use super::instances::{self, Whose};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::aws::json_client::Input;
use crate::collect::aws::probe::Permitted;
use crate::facet::{PeopleFacet, Service};
use crate::snapshot::identity_center::Instance;

/// Where people are.
pub(crate) struct Place {
    /// The organization's instance, if it has one.
    instance: Option<Instance>,
    region: String,
    asked: usize,
}

/// Looks for the organization's instance.
pub(crate) async fn place(client: &PeopleClient, whose: Whose<'_>) -> Result<Place, CallError> {
    let found = instances::find(client, whose).await?;
    let region = found.region(whose).to_owned();
    let asked = found.asked.len();
    let instance = found.instances.into_iter().find(|instance| whose.is_of_organization(instance));
    Ok(Place { instance, region, asked })
}

/// Tries a data set once: the outcome, and what was found in words.
pub(crate) async fn probe(client: &PeopleClient, facet: PeopleFacet, place: &Place) -> Result<String, CallError> {
    let region = &place.region;
    match facet {
        PeopleFacet::AccountAccess => {
            applications(client, region).await?;
            Ok(format!("can be read in {region}"))
        }
        PeopleFacet::IdentityCenter => {
            let Some(instance) = &place.instance else {
                return Ok(format!("the organization has no instance in {} regions", place.asked));
            };
            of_instance(client, instance, region).await?;
            let name = instance.instance_arn.rsplit('/').next().unwrap_or_default();
            Ok(format!("{name} in {region} can be read"))
        }
    }
}

async fn applications(client: &PeopleClient, region: &str) -> Permitted {
    let calls = client.calls(Service::AccountAccess, region);
    let listed = calls.get("ListApplications", json!({"maxResults": 1})).await?;
    let Some(arn) = listed.pointer("/applications/0/applicationArn").and_then(Value::as_str) else { return Ok(()) };
    calls.get("GetApplication", Input { segments: vec![arn.to_owned()], fields: json!({}) }).await?;
    calls.get("ListEntitlements", json!({"applicationArn": arn, "maxResults": 1})).await?;
    Ok(())
}

async fn of_instance(client: &PeopleClient, instance: &Instance, region: &str) -> Permitted {
    let sso = client.calls(Service::SsoAdmin, region);
    let store = client.calls(Service::IdentityStore, region);
    let of = &instance.instance_arn;
    if let Some(account) = instance.owner_account_id {
        let input = json!({"InstanceArn": of, "AccountId": account.to_string(), "MaxResults": 1});
        sso.get("ListPermissionSetsProvisionedToAccount", input).await?;
    }
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
