//! One role, as GetAccountAuthorizationDetails would return it, and what the roles of its account refer to.
//!
//! Owns: the bytes of an entry of `RoleDetailList`. Does not know why a role is as it is (`baseline`, `team`).

use super::documents::{arn, attachment};
use super::layout::{Kind, Layout, Stage};
use super::random::Random;
use super::template::{fill, filled, list, strings};

const ROLE: &str = r#"{"Path":"@path@","RoleName":"@name@","RoleId":"@unique@","Arn":"arn:aws:iam::@account@:role@path@@name@","CreateDate":"@created@","AssumeRolePolicyDocument":@trust@,"InstanceProfileList":@profile@,"RolePolicyList":@inline@,"AttachedManagedPolicies":@attached@,@boundary@"Tags":[{"Key":"team","Value":"@team@"},{"Key":"env","Value":"@env@"},{"Key":"managed-by","Value":"terraform"},{"Key":"cost-center","Value":"cc-@team@"}],"RoleLastUsed":@used@,"MaxSessionDuration":3600}"#;

const BOUNDARY: &str =
    r#""PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"@arn@"},"#;

const PROFILE: &str = r#"[{"Path":"/","InstanceProfileName":"@name@","InstanceProfileId":"@unique@","Arn":"arn:aws:iam::@account@:instance-profile/@name@","CreateDate":"@created@","Roles":[]}]"#;

const ASSUME: &str = r#"{"Sid":"@sid@","Effect":"Allow","Action":@actions@,"Resource":@roles@@condition@}"#;

/// A role before it is written.
#[derive(Default)]
pub(super) struct Role {
    pub(super) path: &'static str,
    pub(super) name: String,
    pub(super) trust: String,
    pub(super) statements: Vec<String>,
    pub(super) attached: Vec<&'static str>,
    pub(super) bounded: bool,
    pub(super) profile: bool,
}

/// What the roles of one account refer to, computed once.
pub(super) struct Account<'a> {
    pub(super) layout: &'a Layout,
    pub(super) ix: usize,
    pub(super) id: &'a str,
    pub(super) prefix: String,
    pub(super) stage: Stage,
    /// Data roles of the account itself.
    pub(super) data: Vec<String>,
    /// Accounts that its data roles trust besides their own.
    pub(super) peers: Vec<usize>,
}

impl<'a> Account<'a> {
    pub(super) fn new(layout: &'a Layout, ix: usize) -> Self {
        let stage = layout.stage(ix);
        let peers = match layout.team_of(ix) {
            // production data is accessed from production only
            Some(team) if stage != Stage::Prod => {
                layout.accounts_of(team).filter(|peer| *peer != ix && layout.stage(*peer) != Stage::Prod).collect()
            }
            _ => Vec::new(),
        };
        let data = layout.role_arns(ix, Kind::Data).collect();
        Self { layout, ix, id: layout.id(ix), prefix: layout.prefix(ix), stage, data, peers }
    }
}

/// The principal that stands for a whole account.
pub(super) fn root_of(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// A role of any account, by its name.
pub(super) fn role_of(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

/// A statement that allows to assume these roles.
pub(super) fn assume(sid: &str, roles: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    assume_with(sid, &[], roles, "")
}

/// The same, where the call may carry more, and under a condition: `,"Condition":{…}`.
pub(super) fn assume_with(
    sid: &str,
    companions: &[&str],
    roles: impl IntoIterator<Item = impl AsRef<str>>,
    condition: &str,
) -> String {
    let actions = match companions {
        [] => "\"sts:AssumeRole\"".to_owned(),
        more => strings(std::iter::once(&"sts:AssumeRole").chain(more)),
    };
    filled(ASSUME, &[("sid", sid), ("actions", &actions), ("roles", &strings(roles)), ("condition", condition)])
}

/// Appends the role's entry.
pub(super) fn write(out: &mut String, account: &Account<'_>, role: &Role, random: &mut Random) {
    let unique = random.unique_id("AROA");
    let created = random.date(2018, 8);
    let mut inline = String::from("[]");
    if !role.statements.is_empty() {
        inline.clear();
        inline.push_str(r#"[{"PolicyName":"own","PolicyDocument":{"Version":"2012-10-17","Statement":"#);
        list(&mut inline, &role.statements);
        inline.push_str("}}]");
    }
    let mut attached = String::new();
    list(&mut attached, role.attached.iter().map(|name| attachment(account.id, name)));
    let mut boundary = String::new();
    if role.bounded {
        fill(&mut boundary, BOUNDARY, &[("arn", &arn(account.id, "team-boundary"))]);
    }
    let mut profile = String::from("[]");
    if role.profile {
        let unique = random.unique_id("AIPA");
        profile = filled(
            PROFILE,
            &[("name", &role.name), ("unique", &unique), ("account", account.id), ("created", &created)],
        );
    }
    let used = if random.percent(80) {
        format!("{{\"LastUsedDate\":\"{}\",\"Region\":\"eu-west-1\"}}", random.date(2026, 1))
    } else {
        "{}".to_owned()
    };
    fill(
        out,
        ROLE,
        &[
            ("path", role.path),
            ("name", &role.name),
            ("unique", &unique),
            ("account", account.id),
            ("created", &created),
            ("trust", &role.trust),
            ("profile", &profile),
            ("inline", &inline),
            ("attached", &attached),
            ("boundary", &boundary),
            ("team", &account.prefix),
            ("env", account.stage.name()),
            ("used", &used),
        ],
    );
}
