//! Random people of Identity Center: users, groups, the roles of permission sets, who is assigned and entitled.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::arbitrary::{Draw, Skeleton, organization, skeleton_of};
use super::organization::Organization;
use super::vocabulary::condition;

/// An organization with people.
#[derive(Clone, Debug, PartialEq)]
pub struct Peopled {
    pub organization: Organization,
    /// `identity-center.json`.
    pub directory: Value,
    /// `account-access.json`.
    pub access: Option<Value>,
}

/// The service that calls for those who are entitled.
pub const ACCESS: &str = "account-access.amazonaws.com";
const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1";
/// The name of the one, with another word at its end, is that of the other.
const SETS: &[&str] = &["Admin", "AdminReadOnly", "Data_Read"];
/// One of them is a text that no session can be called.
const NAMES: &[&str] = &["ann", "ci-1", "bob", "ada@corp", "x"];
/// Sets these choices apart from those of the organization.
const PEOPLE: u64 = 0x9e09_1e00;

impl Peopled {
    pub fn write(&self, dir: &Path) {
        self.organization.write(dir);
        fs::write(dir.join("identity-center.json"), format!("{:#}\n", self.directory)).unwrap();
        if let Some(access) = &self.access {
            fs::write(dir.join("account-access.json"), format!("{access:#}\n")).unwrap();
        }
    }
}

impl Peopled {
    /// The same with nobody assigned or entitled but this group.
    pub fn of_group(&self, group: &str) -> Self {
        let mut of = self.clone();
        let instance = &mut of.directory["Instances"][0];
        instance["AccountAssignments"].as_array_mut().unwrap().retain(|one| one["PrincipalId"] == group);
        if let Some(access) = &mut of.access {
            let entitlements = access["Applications"][0]["Entitlements"].as_array_mut().unwrap();
            entitlements.retain(|one| one["PrincipalRole"]["GroupId"] == group);
        }
        of
    }

    /// How many assignments there are.
    pub fn assignments(&self) -> usize {
        self.directory["Instances"][0]["AccountAssignments"].as_array().unwrap().len()
    }

    /// The ids of all groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.directory["Instances"][0]["Groups"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|group| group["GroupId"].as_str())
    }

    pub fn is_member(&self, user: &str, group: &str) -> bool {
        let mut members = self.directory["Instances"][0]["GroupMemberships"].as_array().unwrap().iter();
        members.any(|one| one["GroupId"] == group && one["MemberId"]["UserId"] == user)
    }
}

/// The organization of a seed, with people.
pub fn peopled(seed: u64) -> Peopled {
    let (mut organization, skeleton) = (organization(seed), skeleton_of(seed));
    let draw = &mut Draw::new(seed ^ PEOPLE);
    for (id, account) in &mut organization.accounts {
        let roles = account["RoleDetailList"].as_array_mut().unwrap();
        let lets_in: Vec<Value> = add_reserved(draw, &skeleton, id, roles);
        let plain = roles.iter_mut().filter(|role| role["Path"] != RESERVED && !is_linked(role));
        for role in plain {
            for name in &lets_in {
                if draw.chance(30) {
                    open(draw, &skeleton, role, json!({"AWS": name}), json!("sts:AssumeRole"), 40);
                }
            }
        }
    }
    let access = draw.chance(50).then(|| entitle(draw, &skeleton, &mut organization));
    let directory = json!({"Instances": [instance(draw, &skeleton)]});
    Peopled { organization, directory, access }
}

const RESERVED: &str = "/aws-reserved/sso.amazonaws.com/eu-central-1/";

fn is_linked(role: &Value) -> bool {
    role["Path"].as_str().unwrap().starts_with("/aws-service-role/")
}

/// The roles that permission sets became in an account; returns their ARNs.
fn add_reserved(draw: &mut Draw, skeleton: &Skeleton, id: &str, roles: &mut Vec<Value>) -> Vec<Value> {
    let provider = format!("arn:aws:iam::{id}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE");
    let mut arns = Vec::new();
    for set in SETS {
        let count = [1, 1, 1, 1, 1, 1, 2, 0, 0, 0][draw.below(10) as usize];
        for suffix in &["0123456789abcdef", "fedcba9876543210"][..count] {
            let name = format!("AWSReservedSSO_{set}_{suffix}");
            let arn = format!("arn:aws:iam::{id}:role{RESERVED}{name}");
            let everything = json!([{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": *draw.pick(&["sts:AssumeRole", "sts:*"]), "Resource": "*"}]}}]);
            let mut role = json!({"Path": RESERVED, "RoleName": name, "RoleId": format!("AROA{}{}{}", &id[8..], set.len(), &suffix[..1]),
                "Arn": arn, "CreateDate": "2024-01-01T00:00:00Z", "AttachedManagedPolicies": [], "InstanceProfileList": [],
                "Tags": if draw.chance(20) { json!([{"Key": "team", "Value": "blue"}]) } else { json!([]) },
                "RolePolicyList": if draw.chance(85) { everything } else { json!([]) },
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}});
            let both = json!(["sts:AssumeRoleWithSAML", "sts:TagSession"]);
            let actions =
                if skeleton.passing.tags > 0 && draw.chance(85) { both } else { json!("sts:AssumeRoleWithSAML") };
            open(draw, skeleton, &mut role, json!({"Federated": provider}), actions, 35);
            let last = role["AssumeRolePolicyDocument"]["Statement"][0].as_object_mut().unwrap();
            if draw.chance(70) && !last.contains_key("Condition") {
                last.insert(
                    "Condition".into(),
                    json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}),
                );
            }
            if draw.chance(25) {
                let whom = draw.pick(&[json!("*"), json!({"Federated": provider})]).clone();
                let action = *draw.pick(&["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:*"]);
                let denied =
                    json!({"Effect": "Deny", "Principal": whom, "Action": action, "Condition": asked(draw, skeleton)});
                role["AssumeRolePolicyDocument"]["Statement"].as_array_mut().unwrap().push(denied);
            }
            roles.push(role);
            arns.push(json!(arn));
        }
    }
    arns
}

/// Adds a statement to a trust policy.
fn open(draw: &mut Draw, skeleton: &Skeleton, role: &mut Value, whom: Value, actions: Value, conditions: u32) {
    let mut statement = json!({"Effect": "Allow", "Principal": whom, "Action": actions});
    if draw.chance(conditions) {
        statement["Condition"] = asked(draw, skeleton);
    }
    let statements = &mut role["AssumeRolePolicyDocument"]["Statement"];
    if statements.is_object() {
        *statements = json!([statements.take()]);
    }
    statements.as_array_mut().unwrap().push(statement);
}

/// Tests, some of what AWS passes for people.
fn asked(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    match draw.below(8) {
        0 | 1 => {
            let operator = *draw.pick(&["StringEquals", "StringNotEquals", "StringLike"]);
            json!({operator: {"sts:RoleSessionName": *draw.pick(&["ann", "bob", "ci-*", "*@corp"])}})
        }
        2 if skeleton.passing.tags > 0 => {
            let operator = *draw.pick(&["StringEquals", "StringNotEquals"]);
            json!({operator: {"aws:RequestTag/team": *draw.pick(&["red", "blue"])}})
        }
        3 if skeleton.passing.tags > 0 => {
            let operator = *draw.pick(&["ForAnyValue:StringEqualsIgnoreCase", "ForAllValues:StringEqualsIgnoreCase"]);
            json!({operator: {*draw.pick(&["aws:TagKeys", "sts:TransitiveTagKeys"]): "team"}})
        }
        4 => json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        _ => condition(draw, skeleton),
    }
}

fn somebody(draw: &mut Draw) -> (&'static str, &'static str) {
    *draw.pick(&[
        ("USER", "u-0"),
        ("USER", "u-1"),
        ("USER", "u-2"),
        ("GROUP", "g-0"),
        ("GROUP", "g-1"),
        ("USER", "u-gone"),
    ])
}

fn instance(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let mut assignments = Vec::new();
    for account in &skeleton.accounts {
        for set in SETS {
            for _ in 0..draw.below(3) {
                let (kind, id) = somebody(draw);
                assignments.push(json!({"AccountId": account, "PermissionSetArn": format!("ps-{set}"),
                    "PrincipalType": kind, "PrincipalId": id}));
            }
        }
    }
    let sets: Vec<Value> =
        SETS.iter().map(|set| json!({"PermissionSetArn": format!("ps-{set}"), "Name": set})).collect();
    let first = draw.below(NAMES.len() as u32) as usize;
    let users: Vec<Value> = (0..3)
        .map(|at| {
            let mut user = json!({"UserId": format!("u-{at}"), "UserName": NAMES[(first + at) % NAMES.len()],
                "UserStatus": if draw.chance(12) { "DISABLED" } else { "ENABLED" }});
            if draw.chance(70) {
                user["Title"] = json!(*draw.pick(&["red", "blue"]));
            }
            if draw.chance(50) {
                user["NickName"] = json!(*draw.pick(&["red", "blue"]));
            }
            if draw.chance(10) {
                user["ExternalIds"] = json!([{"Issuer": "scim", "Id": "1"}]);
            }
            user
        })
        .collect();
    let mut members = Vec::new();
    for group in ["g-0", "g-1"] {
        for user in ["u-0", "u-1", "u-2"] {
            if draw.chance(55) {
                members.push(json!({"GroupId": group, "MemberId": {"UserId": user}}));
            }
        }
    }
    let mut instance = json!({"InstanceArn": INSTANCE, "IdentityStoreId": "d-1", "OwnerAccountId": skeleton.accounts[0],
        "Region": "eu-central-1", "PermissionSetsEnabled": true, "PermissionSets": sets, "AccountAssignments": assignments,
        "Users": users, "Groups": [{"GroupId": "g-0", "DisplayName": "first"}, {"GroupId": "g-1", "DisplayName": "second"}],
        "GroupMemberships": members});
    if let Some(attributes) = attributes(draw, skeleton) {
        if attributes == json!([]) && draw.chance(60) {
            instance["AccessControlEnabled"] = json!(false);
        }
        instance["AccessControlAttributes"] = attributes;
    }
    instance
}

/// Which tags sessions have; nothing where that was not read.
fn attributes(draw: &mut Draw, skeleton: &Skeleton) -> Option<Value> {
    let from = |key: &str, source: &str| json!({"Key": key, "Value": {"Source": [source]}});
    let title = "${path:title}";
    Some(match draw.below(if skeleton.passing.tags > 0 { 12 } else { 4 }) {
        0..=2 => json!([]),
        3 => json!([from("floor", "${path:nickName}")]),
        4 => return None,
        5 => json!([from("team", "${dir:department}")]),
        6 => json!([from("team", title), from("floor", "${path:nickName}")]),
        7 if skeleton.passing.tags > 1 => json!([from("team", title), from("env", "${path:nickName}")]),
        _ => json!([from(draw.pick::<&str>(&["team", "Team"]), title)]),
    })
}

/// Lets the account access manager into some roles, and entitles to those and others.
fn entitle(draw: &mut Draw, skeleton: &Skeleton, organization: &mut Organization) -> Value {
    let application = format!("arn:aws:account-access:eu-central-1:{}:application/a-1", skeleton.accounts[0]);
    let mut entitlements = Vec::new();
    let roles =
        organization.accounts.values_mut().flat_map(|account| account["RoleDetailList"].as_array_mut().unwrap());
    for role in roles.filter(|role| role["Path"] != RESERVED && !is_linked(role)) {
        let is_open = draw.chance(30);
        if is_open {
            let mut actions = vec!["sts:AssumeRole"];
            actions.extend(draw.chance(90).then_some("sts:SetContext"));
            actions.extend((skeleton.passing.tags > 0 && draw.chance(70)).then_some("sts:TagSession"));
            open(draw, skeleton, role, json!({"Service": ACCESS}), json!(actions), 25);
            if draw.chance(40) {
                let unit = &skeleton.paths[draw.below(skeleton.paths.len() as u32) as usize];
                let tests = [
                    json!({"StringEquals": {"aws:SourceOrgID": *draw.pick(&["o-ours", "o-ours", "o-theirs"])}}),
                    json!({"ForAnyValue:StringLike": {"aws:SourceOrgPaths": format!("{unit}*")}}),
                    json!({"StringEquals": {"aws:SourceAccount": skeleton.accounts[0]}}),
                    json!({"StringEquals": {"aws:SourceAccount": skeleton.accounts[1]}}),
                    json!({"ArnLike": {"aws:SourceArn": "arn:aws:account-access:*:*:application/*"}}),
                    json!({"ArnEquals": {"aws:SourceArn": application.replace("a-1", "a-2")}}),
                ];
                let last = role["AssumeRolePolicyDocument"]["Statement"].as_array_mut().unwrap().last_mut().unwrap();
                last["Condition"] = draw.pick(&tests).clone();
            }
        }
        for _ in 0..if is_open { 2 } else { u32::from(draw.chance(10)) } {
            let (kind, id) = somebody(draw);
            let key = if kind == "USER" { "UserId" } else { "GroupId" };
            entitlements.push(json!({"EntitlementId": format!("e-{}", entitlements.len()),
                "PrincipalRole": {"RoleArn": role["Arn"], key: id}}));
        }
    }
    json!({"Applications": [{"ApplicationArn": application, "InstanceArn": INSTANCE, "Entitlements": entitlements}]})
}
