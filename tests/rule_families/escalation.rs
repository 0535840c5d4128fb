//! Findings of escalation: one for each cause, with a change that ends it.

use rolehop::finding::{Finding, Status};
use rolehop::model::Estate;
use rolehop::rules::RuleSettings;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::judge;
use crate::support::{DEV, HUB, PROD, World, role, root, trusts, user};

const OWN: &str = "principal-makes-itself-administrator";
const PASSES: &str = "stronger-role-can-be-passed";

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(action: &Value, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn everything() -> Value {
    policy(json!([allow(&json!("*"), "*")]))
}

fn of_service(service: &str) -> Value {
    trusts(json!({"Service": format!("{service}.amazonaws.com")}))
}

/// Findings that are sure.
fn found(world: &World, rule: &str) -> Vec<Finding> {
    let all = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    all.into_iter().filter(|finding| finding.status == Status::Open).collect()
}

/// A group with these statements, and users in it.
fn group(world: &mut World, statements: Value, users: usize) -> String {
    let arn = format!("arn:aws:iam::{DEV}:group/builders");
    world.account(DEV)["GroupDetailList"] = json!([{"Path": "/", "GroupName": "builders", "GroupId": "AGPAB", "Arn": arn,
        "GroupPolicyList": [{"PolicyName": "build", "PolicyDocument": policy(statements)}], "AttachedManagedPolicies": []}]);
    for at in 0..users {
        world.user(DEV, &format!("user-{at:03}"), &[]).with(DEV, "UserDetailList", "GroupList", json!(["builders"]));
    }
    arn
}

#[test]
fn three_hundred_users_who_escalate_by_one_statement_are_one_finding() {
    let mut world = World::of_organization();
    let puts = allow(&json!("iam:PutUserPolicy"), &format!("arn:aws:iam::{DEV}:user/${{aws:username}}"));
    let arn = group(&mut world, json!([puts]), 300);
    let [finding] = found(&world, OWN).try_into().unwrap();
    assert_eq!(&*finding.subject, arn.as_str());
    assert!(
        finding.message.contains("298 more can each become administrator (put-policy iam-007)"),
        "{}",
        finding.message
    );
    assert!(
        finding
            .message
            .ends_with("taking iam:PutUserPolicy out of statement 0 of `build (inline in group builders)` ends it"),
        "{}",
        finding.message
    );
}

#[test]
fn each_statement_that_lets_somebody_escalate_is_a_finding_of_its_own() {
    let mut world = World::of_organization();
    let puts = |action: &str| allow(&json!(action), &format!("arn:aws:iam::{DEV}:user/user-*"));
    group(&mut world, json!([puts("iam:PutUserPolicy"), puts("iam:AttachUserPolicy")]), 3);
    let messages: Vec<String> = found(&world, OWN).into_iter().map(|finding| finding.message).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages.iter().any(|message| message.contains("taking iam:PutUserPolicy out of statement 0")),
        "{messages:?}"
    );
    assert!(
        messages.iter().any(|message| message.contains("taking iam:AttachUserPolicy out of statement 1")),
        "{messages:?}"
    );
}

/// A role that a function may get, and who may do this by the statements of one policy.
fn passing(statements: Value) -> World {
    let mut world = World::of_organization();
    world.role(DEV, "strong", of_service("lambda"), &[everything()]);
    world.user(DEV, "who", &[policy(statements)]);
    world
}

#[test]
fn the_change_that_a_finding_tells_ends_it() {
    let makes = || allow(&json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), "*");
    let said = |statements: &Value| -> Vec<String> {
        let found = found(&passing(statements.clone()), PASSES).into_iter();
        found.map(|finding| finding.message.rsplit("; ").next().unwrap().to_owned()).collect()
    };
    // by name: without it
    let named = json!([makes(), allow(&json!(["iam:GetRole", "iam:passrole"]), "*")]);
    assert_eq!(said(&named), ["taking iam:PassRole out of statement 1 of `inline-0 (inline)` ends it"]);
    assert_eq!(said(&json!([makes(), allow(&json!(["iam:GetRole"]), "*")])), [""; 0]);
    // by a pattern, or by leaving others out: a Deny beside it
    let deny = json!({"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"});
    let but = json!({"Effect": "Allow", "NotAction": ["iam:*User*", "iam:*Role", "iam:*Policy", "iam:Upd*"], "Resource": "*"});
    let strong = json!({"Effect": "Allow", "Action": "iam:Pass*", "Resource": role(DEV, "strong")});
    for wide in [json!([makes(), strong]), json!([makes(), allow(&json!("iam:P*Role"), "*")])] {
        assert_eq!(said(&wide), ["a Deny of iam:PassRole beside statement 1 of `inline-0 (inline)` ends it"]);
        let mut denied = wide;
        denied.as_array_mut().unwrap().push(deny.clone());
        assert_eq!(said(&denied), [""; 0]);
    }
    assert_eq!(said(&json!([makes(), but])), [""; 0], "it leaves out PassRole");
    // one of two is not enough: both are told
    let twice =
        json!([makes(), allow(&json!("iam:PassRole"), "*"), allow(&json!("iam:PassRole"), &role(DEV, "strong"))]);
    assert_eq!(
        said(&twice),
        ["taking iam:PassRole out of statement 1 of `inline-0 (inline)` is one part of the fix: others allow it too"]
    );
}

#[test]
fn whoever_is_allowed_to_escalate_is_no_finding() {
    let mut world = World::of_organization();
    for name in ["ci-deploy", "ann"] {
        world.user(DEV, name, &[policy(json!([allow(&json!("iam:PutUserPolicy"), &user(DEV, name))]))]);
    }
    let settings = |table: &str| RuleSettings { parameters: toml::from_str(table).unwrap(), ..RuleSettings::default() };
    let found = judge(&world.estate(), OWN, settings("allowed_principals = [\"ci-*\"]")).unwrap();
    let subjects: Vec<String> = found.into_iter().map(|finding| finding.subject.to_string()).collect();
    assert_eq!(subjects, [user(DEV, "ann")]);
}

#[test]
fn a_role_that_a_service_runs_code_with_and_that_escalates_is_told_as_such() {
    let with = |trust: Value, policies: &[Value]| {
        let mut world = World::of_organization();
        world.role(DEV, "app", trust, policies);
        found(&world, "service-role-can-escalate").into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    let puts = || policy(json!([allow(&json!("iam:PutRolePolicy"), &role(DEV, "app"))]));
    let [message] = with(of_service("lambda"), &[puts()]).try_into().unwrap();
    assert!(
        message.starts_with(
            "lambda.amazonaws.com runs code with it, and role/app can become administrator (put-policy iam-005)"
        ),
        "{message}"
    );
    // people use it; it escalates to nothing; it is one already, which another rule tells
    assert_eq!(with(trusts(root(DEV)), &[puts()]), [""; 0]);
    assert_eq!(with(of_service("lambda"), &[policy(json!([allow(&json!("s3:*"), "*")]))]), [""; 0]);
    assert_eq!(with(of_service("lambda"), &[everything()]), [""; 0]);
    // what holds it back goes with it
    let deny = policy(
        json!([{"Effect": "Deny", "Action": ["iam:Put*", "iam:Attach*", "iam:Update*", "iam:Create*", "iam:Add*"], "Resource": "*"}]),
    );
    let [message] = with(of_service("lambda"), &[everything(), deny]).try_into().unwrap();
    assert!(
        message
            .contains("role/app can remove what limits it and become administrator (delete-deny rh-delete-role-deny)"),
        "{message}"
    );
}

#[test]
fn what_was_not_read_of_a_service_role_leaves_open_whether_it_escalates() {
    let puts = policy(json!([allow(&json!("iam:PutRolePolicy"), &role(DEV, "app"))]));
    let status = |world: &World| {
        let found = judge(&world.estate(), "service-role-can-escalate", RuleSettings::default()).unwrap();
        found.into_iter().map(|finding| finding.status).collect::<Vec<_>>()
    };
    let mut world = World::of_organization();
    world.role(DEV, "app", of_service("lambda"), &[puts]);
    assert_eq!(status(&world), [Status::Open]);
    let policies = world.organization().as_object_mut().unwrap().remove("Policies").unwrap();
    assert_eq!(status(&world), [Status::Unknown]);
    world.organization()["Policies"] = policies;
    world.account(DEV)["RoleDetailList"][0].as_object_mut().unwrap().remove("AssumeRolePolicyDocument");
    assert_eq!(status(&world), [Status::Unknown]);
}

#[test]
fn who_gives_itself_access_is_known_where_delegations_are() {
    let status = |delegated: Option<Value>| {
        let mut world = World::of_organization();
        world.role(
            DEV,
            "app",
            trusts(root(DEV)),
            &[policy(json!([allow(&json!("sso:CreateAccountAssignment"), "*")]))],
        );
        if let Some(delegated) = delegated {
            world.organization()["DelegatedAdministrators"] = delegated;
        }
        let found = judge(&world.estate(), "access-to-accounts-can-be-given", RuleSettings::default()).unwrap();
        // one statement that allows several resources is all of the cause
        let is_open = |finding: &&Finding| finding.status == Status::Open;
        assert!(found.iter().filter(is_open).all(|one| one.message.ends_with(" ends it")), "{found:#?}");
        found.into_iter().map(|finding| finding.status).collect::<Vec<_>>()
    };
    let to_dev = |service: &str| json!([{"Id": DEV, "Services": [{"ServicePrincipal": service}]}]);
    assert_eq!(status(None), [Status::Unknown]);
    assert_eq!(status(Some(json!([{"Id": DEV}]))), [Status::Unknown]);
    assert_eq!(status(Some(to_dev("sso.amazonaws.com"))), [Status::Open]);
    assert_eq!(status(Some(to_dev("guardduty.amazonaws.com"))), []);
    assert_eq!(status(Some(json!([]))), []);
}

/// As a path says: nobody gains by a group that has neither an assignment nor an entitlement.
#[test]
fn whoever_fills_groups_gives_itself_access_by_those_that_have_some() {
    let found = |group: &str, assigned: &str| {
        let mut world = World::of_organization();
        world.organization()["DelegatedAdministrators"] = json!([]);
        let resources = [
            format!("arn:aws:identitystore:::group/{group}"),
            format!("arn:aws:identitystore::{HUB}:identitystore/d-1"),
            "arn:aws:identitystore:::user/*".to_owned(),
        ];
        let fills = json!({"Effect": "Allow", "Action": "identitystore:CreateGroupMembership", "Resource": resources});
        world.role(HUB, "app", trusts(root(HUB)), &[policy(json!([fills]))]);
        let dir = world.write();
        let set = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";
        let instance = json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1",
            "OwnerAccountId": HUB, "PermissionSets": [{"PermissionSetArn": set, "Name": "Admin"}], "Users": [],
            "Groups": [{"GroupId": "g-1", "DisplayName": "one"}, {"GroupId": "g-2", "DisplayName": "two"}],
            "GroupMemberships": [], "AccountAssignments": [{"AccountId": PROD, "PermissionSetArn": set,
                "PrincipalType": "GROUP", "PrincipalId": assigned}]});
        std::fs::write(dir.path().join("identity-center.json"), json!({"Instances": [instance]}).to_string()).unwrap();
        let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), crate::AT.parse().unwrap()).unwrap();
        let found = judge(&estate, "access-to-accounts-can-be-given", RuleSettings::default()).unwrap();
        found.into_iter().map(|finding| finding.status).collect::<Vec<_>>()
    };
    assert_eq!(found("g-1", "g-1"), [Status::Open]);
    assert_eq!(found("*", "g-1"), [Status::Open]);
    assert_eq!(found("g-2", "g-1"), []);
}

/// The results of a rule, the statuses alone.
fn statuses(world: &World, rule: &str) -> Vec<Status> {
    let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    found.into_iter().map(|finding| finding.status).collect()
}

#[test]
fn who_administers_something_for_an_organization_is_its_member_whether_accounts_were_listed_or_not() {
    let mut world = World::of_organization();
    let gives = [policy(json!([allow(&json!("sso:CreateAccountAssignment"), "*")]))];
    world.role(DEV, "app", trusts(root(DEV)), &gives).role(PROD, "app", trusts(root(PROD)), &gives);
    world.organization().as_object_mut().unwrap().remove("Accounts");
    let rule = "access-to-accounts-can-be-given";
    // of both it is not known
    assert_eq!(statuses(&world, rule), [Status::Unknown; 2]);
    let to_dev = json!([{"Id": DEV, "Services": [{"ServicePrincipal": "sso.amazonaws.com"}]}]);
    world.organization()["DelegatedAdministrators"] = to_dev;
    let found = judge(&world.estate(), rule, RuleSettings::default()).unwrap();
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    // its SCPs were not read
    assert_eq!((only.status, only.account.to_string().as_str()), (Status::Unknown, DEV));
}

/// Who passes a role, enters what may run with one, or changes a provider; `trust` is that of an administrator of the account.
fn weak_and_strong(trust: Value) -> World {
    let mut world = World::of_organization();
    let provider = format!("arn:aws:iam::{DEV}:saml-provider/idp");
    world.account(DEV)["SAMLProviders"] = json!([{"Arn": provider}]);
    world.account(DEV)["OpenIDConnectProviders"] = json!([]);
    world.role(DEV, "strong", trust, &[everything()]);
    for (name, actions) in [
        ("passes", json!(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])),
        ("enters", json!("ssm:StartSession")),
        ("signs", json!("iam:UpdateSAMLProvider")),
        ("reads", json!("s3:GetObject")),
    ] {
        world.user(DEV, name, &[policy(json!([allow(&actions, "*")]))]);
    }
    world
}

#[test]
fn a_role_whose_trust_policy_was_not_read_may_be_passed_entered_and_signed_for() {
    let federated = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML",
        "Principal": {"Federated": format!("arn:aws:iam::{DEV}:saml-provider/idp")}}]});
    for (rule, trust) in [
        (PASSES, of_service("lambda")),
        ("stronger-compute-can-be-changed", of_service("ec2")),
        ("principal-takes-over-stronger-one", federated),
    ] {
        assert_eq!(statuses(&weak_and_strong(trust), rule), [Status::Open], "{rule}");
        // nobody but users is let in
        assert_eq!(statuses(&weak_and_strong(trusts(root(DEV))), rule), [], "{rule}");
        let mut unread = weak_and_strong(json!("nonsense"));
        let found = judge(&unread.estate(), rule, RuleSettings::default()).unwrap();
        let [only] = found.as_slice() else { panic!("{rule}: {found:#?}") };
        assert_eq!((only.status, only.subject.as_str()), (Status::Unknown, crate::root(DEV).as_str()), "{rule}");
        assert!(only.message.contains("`trust of strong`") && only.message.contains("(of 1 users"), "{}", only.message);
        // who is no stronger leaves nothing open
        let reads = json!([{"PolicyName": "reads", "PolicyDocument": policy(json!([allow(&json!("s3:ListAllMyBuckets"), "*")]))}]);
        unread.with(DEV, "RoleDetailList", "RolePolicyList", reads);
        assert_eq!(statuses(&unread, rule), [], "{rule}");
    }
}

#[test]
fn a_role_whose_trust_policy_was_not_read_is_in_doubt_for_whoever_may_pass_it() {
    let mut world = World::of_organization();
    world.role(DEV, "strong", json!("nonsense"), &[everything()]);
    let passes = |name: &str| {
        let makes = allow(&json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), "*");
        policy(json!([makes, allow(&json!("iam:PassRole"), &role(DEV, name))]))
    };
    world.user(DEV, "own", &[passes("own")]);
    assert_eq!(statuses(&world, PASSES), []);
    world.user(DEV, "strong", &[passes("strong")]);
    assert_eq!(statuses(&world, PASSES), [Status::Unknown]);
}
