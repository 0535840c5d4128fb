//! Small organizations of two accounts, of which the second is the target.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use rolehop::snapshot::edit::{DocumentAt, Holder, Removal};
use serde_json::{Value, json};

pub(crate) const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];

/// Roles 0 and 1 are in the first account, 2 and 3 in the second, which is the target.
pub(crate) const ROLES: usize = 4;

pub(crate) fn at() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

/// What a small organization is made of: everything by number.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// For each of four roles, the statements of its trust policy: which of the others each lets in.
    pub(crate) trusts: Vec<Vec<Vec<usize>>>,
    /// For each of four roles, the statements of its inline policy: which roles each allows to assume.
    pub(crate) inline: Vec<Vec<Vec<usize>>>,
    /// For each of two users, whether it is in the group, and has the managed policy.
    pub(crate) users: Vec<(bool, bool)>,
    /// The statements of the group's inline policy, and of the managed policy.
    pub(crate) group: Vec<Vec<usize>>,
    pub(crate) managed: Vec<Vec<usize>>,
}

pub(crate) fn role(number: usize) -> String {
    format!("arn:aws:iam::{}:role/r{number}", ACCOUNTS[number / 2])
}

/// Roles 0 to 3, then users 4 and 5 of the first account.
pub(crate) fn principal(number: usize) -> String {
    if number < ROLES { role(number) } else { format!("arn:aws:iam::{}:user/u{}", ACCOUNTS[0], number - ROLES) }
}

pub(crate) fn allows(statements: &[Vec<usize>]) -> Value {
    let statement = |roles: &Vec<usize>| json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles.iter().map(|at| role(*at)).collect::<Vec<_>>()});
    json!({"Version": "2012-10-17", "Statement": statements.iter().map(statement).collect::<Vec<_>>()})
}

impl World {
    pub(crate) fn write(&self, dir: &Path) {
        fs::create_dir_all(dir.join("accounts")).unwrap();
        let accounts: Vec<Value> = ACCOUNTS
            .iter()
            .map(|id| json!({"Id": id, "Name": format!("a{id}"), "State": "ACTIVE", "ParentId": "r-1"}))
            .collect();
        let organization = json!({
            "Organization": {"Id": "o-1", "MasterAccountId": ACCOUNTS[0], "FeatureSet": "CONSOLIDATED_BILLING"},
            "Roots": [{"Id": "r-1", "Name": "Root"}], "OrganizationalUnits": [], "Accounts": accounts, "Policies": [],
        });
        fs::write(dir.join("organization.json"), organization.to_string()).unwrap();
        for (at, id) in ACCOUNTS.iter().enumerate() {
            let roles: Vec<Value> = (at * 2..at * 2 + 2).map(|number| self.role(number)).collect();
            let arn = format!("arn:aws:iam::{id}:policy/m");
            let first = at == 0;
            let account = json!({
                "RoleDetailList": roles,
                "UserDetailList": if first { self.user_list(&arn) } else { json!([]) },
                "GroupDetailList": if first { json!([{"GroupName": "g", "Arn": format!("arn:aws:iam::{id}:group/g"),
                    "AttachedManagedPolicies": [],
                    "GroupPolicyList": [{"PolicyName": "gp", "PolicyDocument": allows(&self.group)}]}]) } else { json!([]) },
                "Policies": if first { json!([{"PolicyName": "m", "Arn": arn, "DefaultVersionId": "v1",
                    "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": allows(&self.managed)}]}]) }
                    else { json!([]) },
            });
            fs::write(dir.join(format!("accounts/{id}.json")), account.to_string()).unwrap();
        }
    }

    fn role(&self, number: usize) -> Value {
        let trusts = self.trusts[number].iter().map(|who| {
            json!({"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"AWS": who.iter().map(|at| principal(*at)).collect::<Vec<_>>()}})
        });
        json!({"RoleName": format!("r{number}"), "Arn": role(number), "AttachedManagedPolicies": [], "Tags": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trusts.collect::<Vec<_>>()},
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": allows(&self.inline[number])}]})
    }

    fn user_list(&self, arn: &str) -> Value {
        let users = self.users.iter().enumerate().map(|(at, (in_group, has_managed))| {
            let groups: &[&str] = if *in_group { &["g"] } else { &[] };
            let attached = if *has_managed { vec![json!({"PolicyName": "m", "PolicyArn": arn})] } else { Vec::new() };
            json!({"UserName": format!("u{at}"), "Arn": principal(ROLES + at), "UserPolicyList": [], "Tags": [],
                "GroupList": groups, "AttachedManagedPolicies": attached})
        });
        Value::Array(users.collect())
    }

    /// Everything that could be removed.
    pub(crate) fn removals(&self) -> Vec<Removal> {
        let id = |at: usize| ACCOUNTS[at].parse().unwrap();
        let statements = |place: DocumentAt, count: usize| {
            (0..count as u32).map(move |statement| Removal::Statement(place.clone(), statement))
        };
        let mut all = Vec::new();
        for number in 0..ROLES {
            let (account, name) = (id(number / 2), format!("r{number}"));
            let trust = DocumentAt::Trust(account, name.as_str().into());
            all.extend(statements(trust, self.trusts[number].len()));
            let inline = DocumentAt::Inline(account, Holder::Role(name.into()), "p".into());
            all.extend(statements(inline, self.inline[number].len()));
        }
        let group = DocumentAt::Inline(id(0), Holder::Group("g".into()), "gp".into());
        all.extend(statements(group, self.group.len()));
        let managed = DocumentAt::Managed(id(0), format!("arn:aws:iam::{}:policy/m", ACCOUNTS[0]).into());
        all.extend(statements(managed, self.managed.len()));
        for (at, (in_group, has_managed)) in self.users.iter().enumerate() {
            let user = format!("u{at}");
            if *in_group {
                all.push(Removal::Membership(id(0), user.as_str().into(), "g".into()));
            }
            if *has_managed {
                all.push(Removal::Attachment(id(0), Holder::User(user.into()), "m".into(), false));
            }
        }
        all
    }
}

/// Changes the file of the first account.
pub(crate) fn change_first(dir: &Path, change: impl Fn(&mut Value)) {
    let file = dir.join(format!("accounts/{}.json", ACCOUNTS[0]));
    let mut account: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    change(&mut account);
    fs::write(file, account.to_string()).unwrap();
}
