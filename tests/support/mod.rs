//! A small organization written in JSON, opened as a snapshot.

#![allow(unreachable_pub, missing_docs, reason = "shared by test binaries, not a library")]
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot build its world has failed")]

use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;
use rolehop::answer::{PathAnswer, Verdict, WhoCanAnswer};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

/// Accounts and organization, to be written to a temporary directory.
#[derive(Default)]
pub struct World {
    organization: Option<Value>,
    accounts: BTreeMap<String, Value>,
}

pub const HUB: &str = "111111111111";
pub const PROD: &str = "222222222222";
pub const DEV: &str = "333333333333";
pub const VENDOR: &str = "999988887777";

/// An Allow for AssumeRole on these resources.
pub fn may_assume(resources: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resources}]})
}

/// A trust policy with one Allow for this principal element.
pub fn trusts(principal: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
}

/// Like [`trusts`], with a condition.
pub fn trusts_if(principal: Value, condition: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}]})
}

pub fn root(account: &str) -> Value {
    json!({"AWS": format!("arn:aws:iam::{account}:root")})
}

pub fn user(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:user/{name}")
}

pub fn role(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

pub fn path(world: &World, from: &str, to: &str) -> PathAnswer {
    let estate = world.estate();
    query::path(&TrustGraph::new(&estate), from, to, &Targets::new()).unwrap()
}

pub fn who_can(world: &World, target: &str) -> WhoCanAnswer {
    let estate = world.estate();
    query::who_can(&TrustGraph::new(&estate), target, &Targets::new()).unwrap()
}

/// Verdict and conditions.
pub fn answer(world: &World, from: &str, to: &str) -> (Verdict, Vec<String>) {
    let found = path(world, from, to);
    (found.verdict, found.conditions)
}

impl World {
    /// Hub, prod (in OU Prod) and dev (in OU Dev) under one root, with full access SCPs everywhere.
    pub fn of_organization() -> Self {
        let account =
            |id: &str, name: &str, parent: &str| json!({"Id": id, "Name": name, "ParentId": parent, "State": "ACTIVE"});
        let full = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        let organization = json!({
            "Organization": {"Id": "o-example", "FeatureSet": "ALL", "MasterAccountId": HUB},
            "Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": [
                {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}, {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]}],
            "OrganizationalUnits": [
                {"Id": "ou-prod", "Name": "Prod", "ParentId": "r-root"}, {"Id": "ou-dev", "Name": "Dev", "ParentId": "r-root"}],
            "Accounts": [account(HUB, "hub", "r-root"), account(PROD, "prod", "ou-prod"), account(DEV, "dev", "ou-dev")],
            "Policies": [{"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY", "Content": full,
                "TargetIds": ["r-root", "ou-prod", "ou-dev", HUB, PROD, DEV]}]});
        let mut world = Self { organization: Some(organization), ..Self::default() };
        for id in [HUB, PROD, DEV] {
            world.account(id);
        }
        world
    }

    pub fn account(&mut self, id: &str) -> &mut Value {
        self.accounts.entry(id.to_owned()).or_insert_with(
            || json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}),
        )
    }

    pub fn without_file(&mut self, id: &str) -> &mut Self {
        self.accounts.remove(id);
        self
    }

    pub fn user(&mut self, account: &str, name: &str, policies: &[Value]) -> &mut Self {
        let inline = inline(policies);
        let record = json!({"Path": "/", "UserName": name, "UserId": "AIDAEXAMPLE", "Arn": user(account, name),
            "UserPolicyList": inline, "GroupList": [], "AttachedManagedPolicies": []});
        push(self.account(account), "UserDetailList", record);
        self
    }

    pub fn role(&mut self, account: &str, name: &str, trust: Value, policies: &[Value]) -> &mut Self {
        let inline = inline(policies);
        let record = json!({"Path": "/", "RoleName": name, "RoleId": format!("AROA{}", name.to_uppercase()), "Arn": role(account, name),
            "AssumeRolePolicyDocument": trust, "RolePolicyList": inline, "AttachedManagedPolicies": []});
        push(self.account(account), "RoleDetailList", record);
        self
    }

    /// Sets a key of the newest role or user of an account.
    pub fn with(&mut self, account: &str, list: &str, key: &str, value: Value) -> &mut Self {
        self.account(account)[list].as_array_mut().unwrap().last_mut().unwrap()[key] = value;
        self
    }

    pub fn guardrail(&mut self, kind: &str, target: &str, content: Value) -> &mut Self {
        let policies = self.organization.as_mut().unwrap()["Policies"].as_array_mut().unwrap();
        let id = format!("p-{}", policies.len());
        policies.push(json!({"Id": id, "Name": format!("guardrail-{id}"), "Type": kind, "Content": content, "TargetIds": [target]}));
        self
    }

    pub fn organization(&mut self) -> &mut Value {
        self.organization.as_mut().unwrap()
    }

    /// Writes the snapshot.
    pub fn write(&self) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        if let Some(organization) = &self.organization {
            fs::write(dir.path().join("organization.json"), organization.to_string()).unwrap();
        }
        fs::create_dir(dir.path().join("accounts")).unwrap();
        for (id, account) in &self.accounts {
            fs::write(dir.path().join(format!("accounts/{id}.json")), account.to_string()).unwrap();
        }
        dir
    }

    /// Builds the estate, evaluated at a fixed instant.
    pub fn estate(&self) -> Estate {
        let dir = self.write();
        let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        Estate::build(&Snapshot::open(dir.path()).unwrap(), at).unwrap()
    }
}

fn inline(policies: &[Value]) -> Value {
    policies
        .iter()
        .enumerate()
        .map(|(at, p)| json!({"PolicyName": format!("inline-{at}"), "PolicyDocument": p}))
        .collect()
}

fn push(account: &mut Value, list: &str, record: Value) {
    account[list].as_array_mut().unwrap().push(record);
}
