//! An organization with people: one of everything that has gone wrong elsewhere, in any size.

use std::collections::BTreeMap;

use rolehop::ids::AccountId;
use serde_json::{Value, json};

pub(crate) const MANAGEMENT: &str = "000011112222";
pub(crate) const ADMINISTRATOR: &str = "000000000001";
pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const ROLE: &str = "audit-readonly";
pub(crate) const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111222233334444";

/// How large an organization is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) accounts: usize,
    pub(crate) sets: usize,
    pub(crate) users: usize,
    pub(crate) groups: usize,
    /// Members of the first group.
    pub(crate) members: usize,
}

/// Forty people, and one of everything that has gone wrong elsewhere.
pub(crate) const SMALL: Size = Size { accounts: 12, sets: 6, users: 40, groups: 7, members: 25 };

pub(crate) fn id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

pub(crate) fn account(n: usize) -> String {
    if n == 0 { MANAGEMENT.to_owned() } else { format!("{n:012}") }
}

pub(crate) fn set(n: usize) -> String {
    format!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{n:016x}")
}

pub(crate) fn user(n: usize) -> String {
    format!("94482488-3041-7026-18f3-{n:012}")
}

pub(crate) fn group(n: usize) -> String {
    format!("a1b2c3d4-5678-90ab-cdef-{n:012}")
}

/// `Admin` is the beginning of `AdminReadOnly`, names have underscores, and one is not ASCII.
pub(crate) fn set_name(n: usize) -> String {
    const NAMES: [&str; 6] = ["Admin", "AdminReadOnly", "Deploy_Prod", "Deploy_Prod_0123456789abcdef", "Prüfung", "x"];
    NAMES.get(n).map_or_else(|| format!("Set{n}"), |name| (*name).to_owned())
}

pub(crate) fn identity_center(size: Size) -> Value {
    let assignment = |account: String, set: String, of: &str, principal: String| json!({"AccountId": account, "PermissionSetArn": set, "PrincipalType": of, "PrincipalId": principal});
    let mut assignments = Vec::new();
    for account_n in 0..size.accounts {
        for set_n in 0..size.sets {
            let of_group = group((account_n + set_n) % size.groups);
            assignments.push(assignment(account(account_n), set(set_n), "GROUP", of_group));
            if (account_n + set_n) % 5 == 0 {
                let of_user = user((account_n * 7 + set_n) % size.users);
                assignments.push(assignment(account(account_n), set(set_n), "USER", of_user));
            }
        }
    }
    let member =
        |group_n: usize, user_n: usize| json!({"GroupId": group(group_n), "MemberId": {"UserId": user(user_n)}});
    let mut memberships: Vec<Value> = (0..size.members).map(|n| member(0, n)).collect();
    // the last group has no member
    memberships.extend((1..size.groups - 1).flat_map(|g| (0..3).map(move |n| member(g, (g * 11 + n) % size.users))));
    let users = (0..size.users).map(|n| {
        json!({"UserId": user(n), "UserName": format!("person_{n}@example.com"), "DisplayName": format!("Ängström {n}"),
            "Emails": [{"Value": format!("person_{n}@example.com"), "Primary": true}],
            "UserStatus": if n % 10 == 9 { "DISABLED" } else { "ENABLED" },
            "ExternalIds": [{"Issuer": "https://idp.example", "Id": format!("e{n}")}],
            "Extensions": {"aws:identitystore:enterprise": {"costCenter": format!("c{}", n % 3)}}})
    });
    let groups = (0..size.groups).map(|n| json!({"GroupId": group(n), "DisplayName": format!("group {n}")}));
    let sets = (0..size.sets).map(|n| {
        json!({"PermissionSetArn": set(n), "Name": set_name(n), "SessionDuration": "PT8H", "CreatedDate": "2024-01-01T00:00:00Z"})
    });
    let provisioned = (0..size.accounts)
        .map(|n| json!({"AccountId": account(n), "PermissionSets": (0..size.sets).map(set).collect::<Vec<_>>()}));
    json!({"Instances": [
        {"InstanceArn": INSTANCE, "IdentityStoreId": "d-1111222233", "OwnerAccountId": MANAGEMENT, "Status": "ACTIVE",
            "Region": REGION, "PermissionSets": sets.collect::<Vec<_>>(), "AccountAssignments": assignments,
            "Provisioned": provisioned.collect::<Vec<_>>(), "Users": users.collect::<Vec<_>>(),
            "Groups": groups.collect::<Vec<_>>(), "GroupMemberships": memberships,
            "AccessControlAttributes": [{"Key": "CostCenter", "Value": {"Source": ["${path:enterprise.costCenter}"]}}],
            "AccessControlEnabled": true},
        // that of one account: it has people of its own, and no permission sets
        {"InstanceArn": "arn:aws:sso:::instance/ssoins-9999222233334444", "IdentityStoreId": "d-9999222233",
            "OwnerAccountId": MANAGEMENT.replace('1', "3"), "Status": "ACTIVE", "Region": REGION},
    ]})
}

pub(crate) fn account_access() -> Value {
    let role = |n: usize| format!("arn:aws:iam::{}:role/entered", account(n));
    json!({"Applications": [{"ApplicationArn": format!("arn:aws:account-access:{REGION}:{MANAGEMENT}:application/a/b"),
    "InstanceArn": INSTANCE, "Status": "ACTIVE", "Region": REGION, "Entitlements": [
        {"EntitlementId": "e-1", "PrincipalRole": {"RoleArn": role(1), "Account": account(1), "UserId": user(1)}},
        {"EntitlementId": "e-2", "PrincipalRole": {"RoleArn": role(2), "Account": account(2), "GroupId": group(1)}},
        {"EntitlementId": "e-3", "Other": {"newKind": {"x": 1}}},
    ]}]})
}

pub(crate) fn organization(size: Size) -> Value {
    let accounts = (0..size.accounts)
        .map(|n| json!({"Id": account(n), "Name": format!("account-{n}"), "ParentId": "r-root", "State": "ACTIVE"}));
    json!({
        "Organization": {"Id": "o-example", "FeatureSet": "ALL", "MasterAccountId": MANAGEMENT,
            "Arn": format!("arn:aws:organizations::{MANAGEMENT}:organization/o-example")},
        "Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": []}],
        "OrganizationalUnits": [], "Accounts": accounts.collect::<Vec<_>>(), "Policies": [],
        "DelegatedAdministrators": [{"Id": ADMINISTRATOR, "Services": [{"ServicePrincipal": "sso.amazonaws.com"}]}],
        "EnabledFeatures": [],
    })
}

/// The files of an organization; only the management account can be entered.
pub(crate) fn files(size: Size) -> BTreeMap<String, Value> {
    let scanner = json!({"Path": "/", "RoleName": ROLE, "RoleId": "AROASCANNER00", "CreateDate": "2024-01-01T00:00:00+00:00",
        "Arn": format!("arn:aws:iam::{MANAGEMENT}:role/{ROLE}"), "AssumeRolePolicyDocument": {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}, "Action": "sts:AssumeRole"}]}});
    let management = json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [scanner],
        "AccountSummary": {"Users": 0}, "AccountAliases": [], "OpenIDConnectProviders": [], "SAMLProviders": []});
    BTreeMap::from([
        ("organization.json".to_owned(), organization(size)),
        ("identity-center.json".to_owned(), identity_center(size)),
        ("account-access.json".to_owned(), account_access()),
        (format!("accounts/{MANAGEMENT}.json"), management),
    ])
}
