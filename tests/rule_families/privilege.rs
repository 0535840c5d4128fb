//! Edge cases of effective power: what boundaries, SCPs, Denies and conditions leave of it.

use rolehop::finding::{Finding, Status};
use rolehop::rules::RuleSettings;
use serde_json::{Value, json};

use crate::support::{self, DEV, HUB, PROD, VENDOR, World, trusts};
use crate::{assess, judge};

const SCP: &str = "SERVICE_CONTROL_POLICY";

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(action: &Value, resource: &str) -> Value {
    policy(json!([{"Effect": "Allow", "Action": action, "Resource": resource}]))
}

fn everything() -> Value {
    allow(&json!("*"), "*")
}

fn deny(action: &Value) -> Value {
    policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]))
}

fn deny_if(action: &Value, condition: &Value) -> Value {
    policy(json!([{"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition}]))
}

fn service() -> Value {
    trusts(json!({"Service": "ec2.amazonaws.com"}))
}

/// An organization with one role of a service in an account.
fn with_role(account: &str, policies: &[Value]) -> World {
    let mut world = World::of_organization();
    world.role(account, "app", service(), policies);
    world
}

/// Gives the newest role of an account a boundary that says this.
fn bound(world: &mut World, account: &str, document: Option<Value>) {
    let arn = format!("arn:aws:iam::{account}:policy/boundary");
    let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    world.with(account, "RoleDetailList", "PermissionsBoundary", boundary);
    if let Some(document) = document {
        let version = json!({"Document": document, "VersionId": "v1", "IsDefaultVersion": true});
        let policy =
            json!({"PolicyName": "boundary", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]});
        world.account(account)["Policies"].as_array_mut().unwrap().push(policy);
    }
}

fn found(world: &World, rule: &str) -> Vec<Finding> {
    judge(&world.estate(), rule, RuleSettings::default()).unwrap()
}

/// Whether the role is an administrator: what the finding says, `unknown`, or nothing.
fn administrator(world: &World) -> Option<String> {
    let findings = found(world, "role-is-administrator");
    assert!(findings.len() <= 1, "{findings:#?}");
    findings.first().map(|f| if f.status == Status::Unknown { "unknown".to_owned() } else { f.message.clone() })
}

#[track_caller]
fn is_administrator(world: &World) {
    assert!(administrator(world).is_some_and(|said| said.starts_with("administrator")), "{:?}", administrator(world));
}

#[track_caller]
fn is_none(world: &World) {
    assert_eq!(administrator(world), None);
}

#[test]
fn an_administrator_is_one_however_its_policies_are_written() {
    let not = |actions: Value| policy(json!([{"Effect": "Allow", "NotAction": actions, "Resource": "*"}]));
    for document in [
        everything(),
        allow(&json!("*:*"), "*"),
        allow(&json!("iam:*"), "*"),
        allow(&json!("iam:*Policy"), "*"),
        allow(&json!(["iam:PutRolePolicy"]), "arn:aws:iam::*:role/*"),
        allow(&json!(["iam:attachrolepolicy"]), "arn:aws:iam::222222222222:*"),
        not(json!(["s3:*", "organizations:*"])),
        policy(json!([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret/*"}])),
        policy(json!({"Effect": "Allow", "Action": "iam:*", "Resource": ["arn:aws:s3:::x", "*"]})),
    ] {
        is_administrator(&with_role(PROD, &[document]));
    }
    for document in [
        not(json!(["iam:*", "organizations:*", "account:*"])),
        not(json!("*")),
        allow(&json!(["iam:Get*", "iam:List*", "iam:PassRole"]), "*"),
        allow(&json!("iam:*"), "arn:aws:iam::222222222222:role/team/*"),
        allow(&json!("iam:*"), "arn:aws:iam::333333333333:*"),
        allow(&json!("iam:PutUserPolicy"), "*"),
        allow(&json!("iam:AttachGroupPolicy"), "*"),
        allow(&json!("iam"), "*"),
    ] {
        is_none(&with_role(PROD, &[document]));
    }
}

#[test]
fn a_deny_that_always_applies_takes_the_power_away_and_one_under_conditions_does_not() {
    let grants = json!(["iam:Attach*Policy", "iam:Put*Policy"]);
    is_none(&with_role(PROD, &[everything(), deny(&json!("iam:*"))]));
    is_none(&with_role(PROD, &[everything(), deny(&grants)]));
    // the rest of IAM gives nothing away
    is_administrator(&with_role(PROD, &[everything(), deny(&json!(["iam:CreateUser", "organizations:*"]))]));
    // one role is protected, any other is enough
    let protects = policy(json!([{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam::*:role/protected"}]));
    is_administrator(&with_role(PROD, &[everything(), protects]));
    let elsewhere = json!({"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}});
    let said = administrator(&with_role(PROD, &[everything(), deny_if(&json!("*"), &elsewhere)])).unwrap();
    assert!(said.contains("if aws:RequestedRegion allows it"), "{said}");
}

#[test]
fn an_allow_under_conditions_makes_an_administrator_where_they_are_about_circumstances() {
    let given = |condition: Value| {
        let statement = json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]);
        with_role(PROD, &[policy(statement)])
    };
    let said = administrator(&given(json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))).unwrap();
    assert!(said.contains("if aws:SourceIp allows it"), "{said}");
    is_administrator(&given(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}})));
    is_administrator(&given(json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}})));
    // no request of this role is such a one
    is_none(&given(json!({"StringEquals": {"aws:PrincipalAccount": DEV}})));
    is_none(&given(json!({"StringEquals": {"aws:username": "ann"}})));
}

#[test]
fn conditions_that_limit_which_policies_or_roles_take_the_power_away() {
    let given = |condition: Value| {
        let statement = json!([{"Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"],
            "Resource": "*", "Condition": condition}]);
        with_role(PROD, &[policy(statement)])
    };
    is_none(&given(json!({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::222222222222:policy/boundary"}})));
    is_none(&given(json!({"StringEquals": {"aws:ResourceTag/team": "payments"}})));
    is_administrator(&given(json!({"ArnNotEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/IAMFullAccess"}})));
    let boundary = json!({"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::222222222222:policy/boundary"}});
    is_none(&with_role(PROD, &[everything(), deny_if(&json!("iam:*"), &boundary)]));
    let tagged = json!({"StringEquals": {"aws:ResourceTag/protected": "yes"}});
    is_administrator(&with_role(PROD, &[everything(), deny_if(&json!("*"), &tagged)]));
}

#[test]
fn a_boundary_takes_the_power_away_unless_other_roles_can_be_made_without_it() {
    let mut world = with_role(PROD, &[everything()]);
    bound(&mut world, PROD, Some(allow(&json!(["s3:*", "ec2:*"]), "*")));
    is_none(&world);
    // what it attaches to itself, the boundary cuts off
    let mut world = with_role(PROD, &[everything()]);
    bound(&mut world, PROD, Some(allow(&json!(["iam:AttachRolePolicy", "iam:PutRolePolicy"]), "*")));
    is_none(&world);
    let mut world = with_role(PROD, &[everything()]);
    bound(&mut world, PROD, Some(allow(&json!(["iam:AttachRolePolicy", "iam:CreateRole"]), "*")));
    is_administrator(&world);
    let mut world = with_role(PROD, &[everything()]);
    bound(&mut world, PROD, None);
    assert_eq!(administrator(&world).as_deref(), Some("unknown"));
    // the boundary that was not read gives nothing
    let mut world = with_role(PROD, &[allow(&json!("s3:*"), "*")]);
    bound(&mut world, PROD, None);
    is_none(&world);
}

#[test]
fn an_scp_takes_the_power_away_but_not_in_the_management_account() {
    for (account, target) in [(PROD, "ou-prod"), (PROD, "r-root"), (PROD, PROD)] {
        let mut world = with_role(account, &[everything()]);
        world.guardrail(SCP, target, deny(&json!("iam:*")));
        is_none(&world);
    }
    let mut world = with_role(HUB, &[everything()]);
    world.guardrail(SCP, "r-root", deny(&json!("iam:*")));
    is_administrator(&world);
    let mut world = with_role(DEV, &[everything()]);
    world.guardrail(SCP, "ou-prod", deny(&json!("iam:*")));
    is_administrator(&world);
    // all but the role that is exempt
    let but_app = json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}});
    let mut world = with_role(PROD, &[everything()]);
    world.guardrail(SCP, "ou-prod", deny_if(&json!("iam:*"), &but_app));
    is_administrator(&world);
    let but_other = json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/other"}});
    let mut world = with_role(PROD, &[everything()]);
    world.guardrail(SCP, "ou-prod", deny_if(&json!("iam:*"), &but_other));
    is_none(&world);
}

#[test]
fn an_scp_that_was_not_read_leaves_only_what_it_decides_unknown() {
    let nonsense = || json!({"Version": "2012-10-17", "Statement": "nonsense"});
    let mut world = with_role(PROD, &[everything()]);
    world.guardrail(SCP, "ou-prod", nonsense());
    assert_eq!(administrator(&world).as_deref(), Some("unknown"));
    let mut world = with_role(PROD, &[allow(&json!("s3:*"), "*")]);
    world.guardrail(SCP, "ou-prod", nonsense());
    is_none(&world);
    let mut world = with_role(HUB, &[everything()]);
    world.guardrail(SCP, "r-root", nonsense());
    is_administrator(&world);
    // a known Deny decides all the same
    let mut world = with_role(PROD, &[everything()]);
    world.guardrail(SCP, "ou-prod", nonsense()).guardrail(SCP, "r-root", deny(&json!("iam:*")));
    is_none(&world);
    // RCPs do not cover IAM
    let mut world = World::of_organization();
    world.user(PROD, "ann", &[everything()]).guardrail("RESOURCE_CONTROL_POLICY", "ou-prod", nonsense());
    let findings = found(&world, "user-is-administrator");
    assert!(findings.len() == 1 && findings[0].status == Status::Open, "{findings:#?}");
}

#[test]
fn a_policy_that_was_not_read_is_unknown_and_several_roles_are_one_line() {
    let attached = json!([{"PolicyName": "lost", "PolicyArn": "arn:aws:iam::222222222222:policy/lost"}]);
    let mut world = World::of_organization();
    for name in ["one", "two"] {
        world.role(PROD, name, service(), &[]);
        world.with(PROD, "RoleDetailList", "AttachedManagedPolicies", attached.clone());
    }
    let findings = found(&world, "role-is-administrator");
    let [only] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(only.status == Status::Unknown && only.message.contains("of 2 roles"), "{}", only.message);
    assert!(only.message.contains("lost"), "{}", only.message);
}

#[test]
fn a_power_that_is_not_known_matters_only_where_somebody_comes_in() {
    let lost = json!([{"PolicyName": "lost", "PolicyArn": "arn:aws:iam::222222222222:policy/lost"}]);
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let mut world = World::of_organization();
    world.role(PROD, "people", support::trusts_if(support::root(HUB), mfa), &[]);
    world.with(PROD, "RoleDetailList", "AttachedManagedPolicies", lost.clone());
    world.role(PROD, "app", trusts(json!({"AWS": support::role(PROD, "people")})), &[]);
    world.with(PROD, "RoleDetailList", "AttachedManagedPolicies", lost);
    world.user(HUB, "ann", &[support::may_assume(&["*"])]);
    for rule in ["role-is-administrator", "administrator-role-trusts-whole-account", "external-account-with-power"] {
        assert_eq!(found(&world, rule), [], "{rule}");
    }
}

#[test]
fn whether_an_account_is_a_member_is_not_known_without_the_list_of_accounts() {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[support::may_assume(&["*"])]);
    world.role(PROD, "app", trusts(support::root(HUB)), &[everything()]);
    world.role(PROD, "own", trusts(support::root(PROD)), &[everything()]);
    let rule = "administrator-role-trusts-whole-account";
    let of = |status, name: &str| (status, support::role(PROD, name));
    assert_eq!(crate::told(&world, rule).0, [of(Status::Open, "app"), of(Status::Open, "own")]);
    world.organization().as_object_mut().unwrap().remove("Accounts");
    let found = crate::told(&world, rule).0;
    assert_eq!(found, [of(Status::Unknown, "app"), of(Status::Unknown, "own")], "nor are the SCPs of either known");
}

#[test]
fn roles_that_aws_or_its_tools_made_are_left_out() {
    let mut world = World::of_organization();
    for (path, name) in [
        ("/aws-service-role/x.amazonaws.com/", "AWSServiceRoleForX"),
        ("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_0123456789abcdef"),
        ("/", "OrganizationAccountAccessRole"),
        ("/", "AWSControlTowerExecution"),
        ("/", "stacksets-exec-0123"),
    ] {
        world.role(PROD, name, trusts(support::root(HUB)), &[everything()]);
        world.with(PROD, "RoleDetailList", "Path", json!(path));
        world.with(PROD, "RoleDetailList", "Arn", json!(format!("arn:aws:iam::{PROD}:role{path}{name}")));
    }
    world.user(HUB, "ann", &[support::may_assume(&["*"])]);
    for rule in ["role-is-administrator", "administrator-role-trusts-whole-account"] {
        assert_eq!(found(&world, rule), [], "{rule}");
        let counts = assess(&world.estate(), rule, RuleSettings::default()).unwrap().counts(rule).unwrap();
        assert_eq!((counts.judged, counts.not_applicable), (0, 5), "{rule}");
    }
}

/// Who signs in by Identity Center is asked for MFA there, or is not: as with any SAML provider, AWS does not say. Reading it makes no
/// finding.
#[test]
fn an_administrator_role_for_people_of_identity_center_is_left_out_whether_they_were_read_or_not() {
    let provider = format!("arn:aws:iam::{PROD}:saml-provider/AWSSSO_abcdef0123456789_DO_NOT_DELETE");
    let saml = policy(
        json!([{"Effect": "Allow", "Principal": {"Federated": provider}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]}]),
    );
    let (path, name) = ("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_0123456789abcdef");
    let arn = format!("arn:aws:iam::{PROD}:role{path}{name}");
    let manager = policy(json!([{"Effect": "Allow", "Principal": {"Service": "account-access.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:SetContext", "sts:TagSession"]}]));
    let instance = json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1", "OwnerAccountId": HUB,
        "PermissionSetsEnabled": true, "PermissionSets": [{"PermissionSetArn": "arn:aws:sso:::instance/ssoins-1/ps-1", "Name": "Admin"}],
        "AccountAssignments": [{"AccountId": PROD, "PermissionSetArn": "arn:aws:sso:::instance/ssoins-1/ps-1",
            "PrincipalType": "USER", "PrincipalId": "u-1"}],
        "Users": [{"UserId": "u-1", "UserName": "ada"}], "Groups": [], "GroupMemberships": [], "AccessControlAttributes": []});
    let entitled = json!([{"EntitlementId": "e-1", "PrincipalRole": {
        "RoleArn": support::role(PROD, "entitled"), "Account": PROD, "UserId": "u-1"}}]);
    let application = json!({"ApplicationArn": format!("arn:aws:account-access:eu-central-1:{HUB}:application/a-1"),
        "InstanceArn": "arn:aws:sso:::instance/ssoins-1", "Entitlements": entitled});
    let mut world = World::of_organization();
    world.role(PROD, name, saml, &[everything()]);
    world.with(PROD, "RoleDetailList", "Path", json!(path)).with(PROD, "RoleDetailList", "Arn", json!(arn));
    world.role(PROD, "deploy", trusts(json!({"AWS": arn})), &[everything()]);
    world.role(PROD, "entitled", manager, &[everything()]);
    world.role(PROD, "build", service(), &[everything()]);
    for is_read in [true, false] {
        let dir = world.write();
        if is_read {
            for (file, text) in [
                ("identity-center.json", json!({"Instances": [instance]})),
                ("account-access.json", json!({"Applications": [application]})),
            ] {
                std::fs::write(dir.path().join(file), text.to_string()).unwrap();
            }
        }
        let snapshot = rolehop::snapshot::Snapshot::open(dir.path()).unwrap();
        let estate = rolehop::model::Estate::build(&snapshot, "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
        let told = |rule: &str| judge(&estate, rule, RuleSettings::default()).unwrap();
        let found = told("role-is-administrator");
        assert_eq!(found.iter().map(|one| one.subject.clone()).collect::<Vec<_>>(), [support::role(PROD, "build")]);
        let [only] = told("entitlement-to-administrator").try_into().unwrap();
        assert_eq!(only.status, if is_read { Status::Open } else { Status::Unknown });
        let many = told("administrator-set-held-by-many");
        assert_eq!(
            many.iter().map(|one| one.status).collect::<Vec<_>>(),
            if is_read { vec![] } else { vec![Status::Unknown] }
        );
    }
}

#[test]
fn an_administrator_role_for_the_organization_is_told_with_whom_it_lets_in() {
    let rule = "administrator-role-trusts-organization";
    let everybody = |condition: Value| support::trusts_if(json!({"AWS": "*"}), condition);
    let of = |trust: Value| {
        let mut world = World::of_organization();
        world.role(PROD, "app", trust, &[everything()]);
        found(&world, rule)
            .into_iter()
            .map(|one| format!("{}: {}", one.status.as_str(), one.message))
            .collect::<Vec<_>>()
    };
    let organization = || json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}});
    let told = of(everybody(organization()));
    assert!(
        told.len() == 1 && told[0].starts_with("open: trusts every principal of the organization, account "),
        "{told:?}"
    );
    let unit = of(everybody(json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-example/r-root/ou-dev/*"}})));
    assert!(unit.len() == 1 && unit[0].contains("every principal of some OUs, account dev among them"), "{unit:?}");
    for condition in [
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-example", "aws:PrincipalTag/team": "platform"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-other"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": [HUB, DEV]}}),
    ] {
        assert_eq!(of(everybody(condition.clone())), [""; 0], "{condition}");
    }
    // accounts that a condition names are told one by one
    let mut world = World::of_organization();
    world.role(PROD, "app", everybody(json!({"StringEquals": {"aws:PrincipalAccount": [HUB, DEV]}})), &[everything()]);
    assert_eq!(found(&world, "administrator-role-trusts-whole-account").len(), 2);
    // without the list of accounts it is not known who is a member, and without the organization which one is its own
    let mut world = World::of_organization();
    world.role(PROD, "app", everybody(organization()), &[everything()]);
    world.role(
        PROD,
        "pinned",
        everybody(json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}})),
        &[everything()],
    );
    world.organization().as_object_mut().unwrap().remove("Accounts");
    assert_eq!(crate::told(&world, rule).0, [(Status::Unknown, support::role(PROD, "app"))]);
    let mut alone = World::default();
    alone.role(PROD, "app", everybody(organization()), &[everything()]);
    alone.role(
        PROD,
        "pinned",
        everybody(json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}})),
        &[everything()],
    );
    let [only] = found(&alone, rule).try_into().unwrap();
    assert!(
        only.message.starts_with("trusts every principal of organization o-example; administrator"),
        "{}",
        only.message
    );
    // where everybody gets in, another rule says so
    assert_eq!(of(trusts(json!({"AWS": "*"}))), [""; 0]);
}

#[test]
fn an_administrator_role_for_people_with_mfa_is_as_it_should_be() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[support::may_assume(&["*"])]);
    world.role(PROD, "app", support::trusts_if(support::root(HUB), mfa), &[everything()]);
    is_none(&world);
    assert_eq!(found(&world, "administrator-role-trusts-whole-account"), []);
    // a role that ann enters without MFA, and from there the administrator
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[support::may_assume(&["arn:aws:iam::111111111111:role/hop"])]);
    world.role(HUB, "hop", trusts(support::root(HUB)), &[support::may_assume(&["*"])]);
    world.role(PROD, "app", trusts(json!({"AWS": support::role(HUB, "hop")})), &[everything()]);
    let said = administrator(&world).unwrap();
    assert!(said.ends_with("hub/hop can assume it"), "{said}");
    // whether somebody can is not known
    world.without_file(HUB);
    let findings = found(&world, "role-is-administrator");
    let about = findings.iter().find(|f| f.subject == support::role(PROD, "app")).unwrap();
    assert!(about.status == Status::Unknown && about.message.contains(HUB), "{about:#?}");
}

#[test]
fn outside_accounts_that_only_see_metadata_have_no_power() {
    let audit =
        allow(&json!(["ec2:Describe*", "iam:GenerateCredentialReport", "iam:Get*", "s3:ListAllMyBuckets"]), "*");
    let message = |world: &World| found(world, "external-account-with-power").first().map(|f| f.message.clone());
    let trusting = |policies: &[Value]| {
        let mut world = World::of_organization();
        world.role(PROD, "vendor", trusts(support::root(VENDOR)), policies);
        world
    };
    assert_eq!(message(&trusting(std::slice::from_ref(&audit))), None);
    assert!(message(&trusting(&[allow(&json!("s3:Get*"), "*")])).unwrap().contains("read data"));
    assert!(
        message(&trusting(&[allow(&json!("sqs:SendMessage"), "arn:aws:sqs:*:*:x")])).unwrap().contains("change things")
    );
    assert!(message(&trusting(&[everything()])).unwrap().contains("is an administrator"));
    // an SCP leaves it reads alone
    let mut world = trusting(&[everything()]);
    let reads = json!(["iam:Get*", "iam:List*", "ec2:Describe*"]);
    let statement = json!([{"Effect": "Deny", "NotAction": reads, "Resource": "*"}]);
    world.guardrail(SCP, "ou-prod", policy(statement));
    assert_eq!(message(&world), None);
}

#[test]
fn what_a_role_writes_is_what_every_layer_leaves() {
    let s3 = |resource: &str| allow(&json!("s3:*"), resource);
    let message = |world: &World| found(world, "external-account-with-power").first().map(|f| f.message.clone());
    let bounded = |own: Value, boundary: Value| {
        let mut world = World::of_organization();
        world.role(PROD, "vendor", trusts(support::root(VENDOR)), &[own]);
        bound(&mut world, PROD, Some(boundary));
        message(&world)
    };
    let writes = |said: Option<String>| said.is_some_and(|said| said.contains("change things"));
    assert!(writes(bounded(s3("arn:aws:s3:::a/*"), allow(&json!("s3:Put*"), "*"))));
    assert!(writes(bounded(allow(&json!("*"), "*"), s3("arn:aws:s3:::a/*"))));
    assert!(!writes(bounded(s3("arn:aws:s3:::a/*"), allow(&json!("s3:Put*"), "arn:aws:s3:::b/*"))));
    assert!(!writes(bounded(s3("*"), allow(&json!("ec2:*"), "*"))));
    assert!(!writes(bounded(s3("*"), allow(&json!(["s3:Get*", "s3:List*"]), "*"))));
    // a Deny that leaves one bucket, one that leaves one action
    let but = |element: &str, value: &str, other: &str| {
        let mut statement = json!({"Effect": "Deny", element: value});
        statement[other] = json!("*");
        policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}, statement]))
    };
    let mut world = World::of_organization();
    world.role(PROD, "one", trusts(support::root(VENDOR)), &[but("NotResource", "arn:aws:s3:::a/*", "Action")]);
    world.role(PROD, "two", trusts(support::root(VENDOR)), &[but("NotAction", "s3:PutObject", "Resource")]);
    world.role(PROD, "none", trusts(support::root(VENDOR)), &[but("NotAction", "s3:GetObject", "Resource")]);
    let subjects: Vec<String> = found(&world, "external-account-with-power").into_iter().map(|f| f.message).collect();
    assert_eq!(subjects.iter().filter(|said| said.contains("change things")).count(), 2, "{subjects:#?}");
}

#[test]
fn an_administrator_who_needs_mfa_to_act_is_not_told_for_want_of_a_device() {
    let force = deny_if(&json!("*"), &json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}));
    let only_sessions = deny_if(&json!("*"), &json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}));
    let row = |name: &str, password: &str, key: &str| {
        json!({"user": name, "arn": support::user(HUB, name), "password_enabled": password, "mfa_active": "false",
            "access_key_1_active": key, "access_key_2_active": "false"})
    };
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[everything(), force]);
    world.user(HUB, "ben", &[everything(), only_sessions.clone()]);
    world.user(HUB, "cem", &[everything(), only_sessions]);
    world.account(HUB)["CredentialReport"] =
        json!([row("ann", "true", "true"), row("ben", "true", "false"), row("cem", "true", "true")]);
    let findings: Vec<Finding> = found(&world, "administrator-without-mfa");
    let told: Vec<&str> = findings.iter().map(|f| f.subject.rsplit('/').next().unwrap()).collect();
    assert_eq!(told, ["cem"], "a key passes a Deny that asks for a session without MFA: {findings:#?}");
}

#[test]
fn a_group_tells_of_its_users_and_a_user_of_its_own_policies() {
    let mut world = World::of_organization();
    let attached = json!([{"PolicyName": "admins", "PolicyDocument": everything()}]);
    world.account(HUB)["GroupDetailList"] = json!([{"GroupName": "admins", "Path": "/team/",
        "Arn": "arn:aws:iam::111111111111:group/team/admins", "GroupPolicyList": attached, "AttachedManagedPolicies": []}]);
    for (name, own) in [("ann", vec![]), ("ben", vec![]), ("cem", vec![everything()])] {
        world.user(HUB, name, &own).with(HUB, "UserDetailList", "GroupList", json!(["admins"]));
    }
    let findings = found(&world, "user-is-administrator");
    let told: Vec<(&str, &str)> = findings.iter().map(|f| (f.subject.as_str(), f.message.as_str())).collect();
    let group =
        ("arn:aws:iam::111111111111:group/team/admins", "its users ann and ben are administrators by admins (inline)");
    assert!(told.contains(&group), "{told:#?}");
    assert!(told.iter().any(|(subject, _)| *subject == support::user(HUB, "cem")) && told.len() == 2, "{told:#?}");
}

#[test]
fn logging_is_told_of_by_policy_and_only_where_there_is_a_trail_to_stop() {
    let power = policy(json!([{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}]));
    let mut world = World::of_organization();
    for name in ["app", "worker", "batch", "job"] {
        world.role(PROD, name, service(), std::slice::from_ref(&power));
    }
    world.role(PROD, "admin", service(), &[everything()]);
    let findings = found(&world, "logging-can-be-stopped");
    let [only] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(only.message.starts_with("4 principals that are no administrators"), "{}", only.message);
    world.account(PROD)["Trails"] =
        json!([{"TrailARN": "arn:aws:cloudtrail:eu-west-1:111111111111:trail/organization"}]);
    assert_eq!(found(&world, "logging-can-be-stopped"), []);
    world.account(PROD)["Trails"] = json!([{"TrailARN": "arn:aws:cloudtrail:eu-west-1:222222222222:trail/own"}]);
    assert_eq!(found(&world, "logging-can-be-stopped").len(), 1);
    world.guardrail(
        SCP,
        "ou-prod",
        deny(&json!(["cloudtrail:Stop*", "cloudtrail:Delete*", "cloudtrail:Update*", "cloudtrail:Put*"])),
    );
    assert_eq!(found(&world, "logging-can-be-stopped"), []);
}

#[test]
fn workloads_in_china_are_known_by_the_names_of_services_there() {
    let mut world = World::of_organization();
    world.role(HUB, "batch", trusts(json!({"Service": "ec2.amazonaws.com.cn"})), &[]);
    let findings = found(&world, "workload-in-management-account");
    assert!(
        findings.iter().any(|found| found.message.contains("a role that a workload runs with: batch")),
        "{findings:?}"
    );
}

#[test]
fn a_trust_policy_of_the_management_account_that_was_not_read_leaves_its_workloads_open() {
    let mut world = World::of_organization();
    world.role(HUB, "app", json!({"Version": "2012-10-17", "Statement": "nonsense"}), &[]);
    world.role(PROD, "app", service(), &[]);
    let findings = found(&world, "workload-in-management-account");
    let [only] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(only.status == Status::Unknown && only.account.to_string() == HUB, "{only:#?}");
    world.role(HUB, "tool", service(), &[]);
    let findings = found(&world, "workload-in-management-account");
    assert!(findings.len() == 1 && findings[0].status == Status::Open, "{findings:#?}");
}

#[test]
fn a_session_that_may_last_long_is_unknown_only_for_administrators() {
    let mut world = with_role(PROD, &[allow(&json!("s3:*"), "*")]);
    assert_eq!(found(&world, "administrator-session-long"), []);
    world.role(PROD, "admin", service(), &[everything()]);
    let findings = found(&world, "administrator-session-long");
    let [only] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(only.status == Status::Unknown && only.message.contains("role-settings"), "{}", only.message);
}

/// A pattern that names an account is about its principals, who are all known where it was read.
#[test]
fn everybody_of_an_account_that_was_read_is_nobody_else() {
    let of = |account: &str, operator: &str| {
        let pattern = format!("arn:aws:iam::{account}:role/x*");
        let mut world = World::of_organization();
        let trust = support::trusts_if(json!("*"), json!({operator: {"aws:PrincipalArn": pattern}}));
        world.role(PROD, "admin", trust, &[everything()]);
        let found = judge(&world.estate(), "role-is-administrator", RuleSettings::default()).unwrap();
        found.iter().filter(|finding| finding.status == Status::Open).count()
    };
    for operator in ["ArnLike", "StringLike"] {
        assert_eq!((of(DEV, operator), of(VENDOR, operator)), (0, 1), "{operator}");
    }
}
