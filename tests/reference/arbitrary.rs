//! Random organizations, meaningful by construction: first the principals, then documents about them.

use std::collections::BTreeMap;

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

use super::documents;
use super::organization::Organization;
use super::rollout::roll_out;
use super::vocabulary::OPEN;

/// Choices determined by one seed.
pub struct Draw(TestRng);

impl Draw {
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    pub fn below(&mut self, end: u32) -> u32 {
        self.0.next_u32() % end
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u32) as usize]
    }
}

/// A principal before it has policies.
#[derive(Clone, Debug)]
pub struct Who {
    pub account: String,
    pub path: String,
    pub name: String,
    pub arn: String,
    pub id: String,
    pub is_user: bool,
    pub is_service_linked: bool,
}

/// The principals, and which request facts this organization's policies use.
pub struct Skeleton {
    pub accounts: Vec<String>,
    /// Every organization path, as `aws:PrincipalOrgPaths` contains it.
    pub paths: Vec<String>,
    pub principals: Vec<Who>,
    pub roles: Vec<Who>,
    pub themes: Vec<String>,
    pub passing: Passable,
}

/// What calls can pass on in this organization, and what its policies therefore read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Passable {
    /// How many of the keys of session tags.
    pub tags: usize,
    pub identity: bool,
}

impl Passable {
    fn draw(draw: &mut Draw) -> Self {
        match draw.below(100) {
            0..=39 => Self::default(),
            40..=69 => Self { tags: 1, identity: false },
            70..=73 => Self { tags: 2, identity: false },
            74..=90 => Self { tags: 0, identity: true },
            _ => Self { tags: 1, identity: true },
        }
    }

    pub fn is_anything(self) -> bool {
        self.tags > 0 || self.identity
    }
}

/// Sets the choices of `rollout` apart from all others.
const ROLLED_OUT: u64 = 0x0a11_e4e5;

const ACCOUNTS: &[&str] = &["111111111111", "222222222222", "333333333333", "123456789012"];
const USERS: &[&str] = &["ann", "bob", "eve"];
const ROLES: &[&str] = &["app", "ops", "ann-admin", "bob", "deploy", "audit", "red"];
/// OUs and their parents, deepest last.
const UNITS: &[(&str, &str)] = &[("ou-a", "r-root"), ("ou-b", "r-root"), ("ou-aa", "ou-a"), ("ou-aaa", "ou-aa")];

/// The principals of a seed's organization.
pub fn skeleton_of(seed: u64) -> Skeleton {
    begin(&mut Draw::new(seed)).1
}

/// The organization of a seed.
pub fn organization(seed: u64) -> Organization {
    let draw = &mut Draw::new(seed);
    let (parents, skeleton) = begin(draw);
    let mut accounts = BTreeMap::new();
    for (id, _) in &parents {
        accounts.insert((*id).to_owned(), account(draw, &skeleton, id));
    }
    let organization = organization_file(draw, &skeleton, &parents);
    let apart = &mut Draw::new(seed ^ ROLLED_OUT);
    if apart.chance(40) {
        roll_out(apart, &skeleton, &mut accounts);
    }
    Organization { organization, accounts }
}

/// Accounts with their OU, and their principals.
fn begin(draw: &mut Draw) -> (Vec<(&'static str, &'static str)>, Skeleton) {
    let count = 2 + draw.below(3) as usize;
    let parents: Vec<(&str, &str)> =
        ACCOUNTS[..count].iter().map(|a| (*a, if draw.chance(20) { "r-root" } else { draw.pick(UNITS).0 })).collect();
    let skeleton = skeleton(draw, &parents);
    (parents, skeleton)
}

fn skeleton(draw: &mut Draw, parents: &[(&str, &str)]) -> Skeleton {
    let mut principals = Vec::new();
    for (account, _) in parents {
        for name in &USERS[..1 + draw.below(3) as usize] {
            let path = *draw.pick(&["/", "/", "/", "/team/"]);
            principals.push(Who::new(account, path, name, true));
        }
        let first = draw.below(7) as usize;
        for at in 0..2 + draw.below(4) as usize {
            let path =
                *draw.pick(&["/", "/", "/", "/", "/team/", "/red/", "/aws-service-role/autoscaling.amazonaws.com/"]);
            principals.push(Who::new(account, path, ROLES[(first + at) % 7], false));
        }
    }
    let roles = principals.iter().filter(|p| !p.is_user).cloned().collect();
    let themes = (0..3).map(|_| (*draw.pick(OPEN)).to_owned()).collect();
    let paths = parents.iter().map(|(_, parent)| path_of(parent)).collect();
    let passing = Passable::draw(draw);
    Skeleton {
        accounts: parents.iter().map(|(a, _)| (*a).to_owned()).collect(),
        paths,
        principals,
        roles,
        themes,
        passing,
    }
}

fn path_of(unit: &str) -> String {
    match UNITS.iter().find(|(id, _)| *id == unit) {
        Some((id, parent)) => format!("{}{id}/", path_of(parent)),
        None => "o-ours/r-root/".to_owned(),
    }
}

impl Who {
    fn new(account: &str, path: &str, name: &str, is_user: bool) -> Self {
        let kind = if is_user { "user" } else { "role" };
        let prefix = if is_user { "AIDA" } else { "AROA" };
        let mark: String = name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_uppercase();
        Self {
            account: account.to_owned(),
            path: path.to_owned(),
            name: name.to_owned(),
            arn: format!("arn:aws:iam::{account}:{kind}{path}{name}"),
            id: format!("{prefix}{}{mark}", &account[8..]),
            is_user,
            is_service_linked: path.starts_with("/aws-service-role/"),
        }
    }

    /// What users and roles have in common.
    fn record(&self, draw: &mut Draw, passing: Passable, policies: &[String]) -> Value {
        let kind = if self.is_user { "User" } else { "Role" };
        let mut record = json!({"Path": self.path, format!("{kind}Name"): self.name, format!("{kind}Id"): self.id,
            "Arn": self.arn, "CreateDate": "2024-01-01T00:00:00Z", "Tags": [], "AttachedManagedPolicies": attached(draw, policies)});
        let mut tags = Vec::new();
        for (key, values) in [("team", ["red", "blue", "team", "r*"]), ("env", ["prod", "red", "dev", "blue"])] {
            if draw.chance(50) {
                let few = if passing.tags > 0 { &values[..2] } else { &values[..] };
                tags.push(json!({"Key": key, "Value": *draw.pick(few)}));
            }
        }
        record["Tags"] = json!(tags);
        if draw.chance(20) {
            let arn = draw.pick(policies).clone();
            record["PermissionsBoundary"] = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
        }
        record
    }
}

fn account(draw: &mut Draw, skeleton: &Skeleton, id: &str) -> Value {
    let policies: Vec<Value> = (0..3).map(|at| managed(draw, skeleton, id, at)).collect();
    let arns: Vec<String> = policies.iter().map(|p| p["Arn"].as_str().unwrap().to_owned()).collect();
    let groups: Vec<Value> = (0..draw.below(3))
        .map(|at| {
            json!({"Path": "/", "GroupName": format!("group-{at}"), "GroupId": format!("AGPA{}{at}", &id[8..]),
            "Arn": format!("arn:aws:iam::{id}:group/group-{at}"), "CreateDate": "2024-01-01T00:00:00Z",
            "GroupPolicyList": inline(draw, skeleton, 50), "AttachedManagedPolicies": attached(draw, &arns)})
        })
        .collect();
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    for who in skeleton.principals.iter().filter(|p| p.account == id) {
        let mut record = who.record(draw, skeleton.passing, &arns);
        if who.is_user {
            let joined: Vec<&Value> = groups.iter().filter(|_| draw.chance(50)).map(|g| &g["GroupName"]).collect();
            record["GroupList"] = json!(joined);
            record["UserPolicyList"] = inline(draw, skeleton, 60);
            users.push(record);
        } else {
            record["AssumeRolePolicyDocument"] = documents::trust(draw, skeleton, who);
            record["RolePolicyList"] = inline(draw, skeleton, 70);
            record["InstanceProfileList"] = json!([]);
            roles.push(record);
        }
    }
    let report = report(draw, &users);
    let mut account =
        json!({"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies});
    if let Some(report) = report {
        account["CredentialReport"] = report;
    }
    account
}

/// What users sign in with; not every account has a report, nor every user a row.
fn report(draw: &mut Draw, users: &[Value]) -> Option<Value> {
    if !draw.chance(60) {
        return None;
    }
    let mut rows = Vec::new();
    for user in users {
        let mut row = json!({"user": user["UserName"], "arn": user["Arn"]});
        let chances =
            [("password_enabled", 50), ("mfa_active", 50), ("access_key_1_active", 30), ("access_key_2_active", 15)];
        for (column, chance) in chances {
            row[column] = json!(draw.chance(chance).to_string());
        }
        if draw.chance(90) {
            rows.push(row);
        }
    }
    Some(json!(rows))
}

/// A customer managed policy with two versions, either of which may be the default.
fn managed(draw: &mut Draw, skeleton: &Skeleton, id: &str, at: u32) -> Value {
    let default = *draw.pick(&["v1", "v2"]);
    let documents = [documents::boundary(draw, skeleton), documents::identity(draw, skeleton)];
    let versions: Vec<Value> = ["v1", "v2"]
        .iter()
        .zip(documents)
        .map(|(version, document)| json!({"VersionId": version, "IsDefaultVersion": *version == default, "Document": document}))
        .collect();
    json!({"PolicyName": format!("managed-{at}"), "PolicyId": format!("ANPA{}{at}", &id[8..]), "Path": "/",
        "Arn": format!("arn:aws:iam::{id}:policy/managed-{at}"), "DefaultVersionId": default, "PolicyVersionList": versions})
}

fn attached(draw: &mut Draw, arns: &[String]) -> Value {
    let chosen: Vec<&String> = arns.iter().filter(|_| draw.chance(15)).collect();
    chosen.iter().map(|arn| json!({"PolicyArn": arn, "PolicyName": arn.rsplit('/').next()})).collect()
}

fn inline(draw: &mut Draw, skeleton: &Skeleton, chance: u32) -> Value {
    let count = if draw.chance(chance) { 1 + draw.below(2) } else { 0 };
    (0..count)
        .map(|at| json!({"PolicyName": format!("inline-{at}"), "PolicyDocument": documents::identity(draw, skeleton)}))
        .collect()
}

fn organization_file(draw: &mut Draw, skeleton: &Skeleton, parents: &[(&str, &str)]) -> Value {
    let accounts: Vec<Value> = parents
        .iter()
        .map(|(id, parent)| json!({"Id": id, "Name": format!("account-{}", &id[..3]), "ParentId": parent, "State": "ACTIVE"}))
        .collect();
    let units: Vec<Value> =
        UNITS.iter().map(|(id, parent)| json!({"Id": id, "Name": id.to_uppercase(), "ParentId": parent})).collect();
    let targets: Vec<&str> = ["r-root"]
        .into_iter()
        .chain(UNITS.iter().map(|(id, _)| *id))
        .chain(parents.iter().map(|(id, _)| *id))
        .collect();
    let mut types = Vec::new();
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        if draw.chance(92) && draw.chance(97) {
            types.push(json!({"Type": kind, "Status": "ENABLED"}));
        }
    }
    json!({
        "Organization": {"Id": "o-ours", "FeatureSet": if draw.chance(95) { "ALL" } else { "CONSOLIDATED_BILLING" },
            "MasterAccountId": draw.pick(parents).0},
        "Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": types}],
        "OrganizationalUnits": units, "Accounts": accounts, "Policies": guardrails(draw, skeleton, &targets)})
}

fn guardrails(draw: &mut Draw, skeleton: &Skeleton, targets: &[&str]) -> Value {
    let full = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let (mut open, mut narrow) = (Vec::new(), Vec::new());
    for target in targets {
        if draw.chance(88) { open.push(*target) } else { narrow.push(*target) }
    }
    let mut policies = Vec::new();
    let mut add = |kind: &str, content: Value, targets: Vec<&str>| {
        let id = format!("p-{:08}", policies.len());
        policies.push(json!({"Id": id, "Name": format!("guardrail-{id}"), "Type": kind, "Content": content, "TargetIds": targets}));
    };
    add("SERVICE_CONTROL_POLICY", full, open);
    for target in narrow {
        add("SERVICE_CONTROL_POLICY", documents::scp_allow(draw, skeleton), vec![target]);
    }
    for _ in 0..draw.below(3) {
        add("SERVICE_CONTROL_POLICY", documents::scp_deny(draw, skeleton), vec![*draw.pick(targets)]);
    }
    for _ in 0..draw.below(3) {
        add("RESOURCE_CONTROL_POLICY", documents::rcp(draw, skeleton), vec![*draw.pick(targets)]);
    }
    json!(policies)
}
