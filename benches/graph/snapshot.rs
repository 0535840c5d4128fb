//! Small snapshots by hand: accounts with the users, groups and roles that a case is about, and nothing else.
//!
//! Owns: the shape of the files. The first account is the hub; every other one is in the OU `/Workloads/Prod`.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::fresh;

pub(crate) const ORGANIZATION: &str = "o-worstcase0";

const ROOT: &str = "r-wrst";
const WORKLOADS: &str = "ou-wrst-workload";
const PROD: &str = "ou-wrst-prodprod";

/// An organization that is being written.
pub(crate) struct Snapshot {
    dir: PathBuf,
    accounts: Vec<String>,
}

/// What an account has.
#[derive(Default)]
pub(crate) struct Account {
    pub(crate) users: Vec<Value>,
    pub(crate) groups: Vec<Value>,
    pub(crate) roles: Vec<Value>,
}

impl Snapshot {
    pub(crate) fn new(name: &str) -> Self {
        let dir = fresh(&format!("worst-{name}"));
        fs::create_dir_all(dir.join("accounts")).unwrap();
        Self { dir, accounts: Vec::new() }
    }

    /// The next account, whose number is that of those before it.
    pub(crate) fn add(&mut self, account: Account) {
        let id = id(self.accounts.len());
        let file = json!({"UserDetailList": account.users, "GroupDetailList": account.groups,
            "RoleDetailList": account.roles, "Policies": []});
        fs::write(self.dir.join("accounts").join(format!("{id}.json")), file.to_string()).unwrap();
        self.accounts.push(id);
    }

    /// Writes the organization; the directory.
    pub(crate) fn finish(self) -> PathBuf {
        let hub = id(0);
        let arn = |kind: &str, rest: &str| format!("arn:aws:organizations::{hub}:{kind}/{ORGANIZATION}{rest}");
        let unit = |id: &str, name: &str, parent: &str| json!({"Id": id, "Name": name, "ParentId": parent, "Arn": arn("ou", &format!("/{id}"))});
        let parent = |id: &str| if id == hub { ROOT } else { PROD };
        let account = |id: &String| {
            json!({"Id": id, "Name": format!("account-{id}"), "Status": "ACTIVE",
            "State": "ACTIVE", "ParentId": parent(id), "Arn": arn("account", &format!("/{id}")), "Tags": []})
        };
        let everywhere: Vec<&str> =
            [ROOT, WORKLOADS, PROD].into_iter().chain(self.accounts.iter().map(String::as_str)).collect();
        let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let policy = |id: &str, kind: &str, statement: &Value| {
            let content = json!({"Version": "2012-10-17", "Statement": [statement]});
            json!({"Id": id, "Name": id, "Type": kind, "Content": content, "TargetIds": everywhere})
        };
        let mut allow_anybody = allow.clone();
        allow_anybody["Principal"] = json!("*");
        let types = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];
        let organization = json!({
            "Organization": {"Id": ORGANIZATION, "FeatureSet": "ALL", "MasterAccountId": hub,
                "Arn": arn("organization", "")},
            "Roots": [{"Id": ROOT, "Name": "Root", "Arn": arn("root", &format!("/{ROOT}")),
                "PolicyTypes": types.map(|kind| json!({"Type": kind, "Status": "ENABLED"}))}],
            "OrganizationalUnits": [unit(WORKLOADS, "Workloads", ROOT), unit(PROD, "Prod", WORKLOADS)],
            "Accounts": self.accounts.iter().map(account).collect::<Vec<Value>>(),
            "Policies": [policy("p-FullAWSAccess", types[0], &allow),
                policy("p-RCPFullAWSAccess", types[1], &allow_anybody)],
            "DelegatedAdministrators": [],
            "EnabledFeatures": [],
        });
        fs::write(self.dir.join("organization.json"), organization.to_string()).unwrap();
        self.dir
    }
}

/// The id of an account.
pub(crate) fn id(account: usize) -> String {
    format!("{:012}", 100_000_000_000 + account)
}

/// The principal that stands for an account.
pub(crate) fn root(account: usize) -> String {
    format!("arn:aws:iam::{}:root", id(account))
}

/// A role by its name.
pub(crate) fn arn(account: usize, name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", id(account))
}

/// Permission to assume roles.
pub(crate) fn assume(roles: &str) -> Value {
    json!({"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Resource": roles})
}

/// A statement of a trust policy.
pub(crate) fn trust(principal: &str, more: &[&str], condition: Value) -> Value {
    let actions: Vec<&str> = std::iter::once("sts:AssumeRole").chain(more.iter().copied()).collect();
    let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

/// A role of one account, with what it may do and the value of its tag `team`.
pub(crate) fn role(account: usize, name: &str, trust: &Value, statements: &[Value], team: &str) -> Value {
    let inline = match statements {
        [] => json!([]),
        some => json!([{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": some}}]),
    };
    json!({"Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"), "Arn": arn(account, name),
        "CreateDate": "2024-01-01T00:00:00Z", "MaxSessionDuration": 3600, "RoleLastUsed": {},
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": inline, "AttachedManagedPolicies": [], "InstanceProfileList": [],
        "Tags": [{"Key": "team", "Value": team}]})
}

/// A hub with people of one group, who may assume these roles.
pub(crate) fn hub(people: usize, teams: usize, roles: &str) -> Account {
    let user = |n: usize| {
        let name = format!("person-{n:04}");
        json!({"Path": "/", "UserName": name, "UserId": format!("AIDA{n}"), "CreateDate": "2024-01-01T00:00:00Z",
            "Arn": format!("arn:aws:iam::{}:user/{name}", id(0)), "GroupList": ["all"],
            "AttachedManagedPolicies": [], "Tags": [{"Key": "team", "Value": format!("team-{}", n % teams.max(1))}]})
    };
    let group = json!({"Path": "/", "GroupName": "all", "GroupId": "AGPAALL",
        "Arn": format!("arn:aws:iam::{}:group/all", id(0)), "CreateDate": "2024-01-01T00:00:00Z",
        "GroupPolicyList": [{"PolicyName": "all",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [assume(roles)]}}],
        "AttachedManagedPolicies": []});
    Account { users: (0..people).map(user).collect(), groups: vec![group], roles: Vec::new() }
}
