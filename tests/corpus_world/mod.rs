//! The compact worlds of the path corpus, written out as snapshots. `tests/corpus/README.md` describes the form.

#![allow(unreachable_pub, missing_docs, reason = "shared by tests, not a library")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a world that cannot be written has failed its test")]

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde_json::{Map, Value, json};

const MANAGEMENT: &str = "100000000000";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    #[serde(default)]
    accounts: BTreeMap<String, Account>,
    #[serde(default)]
    management: Option<String>,
    #[serde(default)]
    scps: Vec<Guardrail>,
    #[serde(default)]
    rcps: Vec<Guardrail>,
    /// Targets without FullAWSAccess.
    #[serde(default)]
    without_full_access: Vec<String>,
    #[serde(default)]
    feature_set: Option<String>,
    /// Policy types that are enabled on the root.
    #[serde(default)]
    enabled: Option<Vec<String>>,
    /// False for accounts without an organization.
    #[serde(default)]
    organization: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guardrail {
    target: String,
    policy: Value,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Account {
    name: Option<String>,
    /// Its unit; by default one of its own under the root.
    ou: Option<String>,
    state: Option<String>,
    /// The organization does not list it.
    outside: bool,
    /// It has no file.
    uncollected: bool,
    partition: Option<String>,
    tags: BTreeMap<String, String>,
    users: BTreeMap<String, Principal>,
    roles: BTreeMap<String, Principal>,
    groups: BTreeMap<String, Principal>,
    /// Customer managed policies.
    managed: BTreeMap<String, Value>,
    oidc: Option<Vec<String>>,
    saml: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Principal {
    path: Option<String>,
    id: Option<String>,
    trust: Value,
    /// Inline policies.
    policies: Vec<Value>,
    /// Names of customer managed policies, or ARNs.
    attached: Vec<String>,
    /// Name of a customer managed policy.
    boundary: Option<String>,
    groups: Vec<String>,
    tags: BTreeMap<String, String>,
    /// What a user signs in with: `password`, `mfa`, `key`.
    credentials: Option<Vec<String>>,
}

fn pairs(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

impl World {
    /// Writes the snapshot.
    pub fn write(&self) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("accounts")).unwrap();
        for (id, account) in self.accounts.iter().filter(|(_, a)| !a.uncollected) {
            let path = dir.path().join(format!("accounts/{id}.json"));
            fs::write(path, account.json(id).to_string()).unwrap();
        }
        if self.organization != Some(false) {
            if self.management.is_none() {
                let path = dir.path().join(format!("accounts/{MANAGEMENT}.json"));
                fs::write(path, Account::default().json(MANAGEMENT).to_string()).unwrap();
            }
            fs::write(dir.path().join("organization.json"), self.tree().to_string()).unwrap();
        }
        dir
    }

    fn tree(&self) -> Value {
        let management = self.management.as_deref().unwrap_or(MANAGEMENT);
        let mut members: BTreeMap<&str, (&str, String, &str, Value)> = BTreeMap::new();
        members.insert(MANAGEMENT, ("management", "r-root".to_owned(), "ACTIVE", json!([])));
        if self.management.is_some() {
            members.remove(MANAGEMENT);
        }
        for (id, account) in self.accounts.iter().filter(|(_, a)| !a.outside) {
            let unit = account.ou.clone().unwrap_or_else(|| "r-root".to_owned());
            let state = account.state.as_deref().unwrap_or("ACTIVE");
            members.insert(id, (account.name.as_deref().unwrap_or(id), unit, state, pairs(&account.tags)));
        }
        // `ou-a/ou-b` is a unit inside a unit
        let mut units = BTreeMap::<String, String>::new();
        for (_, unit, ..) in members.values().filter(|(_, unit, ..)| unit != "r-root") {
            let mut parent = "r-root".to_owned();
            for part in unit.split('/') {
                units.insert(part.to_owned(), std::mem::replace(&mut parent, part.to_owned()));
            }
        }
        let leaf = |unit: &str| unit.rsplit('/').next().unwrap().to_owned();
        let accounts: Vec<Value> = members
            .iter()
            .map(|(id, (name, unit, state, tags))| {
                json!({"Id": id, "Name": name, "ParentId": leaf(unit), "State": state, "Tags": tags})
            })
            .collect();
        let mut targets = vec!["r-root".to_owned()];
        targets.extend(units.keys().cloned());
        targets.extend(members.keys().map(|id| (*id).to_owned()));
        targets.retain(|t| !self.without_full_access.contains(t));
        let full = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        let mut policies =
            vec![json!({"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY",
            "Content": full, "TargetIds": targets})];
        for (kind, list) in [("SERVICE_CONTROL_POLICY", &self.scps), ("RESOURCE_CONTROL_POLICY", &self.rcps)] {
            for guardrail in list {
                let id = format!("p-{}", policies.len());
                policies.push(json!({"Id": id, "Name": id, "Type": kind, "Content": guardrail.policy,
                    "TargetIds": [guardrail.target]}));
            }
        }
        let default = vec!["SERVICE_CONTROL_POLICY".to_owned(), "RESOURCE_CONTROL_POLICY".to_owned()];
        let enabled = self.enabled.as_ref().unwrap_or(&default);
        let types: Vec<Value> = enabled.iter().map(|kind| json!({"Type": kind, "Status": "ENABLED"})).collect();
        let unit = |(id, parent): (&String, &String)| json!({"Id": id, "Name": id, "ParentId": parent});
        json!({
            "Organization": {"Id": "o-example", "MasterAccountId": management,
                "FeatureSet": self.feature_set.as_deref().unwrap_or("ALL")},
            "Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": types}],
            "OrganizationalUnits": units.iter().map(unit).collect::<Vec<_>>(),
            "Accounts": accounts,
            "Policies": policies,
        })
    }
}

impl Account {
    fn json(&self, id: &str) -> Value {
        let partition = self.partition.as_deref().unwrap_or("aws");
        let arn = |kind: &str, principal: &Principal, name: &str| {
            format!("arn:{partition}:iam::{id}:{kind}{}{name}", principal.path.as_deref().unwrap_or("/"))
        };
        let policy_arn = |name: &str| {
            if name.starts_with("arn:") { name.to_owned() } else { format!("arn:{partition}:iam::{id}:policy/{name}") }
        };
        let common = |kind: &str, name: &str, principal: &Principal| {
            let attached: Vec<Value> =
                principal.attached.iter().map(|p| json!({"PolicyName": p, "PolicyArn": policy_arn(p)})).collect();
            let mut object = Map::new();
            object.insert("Path".into(), json!(principal.path.as_deref().unwrap_or("/")));
            object.insert("Arn".into(), json!(arn(&kind.to_lowercase(), principal, name)));
            object.insert("AttachedManagedPolicies".into(), json!(attached));
            object.insert("Tags".into(), pairs(&principal.tags));
            object.insert(format!("{kind}Name"), json!(name));
            let prefix = if kind == "Role" { "AROA" } else { "AIDA" };
            let made = format!("{prefix}{}", name.to_uppercase());
            object.insert(format!("{kind}Id"), json!(principal.id.as_deref().unwrap_or(&made)));
            let inline: Vec<Value> = principal
                .policies
                .iter()
                .enumerate()
                .map(|(at, document)| json!({"PolicyName": format!("inline-{at}"), "PolicyDocument": document}))
                .collect();
            object.insert(format!("{kind}PolicyList"), json!(inline));
            if let Some(boundary) = &principal.boundary {
                let arn = policy_arn(boundary);
                let value = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
                object.insert("PermissionsBoundary".into(), value);
            }
            object
        };
        let users: Vec<Value> = self
            .users
            .iter()
            .map(|(name, user)| {
                let mut object = common("User", name, user);
                object.insert("GroupList".into(), json!(user.groups));
                Value::Object(object)
            })
            .collect();
        let roles: Vec<Value> = self
            .roles
            .iter()
            .map(|(name, role)| {
                let mut object = common("Role", name, role);
                object.insert("AssumeRolePolicyDocument".into(), role.trust.clone());
                Value::Object(object)
            })
            .collect();
        let groups: Vec<Value> =
            self.groups.iter().map(|(name, group)| Value::Object(common("Group", name, group))).collect();
        let managed: Vec<Value> = self
            .managed
            .iter()
            .map(|(name, document)| {
                json!({"PolicyName": name, "Arn": policy_arn(name), "DefaultVersionId": "v1",
                    "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]})
            })
            .collect();
        let mut file =
            json!({"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": managed});
        let providers = |list: &Vec<String>| list.iter().map(|arn| json!({"Arn": arn})).collect::<Vec<_>>();
        let row = |name: &String, user: &Principal, held: &[String]| {
            let has = |what: &str| held.iter().any(|h| h == what).to_string();
            json!({"user": name, "arn": arn("user", user, name), "password_enabled": has("password"),
                "mfa_active": has("mfa"), "access_key_1_active": has("key"), "access_key_2_active": "false"})
        };
        let rows: Vec<Value> =
            self.users.iter().filter_map(|(name, user)| Some(row(name, user, user.credentials.as_ref()?))).collect();
        if !rows.is_empty() {
            file["CredentialReport"] = json!(rows);
        }
        if let Some(oidc) = &self.oidc {
            file["OpenIDConnectProviders"] = json!(providers(oidc));
        }
        if let Some(saml) = &self.saml {
            file["SAMLProviders"] = json!(providers(saml));
        }
        file
    }
}
