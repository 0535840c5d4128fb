//! Edge cases of the rules about what policies say.

use std::collections::BTreeSet;

use rolehop::finding::Status;
use rolehop::rules::RuleSettings;
use serde_json::{Value, json};

use crate::support::{self, HUB, PROD, World};
use crate::{judge, root, told};

fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(action: &Value, resource: &Value) -> Value {
    document(json!([{"Effect": "Allow", "Action": action, "Resource": resource}]))
}

fn everything() -> Value {
    allow(&json!("*"), &json!("*"))
}

fn trust() -> Value {
    support::trusts(json!({"Service": "ec2.amazonaws.com"}))
}

fn policy(name: &str, document: &Value) -> Value {
    json!({"PolicyName": name, "Arn": format!("arn:aws:iam::{PROD}:policy/{name}"), "Path": "/", "DefaultVersionId": "v1",
        "AttachmentCount": 0, "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]})
}

fn attached(arn: &str) -> Value {
    json!([{"PolicyName": arn.rsplit('/').next().unwrap(), "PolicyArn": arn}])
}

/// What a rule says of one inline policy; nothing if it passes.
fn said(rule: &str, document: &Value) -> Option<String> {
    let mut world = World::default();
    world.role(PROD, "app", trust(), std::slice::from_ref(document));
    let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    assert!(found.len() <= 1 && found.iter().all(|finding| finding.status == Status::Open), "{found:#?}");
    found.into_iter().next().map(|finding| finding.message)
}

fn allow_if(condition: Value) -> Value {
    document(json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]))
}

#[test]
fn everything_is_everything_however_it_is_written() {
    let rule = "policy-allows-everything";
    let says = |document: Value| said(rule, &document);
    assert_eq!(says(everything()).unwrap(), "inline policy `inline-0` allows every action on every resource");
    for (action, resource) in [("*:*", "*"), ("**", "arn:*"), ("*", "arn:aws:*:*:*:*")] {
        assert!(says(allow(&json!(action), &json!(resource))).is_some(), "{action} {resource}");
    }
    for (action, resource) in [("iam:*", "*"), ("*", "arn:aws:s3:::*"), ("*", "arn:aws:iam::*:role/*")] {
        assert!(says(allow(&json!(action), &json!(resource))).is_none(), "{action} {resource}");
    }
    // who, when and from where: it is still everything
    let conditional = says(allow_if(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))).unwrap();
    assert!(conditional.ends_with("under a condition on aws:MultiFactorAuthPresent"), "{conditional}");
    // what is called, or what it is about
    assert_eq!(says(allow_if(json!({"Bool": {"aws:IsMcpServiceAction": "true"}}))), None);
    assert_eq!(says(allow_if(json!({"StringEquals": {"aws:ResourceTag/team": "a"}}))), None);
    let denied = |deny: Value| {
        says(document(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Resource": "*", "Not": deny}])
            .as_array()
            .map(|list| {
                let mut list = list.clone();
                let (key, value) = deny.as_object().unwrap().iter().next().unwrap();
                list[1].as_object_mut().unwrap().remove("Not");
                list[1][key] = value.clone();
                Value::from(list)
            })
            .unwrap()))
    };
    assert!(denied(json!({"Action": "organizations:*"})).unwrap().ends_with("except what another statement denies"));
    assert_eq!(denied(json!({"NotAction": ["s3:GetObject"]})), None, "all but a list is denied");
}

#[test]
fn a_policy_of_many_is_one_finding_and_what_aws_writes_is_none() {
    let mut world = World::default();
    for name in ["b", "a", "c", "d"] {
        world.role(PROD, name, trust(), &[everything()]);
    }
    // AWS Organizations writes this one
    world.role(PROD, "OrganizationAccountAccessRole", trust(), &[everything()]);
    let found = judge(&world.estate(), "policy-allows-everything", RuleSettings::default()).unwrap();
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(only.subject, support::role(PROD, "a"));
    assert!(only.message.ends_with("; the same policy of role/b, role/c and 1 more"), "{}", only.message);
    // a managed policy of the same name and text as one of AWS is told from it
    let mut world = World::default();
    world.account(PROD)["Policies"] = json!([policy("AdministratorAccess", &everything())]);
    world.role(PROD, "app", trust(), &[]);
    world.with(
        PROD,
        "RoleDetailList",
        "AttachedManagedPolicies",
        attached("arn:aws:iam::aws:policy/AdministratorAccess"),
    );
    let all = |rule: &str| told(&world, rule).0;
    let own = format!("arn:aws:iam::{PROD}:policy/AdministratorAccess");
    assert_eq!(all("policy-allows-everything"), []);
    assert_eq!(all("unattached-policy-allows-everything"), [(Status::Open, own)]);
    assert_eq!(all("policy-unattached"), [], "told by the other rule");
}

#[test]
fn a_boundary_is_not_unattached() {
    let mut world = World::default();
    let arn = format!("arn:aws:iam::{PROD}:policy/limit");
    world.account(PROD)["Policies"] = json!([policy("limit", &everything())]);
    world.role(PROD, "app", trust(), &[]);
    world.with(PROD, "RoleDetailList", "PermissionsBoundary", json!({"PermissionsBoundaryArn": arn}));
    for rule in ["policy-allows-everything", "unattached-policy-allows-everything", "policy-unattached"] {
        assert_eq!(told(&world, rule).0, [], "{rule}");
    }
}

/// Roles that have one policy, of two statements, each with a boundary that allows one action.
fn bounded(limits: &[&str]) -> World {
    let action = |action: &str| allow(&json!(action), &json!("*"));
    let both = document(json!([
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
        {"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}]));
    let mut world = World::default();
    world.account(PROD)["Policies"] = json!([policy("both", &both)]);
    for (at, limit) in limits.iter().enumerate() {
        let name = format!("limit-{at}");
        world.account(PROD)["Policies"].as_array_mut().unwrap().push(policy(&name, &action(limit)));
        world.role(PROD, &format!("app-{at}"), trust(), &[]);
        world.with(
            PROD,
            "RoleDetailList",
            "AttachedManagedPolicies",
            attached(&format!("arn:aws:iam::{PROD}:policy/both")),
        );
        let arn = format!("arn:aws:iam::{PROD}:policy/{name}");
        world.with(PROD, "RoleDetailList", "PermissionsBoundary", json!({"PermissionsBoundaryArn": arn}));
    }
    world
}

#[test]
fn a_statement_that_works_for_somebody_is_not_lost_whichever_others_of_its_policy_are() {
    let rule = "allow-outside-boundary";
    assert_eq!(told(&bounded(&["s3:*"]), rule).0, [(Status::Open, root(PROD))]);
    assert_eq!(told(&bounded(&["s3:*", "s3:ListAllMyBuckets"]), rule).0.len(), 2, "one finding a boundary");
    assert_eq!(told(&bounded(&["s3:*", "ec2:*"]), rule).0, []);
    assert_eq!(told(&bounded(&["s3:*", "ec2:*", "sqs:*"]), rule).0, []);
}

#[test]
fn policies_and_boundaries_that_were_not_read_may_lose_statements() {
    let rule = "allow-outside-boundary";
    for lost in ["AttachedManagedPolicies", "RolePolicyList"] {
        let mut world = bounded(&["*"]);
        world.account(PROD)["RoleDetailList"][0].as_object_mut().unwrap().remove(lost);
        assert_eq!(told(&world, rule).0, [(Status::Unknown, root(PROD))], "{lost}");
    }
    // who has policies that were not read may have the one of another's finding
    let mut world = bounded(&["s3:*"]);
    world.user(PROD, "ann", &[]);
    world.account(PROD)["UserDetailList"][0].as_object_mut().unwrap().remove("AttachedManagedPolicies");
    let found = told(&world, rule).0;
    assert_eq!(found.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [Status::Open, Status::Unknown]);
    // a boundary that was not read, beside one that is
    let mut world = bounded(&["s3:*", "ec2:*", "*"]);
    world.account(PROD)["Policies"].as_array_mut().unwrap().pop();
    assert_eq!(told(&world, rule).0, [(Status::Unknown, root(PROD))]);
}

/// An organization in which an SCP denies what one role may do, and the SCPs of an OU leave out what another may.
fn taken_by_scps() -> World {
    let mut world = World::of_organization();
    let deny = document(json!([{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}]));
    world.organization()["Policies"][0]["TargetIds"] = json!(["r-root", "ou-dev", HUB, PROD, support::DEV]);
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", deny);
    world.guardrail("SERVICE_CONTROL_POLICY", "ou-prod", allow(&json!(["s3:*", "ec2:*"]), &json!("*")));
    for action in ["ec2:DescribeInstances", "sqs:ListQueues"] {
        let name = action.split_once(':').unwrap().0;
        world.role(PROD, name, trust(), &[allow(&json!(action), &json!("*"))]);
    }
    world
}

#[test]
fn what_takes_a_statement_back_is_known_by_its_id_whatever_it_is_called() {
    let found = |world: &World| {
        let found = judge(&world.estate(), "allow-taken-by-scp", RuleSettings::default()).unwrap();
        let (messages, prints): (Vec<_>, BTreeSet<_>) =
            found.into_iter().map(|finding| (finding.message, finding.fingerprint)).unzip();
        (messages, prints)
    };
    let mut world = taken_by_scps();
    let (messages, prints) = found(&world);
    assert_eq!((messages.len(), prints.len()), (2, 2), "{messages:?}");
    for (list, key) in [("Policies", "Name"), ("OrganizationalUnits", "Name")] {
        for named in world.organization()[list].as_array_mut().unwrap() {
            named[key] = json!(format!("renamed {}", named["Id"].as_str().unwrap()));
        }
    }
    let (renamed, after) = found(&world);
    assert!(renamed.iter().all(|message| message.contains("renamed") && !messages.contains(message)), "{renamed:?}");
    assert_eq!(after, prints);
}

#[test]
fn an_scp_may_take_from_policies_whose_holders_were_not_read() {
    let rule = "allow-taken-by-scp";
    let mut world = taken_by_scps();
    world.account(PROD)["RoleDetailList"] = json!([]);
    assert_eq!(told(&world, rule).0, []);
    world.role(PROD, "app", trust(), &[]);
    world.account(PROD)["RoleDetailList"][0].as_object_mut().unwrap().remove("AttachedManagedPolicies");
    assert_eq!(told(&world, rule).0, [(Status::Unknown, root(PROD))]);
}

#[test]
fn a_policy_is_not_called_unattached_where_somebody_may_hold_it() {
    let rule = "policy-unattached";
    let own = format!("arn:aws:iam::{PROD}:policy/own");
    let world = |change: fn(&mut Value)| {
        let mut world = World::default();
        world.account(PROD)["Policies"] = json!([policy("own", &allow(&json!("s3:ListAllMyBuckets"), &json!("*")))]);
        world.user(PROD, "ann", &[]);
        change(&mut world.account(PROD)["UserDetailList"][0]);
        world
    };
    assert_eq!(told(&world(|_| {}), rule).0, [(Status::Open, own.clone())]);
    for change in
        [(|user| _ = user.as_object_mut().unwrap().remove("AttachedManagedPolicies")) as fn(&mut Value), |user| {
            user["GroupList"] = json!(["gone"])
        }]
    {
        assert_eq!(told(&world(change), rule).0, [(Status::Unknown, root(PROD))]);
    }
    // another boundary, read or not, is another policy
    for other in ["arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::222222222222:policy/gone"] {
        let mut bounded = world(|_| {});
        bounded.with(PROD, "UserDetailList", "PermissionsBoundary", json!({"PermissionsBoundaryArn": other}));
        assert_eq!(told(&bounded, rule).0, [(Status::Open, own.clone())]);
    }
}

#[test]
fn policies_that_were_not_read_are_unknown_once_for_the_account() {
    let mut world = World::default();
    world.role(PROD, "app", trust(), &[json!({"Version": "2012-10-17", "Statement": "nonsense"}), everything()]);
    let mut expected = vec![(Status::Unknown, root(PROD)), (Status::Open, support::role(PROD, "app"))];
    expected.sort_by(|(_, a), (_, b)| a.cmp(b));
    assert_eq!(told(&world, "policy-allows-everything").0, expected);
    let mut world = World::default();
    world.role(PROD, "app", trust(), &[]);
    let missing = format!("arn:aws:iam::{PROD}:policy/gone");
    world.with(PROD, "RoleDetailList", "AttachedManagedPolicies", attached(&missing));
    assert_eq!(told(&world, "policy-allows-everything").0, [(Status::Unknown, root(PROD))]);
}

#[test]
fn what_is_denied_again_is_not_given() {
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let with = |deny: Value| said("policy-allows-everything", &document(json!([everything.clone(), deny])));
    let all = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
    let some = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
    let sometimes = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    assert_eq!([all, some, sometimes].map(with).map(|said| said.is_some()), [false, true, true]);
}

#[test]
fn whole_services_count_on_all_their_resources() {
    let says = |action: Value, resource: Value| said("policy-allows-whole-service", &allow(&action, &resource));
    let both = says(json!(["STS:*", "iam:*"]), json!("*")).unwrap();
    assert!(both.ends_with("allows `iam:*` and `sts:*` on all resources"), "{both}");
    assert!(says(json!("iam:*"), json!("arn:aws:iam::*:*")).is_some());
    assert!(says(json!("iam:*"), json!("arn:aws*:iam::*:*")).is_some());
    for (action, resource) in [
        ("iam:Get*", "*"),
        ("s3:*", "*"),
        ("iam:*", "arn:aws:iam::*:role/app-*"),
        ("*", "*"),
        ("iam", "*"),
        // another partition
        ("iam:*", "arn:aws-cn:iam::*:*"),
        // people who manage their own credentials
        ("iam:*", "arn:aws:iam::*:user/${aws:username}"),
        ("iam:*", "arn:aws:iam::222222222222:mfa/${aws:username}"),
    ] {
        assert_eq!(says(json!(action), json!(resource)), None, "{action} {resource}");
    }
}

#[test]
fn lists_of_exceptions_count_where_they_are_open() {
    let says = |rest: Value| {
        let mut statement = json!({"Effect": "Allow"});
        statement.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        said("allow-with-not-action", &document(json!([statement])))
    };
    assert!(says(json!({"NotAction": "iam:*", "Resource": "*"})).is_some());
    assert!(says(json!({"NotAction": "iam:*", "NotResource": "arn:aws:s3:::a/*"})).is_none(), "told by the other rule");
    assert!(says(json!({"NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::a/*"})).is_none());
    // exempts nothing: everything is allowed, which another rule tells
    assert!(says(json!({"NotAction": "iam:Get*, s3:*", "Resource": "*"})).is_none());
}

#[test]
fn secrets_are_read_everywhere_or_somewhere() {
    let says = |action: &str, resource: &str| {
        said("sensitive-read-on-all-resources", &allow(&json!(action), &json!(resource)))
    };
    for (action, resource) in [
        ("s3:Get*", "*"),
        ("s3:GetObject", "arn:aws:s3:::*/*"),
        ("secretsmanager:*", "arn:aws:secretsmanager:*:222222222222:secret:*"),
        ("ssm:GetParameter*", "arn:aws:ssm:*:*:parameter/*"),
    ] {
        assert!(says(action, resource).is_some(), "{action} {resource}");
    }
    for (action, resource) in [
        ("s3:GetObject", "arn:aws:s3:::logs/*"),
        ("s3:List*", "*"),
        ("secretsmanager:*", "arn:aws:secretsmanager:*:*:secret:app/*"),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:222222222222:key/*"),
        // of another account, or in another partition
        ("ssm:GetParameter", "arn:aws:ssm:*:333333333333:parameter/*"),
        ("kms:Decrypt", "arn:aws-us-gov:kms:*:*:key/*"),
        ("*", "*"),
    ] {
        assert!(says(action, resource).is_none(), "{action} {resource}");
    }
    let by_tag = document(json!([{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}]));
    assert_eq!(said("sensitive-read-on-all-resources", &by_tag), None);
}

#[test]
fn names_that_match_nothing_are_told_with_what_may_be_meant() {
    let says = |action: Value| said("statement-with-unknown-action", &allow(&action, &json!("*")));
    let one = says(json!("IAM:GetRoel")).unwrap();
    assert!(one.contains("`IAM:GetRoel` (`iam:GetRole` is meant?)") && one.contains("the catalog of 20"), "{one}");
    let service = says(json!("iamm:GetRole")).unwrap();
    assert!(service.contains("(`iam:GetRole` is meant?)"), "{service}");
    assert!(says(json!("s3:GetObject, s3:PutObject")).unwrap().contains("`s3:GetObject, s3:PutObject`"));
    let many = says(json!(["a:B", "c:D", "e:F", "g:H", "a:B"])).unwrap();
    assert!(many.contains("and 1 more, which"), "{many}");
    for known in [json!("*"), json!("*:*"), json!("s3:G?tObject"), json!("STS:assumerole"), json!("aws-mcp:*")] {
        assert_eq!(says(known.clone()), None, "{known}");
    }
}

#[test]
fn resources_that_no_action_is_about_make_a_statement_dead() {
    let says = |action: Value, resource: Value| said("statement-with-impossible-resource", &allow(&action, &resource));
    for (action, resource) in [
        (json!("s3:GetObject"), json!(["arn:aws:s3:::a", "arn:aws:s3:::b"])),
        (json!("s3:ListBucket"), json!("arn:aws:s3:::a/*")),
        (json!("sqs:SendMessage"), json!("arn:aws:sns:eu-west-1:222222222222:topic")),
        (json!("ec2:DescribeInstances"), json!("arn:aws:ec2:*:*:instance/*")),
        (json!(["iam:DeleteUser", "iam:CreateAccessKey"]), json!("arn:aws:iam::222222222222:group/interns")),
        (json!("iam:AddUserToGroup"), json!("arn:aws:iam::222222222222:user/ann")),
        (json!("iam:GetAccessKeyLastUsed"), json!("arn:aws:iam::222222222222:group/interns")),
        (json!("s3:GetEncryptionConfiguration"), json!("arn:aws:s3:::a/*")),
    ] {
        assert!(says(action.clone(), resource.clone()).is_some(), "{action} {resource}");
    }
    for (action, resource) in [
        (json!("s3:GetObject"), json!(["arn:aws:s3:::a", "arn:aws:s3:::a/*"])),
        (json!("s3:GetObject"), json!("arn:aws:s3:::a*")),
        (json!(["s3:GetObject", "s3:ListBucket"]), json!("arn:aws:s3:::a")),
        (json!("s3:Get*"), json!("arn:aws:s3:::a")),
        (json!("s3:ListBucket"), json!("arn:aws:s3:::a")),
        (json!("s3:ListBucket"), json!("arn:aws:s3:::a*")),
        (json!("sqs:SendMessage"), json!("arn:aws:*:*:*:topic")),
        (json!("ebs:PutSnapshotBlock"), json!("arn:aws:ec2:*:*:snapshot/*")),
        (json!("s3:GetObject"), json!("arn:aws:s3:eu-west-1:222222222222:accesspoint/a")),
        (json!("sqs:NewAction"), json!("arn:aws:sns:eu-west-1:222222222222:topic")),
        (json!("sqs:*"), json!("*")),
        (json!("iam:*User*"), json!("arn:aws:iam::222222222222:group/interns")),
        (json!("iam:ListGroupsForUser"), json!("arn:aws:iam::222222222222:user/ann")),
        (json!("iam:GetGroup"), json!("arn:aws:iam::222222222222:group/interns")),
        (json!("s3:ListAllMyBuckets"), json!("arn:aws:s3:::*")),
        (json!("ec2:DescribeInstances"), json!("arn:aws:ec2:*:*:instance/${aws:PrincipalTag/id}")),
        (json!("aws-mcp:*"), json!("arn:aws:sns:eu-west-1:222222222222:topic")),
        (json!("ec2:DescribeInstances"), json!(["arn:aws:ec2:*:*:instance/*", "*"])),
        (json!(["ec2:DescribeInstances", "ec2:StartInstances"]), json!("arn:aws:ec2:*:*:instance/*")),
    ] {
        assert_eq!(says(action.clone(), resource.clone()), None, "{action} {resource}");
    }
}

#[test]
fn denies_of_mcp_actions_are_found_in_guardrails_too() {
    let deny = |action: &str| document(json!([{"Effect": "Deny", "Action": action, "Resource": "*"}]));
    let rule = "deny-on-mcp-actions";
    assert!(said(rule, &deny("aws-mcp:InvokeMcp")).is_some() && said(rule, &deny("*")).is_none());
    let mut world = World::of_organization();
    assert_eq!(
        told(&world, rule).0,
        [(Status::Unknown, root(HUB))],
        "RCPs are enabled, and not even that of AWS is listed"
    );
    world.guardrail("RESOURCE_CONTROL_POLICY", "r-root", deny("s3:*"));
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", deny("aws-mcp:*"));
    let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert!(only.message.starts_with("SCP `guardrail-p-2` denies"), "{}", only.message);
    assert_eq!((only.account.to_string().as_str(), only.evidence.len()), (HUB, 1));
    assert!(only.subject.starts_with(&format!("arn:aws:organizations::{HUB}:policy/")), "{}", only.subject);
    world.organization()["Policies"][2].as_object_mut().unwrap().remove("Content");
    assert_eq!(told(&world, rule).0, [(Status::Unknown, root(HUB))]);
}

#[test]
fn guardrails_of_an_organization_without_accounts_are_judged() {
    let mut world = World::of_organization();
    let deny = document(json!([{"Effect": "Deny", "Action": "aws-mcp:*", "Resource": "*"}]));
    world.guardrail("SERVICE_CONTROL_POLICY", "r-root", deny);
    world.organization()["Accounts"] = json!([]);
    for account in [HUB, PROD, support::DEV] {
        world.without_file(account);
    }
    let found = judge(&world.estate(), "deny-on-mcp-actions", RuleSettings::default()).unwrap();
    assert!(
        found.iter().any(|finding| finding.status == Status::Open && finding.account_name.is_empty()),
        "{found:#?}"
    );
}

#[test]
fn an_organization_without_support_roles_is_told_once() {
    let mut world = World::of_organization();
    let rule = "support-role-missing";
    let policy = attached("arn:aws:iam::aws:policy/AWSSupportAccess");
    world.role(PROD, "help", trust(), &[]).with(PROD, "RoleDetailList", "AttachedManagedPolicies", policy.clone());
    let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(only.message, "`AWSSupportAccess` is attached to nobody in 2 of 3 accounts");
    let accounts = world.organization()["Accounts"].take();
    let found = told(&world, rule).0;
    let unknown = |account: &str| (Status::Unknown, root(account));
    assert_eq!(found, [(Status::Open, root(HUB)), unknown(PROD), unknown(support::DEV)], "members are no subjects");
    world.organization()["Accounts"] = accounts;
    for account in [HUB, support::DEV] {
        world.role(account, "help", trust(), &[]);
        world.with(account, "RoleDetailList", "AttachedManagedPolicies", policy.clone());
    }
    assert_eq!(told(&world, rule), (vec![], 2));
    world.without_file(PROD);
    assert_eq!(told(&world, rule).0, [(Status::Unknown, root(HUB))], "what was not read may lack it");
    world.organization()["Accounts"][1]["State"] = json!("SUSPENDED");
    assert_eq!(told(&world, rule).0, [], "nobody opens cases of an account that is closed");
}

#[test]
fn inline_policies_are_counted_where_people_write_them() {
    let rule = "inline-policy-on-role-or-group";
    let few = || RuleSettings { parameters: toml::from_str("count = 1").unwrap(), ..RuleSettings::default() };
    let found = |world: &World| {
        let found = judge(&world.estate(), rule, few()).unwrap();
        found.into_iter().map(|finding| (finding.status, finding.message)).collect::<Vec<_>>()
    };
    let mut world = World::default();
    world.role(PROD, "aws-controltower-ForwardSnsNotificationRole", trust(), &[everything()]);
    world.role(PROD, "OrganizationAccountAccessRole", trust(), &[everything()]);
    world.role(PROD, "AWSServiceRoleForX", trust(), &[everything()]);
    world.with(PROD, "RoleDetailList", "Path", json!("/aws-service-role/x.amazonaws.com/"));
    assert_eq!(found(&world), []);
    assert_eq!(
        told(&world, "policy-allows-everything").0,
        [(Status::Open, support::role(PROD, "aws-controltower-ForwardSnsNotificationRole"))]
    );
    world.role(PROD, "unread", trust(), &[]);
    world.account(PROD)["RoleDetailList"][3].as_object_mut().unwrap().remove("RolePolicyList");
    let [(status, _)] = found(&world).try_into().unwrap();
    assert_eq!(status, Status::Unknown);
    world.role(PROD, "app", trust(), &[everything()]);
    assert_eq!(found(&world), [(Status::Open, "1 role has inline policies".to_owned())]);
}

#[test]
fn an_inline_policy_that_does_not_parse_is_no_managed_one() {
    let mut world = World::default();
    world.account(PROD)["Policies"] = json!([policy("own", &allow(&json!("s3:ListAllMyBuckets"), &json!("*")))]);
    world.role(PROD, "app", trust(), &[json!({"Version": "2012-10-17", "Statement": "nonsense"})]);
    assert_eq!(told(&world, "policy-unattached").0, [(Status::Open, format!("arn:aws:iam::{PROD}:policy/own"))]);
}

/// Allows an action on all resources, and denies something.
fn allow_but(action: &str, deny: Value) -> Value {
    let mut denied = json!({"Effect": "Deny"});
    denied.as_object_mut().unwrap().extend(deny.as_object().unwrap().clone());
    document(json!([{"Effect": "Allow", "Action": action, "Resource": "*"}, denied]))
}

/// With `NotAction`, the resources say of which service the actions are.
#[test]
fn what_not_action_leaves_on_resources_of_one_service_is_told_as_what_it_is() {
    let not = |actions: Value, resource: &str| {
        document(json!([{"Effect": "Allow", "NotAction": actions, "Resource": resource}]))
    };
    let (whole, any, read) =
        ("policy-allows-whole-service", "allow-with-not-action", "sensitive-read-on-all-resources");
    let (pass, assume, none) = ("pass-role-unrestricted", "assume-role-on-all-resources", "allow-taken-by-scp");
    let of_iam = format!("arn:aws:iam::{PROD}:*");
    for (document, told) in [
        (not(json!("iam:*"), "*"), vec![any]),
        (not(json!(["iam:CreateUser", "iam:CreateAccessKey"]), "*"), vec![any]),
        (not(json!("s3:*"), "arn:aws:iam::*:*"), vec![whole, assume]),
        (not(json!("iam:CreateUser"), "arn:aws:iam::*:*"), vec![whole, assume]),
        (not(json!("s3:*"), &of_iam), vec![pass]),
        (not(json!("iam:*"), "arn:aws:iam::*:*"), vec![assume]),
        (not(json!("iam:*"), "arn:aws:iam::*:role/*"), vec![assume]),
        (not(json!("iam:CreateRole"), "arn:aws:iam::*:role/*"), vec![pass, assume]),
        (not(json!("s3:DeleteObject"), "arn:aws:s3:::*/*"), vec![read]),
        (not(json!("s3:Get*"), "arn:aws:s3:::*/*"), vec![]),
        (not(json!("*"), "*"), vec![]),
    ] {
        let found: Vec<&str> =
            [whole, any, read, pass, assume, none].into_iter().filter(|rule| said(rule, &document).is_some()).collect();
        let expected: Vec<&str> =
            [whole, any, read, pass, assume, none].into_iter().filter(|rule| told.contains(rule)).collect();
        assert_eq!(found, expected, "{document}");
    }
}

/// `iam:PassedToService` is there in every request: the conditions are decided for services that no policy was written for.
#[test]
fn roles_are_passed_to_any_service_where_a_condition_leaves_all_but_a_list() {
    let rule = "pass-role-unrestricted";
    let test = |operator: &str, key: &str, value: &str| json!({operator: {key: value}});
    let of_service = |operator: &str, value: &str| test(operator, "iam:PassedToService", value);
    let allow_if = |condition: Value| {
        document(json!([{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": condition}]))
    };
    for (condition, told) in [
        (of_service("StringEquals", "ec2.amazonaws.com"), false),
        (of_service("StringLike", "ec2.*"), false),
        (of_service("StringLike", "*.amazonaws.com"), true),
        (of_service("StringLike", "*.amazonaws.*"), true),
        (of_service("StringNotEquals", "ec2.amazonaws.com"), true),
        (of_service("StringNotLike", "*.amazonaws.com"), false),
        (test("Bool", "aws:MultiFactorAuthPresent", "true"), true),
        (test("StringEquals", "iam:ResourceTag/team", "a"), false),
    ] {
        let said = said(rule, &allow_if(condition.clone()));
        assert_eq!(said.is_some(), told, "{condition} {said:?}");
    }
    let deny = |condition: Value| json!({"Action": "iam:PassRole", "Resource": "*", "Condition": condition});
    for (condition, told) in [
        (of_service("StringNotEquals", "ec2.amazonaws.com"), false),
        (of_service("StringNotLike", "*.amazonaws.com"), true),
        (of_service("StringLike", "*"), false),
    ] {
        assert_eq!(said(rule, &allow_but("iam:PassRole", deny(condition.clone()))).is_some(), told, "{condition}");
    }
}

/// A call that names no log group is about `…:log-group::log-stream:` (Terraform AWS provider, issue 8804).
#[test]
fn calls_of_cloudwatch_logs_that_name_no_log_group_are_about_all_of_an_account() {
    let rule = "statement-with-impossible-resource";
    let own = |rest: &str| format!("arn:aws:logs:*:{PROD}:{rest}");
    for action in ["logs:DescribeLogGroups", "logs:StopQuery", "logs:TestMetricFilter"] {
        for all in ["*", "log-group:*", "log-group:*:*", "log-group::log-stream:*"] {
            assert_eq!(said(rule, &allow(&json!(action), &json!(own(all)))), None, "{action} {all}");
        }
        for one in ["log-group:/app", "log-group:/app:*", "destination:*"] {
            assert!(said(rule, &allow(&json!(action), &json!(own(one)))).is_some(), "{action} {one}");
        }
    }
}

#[test]
fn what_a_policy_denies_by_another_statement_it_does_not_give() {
    let (read, whole) = ("sensitive-read-on-all-resources", "policy-allows-whole-service");
    let (pass, assume) = ("pass-role-unrestricted", "assume-role-on-all-resources");
    let on_all = |action: Value| json!({"Action": action, "Resource": "*"});
    let but = |action: &str, resource: &str| json!({"Action": action, "NotResource": resource});
    let to = |operator: &str, service: &str| json!({"Action": "iam:PassRole", "Resource": "*", "Condition": {operator: {"iam:PassedToService": service}}});
    for (rule, action, deny) in [
        (read, "s3:*", on_all(json!("s3:GetObject*"))),
        (read, "s3:*", on_all(json!("*"))),
        (read, "s3:*", json!({"NotAction": "s3:List*", "Resource": "*"})),
        (read, "s3:*", json!({"Action": "s3:*", "Resource": "arn:aws:s3:::*/*"})),
        (read, "secretsmanager:*", on_all(json!("secretsmanager:GetSecretValue"))),
        (read, "s3:*", but("s3:*", "arn:aws:s3:::logs/*")),
        (whole, "kms:*", on_all(json!("kms:*"))),
        (whole, "kms:*", json!({"NotAction": "kms:Decrypt", "Resource": "*"})),
        (pass, "iam:PassRole", but("iam:PassRole", "arn:aws:iam::*:role/app-*")),
        (pass, "iam:PassRole", to("StringNotEquals", "ec2.amazonaws.com")),
        (assume, "sts:AssumeRole", on_all(json!("sts:*"))),
        (assume, "sts:AssumeRole", but("sts:AssumeRole", "arn:aws:iam::444455556666:role/x")),
    ] {
        assert_eq!(said(rule, &allow_but(action, deny.clone())), None, "{rule} {action} {deny}");
    }
    let of_one = |resource: &str| json!({"Action": "*", "Resource": resource});
    let with_mfa = |action: &str| json!({"Action": action, "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}});
    for (rule, action, deny) in [
        (read, "s3:*", on_all(json!("s3:GetObjectVersion"))),
        (read, "s3:*", on_all(json!("s3:Put*"))),
        (read, "s3:*", of_one("arn:aws:s3:::payroll/*")),
        (read, "s3:*", with_mfa("s3:*")),
        (read, "s3:*", but("s3:*", "*")),
        (read, "s3:*", json!({"NotAction": "s3:*", "Resource": "*"})),
        (whole, "kms:*", on_all(json!(["kms:Decrypt", "kms:ScheduleKeyDeletion"]))),
        (whole, "kms:*", json!({"NotAction": "kms:*", "Resource": "*"})),
        (pass, "iam:PassRole", of_one("arn:aws:iam::*:role/admin")),
        (pass, "iam:PassRole", to("StringEquals", "ec2.amazonaws.com")),
        (pass, "iam:PassRole", to("StringNotLike", "*")),
        (pass, "iam:PassRole", with_mfa("iam:PassRole")),
        (assume, "sts:AssumeRole", of_one("arn:aws:iam::*:role/ci/*")),
        (assume, "sts:AssumeRole", with_mfa("sts:AssumeRole")),
    ] {
        assert!(said(rule, &allow_but(action, deny.clone())).is_some(), "{rule} {action} {deny}");
    }
    let without_data = said(whole, &allow_but("kms:*", on_all(json!("kms:Decrypt")))).unwrap();
    assert!(
        without_data.ends_with("allows `kms:*` on all resources, except what another statement denies"),
        "{without_data}"
    );
}

#[test]
fn a_policy_is_judged_where_it_is() {
    let of_prod = |resource: &str| allow(&json!("iam:PassRole"), &json!(resource));
    let rule = "pass-role-unrestricted";
    for (resource, is_all) in [
        ("arn:aws:iam::222222222222:role/*", true),
        ("arn:aws:iam::*:role/*", true),
        ("arn:aws:iam::333333333333:role/*", false),
        ("arn:aws-us-gov:iam::*:role/*", false),
    ] {
        assert_eq!(said(rule, &of_prod(resource)).is_some(), is_all, "{resource}");
        // what a Deny takes from another account it leaves here
        let but = allow_but("iam:PassRole", json!({"Action": "iam:PassRole", "Resource": resource}));
        assert_eq!(said(rule, &but).is_some(), !is_all, "{resource}");
    }
    // one document in two accounts
    let mut world = World::of_organization();
    for id in [support::PROD, support::DEV] {
        world.role(id, "app", trust(), &[of_prod("arn:aws:iam::222222222222:role/*")]);
    }
    assert_eq!(told(&world, rule).0, [(Status::Open, support::role(PROD, "app"))]);
}

#[test]
fn a_condition_that_any_service_fulfils_restricts_nothing() {
    let to = |operator: &str, services: Value| {
        let statement = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
            "Condition": {operator: {"iam:PassedToService": services}}});
        said("pass-role-unrestricted", &document(json!([statement])))
    };
    for any in [json!("*"), json!("*.amazonaws.com"), json!(["ec2.amazonaws.com", "*"])] {
        assert!(to("StringLike", any.clone()).is_some() && to("StringLikeIfExists", any.clone()).is_some(), "{any}");
        // a star is no wildcard there, or the opposite is asked for
        assert!(to("StringEquals", any.clone()).is_none() && to("StringNotLike", any.clone()).is_none(), "{any}");
    }
    for some in [json!("ec2.amazonaws.com"), json!("ecs*.amazonaws.com"), json!(".amazonaws.com"), json!([])] {
        assert!(to("StringLike", some.clone()).is_none(), "{some}");
    }
}

#[test]
fn a_setting_names_services_and_actions_that_there_are() {
    let ends = |rule: &str, table: &str| {
        let mut world = World::default();
        world.role(PROD, "app", trust(), &[allow(&json!(["kms:*", "s3:GetObject"]), &json!("*"))]);
        let settings = RuleSettings { parameters: toml::from_str(table).unwrap(), ..RuleSettings::default() };
        judge(&world.estate(), rule, settings).map(|found| found.len()).map_err(|error| format!("{error:?}"))
    };
    let (whole, read) = ("policy-allows-whole-service", "sensitive-read-on-all-resources");
    for (rule, known) in [(whole, "services = ['KMS']"), (read, "actions = ['S3:getobject']")] {
        assert_eq!(ends(rule, known), Ok(1), "{known}");
    }
    for (rule, wrong, says) in [
        (whole, "services = ['kmss']", "`kmss` is no prefix of actions in the catalog of 20"),
        (whole, "services = ['kms:*']", "`kms:*` is no prefix"),
        (read, "actions = ['s3:GetObjekt']", "; `s3:GetObject` is one"),
        (read, "actions = ['s4:GetObject']", "`s4:GetObject` is no action in the catalog"),
    ] {
        let error = ends(rule, wrong).unwrap_err();
        assert!(error.contains(says), "{wrong}: {error}");
    }
}
