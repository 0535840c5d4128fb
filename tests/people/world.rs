//! Organizations of three accounts, with people.

use std::collections::BTreeMap;
use std::fs;

use rolehop::answer::{CanAnswer, PathAnswer, PrincipalKind, Verdict, WhoCanAnswer};
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Targets};
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

pub(crate) const PROD: &str = "101010101010";
pub(crate) const DEV: &str = "202020202020";
pub(crate) const HOME: &str = "303030303030";
pub(crate) const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1";

/// An organization of three accounts, with people.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) roles: BTreeMap<&'static str, Vec<Value>>,
    pub(crate) instance: Value,
    pub(crate) others: Vec<Value>,
    pub(crate) entitlements: Option<Value>,
    /// In place of one application that has these.
    pub(crate) applications: Option<Value>,
    pub(crate) without_people: bool,
    /// Who administers Identity Center beside the management account.
    pub(crate) delegated: Value,
}

pub(crate) fn role(account: &str, path: &str, name: &str, trust: &Value, policy: Option<&Value>) -> Value {
    let policies: Vec<Value> =
        policy.iter().map(|document| json!({"PolicyName": "p", "PolicyDocument": document})).collect();
    json!({"RoleName": name, "Path": path, "RoleId": format!("AROA{account}{}", name.len()),
        "Arn": format!("arn:aws:iam::{account}:role{path}{name}"), "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": trust, "RolePolicyList": policies, "AttachedManagedPolicies": [],
        "InstanceProfileList": [], "Tags": []})
}

pub(crate) fn reserved(account: &str, set: &str, suffix: &str) -> Value {
    let provider = format!("arn:aws:iam::{account}:saml-provider/AWSSSO_abcdef0123456789_DO_NOT_DELETE");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]});
    let name = format!("AWSReservedSSO_{set}_{suffix}");
    role(account, "/aws-reserved/sso.amazonaws.com/", &name, &trust, Some(&policy))
}

pub(crate) const SUFFIX: &str = "0123456789abcdef";

/// A role of prod that the dev account may assume under a condition.
pub(crate) fn target(name: &str, condition: Value) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": DEV}, "Action": "sts:AssumeRole"});
    if !condition.is_null() {
        statement.as_object_mut().unwrap().insert("Condition".to_owned(), condition);
    }
    role(PROD, "/", name, &json!({"Version": "2012-10-17", "Statement": [statement]}), None)
}

pub(crate) fn assigned(account: &str, set: &str, kind: &str, id: &str) -> Value {
    json!({"AccountId": account, "PermissionSetArn": format!("{INSTANCE}/{set}"), "PrincipalType": kind, "PrincipalId": id})
}

pub(crate) fn member(group: &str, user: &str) -> Value {
    json!({"GroupId": group, "MemberId": {"UserId": user}})
}

impl World {
    pub(crate) fn new(targets: Vec<Value>, dev_sets: &[&str], assignments: Vec<Value>) -> Self {
        let dev = dev_sets.iter().map(|set| reserved(DEV, set, SUFFIX)).collect();
        let sets: Vec<Value> = ["Admin", "AdminReadOnly", "Data_Read", "Rôle"]
            .iter()
            .map(|set| json!({"PermissionSetArn": format!("{INSTANCE}/{set}"), "Name": set}))
            .collect();
        let instance = json!({"InstanceArn": INSTANCE, "IdentityStoreId": "d-1", "OwnerAccountId": HOME,
            "PermissionSetsEnabled": true, "PermissionSets": sets, "AccountAssignments": assignments,
            "Users": [
                {"UserId": "u-ada", "UserName": "ada", "DisplayName": "Ada Lovelace", "Title": "ops",
                    "Emails": [{"Value": "ada@example.com", "Primary": true}]},
                {"UserId": "u-bob", "UserName": "bob", "UserStatus": "DISABLED", "Title": "ops"},
                {"UserId": "u-eve", "UserName": "eve", "Title": "dev"}],
            "Groups": [{"GroupId": "g-team", "DisplayName": "team"}, {"GroupId": "g-cut", "DisplayName": "cut"}],
            "GroupMemberships": [member("g-team", "u-ada"), member("g-team", "u-bob"), member("g-team", "u-eve")],
            "AccessControlAttributes": []});
        Self {
            roles: BTreeMap::from([(PROD, targets), (DEV, dev), (HOME, Vec::new())]),
            instance,
            others: Vec::new(),
            entitlements: None,
            applications: None,
            without_people: false,
            delegated: json!([]),
        }
    }

    pub(crate) fn with(mut self, key: &str, value: Value) -> Self {
        self.instance.as_object_mut().unwrap().insert(key.to_owned(), value);
        self
    }

    pub(crate) fn ask<T>(&self, question: impl FnOnce(&TrustGraph<'_>) -> T) -> T {
        self.ask_estate(|estate| question(&TrustGraph::new(estate)))
    }

    pub(crate) fn ask_with_escalations<T>(&self, question: impl FnOnce(&TrustGraph<'_>) -> T) -> T {
        self.ask_estate(|estate| question(&TrustGraph::new(estate).with_escalations()))
    }

    fn ask_estate<T>(&self, question: impl FnOnce(&Estate) -> T) -> T {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("accounts")).unwrap();
        for (id, roles) in &self.roles {
            let file = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
            fs::write(dir.path().join(format!("accounts/{id}.json")), file.to_string()).unwrap();
        }
        let accounts: Vec<Value> = [(PROD, "prod"), (DEV, "dev"), (HOME, "home")]
            .iter()
            .map(|(id, name)| json!({"Id": id, "Name": name, "ParentId": "r-1", "Status": "ACTIVE", "Tags": []}))
            .collect();
        let organization = json!({"Organization": {"Id": "o-1", "MasterAccountId": HOME, "FeatureSet": "ALL"},
            "Roots": [{"Id": "r-1", "PolicyTypes": []}], "OrganizationalUnits": [], "Accounts": accounts, "Policies": [],
            "DelegatedAdministrators": self.delegated});
        fs::write(dir.path().join("organization.json"), organization.to_string()).unwrap();
        if !self.without_people {
            let instances: Vec<&Value> = std::iter::once(&self.instance).chain(&self.others).collect();
            let file = json!({ "Instances": instances });
            fs::write(dir.path().join("identity-center.json"), file.to_string()).unwrap();
        }
        let of_one = self.entitlements.as_ref().map(
            |entitlements| json!([{"ApplicationArn": application(), "InstanceArn": INSTANCE, "Entitlements": entitlements}]),
        );
        if let Some(applications) = self.applications.clone().or(of_one) {
            let file = json!({ "Applications": applications });
            fs::write(dir.path().join("account-access.json"), file.to_string()).unwrap();
        }
        let at = "2026-11-01T00:00:00Z".parse().unwrap();
        let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), at).unwrap();
        question(&estate)
    }

    pub(crate) fn who_can(&self, target: &str) -> WhoCanAnswer {
        self.ask(|graph| query::who_can(graph, target, &Targets::new()).unwrap())
    }

    pub(crate) fn can(&self, who: &str) -> CanAnswer {
        self.ask(|graph| query::can(graph, who).unwrap())
    }

    pub(crate) fn path(&self, from: &str, to: &str) -> PathAnswer {
        self.ask(|graph| query::path(graph, from, to, &Targets::new()).unwrap())
    }

    /// People who reach a role, each with the verdict.
    pub(crate) fn people(&self, target: &str) -> BTreeMap<String, Verdict> {
        let answer = self.who_can(target);
        let people = answer.answers.iter().filter(|a| matches!(a.kind, PrincipalKind::Person | PrincipalKind::Group));
        people.map(|a| (a.principal.clone(), a.verdict)).collect()
    }
}

pub(crate) fn application() -> String {
    format!("arn:aws:account-access:eu-central-1:{HOME}:application/a-1")
}

pub(crate) fn names(found: &BTreeMap<String, Verdict>) -> Vec<&str> {
    found.keys().map(String::as_str).collect()
}
