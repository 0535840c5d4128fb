//! An organization as JSON documents, and the facts derived from them.
//!
//! Owns: which policies apply to which principal, and which context keys a snapshot decides.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::decide::Layers;
use super::passing::{TAGS, opens_identity, opens_tags};
use super::statement::Caller;

/// The time of all requests.
pub const NOW: &str = "2026-11-20T00:00:00Z";
const NOW_SECONDS: &str = "1795132800";

/// The files of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    pub organization: Value,
    pub accounts: BTreeMap<String, Value>,
}

impl Organization {
    pub fn write(&self, dir: &Path) {
        fs::create_dir_all(dir.join("accounts")).unwrap();
        fs::write(dir.join("organization.json"), format!("{:#}\n", self.organization)).unwrap();
        for (id, account) in &self.accounts {
            let mut account = account.clone();
            dress(&mut account, &mut 0);
            fs::write(dir.join(format!("accounts/{id}.json")), format!("{account:#}\n")).unwrap();
        }
    }
}

/// Turns policy documents into objects, text, and percent-encoded text: every seventh into each of the latter two.
fn dress(value: &mut Value, at: &mut usize) {
    match value {
        Value::Object(map) if map.contains_key("Statement") => {
            *at += 1;
            match *at % 7 {
                3 => *value = Value::String(value.to_string()),
                5 => *value = Value::String(percent_encoded(&value.to_string())),
                _ => {}
            }
        }
        Value::Object(map) => map.values_mut().for_each(|inner| dress(inner, at)),
        Value::Array(all) => all.iter_mut().for_each(|inner| dress(inner, at)),
        _ => {}
    }
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Whether every reference resolves, so that an organization with parts removed still has no missing data.
pub fn is_consistent(whole: &Organization) -> bool {
    let organization = &whole.organization;
    let targets: Vec<&Value> = ["Roots", "OrganizationalUnits"].iter().flat_map(|k| list(organization, k)).collect();
    let known = |parent: &Value| targets.iter().any(|t| t["Id"] == *parent);
    let placed = |key: &str| list(organization, key).iter().all(|t| known(&t["ParentId"]));
    let listed = |id: &String| list(organization, "Accounts").iter().any(|a| a["Id"] == id.as_str());
    let complete = |account: &Value| {
        let exists = |kind: &str, key: &str, value: &Value| list(account, kind).iter().any(|p| p[key] == *value);
        let holders = ["UserDetailList", "GroupDetailList", "RoleDetailList"].iter().flat_map(|k| list(account, k));
        holders.clone().all(|h| {
            let attached = list(h, "AttachedManagedPolicies").iter().map(|p| &p["PolicyArn"]);
            let boundary = h.get("PermissionsBoundary").map(|b| &b["PermissionsBoundaryArn"]);
            attached.chain(boundary).all(|arn| exists("Policies", "Arn", arn))
                && list(h, "GroupList").iter().all(|g| exists("GroupDetailList", "GroupName", g))
        }) && list(account, "Policies")
            .iter()
            .all(|p| list(p, "PolicyVersionList").iter().any(|v| v["VersionId"] == p["DefaultVersionId"]))
    };
    // while the type is enabled, AWS leaves one attached everywhere: without any, nothing is known
    let guarded = |target: &Value| {
        list(organization, "Policies")
            .iter()
            .any(|p| p["Type"] == "SERVICE_CONTROL_POLICY" && list(p, "TargetIds").contains(&target["Id"]))
    };
    let scps = list(organization, "Roots").iter().flat_map(|root| list(root, "PolicyTypes"));
    let scps = scps.filter(|t| t["Type"] == "SERVICE_CONTROL_POLICY").count() > 0;
    placed("OrganizationalUnits")
        && placed("Accounts")
        && (!scps || targets.iter().copied().chain(list(organization, "Accounts")).all(guarded))
        && whole.accounts.keys().all(listed)
        && list(organization, "Accounts").iter().all(|a| whole.accounts.contains_key(text(a, "Id")))
        && whole.accounts.values().all(complete)
}

/// A user or a role.
pub struct Principal<'a> {
    pub arn: &'a str,
    pub account: &'a str,
    pub name: &'a str,
    pub id: &'a str,
    pub is_user: bool,
    pub tags: BTreeMap<String, String>,
    /// What a user signs in with; `None` if that is unknown.
    pub held: Option<Held>,
    /// Whether its sessions may have tags that somebody passed, and a source identity.
    pub may_be_tagged: bool,
    pub may_have_identity: bool,
    service_linked: bool,
    identity: Vec<&'a Value>,
    boundary: Option<&'a Value>,
    trust: Option<&'a Value>,
}

/// A row of a credential report.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    pub key: bool,
    pub password: bool,
    pub device: bool,
}

/// An organization, parsed.
pub struct Facts<'a> {
    organization: &'a Organization,
    pub principals: Vec<Principal<'a>>,
}

impl<'a> Facts<'a> {
    pub fn read(organization: &'a Organization) -> Self {
        let mut principals = Vec::new();
        for (id, account) in &organization.accounts {
            for user in list(account, "UserDetailList") {
                principals.push(Principal::user(id, account, user));
            }
            for role in list(account, "RoleDetailList") {
                principals.push(Principal::role(id, account, role));
            }
        }
        let identities = principals.iter().filter_map(|p| p.trust).any(opens_identity);
        principals.iter_mut().for_each(|p| p.may_have_identity = identities && !p.is_user);
        Self { organization, principals }
    }

    /// Every policy document, each once.
    pub fn documents(&self) -> Vec<&'a Value> {
        let mut found = Vec::new();
        for principal in &self.principals {
            found.extend(principal.identity.iter().chain(&principal.boundary).chain(&principal.trust).copied());
        }
        found.extend(list(&self.organization.organization, "Policies").iter().map(|p| &p["Content"]));
        found.sort_by_key(|document| std::ptr::from_ref::<Value>(document));
        found.dedup_by_key(|document| std::ptr::from_ref::<Value>(document));
        found
    }

    pub fn roles(&self) -> impl Iterator<Item = &Principal<'a>> {
        self.principals.iter().filter(|p| !p.is_user)
    }

    /// Every policy that applies when one principal assumes the other.
    pub fn layers(&self, caller: &Principal<'a>, role: &Principal<'a>) -> Layers<'a> {
        let scp_applies = self.enabled("SERVICE_CONTROL_POLICY") && self.is_member(caller) && !caller.service_linked;
        Layers {
            identity: caller.identity.clone(),
            boundary: caller.boundary,
            scp: scp_applies.then(|| self.by_level(caller.account, "SERVICE_CONTROL_POLICY")),
            same_account: caller.account == role.account,
            // nor do RCPs apply to calls of a service-linked role
            rcp: if caller.service_linked { Vec::new() } else { self.layers_of_role(role).rcp },
            trust: role.trust,
        }
    }

    /// The policies of the role's side, which are all that apply to a service.
    pub fn layers_of_role(&self, role: &Principal<'a>) -> Layers<'a> {
        let kind = "RESOURCE_CONTROL_POLICY";
        let applies = self.enabled(kind) && self.is_member(role) && !role.service_linked;
        let rcp = if applies { self.by_level(role.account, kind).concat() } else { Vec::new() };
        Layers { rcp, trust: role.trust, ..Layers::default() }
    }

    fn by_level(&self, account: &'a str, kind: &str) -> Vec<Vec<&'a Value>> {
        self.levels(account).iter().map(|target| self.attached(target, kind)).collect()
    }

    /// A policy type is in force if all features are on and the root has it enabled.
    fn enabled(&self, kind: &str) -> bool {
        let types = list(&self.organization.organization["Roots"][0], "PolicyTypes");
        self.organization.organization["Organization"]["FeatureSet"] == "ALL"
            && types.iter().any(|t| t["Type"] == kind && t["Status"] == "ENABLED")
    }

    /// In the organization, and not in its management account, to which no SCP or RCP applies.
    fn is_member(&self, principal: &Principal<'_>) -> bool {
        principal.account != text(&self.organization.organization["Organization"], "MasterAccountId")
    }

    /// Root, OUs, account.
    fn levels(&self, account: &'a str) -> Vec<&'a str> {
        let organization = &self.organization.organization;
        let mut found = vec![account];
        let entry = list(organization, "Accounts").iter().find(|a| text(a, "Id") == account).unwrap();
        let mut parent = entry.get("ParentId");
        while let Some(at) = parent.and_then(Value::as_str) {
            found.push(at);
            let unit = list(organization, "OrganizationalUnits").iter().find(|u| text(u, "Id") == at);
            parent = unit.and_then(|u| u.get("ParentId"));
        }
        found.reverse();
        found
    }

    /// An account by its id.
    pub fn account(&self, id: &str) -> &'a str {
        self.organization.accounts.keys().find(|own| *own == id).unwrap()
    }

    /// As `aws:PrincipalOrgPaths` has it.
    pub fn path(&self, account: &'a str) -> String {
        let levels = self.levels(account);
        let id = text(&self.organization.organization["Organization"], "Id");
        format!("{id}/{}/", levels[..levels.len() - 1].join("/"))
    }

    fn attached(&self, target: &str, kind: &str) -> Vec<&'a Value> {
        let all = list(&self.organization.organization, "Policies").iter();
        let here = all.filter(|p| p["Type"] == kind && list(p, "TargetIds").iter().any(|t| t == target));
        here.map(|p| &p["Content"]).collect()
    }

    /// What the snapshot says about a request of one principal to assume the other, by lower-case key.
    pub fn context(&self, caller: &Principal<'a>, role: &Principal<'a>) -> BTreeMap<String, Vec<String>> {
        let id = text(&self.organization.organization["Organization"], "Id");
        let path = |account| self.path(account);
        let mut context = BTreeMap::new();
        let mut set = |key: &str, value: &str| context.insert(key.to_lowercase(), vec![value.to_owned()]);
        set("aws:PrincipalAccount", caller.account);
        set("aws:PrincipalArn", caller.arn);
        set("aws:PrincipalOrgID", id);
        set("aws:PrincipalOrgPaths", &path(caller.account));
        set("aws:PrincipalType", if caller.is_user { "User" } else { "AssumedRole" });
        set("aws:PrincipalIsAWSService", "false");
        set("aws:ViaAWSService", "false");
        set("aws:SecureTransport", "true");
        set("aws:CurrentTime", NOW);
        set("aws:EpochTime", NOW_SECONDS);
        set("aws:ResourceAccount", role.account);
        set("aws:ResourceOrgID", id);
        set("aws:ResourceOrgPaths", &path(role.account));
        if caller.is_user {
            set("aws:username", caller.name);
            set("aws:userid", caller.id);
        }
        for (key, value) in caller.tags.iter().filter(|(key, _)| !caller.may_be_tagged || !TAGS.contains(&key.as_str()))
        {
            set(&format!("aws:PrincipalTag/{key}"), value);
        }
        for (key, value) in &role.tags {
            set(&format!("aws:ResourceTag/{key}"), value);
            set(&format!("iam:ResourceTag/{key}"), value);
        }
        context
    }
}

impl<'a> Facts<'a> {
    /// Like [`Facts::context`], with a service as the caller.
    pub fn context_of_service(&self, name: &str, role: &Principal<'a>) -> BTreeMap<String, Vec<String>> {
        let of_principal = ["aws:principal", "aws:user"];
        let mut context = self.context(role, role);
        context.retain(|key, _| of_principal.iter().all(|prefix| !key.starts_with(prefix)));
        context.insert("aws:principalisawsservice".to_owned(), vec!["true".to_owned()]);
        context.insert("aws:principalservicename".to_owned(), vec![name.to_owned()]);
        context
    }
}

impl<'a> Facts<'a> {
    /// Like [`Facts::context`], with somebody as the caller for whom an identity provider vouches.
    pub fn context_of_provider(&self, role: &Principal<'a>) -> BTreeMap<String, Vec<String>> {
        let mut context = self.context_of_service("", role);
        context.insert("aws:principalisawsservice".to_owned(), vec!["false".to_owned()]);
        context.remove("aws:principalservicename");
        context
    }
}

impl<'a> Principal<'a> {
    fn user(id: &'a str, account: &'a Value, record: &'a Value) -> Self {
        let mut user = Self::with(id, account, record, "UserName", "UserId", "UserPolicyList");
        user.is_user = true;
        let row = list(account, "CredentialReport").iter().find(|row| row["arn"] == record["Arn"]);
        user.held = row.map(|row| Held {
            key: row["access_key_1_active"] == "true" || row["access_key_2_active"] == "true",
            password: row["password_enabled"] == "true",
            device: row["mfa_active"] == "true",
        });
        for name in list(record, "GroupList") {
            let group = list(account, "GroupDetailList").iter().find(|g| g["GroupName"] == *name).unwrap();
            user.identity.extend(policies(account, group, "GroupPolicyList"));
        }
        user
    }

    fn role(id: &'a str, account: &'a Value, record: &'a Value) -> Self {
        let mut role = Self::with(id, account, record, "RoleName", "RoleId", "RolePolicyList");
        let trust = &record["AssumeRolePolicyDocument"];
        role.may_be_tagged = opens_tags(trust);
        role.trust = Some(trust);
        role
    }

    fn with(id: &'a str, account: &'a Value, record: &'a Value, name: &str, unique: &str, inline: &str) -> Self {
        let boundary = record.get("PermissionsBoundary").map(|b| managed(account, text(b, "PermissionsBoundaryArn")));
        Self {
            arn: text(record, "Arn"),
            account: id,
            name: text(record, name),
            id: text(record, unique),
            is_user: false,
            tags: list(record, "Tags").iter().map(|t| (text(t, "Key").into(), text(t, "Value").into())).collect(),
            held: None,
            may_be_tagged: false,
            may_have_identity: false,
            service_linked: text(record, "Path").starts_with("/aws-service-role/"),
            identity: policies(account, record, inline),
            boundary,
            trust: None,
        }
    }

    pub fn caller(&self) -> Caller {
        let (account, arn) = (self.account.to_owned(), self.arn.to_owned());
        match self.is_user {
            true => Caller::User { account, arn },
            false => Caller::Role { account, name: self.name.to_owned(), arn },
        }
    }
}

/// Inline and attached documents of a user, role or group.
fn policies<'a>(account: &'a Value, record: &'a Value, inline: &str) -> Vec<&'a Value> {
    let own = list(record, inline).iter().map(|p| &p["PolicyDocument"]);
    let attached = list(record, "AttachedManagedPolicies").iter().map(|p| managed(account, text(p, "PolicyArn")));
    own.chain(attached).collect()
}

/// The default version of a managed policy.
fn managed<'a>(account: &'a Value, arn: &str) -> &'a Value {
    let policy = list(account, "Policies").iter().find(|p| text(p, "Arn") == arn).expect("an attached policy exists");
    let default = &policy["DefaultVersionId"];
    let versions = list(policy, "PolicyVersionList");
    &versions.iter().find(|v| v["VersionId"] == *default).expect("the default version exists")["Document"]
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is missing in {value}"))
}
