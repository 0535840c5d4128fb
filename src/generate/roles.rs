//! Roles: the dozen that every account has, and those of its team.
//!
//! Owns: trust and permissions of each kind of role. Does not know people (`hub`).

use super::documents::{arn, attachment};
use super::layout::{BASELINE, Kind, Layout, Stage};
use super::random::Random;
use super::template::{fill, filled, list as json_list, strings};

/// Accounts outside the organization that some roles trust.
pub(super) const VENDORS: [&str; 3] = ["999000000001", "999000000002", "999000000003"];

const ROLE: &str = r#"{"Path":"@path@","RoleName":"@name@","RoleId":"@unique@","Arn":"arn:aws:iam::@account@:role@path@@name@","CreateDate":"@created@","AssumeRolePolicyDocument":@trust@,"InstanceProfileList":@profile@,"RolePolicyList":@inline@,"AttachedManagedPolicies":@attached@,@boundary@"Tags":[{"Key":"team","Value":"@team@"},{"Key":"env","Value":"@env@"},{"Key":"managed-by","Value":"terraform"},{"Key":"cost-center","Value":"cc-@team@"}],"RoleLastUsed":@used@,"MaxSessionDuration":3600}"#;

const BOUNDARY: &str =
    r#""PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"@arn@"},"#;

const PROFILE: &str = r#"[{"Path":"/","InstanceProfileName":"@name@","InstanceProfileId":"@unique@","Arn":"arn:aws:iam::@account@:instance-profile/@name@","CreateDate":"@created@","Roles":[]}]"#;

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":@principal@,"Action":@action@@condition@}]}"#;

const MFA: &str = r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;

/// Looks like MFA and does not require it: the console's visual editor writes it.
const MFA_IF_EXISTS: &str = r#","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#;

const STATEMENTS: [&str; 6] = [
    r#"{"Sid":"Objects","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::@name@-@hex@/*"}"#,
    r#"{"Sid":"Table","Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem","dynamodb:Query"],"Resource":["arn:aws:dynamodb:eu-west-1:@account@:table/@name@-@hex@","arn:aws:dynamodb:eu-west-1:@account@:table/@name@-@hex@/index/*"]}"#,
    r#"{"Sid":"Queue","Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:SendMessage"],"Resource":"arn:aws:sqs:eu-west-1:@account@:@name@-@hex@"}"#,
    r#"{"Sid":"Secret","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:eu-west-1:@account@:secret:@name@/@hex@-*"}"#,
    r#"{"Sid":"Key","Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"arn:aws:kms:eu-west-1:@account@:key/@hex@","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}"#,
    r#"{"Sid":"Topic","Effect":"Allow","Action":"sns:Publish","Resource":"arn:aws:sns:eu-west-1:@account@:@name@-@hex@"}"#,
];

const ASSUME: &str = r#"{"Sid":"Data","Effect":"Allow","Action":"sts:AssumeRole","Resource":@roles@}"#;

/// A role before it is written.
#[derive(Default)]
struct Role {
    path: &'static str,
    name: String,
    trust: String,
    statements: Vec<String>,
    attached: Vec<&'static str>,
    bounded: bool,
    profile: bool,
}

/// Appends the `RoleDetailList` of an account.
pub(super) fn list(out: &mut String, layout: &Layout, ix: usize, random: &mut Random) {
    let account = Account::new(layout, ix);
    let baseline = BASELINE.min(layout.spec.roles_per_account);
    out.push('[');
    for n in 0..baseline {
        if n > 0 {
            out.push(',');
        }
        write(out, &account, &baseline_role(&account, n, random), random);
    }
    for slot in 0..layout.team_slots() {
        out.push(',');
        write(out, &account, &team_role(&account, slot, random), random);
    }
    out.push(']');
}

/// What the roles of one account refer to, computed once.
struct Account<'a> {
    layout: &'a Layout,
    ix: usize,
    id: &'a str,
    prefix: String,
    stage: Stage,
    /// Data roles of the account itself.
    data: Vec<String>,
    /// Accounts that its data roles trust besides their own.
    peers: Vec<usize>,
}

impl<'a> Account<'a> {
    fn new(layout: &'a Layout, ix: usize) -> Self {
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

fn trust(principal: &str, action: &str, condition: &str) -> String {
    filled(TRUST, &[("principal", principal), ("action", action), ("condition", condition)])
}

fn trust_aws(arns: &[String], condition: &str) -> String {
    let value = match arns {
        [one] => format!("\"{one}\""),
        many => strings(many),
    };
    trust(&format!("{{\"AWS\":{value}}}"), "\"sts:AssumeRole\"", condition)
}

fn trust_service(service: &str) -> String {
    trust(&format!("{{\"Service\":\"{service}.amazonaws.com\"}}"), "\"sts:AssumeRole\"", "")
}

fn root_of(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// The roles that a StackSet, AWS itself or Identity Center puts into every account.
fn baseline_role(account: &Account<'_>, n: usize, random: &mut Random) -> Role {
    let layout = account.layout;
    let hub = root_of(layout.id(layout.hub()));
    let plain = |name: &str, trust: String, attached: &[&'static str]| Role {
        path: "/",
        name: name.to_owned(),
        trust,
        attached: attached.to_vec(),
        ..Role::default()
    };
    match n {
        0 => {
            let management = root_of(layout.id(layout.management()));
            plain("OrganizationAccountAccessRole", trust_aws(&[management], ""), &["AdministratorAccess"])
        }
        1 => plain("HubReadOnly", trust_aws(&[hub], ""), &["ReadOnlyAccess"]),
        2 => plain("HubAdmin", trust_aws(&[hub], MFA), &["AdministratorAccess"]),
        3 => {
            let scanner = format!("arn:aws:iam::{}:role/config-recorder", layout.id(layout.hub()));
            plain("audit-readonly", trust_aws(&[scanner], ""), &["SecurityAudit", "ViewOnlyAccess"])
        }
        4 => Role { statements: vec![every_audit_role()], ..config_recorder(account) },
        5 => plain("flow-logs", trust_service("vpc-flow-logs"), &["AWSLambdaBasicExecutionRole"]),
        6 => plain("backup", trust_service("backup"), &["AWSBackupServiceRolePolicyForBackup"]),
        7 => Role {
            path: "/aws-service-role/organizations.amazonaws.com/",
            ..plain("AWSServiceRoleForOrganizations", trust_service("organizations"), &[])
        },
        8 => single_sign_on(account),
        9 => vendor(account, random),
        10 => github(account),
        _ => {
            let admin = format!("arn:aws:iam::{}:role/HubAdmin", account.id);
            plain("breakglass", trust_aws(&[admin], ""), &["PowerUserAccess"])
        }
    }
}

fn every_audit_role() -> String {
    filled(ASSUME, &[("roles", &strings(["arn:aws:iam::*:role/audit-readonly"]))])
}

fn config_recorder(account: &Account<'_>) -> Role {
    Role {
        path: "/",
        name: "config-recorder".to_owned(),
        trust: trust_service("config"),
        attached: vec!["AWS_ConfigRole"],
        // the hub's recorder is the scanner; elsewhere it is an ordinary one within the team's boundary
        bounded: account.ix != account.layout.hub(),
        ..Role::default()
    }
}

fn single_sign_on(account: &Account<'_>) -> Role {
    let provider = format!(
        "{{\"Federated\":\"arn:aws:iam::{}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE\"}}",
        account.id
    );
    Role {
        path: "/aws-reserved/sso.amazonaws.com/eu-west-1/",
        name: "AWSReservedSSO_PowerUser_0123456789abcdef".to_owned(),
        trust: trust(
            &provider,
            r#"["sts:AssumeRoleWithSAML","sts:TagSession"]"#,
            r#","Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}"#,
        ),
        attached: vec!["PowerUserAccess"],
        ..Role::default()
    }
}

fn vendor(account: &Account<'_>, random: &mut Random) -> Role {
    let vendor = random.pick(&VENDORS);
    // one in seven was set up without an external id
    let condition = if random.percent(86) {
        format!(",\"Condition\":{{\"StringEquals\":{{\"sts:ExternalId\":\"{}-{vendor}\"}}}}", account.prefix)
    } else {
        String::new()
    };
    Role {
        path: "/vendor/",
        name: "monitoring-vendor".to_owned(),
        trust: trust_aws(&[root_of(vendor)], &condition),
        attached: vec!["SecurityAudit"],
        ..Role::default()
    }
}

fn github(account: &Account<'_>) -> Role {
    const CONDITION: &str = r#","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:example-org/@prefix@:@ref@"}}"#;
    let provider =
        format!("{{\"Federated\":\"arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com\"}}", account.id);
    let reference = if account.stage == Stage::Prod { "ref:refs/heads/main" } else { "*" };
    let condition = filled(CONDITION, &[("prefix", &account.prefix), ("ref", reference)]);
    Role {
        path: "/ci/",
        name: "github-actions".to_owned(),
        trust: trust(&provider, "\"sts:AssumeRoleWithWebIdentity\"", &condition),
        attached: vec!["deploy-permissions"],
        bounded: account.stage != Stage::Shared,
        ..Role::default()
    }
}

fn team_role(account: &Account<'_>, slot: usize, random: &mut Random) -> Role {
    let mut role = Role { path: "/", name: account.layout.role_name(account.ix, slot), ..Role::default() };
    let kind = account.layout.kind(account.ix, slot);
    if !matches!(kind, Kind::Runner | Kind::Operator) {
        own_statements(account, &mut role, random);
    }
    match kind {
        Kind::Workload => workload(account, &mut role, random),
        Kind::Data => {
            let mut roots = vec![root_of(account.id)];
            let peers = if random.percent(40) { account.peers.as_slice() } else { &[] };
            roots.extend(peers.iter().map(|peer| root_of(account.layout.id(*peer))));
            role.trust = trust_aws(&roots, "");
        }
        Kind::Deploy => {
            let runner = account.layout.team_of(account.ix).and_then(|team| account.layout.runner_of(team));
            let runner = runner.unwrap_or_else(|| format!("arn:aws:iam::{}:role/ci/github-actions", account.id));
            role.trust = trust_aws(&[runner], "");
            role.attached.push("deploy-permissions");
            role.bounded = random.percent(50);
            role.statements.extend(data_grant(account, random));
        }
        Kind::Operator => {
            let condition = match account.stage {
                Stage::Dev | Stage::Sandbox => "",
                _ if random.percent(10) => MFA_IF_EXISTS,
                _ => MFA,
            };
            role.trust = trust_aws(&[root_of(account.layout.id(account.layout.hub()))], condition);
            role.attached.push("operator-permissions");
            role.statements.extend(data_grant(account, random));
        }
        Kind::Runner => runner(account, slot, &mut role),
    }
    role
}

/// One to three inline statements about resources of its own account.
fn own_statements(account: &Account<'_>, role: &mut Role, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let hex = format!("{:08x}", random.next() >> 32);
        let template = random.pick(&STATEMENTS);
        role.statements.push(filled(template, &[("account", account.id), ("name", &role.name), ("hex", &hex)]));
    }
}

fn workload(account: &Account<'_>, role: &mut Role, random: &mut Random) {
    let service =
        random.pick(&["ec2", "ec2", "lambda", "lambda", "lambda", "ecs-tasks", "ecs-tasks", "states", "glue"]);
    role.trust = trust_service(service);
    match service {
        "ec2" => {
            role.profile = true;
            role.attached.extend(["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"]);
        }
        "lambda" => role.attached.push(if random.percent(50) {
            "AWSLambdaBasicExecutionRole"
        } else {
            "AWSLambdaVPCAccessExecutionRole"
        }),
        "ecs-tasks" => role.attached.push("AmazonECSTaskExecutionRolePolicy"),
        _ => role.attached.push("AmazonS3ReadOnlyAccess"),
    }
    role.bounded = random.percent(40);
    if random.percent(85) {
        role.statements.extend(data_grant(account, random));
    }
}

/// Permission to assume data roles: some named exactly, all of the account, or all that the team has anywhere.
fn data_grant(account: &Account<'_>, random: &mut Random) -> Option<String> {
    let pattern = |account_part: &str| format!("arn:aws:iam::{account_part}:role/{}-data-*", account.prefix);
    let roles = match random.below(20) {
        0..15 => {
            let first = random.below(account.data.len());
            let count = 1 + random.below(2);
            account.data.iter().cycle().skip(first).take(count.min(account.data.len())).cloned().collect()
        }
        15..19 => vec![pattern(account.id)],
        _ => vec![pattern("*")],
    };
    (!account.data.is_empty()).then(|| filled(ASSUME, &[("roles", &strings(roles))]))
}

/// A CI runner is assumed by GitHub's role of its account and assumes the deploy roles of its teams.
fn runner(account: &Account<'_>, slot: usize, role: &mut Role) {
    const LISTED_ROLES: usize = 40;
    let layout = account.layout;
    role.trust = trust_aws(&[format!("arn:aws:iam::{}:role/ci/github-actions", account.id)], "");
    let teams = (slot..layout.teams()).step_by(layout.runners().max(1));
    let deploy = teams.flat_map(|team| layout.accounts_of(team)).flat_map(|ix| layout.role_arns(ix, Kind::Deploy));
    let mut roles: Vec<String> = deploy.take(LISTED_ROLES + 1).collect();
    if roles.len() > LISTED_ROLES {
        roles = vec!["arn:aws:iam::*:role/*-deploy-*".to_owned()];
    }
    if !roles.is_empty() {
        role.statements.push(filled(ASSUME, &[("roles", &strings(roles))]));
    }
}

fn write(out: &mut String, account: &Account<'_>, role: &Role, random: &mut Random) {
    let unique = random.unique_id("AROA");
    let created = random.date(2018, 8);
    let mut inline = String::from("[]");
    if !role.statements.is_empty() {
        inline.clear();
        inline.push_str(r#"[{"PolicyName":"own","PolicyDocument":{"Version":"2012-10-17","Statement":"#);
        json_list(&mut inline, &role.statements);
        inline.push_str("}}]");
    }
    let mut attached = String::new();
    json_list(&mut attached, role.attached.iter().map(|name| attachment(account.id, name)));
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
