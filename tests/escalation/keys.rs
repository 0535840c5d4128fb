//! What the requests of a way hold: keys of IAM in the actions that have them, and in no others; what AWS says they are about.

use rolehop::answer::Verdict;
use rolehop::escalation::Escalations;
use rolehop::eval::Trace;
use rolehop::graph::Decision;
use rolehop::ids::PrincipalIx;
use rolehop::model::Estate;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::paths::{everything, policy};
use crate::support::{DEV, World, role, trusts, trusts_if, user};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// The best verdict of the user or role `who` on a way, and how many targets it is tried on.
fn tried(estate: &Estate, id: &str) -> (Verdict, usize) {
    let facts = Escalations::new(estate);
    let who = estate.principals().iter().position(|principal| principal.name() == "who").unwrap();
    let who = PrincipalIx::new(who);
    let way = facts.ways_of(estate.principal(who).class()).into_iter().find(|(_, own)| &*own.id == id);
    let attempts = way.map(|(ix, _)| facts.attempts(who, ix)).unwrap_or_default();
    let verdict = |attempt: &rolehop::escalation::Attempt<'_>| {
        let trust = attempt.lets_in(estate, &mut Trace::off());
        Decision::new(trust.and(attempt.truth(estate, attempt.credentials(estate)))).verdict()
    };
    (attempts.iter().map(verdict).min().unwrap_or(Verdict::Denied), attempts.len())
}

fn best(world: &World, id: &str) -> Verdict {
    tried(&world.estate(), id).0
}

fn is_open(world: &World, id: &str) -> bool {
    best(world, id) == Verdict::Allowed
}

/// A user `who` that may do this under a condition, and a role and a user that may do anything.
fn world(actions: &[&str], condition: Value) -> World {
    let mut world = World::of_organization();
    world.role(DEV, "strong", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
    world.user(DEV, "strong", &[everything()]);
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*", "Condition": condition});
    world.user(DEV, "who", &[policy(json!([statement]))]);
    world
}

/// Gives the last user a boundary that allows everything, from a policy of the account.
fn bounded(world: &mut World) -> String {
    let arn = format!("arn:aws:iam::{DEV}:policy/wide");
    let version = json!({"Document": everything(), "VersionId": "v1", "IsDefaultVersion": true});
    world.account(DEV)["Policies"] =
        json!([{"PolicyName": "wide", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    world.with(DEV, "UserDetailList", "PermissionsBoundary", boundary);
    arn
}

#[test]
fn tags_of_what_is_changed_are_no_choice_of_the_caller() {
    let with = |condition: Value| {
        let mut world = World::of_organization();
        let arn = format!("arn:aws:iam::{DEV}:policy/own");
        let statement =
            json!({"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": arn, "Condition": condition});
        let version = json!({"Document": policy(json!([statement])), "VersionId": "v1", "IsDefaultVersion": true});
        world.account(DEV)["Policies"] =
            json!([{"PolicyName": "own", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
        world.user(DEV, "who", &[]);
        world.with(DEV, "UserDetailList", "AttachedManagedPolicies", json!([{"PolicyName": "own", "PolicyArn": arn}]));
        best(&world, "iam-001")
    };
    assert_eq!(with(json!({})), Verdict::Allowed);
    // nobody read the tags of the policy
    assert_eq!(with(json!({"StringEquals": {"aws:ResourceTag/team": "x"}})), Verdict::Conditional);
}

#[test]
fn the_policy_that_is_attached_is_one_that_the_condition_lets_through_and_that_gives_more() {
    // to itself alone: to any user, it would be an administrator
    let statement = |arn: &str| {
        json!({"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": user(DEV, "who"),
            "Condition": {"ArnEquals": {"iam:PolicyARN": arn}}})
    };
    let attach = |arn: &str| {
        let mut world = World::of_organization();
        world.user(DEV, "who", &[policy(json!([statement(arn)]))]);
        world
    };
    assert!(is_open(&attach(ADMINISTRATOR), "iam-008"));
    assert!(is_open(&attach("arn:aws:iam::aws:policy/IAMFullAccess"), "iam-008"));
    assert!(!is_open(&attach("arn:aws:iam::aws:policy/ReadOnlyAccess"), "iam-008"));
    // a policy of its own making
    let own = format!("arn:aws:iam::{DEV}:policy/made");
    assert!(!is_open(&attach(&own), "iam-008"), "nobody may write that policy");
    let mut makes = attach(&own);
    let create = json!([{"Effect": "Allow", "Action": "iam:CreatePolicy", "Resource": own}, statement(&own)]);
    makes.with(DEV, "UserDetailList", "UserPolicyList", json!([{"PolicyName": "p", "PolicyDocument": policy(create)}]));
    assert!(is_open(&makes, "iam-008"));
}

#[test]
fn keys_of_passed_roles_are_in_requests_that_pass_roles_alone() {
    let function = format!("arn:aws:lambda:us-east-1:{DEV}:function:app");
    let about = json!({"ArnLike": {"iam:AssociatedResourceArn": function}});
    assert!(!is_open(&world(&["iam:UpdateAssumeRolePolicy"], about), "iam-012"));
    let about_none = json!({"Null": {"iam:AssociatedResourceArn": "true", "iam:PassedToService": "true"}});
    assert!(is_open(&world(&["iam:UpdateAssumeRolePolicy"], about_none), "iam-012"));
    let passed = |service: &str| is_passed(json!({"StringEquals": {"iam:PassedToService": service}}));
    assert_eq!([passed("lambda.amazonaws.com"), passed("ec2.amazonaws.com")], [true, false]);
}

#[test]
fn a_boundary_is_replaced_by_one_that_the_condition_lets_through_and_only_where_there_is_one() {
    let put = |boundary: &str| {
        world(&["iam:PutUserPermissionsBoundary"], json!({"StringEquals": {"iam:PermissionsBoundary": boundary}}))
    };
    assert!(!is_open(&put(ADMINISTRATOR), "iam-024"), "it has no boundary");
    let mut own = put(ADMINISTRATOR);
    let arn = bounded(&mut own);
    assert!(is_open(&own, "iam-024"));
    let mut same = put(&arn);
    bounded(&mut same);
    assert!(!is_open(&same, "iam-024"), "it may set the boundary that it has");
    let delete = world(&["iam:DeleteUserPermissionsBoundary"], json!({}));
    assert!(!is_open(&delete, "iam-022"));
}

#[test]
fn the_boundary_of_whom_is_changed_is_in_the_request() {
    let only_bounded = |boundary: &str| {
        let mut world = World::of_organization();
        world.role(DEV, "strong", trusts(json!({"AWS": user(DEV, "who")})), &[]);
        let statement = json!({"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": user(DEV, "who"),
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}});
        world.user(DEV, "who", &[policy(json!([statement]))]);
        world
    };
    let arn = format!("arn:aws:iam::{DEV}:policy/wide");
    assert!(!is_open(&only_bounded(&arn), "iam-007"), "it has none");
    let mut world = only_bounded(&arn);
    bounded(&mut world);
    assert!(is_open(&world, "iam-007"));
}

#[test]
fn a_deny_of_its_own_is_detached_where_it_is_managed_and_deleted_where_it_is_inline() {
    let deny = policy(json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]));
    let with = |actions: &[&str]| policy(json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]));
    let mut inline = World::of_organization();
    inline.user(DEV, "who", &[with(&["iam:DetachUserPolicy", "iam:DeleteUserPolicy"]), deny.clone()]);
    assert_eq!([is_open(&inline, "iam-025"), is_open(&inline, "iam-026")], [false, true]);
    let mut managed = World::of_organization();
    let arn = format!("arn:aws:iam::{DEV}:policy/denies");
    let version = json!({"Document": deny, "VersionId": "v1", "IsDefaultVersion": true});
    managed.account(DEV)["Policies"] =
        json!([{"PolicyName": "denies", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    managed.user(DEV, "who", &[with(&["iam:DetachUserPolicy", "iam:DeleteUserPolicy"])]);
    managed.with(DEV, "UserDetailList", "AttachedManagedPolicies", json!([{"PolicyName": "denies", "PolicyArn": arn}]));
    assert_eq!([is_open(&managed, "iam-025"), is_open(&managed, "iam-026")], [true, false]);
}

#[test]
fn nobody_writes_a_version_of_a_policy_of_awss() {
    let mut world = world(&["iam:CreatePolicyVersion"], json!({}));
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let read = policy(json!([{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]));
    let version = json!({"Document": read, "VersionId": "v1", "IsDefaultVersion": true});
    world.account(DEV)["Policies"] =
        json!([{"PolicyName": "ReadOnlyAccess", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]);
    world.with(
        DEV,
        "UserDetailList",
        "AttachedManagedPolicies",
        json!([{"PolicyName": "ReadOnlyAccess", "PolicyArn": arn}]),
    );
    assert_eq!(tried(&world.estate(), "iam-001"), (Verdict::Denied, 0));
}

#[test]
fn iam_is_called_in_the_home_region_of_the_partition() {
    let condition = json!({"StringEquals": {"aws:RequestedRegion": "cn-north-1"}});
    let world = world(&["iam:UpdateAssumeRolePolicy"], condition);
    let dir = world.write();
    // the same organization in the partition of China
    for file in std::fs::read_dir(dir.path().join("accounts")).unwrap() {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap().replace("arn:aws:", "arn:aws-cn:");
        std::fs::write(file, text).unwrap();
    }
    std::fs::remove_file(dir.path().join("organization.json")).unwrap();
    let estate = Estate::build(&Snapshot::open(dir.path()).unwrap(), "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(tried(&estate, "iam-012").0, Verdict::Allowed);
    assert!(!is_open(&world, "iam-012"));
}

/// Whether a role that lets in functions under a condition is reached by whoever may pass it to one.
fn is_open_to_functions(condition: Value) -> bool {
    let mut world = World::of_organization();
    world.role(DEV, "strong", trusts_if(json!({"Service": "lambda.amazonaws.com"}), condition), &[everything()]);
    let pass = json!([{"Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"}]);
    world.user(DEV, "who", &[policy(pass)]);
    is_open(&world, "lambda-001")
}

#[test]
fn a_service_comes_from_the_account_of_the_role_and_what_it_runs_is_named_as_the_caller_likes() {
    let with = is_open_to_functions;
    assert!(with(json!({"StringEquals": {"aws:SourceAccount": DEV}})));
    assert!(!with(json!({"StringEquals": {"aws:SourceAccount": "999999999999"}})));
    assert!(with(json!({"ArnLike": {"aws:SourceArn": format!("arn:aws:lambda:*:{DEV}:function:*")}})));
}

/// AWS lists `iam:PermissionsBoundary` for the actions on what a boundary limits, and not for those on keys and passwords.
#[test]
fn the_boundary_of_whom_is_changed_is_in_the_requests_alone_that_have_it() {
    let wide = format!("arn:aws:iam::{DEV}:policy/wide");
    let with = |action: &str, effect: &str, id: &str| {
        let mut world = World::of_organization();
        let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": wide});
        world.role(DEV, "strong", trusts(json!({"Service": "lambda.amazonaws.com"})), &[everything()]);
        world.with(DEV, "RoleDetailList", "PermissionsBoundary", boundary);
        world.user(DEV, "strong", &[everything()]);
        bounded(&mut world);
        let mut statements = vec![json!({"Effect": effect, "Action": "iam:*", "Resource": "*",
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": wide}}})];
        if effect == "Deny" {
            statements.push(json!({"Effect": "Allow", "Action": action, "Resource": "*"}));
        } else {
            statements[0]["Action"] = json!(action);
        }
        world.user(DEV, "who", &[policy(json!(statements))]);
        is_open(&world, id)
    };
    for (action, id) in [("iam:CreateAccessKey", "iam-002"), ("iam:CreateLoginProfile", "iam-004")] {
        assert_eq!([with(action, "Allow", id), with(action, "Deny", id)], [false, true], "{action}");
    }
    let of_trust = |effect| with("iam:UpdateAssumeRolePolicy", effect, "iam-012");
    assert_eq!([of_trust("Allow"), of_trust("Deny")], [true, false]);
}

#[test]
fn a_key_that_an_action_does_not_have_is_absent() {
    let named = json!({"StringEquals": {"iam:AWSServiceName": "lambda.amazonaws.com"}});
    assert!(!is_open(&world(&["iam:UpdateAssumeRolePolicy"], named), "iam-012"));
    let tagged = json!({"StringEquals": {"aws:ResourceTag/team": "x"}});
    let mut group = world(&["iam:AddUserToGroup"], tagged);
    group.account(DEV)["GroupDetailList"] = json!([{"Path": "/", "GroupName": "strong", "GroupId": "AGPAS",
        "Arn": format!("arn:aws:iam::{DEV}:group/strong"), "GroupPolicyList": [], "AttachedManagedPolicies": []}]);
    assert_eq!(tried(&group.estate(), "iam-013"), (Verdict::Denied, 1), "groups have no tags");
    // a function is made in a network, and called without one
    let outside = |action: &str| {
        let mut world = world(&["s3:GetObject"], json!({}));
        let statements = json!([
            {"Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"},
            {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": {"Null": {"lambda:VpcIds": "true"}}}]);
        let inline = json!([{"PolicyName": "p", "PolicyDocument": policy(statements)}]);
        world.with(DEV, "UserDetailList", "UserPolicyList", inline);
        is_open(&world, "lambda-001")
    };
    assert_eq!([outside("lambda:CreateFunction"), outside("lambda:*")], [true, false]);
}

#[test]
fn the_role_that_a_stack_gets_is_the_one_that_is_passed() {
    let with = |passed: &str, action: &str| {
        let mut world = World::of_organization();
        world.role(DEV, "strong", trusts(json!({"Service": "cloudformation.amazonaws.com"})), &[everything()]);
        let statements = json!([
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
            {"Effect": "Allow", "Action": action, "Resource": "*",
                "Condition": {"ArnEquals": {"cloudformation:RoleArn": role(DEV, passed)}}}]);
        world.user(DEV, "who", &[policy(statements)]);
        is_open(&world, "cloudformation-001")
    };
    assert_eq!(["strong", "other"].map(|passed| with(passed, "cloudformation:CreateStack")), [true, false]);
}

#[test]
fn nobody_read_which_instance_profile_holds_a_role() {
    let mut world = World::of_organization();
    world.role(DEV, "strong", trusts(json!({"Service": "ec2.amazonaws.com"})), &[everything()]);
    let profile = format!("arn:aws:iam::{DEV}:instance-profile/web");
    let statements = json!([
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
        {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": {"ArnEquals": {"ec2:InstanceProfile": profile}}}]);
    world.user(DEV, "who", &[policy(statements)]);
    assert_eq!(best(&world, "ec2-001"), Verdict::Conditional);
}

#[test]
fn a_service_calls_for_something_of_the_account_of_the_role_and_its_organization() {
    let with = is_open_to_functions;
    let of_account = |id: &str| json!({"ArnLike": {"aws:SourceArn": format!("arn:aws:lambda:*:{id}:function:*")}});
    assert_eq!([DEV, "999999999999", "*"].map(|id| with(of_account(id))), [true, false, true]);
    let of_organization = |id: &str| json!({"StringEquals": {"aws:SourceOrgID": id}});
    assert_eq!(["o-example", "o-other"].map(|id| with(of_organization(id))), [true, false]);
}

/// Whether a function is given the role `strong` by whoever may pass it under this condition.
fn is_passed(condition: Value) -> bool {
    let mut world = world(&["s3:GetObject"], json!({}));
    let pass = json!([
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role(DEV, "strong"), "Condition": condition},
        {"Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"}]);
    world.with(DEV, "UserDetailList", "UserPolicyList", json!([{"PolicyName": "p", "PolicyDocument": policy(pass)}]));
    is_open(&world, "lambda-001")
}

#[test]
fn a_role_is_passed_for_something_of_the_services_that_are_called() {
    let like = |pattern: &str| json!({"ArnLike": {"iam:AssociatedResourceArn": pattern}});
    assert!(is_passed(like("arn:aws:lambda:*:*:function:*")));
    assert!(is_passed(like("arn:aws:*:*:*:*")));
    assert!(!is_passed(like("arn:aws:ec2:*:*:instance/*")));
    assert!(is_passed(like(&format!("arn:aws:lambda:*:{DEV}:function:*"))));
    assert!(!is_passed(like("arn:aws:lambda:*:999988887777:function:*")), "what is made is in the caller's account");
    assert!(!is_passed(like("arn:aws-cn:lambda:*:*:function:*")), "and partition");
    assert!(is_passed(json!({"ArnNotLike": {"iam:AssociatedResourceArn": "arn:aws:ec2:*:*:instance/*"}})));
    assert!(is_passed(json!({"Null": {"iam:AssociatedResourceArn": "true"}})));
}

#[test]
fn a_role_in_no_instance_profile_is_passed_to_instances_by_whoever_may_fill_one() {
    let passed = |profiles: Option<Value>, more: &[&str], on: &str| {
        let mut world = world(&["s3:GetObject"], json!({}));
        world.role(DEV, "app", trusts(json!({"Service": "ec2.amazonaws.com"})), &[everything()]);
        if let Some(profiles) = profiles {
            world.with(DEV, "RoleDetailList", "InstanceProfileList", profiles);
        }
        let more = [more, &["s3:GetObject"]].concat();
        let pass = json!([{"Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "*"},
            {"Effect": "Allow", "Action": more, "Resource": on}]);
        world.with(
            DEV,
            "UserDetailList",
            "UserPolicyList",
            json!([{"PolicyName": "p", "PolicyDocument": policy(pass)}]),
        );
        is_open(&world, "ec2-001")
    };
    let profile = json!([{"Path": "/", "InstanceProfileName": "app", "InstanceProfileId": "AIPAAPP",
        "Arn": format!("arn:aws:iam::{DEV}:instance-profile/app"), "CreateDate": "2026-01-01T00:00:00Z", "Roles": []}]);
    assert!(passed(None, &[], "*"));
    assert!(passed(Some(profile), &[], "*"));
    assert!(!passed(Some(json!([])), &[], "*"));
    assert!(passed(Some(json!([])), &["iam:AddRoleToInstanceProfile"], "*"));
    let own = format!("arn:aws:iam::{DEV}:instance-profile/team/*");
    assert!(passed(Some(json!([])), &["iam:AddRoleToInstanceProfile"], &own));
    assert!(!passed(Some(json!([])), &["iam:AddRoleToInstanceProfile"], &role(DEV, "app")));
}
