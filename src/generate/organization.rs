//! `organization.json`: the OUs, the accounts, the SCPs and RCPs.
//!
//! Owns: SCPs, RCPs and what they are attached to. Does not know roles.

use super::layout::{
    INFRASTRUCTURE, Layout, NON_PROD, ORGANIZATION, PROD, ROOT, SANDBOX, SECURITY, Stage, VENDORS, WORKLOADS,
};
use super::random::Random;
use super::template::{fill, filled, list, strings};

const HEAD: &str = r#"{"Organization":{"Id":"@org@","Arn":"arn:aws:organizations::@management@:organization/@org@","FeatureSet":"ALL","MasterAccountArn":"arn:aws:organizations::@management@:account/@org@/@management@","MasterAccountId":"@management@"},"Roots":[{"Id":"@root@","Arn":"arn:aws:organizations::@management@:root/@org@/@root@","Name":"Root","PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"},{"Type":"RESOURCE_CONTROL_POLICY","Status":"ENABLED"}]}],"OrganizationalUnits":"#;

const DELEGATED: &str = r#","DelegatedAdministrators":[],"EnabledFeatures":["RootCredentialsManagement"]}
"#;

const UNIT: &str =
    r#"{"Id":"@id@","Arn":"arn:aws:organizations::@management@:ou/@org@/@id@","Name":"@name@","ParentId":"@parent@"}"#;

const ACCOUNT: &str = r#"{"Id":"@id@","Arn":"arn:aws:organizations::@management@:account/@org@/@id@","Name":"@name@","State":"ACTIVE","Status":"ACTIVE","JoinedMethod":"CREATED","JoinedTimestamp":"@joined@","ParentId":"@parent@","Tags":[{"Key":"env","Value":"@env@"},{"Key":"team","Value":"@team@"}]}"#;

const POLICY: &str = r#"{"Id":"@id@","Name":"@name@","Type":"@type@","Content":@content@,"TargetIds":@targets@}"#;

const FULL_ACCESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

const RCP_FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

const DENY_LEAVING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"StayInside","Effect":"Deny","Action":["organizations:LeaveOrganization","account:CloseAccount"],"Resource":"*"}]}"#;

const DENY_REGIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"HomeRegions","Effect":"Deny","NotAction":["iam:*","sts:*","organizations:*","route53:*","cloudfront:*","support:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}}}]}"#;

const DENY_TAMPERING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"KeepTrail","Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail","config:StopConfigurationRecorder"],"Resource":"*"},{"Sid":"KeepBaselineRoles","Effect":"Deny","Action":["iam:AttachRolePolicy","iam:DeleteRole","iam:PutRolePolicy","iam:UpdateAssumeRolePolicy"],"Resource":["arn:aws:iam::*:role/HubAdmin","arn:aws:iam::*:role/audit-readonly"],"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/HubAdmin"}}}]}"#;

/// Nobody assumes a role of somebody else's organization.
const DENY_OTHER_ORGANIZATIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"InsideOnly","Effect":"Deny","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:ResourceOrgID":"@org@","aws:ResourceAccount":@vendors@}}}]}"#;

/// The roles of the security team are for itself and for people of Identity Center.
const DENY_SECURITY_ROLES: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"SecurityRoles","Effect":"Deny","Action":"sts:AssumeRole","Resource":["arn:aws:iam::*:role/HubAdmin","arn:aws:iam::*:role/breakglass"],"Condition":{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/HubAdmin","arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*"]}}}]}"#;

/// No principal in a sandbox can assume a role outside it, least of all a data role.
const DENY_LEAVING_SANDBOX: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"SandboxStaysSandbox","Effect":"Deny","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}}]}"#;

const DENY_OUTSIDERS: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"OnlyOurOwnAndVendors","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"@org@","aws:PrincipalAccount":@vendors@},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}]}"#;

/// The whole file.
pub(super) fn file(layout: &Layout) -> String {
    let mut out = String::with_capacity(4096 + layout.spec.accounts * 450);
    let management = layout.id(layout.management());
    fill(&mut out, HEAD, &[("org", ORGANIZATION), ("root", ROOT), ("management", management)]);
    let units = units(layout);
    list(
        &mut out,
        units.iter().map(|unit| {
            filled(
                UNIT,
                &[
                    ("id", &unit.id),
                    ("name", &unit.name),
                    ("parent", unit.parent),
                    ("org", ORGANIZATION),
                    ("management", management),
                ],
            )
        }),
    );
    out.push_str(",\"Accounts\":");
    list(&mut out, (0..layout.spec.accounts).map(|ix| account(layout, ix)));
    out.push_str(",\"Policies\":");
    list(&mut out, policies(layout, &units));
    out.push_str(DELEGATED);
    out
}

struct Unit {
    id: String,
    name: String,
    parent: &'static str,
}

fn units(layout: &Layout) -> Vec<Unit> {
    let fixed = [
        (SECURITY, "Security", ROOT),
        (INFRASTRUCTURE, "Infrastructure", ROOT),
        (WORKLOADS, "Workloads", ROOT),
        (PROD, "Prod", WORKLOADS),
        (NON_PROD, "NonProd", WORKLOADS),
        (SANDBOX, "Sandbox", ROOT),
    ];
    let mut units: Vec<_> =
        fixed.into_iter().map(|(id, name, parent)| Unit { id: id.to_owned(), name: name.to_owned(), parent }).collect();
    for division in 0..layout.divisions() {
        for (short, parent) in [("prod", PROD), ("nonp", NON_PROD)] {
            let name = format!("division-{division:02}");
            units.push(Unit { id: format!("ou-gen0-{short}{division:04}"), name, parent });
        }
    }
    units
}

fn account(layout: &Layout, ix: usize) -> String {
    // not the sequence of the account file, which must not depend on how many numbers are drawn here
    let mut random = Random::new(!layout.spec.seed, ix);
    filled(
        ACCOUNT,
        &[
            ("id", layout.id(ix)),
            ("name", &layout.account_name(ix)),
            ("parent", &layout.parent(ix)),
            ("env", layout.stage(ix).name()),
            ("team", &layout.prefix(ix)),
            ("joined", &random.date(2017, 8)),
            ("org", ORGANIZATION),
            ("management", layout.id(layout.management())),
        ],
    )
}

fn policies(layout: &Layout, units: &[Unit]) -> Vec<String> {
    let everywhere = strings(
        std::iter::once(ROOT)
            .chain(units.iter().map(|unit| unit.id.as_str()))
            .chain((0..layout.spec.accounts).map(|ix| layout.id(ix))),
    );
    let outsiders = filled(DENY_OUTSIDERS, &[("org", ORGANIZATION), ("vendors", &strings(VENDORS))]);
    // a few accounts have a policy of their own besides the inherited ones
    let own = (0..layout.spec.accounts).filter(|ix| layout.stage(*ix) == Stage::Prod && ix % 28 == 3);
    let own = strings(own.map(|ix| layout.id(ix)));
    let scp = "SERVICE_CONTROL_POLICY";
    let rcp = "RESOURCE_CONTROL_POLICY";
    let inside = filled(DENY_OTHER_ORGANIZATIONS, &[("org", ORGANIZATION), ("vendors", &strings(VENDORS))]);
    let rows: [(&str, &str, &str, &str, &str); 9] = [
        ("p-FullAWSAccess", "FullAWSAccess", scp, FULL_ACCESS, &everywhere),
        ("p-gen0stay", "stay-in-organization", scp, DENY_LEAVING, &strings([ROOT])),
        ("p-gen0home", "home-regions", scp, DENY_REGIONS, &strings([WORKLOADS, SANDBOX])),
        ("p-gen0keep", "keep-baseline", scp, DENY_TAMPERING, &own),
        ("p-gen0sbox", "sandbox-stays-sandbox", scp, DENY_LEAVING_SANDBOX, &strings([SANDBOX])),
        ("p-gen0join", "assume-inside-organization", scp, &inside, &strings([WORKLOADS])),
        ("p-gen0sec", "security-roles", scp, DENY_SECURITY_ROLES, &strings([NON_PROD])),
        ("p-RCPFullAWSAccess", "RCPFullAWSAccess", rcp, RCP_FULL_ACCESS, &everywhere),
        ("p-gen0ours", "only-our-own", rcp, &outsiders, &strings([PROD])),
    ];
    rows.into_iter()
        .map(|(id, name, kind, content, targets)| {
            filled(POLICY, &[("id", id), ("name", name), ("type", kind), ("content", content), ("targets", targets)])
        })
        .collect()
}
