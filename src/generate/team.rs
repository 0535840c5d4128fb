//! The roles of an account's team: workloads, data, deployment, operators, CI runners.
//!
//! Owns: trust and permissions of each kind of role, and which of them read what a session was given: its tags, its name, its
//! source identity. Does not know people (`hub`).

use super::layout::{Kind, Stage};
use super::random::Random;
use super::role::{Account, Role, assume, assume_with, role_of, root_of};
use super::template::filled;
use super::trust::Trust;

const STATEMENTS: [&str; 6] = [
    r#"{"Sid":"Objects","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::@name@-@hex@/*"}"#,
    r#"{"Sid":"Table","Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem","dynamodb:Query"],"Resource":["arn:aws:dynamodb:eu-west-1:@account@:table/@name@-@hex@","arn:aws:dynamodb:eu-west-1:@account@:table/@name@-@hex@/index/*"]}"#,
    r#"{"Sid":"Queue","Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:SendMessage"],"Resource":"arn:aws:sqs:eu-west-1:@account@:@name@-@hex@"}"#,
    r#"{"Sid":"Secret","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:eu-west-1:@account@:secret:@name@/@hex@-*"}"#,
    r#"{"Sid":"Key","Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"arn:aws:kms:eu-west-1:@account@:key/@hex@","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}"#,
    r#"{"Sid":"Topic","Effect":"Allow","Action":"sns:Publish","Resource":"arn:aws:sns:eu-west-1:@account@:@name@-@hex@"}"#,
];

/// Only where a person is known to be behind the session.
const OF_A_PERSON: &str = r#","Condition":{"StringLike":{"aws:SourceIdentity":"person-*"}}"#;

/// The role in a slot.
pub(super) fn role(account: &Account<'_>, slot: usize, random: &mut Random) -> Role {
    let mut role = Role { path: "/", name: account.layout.role_name(account.ix, slot), ..Role::default() };
    let kind = account.layout.kind(account.ix, slot);
    if !matches!(kind, Kind::Runner | Kind::Operator) {
        own_statements(account, &mut role, random);
    }
    match kind {
        Kind::Workload => workload(account, &mut role, random),
        Kind::Data => data(account, &mut role, random),
        Kind::Deploy => {
            let runner = account.layout.team_of(account.ix).and_then(|team| account.layout.runner_of(team));
            let runner = runner.unwrap_or_else(|| role_of(account.id, "ci/github-actions"));
            role.trust = by_team(account, Trust::of_arns(&[runner]), random).text();
            role.attached.push("deploy-permissions");
            role.bounded = random.percent(50);
            role.statements.extend(data_grant(account, random));
        }
        Kind::Operator => operator(account, &mut role, random),
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

/// In a share of the roles, for sessions of one team alone: its name is written down, or that of the role's own tag is meant.
fn by_team(account: &Account<'_>, trust: Trust, random: &mut Random) -> Trust {
    let (chosen, literal) = (random.percent(account.layout.spec.abac), random.percent(50));
    if !chosen {
        return trust;
    }
    let team = if literal { account.prefix.as_str() } else { "${aws:ResourceTag/team}" };
    trust.opening("sts:TagSession").when("StringEquals", "aws:PrincipalTag/team", team)
}

fn workload(account: &Account<'_>, role: &mut Role, random: &mut Random) {
    let service = random.pick(&[
        "ec2",
        "ec2",
        "lambda",
        "lambda",
        "lambda",
        "ecs-tasks",
        "ecs-tasks",
        "states",
        "glue",
        "pods.eks",
    ]);
    let trust = Trust::of_service(service);
    // EKS Pod Identity tags every session and asks for the permission to do so
    role.trust = if service == "pods.eks" { trust.opening("sts:TagSession") } else { trust }.text();
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

fn data(account: &Account<'_>, role: &mut Role, random: &mut Random) {
    let mut roots = vec![root_of(account.id)];
    let peers = if random.percent(40) { account.peers.as_slice() } else { &[] };
    roots.extend(peers.iter().map(|peer| root_of(account.layout.id(*peer))));
    let trust = by_team(account, Trust::of_arns(&roots), random);
    let trust = if random.percent(account.layout.spec.source_identity) {
        trust.opening("sts:SetSourceIdentity").when("StringLike", "aws:SourceIdentity", "person-*")
    } else {
        trust
    };
    role.trust = trust.text();
}

/// Assumed by people of the hub, who may have to name their session or themselves.
fn operator(account: &Account<'_>, role: &mut Role, random: &mut Random) {
    let spec = &account.layout.spec;
    let trust = Trust::of_arns(&[root_of(account.layout.id(account.layout.hub()))]);
    let trust = match account.stage {
        Stage::Dev | Stage::Sandbox => trust,
        // looks like MFA and does not require it: the console's visual editor writes it
        _ if random.percent(10) => trust.when("BoolIfExists", "aws:MultiFactorAuthPresent", "true"),
        _ => trust.when("Bool", "aws:MultiFactorAuthPresent", "true"),
    };
    let mut trust = by_team(account, trust, random);
    if random.percent(spec.session_names) {
        trust = trust.when("StringEquals", "sts:RoleSessionName", "${aws:username}");
    }
    role.attached.push("operator-permissions");
    if random.percent(spec.source_identity) {
        trust = trust.opening("sts:SetSourceIdentity").when("StringEquals", "sts:SourceIdentity", "${aws:username}");
        let all = format!("{}-data-*", account.prefix);
        role.statements.push(assume_with("Person", &["sts:SetSourceIdentity"], [role_of("*", &all)], OF_A_PERSON));
    }
    role.trust = trust.text();
    role.statements.extend(data_grant(account, random));
}

/// Permission to assume data roles: some named exactly, all of the account, all that the team has anywhere, or all of the
/// session's team.
fn data_grant(account: &Account<'_>, random: &mut Random) -> Option<String> {
    let pattern = |account_part: &str, team: &str| role_of(account_part, &format!("{team}-data-*"));
    let by_tag = random.percent(account.layout.spec.abac);
    let roles = match random.below(20) {
        _ if by_tag => vec![pattern(account.id, "${aws:PrincipalTag/team}")],
        0..15 => {
            let first = random.below(account.data.len());
            let count = 1 + random.below(2);
            account.data.iter().cycle().skip(first).take(count.min(account.data.len())).cloned().collect()
        }
        15..19 => vec![pattern(account.id, &account.prefix)],
        _ => vec![pattern("*", &account.prefix)],
    };
    (!account.data.is_empty()).then(|| assume("Data", roles))
}

/// A CI runner is assumed by GitHub's role of its account, tags its sessions with the team, and assumes the deploy roles of its
/// teams.
fn runner(account: &Account<'_>, slot: usize, role: &mut Role) {
    const LISTED_ROLES: usize = 40;
    let layout = account.layout;
    let trust = Trust::of_arns(&[role_of(account.id, "ci/github-actions")]);
    role.trust = if layout.spec.abac > 0 { trust.opening("sts:TagSession") } else { trust }.text();
    let teams = (slot..layout.teams()).step_by(layout.runners().max(1));
    let deploy = teams.flat_map(|team| layout.accounts_of(team)).flat_map(|ix| layout.role_arns(ix, Kind::Deploy));
    let mut roles: Vec<String> = deploy.take(LISTED_ROLES + 1).collect();
    if roles.len() > LISTED_ROLES {
        roles = vec![role_of("*", "*-deploy-*")];
    }
    if !roles.is_empty() {
        role.statements.push(assume_with("Deploy", &layout.spec.companions(), roles, ""));
    }
}
