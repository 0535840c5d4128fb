//! The roles that a StackSet, AWS itself or Identity Center puts into every account.
//!
//! Owns: trust and permissions of each. Does not know the team's roles (`team`) and people (`hub`).

use super::layout::{Baseline, ORGANIZATION, ROOT, Stage, VENDORS, WORKLOADS};
use super::random::Random;
use super::role::{Account, Role, assume, assume_with, role_of, root_of};
use super::template::filled;
use super::trust::Trust;

/// Permission sets: name, attached policy, and which roles of any account the set may assume. `@team@` is the session's tag.
const SETS: [(&str, &str, Option<&str>); 6] = [
    ("PowerUser", "PowerUserAccess", None),
    ("ReadOnly", "ViewOnlyAccess", Some("HubReadOnly")),
    ("DataEngineer", "AmazonS3ReadOnlyAccess", Some("@team@-data-*")),
    ("Operator", "AmazonEC2ReadOnlyAccess", Some("*-operator-*")),
    ("Administrator", "AdministratorAccess", None),
    ("Support", "ViewOnlyAccess", Some("org-inventory")),
];

/// One of them, in one account.
pub(super) fn role(account: &Account<'_>, part: Baseline, random: &mut Random) -> Role {
    let layout = account.layout;
    let hub = root_of(layout.id(layout.hub()));
    let scanner = role_of(layout.id(layout.hub()), "config-recorder");
    match part {
        Baseline::OrganizationAccess => {
            let management = root_of(layout.id(layout.management()));
            plain("OrganizationAccountAccessRole", &Trust::of_arns(&[management]), &["AdministratorAccess"])
        }
        Baseline::HubReadOnly => plain("HubReadOnly", &Trust::of_arns(&[hub]), &["ReadOnlyAccess"]),
        Baseline::HubAdmin => {
            let trust = Trust::of_arns(&[hub]).when("Bool", "aws:MultiFactorAuthPresent", "true");
            plain("HubAdmin", &trust, &["AdministratorAccess"])
        }
        Baseline::Audit => plain("audit-readonly", &Trust::of_arns(&[scanner]), &["SecurityAudit", "ViewOnlyAccess"]),
        Baseline::Recorder => config_recorder(account),
        Baseline::FlowLogs => plain("flow-logs", &Trust::of_service("vpc-flow-logs"), &["AWSLambdaBasicExecutionRole"]),
        Baseline::Backup => plain("backup", &Trust::of_service("backup"), &["AWSBackupServiceRolePolicyForBackup"]),
        Baseline::ServiceLinked => Role {
            path: "/aws-service-role/organizations.amazonaws.com/",
            ..plain("AWSServiceRoleForOrganizations", &Trust::of_service("organizations"), &[])
        },
        Baseline::PermissionSet(n) => permission_set(account, n),
        Baseline::Vendor => vendor(account, random),
        Baseline::Github => github(account),
        Baseline::Breakglass => {
            plain("breakglass", &Trust::of_arns(&[role_of(account.id, "HubAdmin")]), &["PowerUserAccess"])
        }
        Baseline::Release => release(account),
        Baseline::Inventory => inventory(account, &scanner, random),
    }
}

fn plain(name: &str, trust: &Trust, attached: &[&'static str]) -> Role {
    Role { path: "/", name: name.to_owned(), trust: trust.text(), attached: attached.to_vec(), ..Role::default() }
}

fn config_recorder(account: &Account<'_>) -> Role {
    let everywhere = ["audit-readonly", "org-inventory"].map(|name| role_of("*", name));
    Role {
        statements: vec![assume("Audit", everywhere)],
        // the hub's recorder is the scanner; elsewhere it is an ordinary one within the team's boundary
        bounded: account.ix != account.layout.hub(),
        ..plain("config-recorder", &Trust::of_service("config"), &["AWS_ConfigRole"])
    }
}

/// The name of a permission set.
pub(super) fn set_name(n: usize) -> String {
    let name = SETS.get(n % SETS.len()).map_or("", |(name, _, _)| name);
    if n < SETS.len() { name.to_owned() } else { format!("{name}{}", n / SETS.len() + 1) }
}

/// As Identity Center makes them: the trust policy is AWS's, and opens session tags in every account.
fn permission_set(account: &Account<'_>, n: usize) -> Role {
    let provider = format!("arn:aws:iam::{}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE", account.id);
    let trust = Trust::of_provider(&provider, "sts:AssumeRoleWithSAML").opening("sts:TagSession").when(
        "StringEquals",
        "SAML:aud",
        "https://signin.aws.amazon.com/saml",
    );
    let Some((_, attached, enters)) = SETS.get(n % SETS.len()).copied() else { return Role::default() };
    let spec = &account.layout.spec;
    let team = if spec.abac > 0 { "${aws:PrincipalTag/team}" } else { account.prefix.as_str() };
    let grant = |roles: &str| {
        let roles = role_of("*", &filled(roles, &[("team", team)]));
        assume_with("Onward", &spec.companions(), [roles], "")
    };
    Role {
        path: "/aws-reserved/sso.amazonaws.com/eu-west-1/",
        statements: enters.map(grant).into_iter().collect(),
        ..plain(&format!("AWSReservedSSO_{}_0123456789abcdef", set_name(n)), &trust, &[attached])
    }
}

fn vendor(account: &Account<'_>, random: &mut Random) -> Role {
    let vendor = random.pick(&VENDORS);
    let trust = Trust::of_arns(&[root_of(vendor)]);
    // one in seven was set up without an external id
    let trust = if random.percent(86) {
        trust.when("StringEquals", "sts:ExternalId", format!("{}-{vendor}", account.prefix))
    } else {
        trust
    };
    Role { path: "/vendor/", ..plain("monitoring-vendor", &trust, &["SecurityAudit"]) }
}

fn github(account: &Account<'_>) -> Role {
    const ISSUER: &str = "token.actions.githubusercontent.com";
    let provider = format!("arn:aws:iam::{}:oidc-provider/{ISSUER}", account.id);
    let reference = if account.stage == Stage::Prod { "ref:refs/heads/main" } else { "*" };
    let trust = Trust::of_provider(&provider, "sts:AssumeRoleWithWebIdentity")
        .when("StringEquals", "token.actions.githubusercontent.com:aud", "sts.amazonaws.com")
        .when(
            "StringLike",
            "token.actions.githubusercontent.com:sub",
            format!("repo:example-org/{}:{reference}", account.prefix),
        );
    Role {
        path: "/ci/",
        bounded: account.stage != Stage::Shared,
        ..plain("github-actions", &trust, &["deploy-permissions"])
    }
}

/// A release is handed on from development through staging to production: a chain over three accounts.
fn release(account: &Account<'_>) -> Role {
    let layout = account.layout;
    let before = layout.stage_before(account.ix).map(|ix| role_of(layout.id(ix), "release"));
    let github = || role_of(account.id, "ci/github-actions");
    let next = layout.stage_after(account.ix).map(|ix| role_of(layout.id(ix), "release"));
    Role {
        statements: next.map(|role| assume("Promote", [role])).into_iter().collect(),
        ..plain("release", &Trust::of_arns(&[before.unwrap_or_else(github)]), &["deploy-permissions"])
    }
}

/// Everybody of the organization may read the inventory of some accounts; of the others, the scanner alone.
fn inventory(account: &Account<'_>, scanner: &str, random: &mut Random) -> Role {
    let open = random.percent(account.layout.spec.any_principal);
    let by_path = random.percent(50);
    let trust = match (open, by_path) {
        (false, _) => Trust::of_arns(&[scanner.to_owned()]),
        (true, false) => Trust::of_anybody().when("StringEquals", "aws:PrincipalOrgID", ORGANIZATION),
        (true, true) => Trust::of_anybody().when(
            "ForAnyValue:StringLike",
            "aws:PrincipalOrgPaths",
            format!("{ORGANIZATION}/{ROOT}/{WORKLOADS}/*"),
        ),
    };
    plain("org-inventory", &trust, &["ViewOnlyAccess"])
}
