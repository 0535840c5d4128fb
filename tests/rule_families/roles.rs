//! Edge cases of the rules about the life of roles.

use rolehop::finding::Status;
use rolehop::rules::RuleSettings;
use serde_json::json;

use crate::support::World;
use crate::{judge, root, support, told};

#[test]
fn last_use_that_was_not_collected_is_unknown() {
    let mut world = World::of_organization();
    world.role(support::PROD, "Ops", support::trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    let findings = judge(&world.estate(), "role-unused", RuleSettings::default()).unwrap();
    let [only] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!((only.status, &only.subject), (Status::Unknown, &root(support::PROD)));
}

#[test]
fn nobody_is_told_to_do_what_aws_refuses() {
    let mut world = World::default();
    let set = ("AWSReservedSSO_Audit_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/eu-west-1/");
    let made = [
        set,
        ("AWSControlTowerExecution", "/"),
        ("stacksets-exec-0a1b", "/"),
        ("old", "/"),
        ("for-ec2", "/service-role/"),
    ];
    for (name, path) in made {
        world.role(support::PROD, name, support::trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
        for (key, value) in
            [("Path", json!(path)), ("RoleLastUsed", json!({})), ("CreateDate", json!("2020-01-01T00:00:00Z"))]
        {
            world.with(support::PROD, "RoleDetailList", key, value);
        }
    }
    let found = judge(&world.estate(), "role-unused", RuleSettings::default()).unwrap();
    let fix = |name: &str| &found.iter().find(|f| f.subject.ends_with(name)).unwrap().remediation;
    assert!(fix("/AWSReservedSSO_Audit_0123456789abcdef").contains("assignments"));
    assert!(fix("/AWSControlTowerExecution").contains("Control Tower"));
    assert!(fix("/stacksets-exec-0a1b").contains("stack sets"));
    for name in ["/old", "/for-ec2"] {
        assert!(fix(name).contains("delete it"), "{name}");
    }
}

#[test]
fn an_instance_profile_and_the_trust_policy_fit_together() {
    let rule = "instance-profile-mismatch";
    let ec2 = json!({"Service": "ec2.amazonaws.com"});
    let profile = json!([{"InstanceProfileName": "app"}]);
    let both = json!({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]});
    for (principal, profiles, expected) in [
        (ec2.clone(), json!([]), Some(Status::Open)),
        (ec2.clone(), profile.clone(), None),
        (both, json!([]), None),
        (json!({"Service": "lambda.amazonaws.com"}), profile.clone(), Some(Status::Open)),
        (json!({"AWS": "*"}), profile.clone(), None),
        (json!({"Service": "ec2.amazonaws.com.cn"}), profile, None),
        (ec2, json!(null), Some(Status::Unknown)),
    ] {
        let mut world = World::default();
        world.role(support::PROD, "app", support::trusts(principal.clone()), &[]);
        world.with(support::PROD, "RoleDetailList", "InstanceProfileList", profiles.clone());
        let found: Vec<Status> = told(&world, rule).0.into_iter().map(|(status, _)| status).collect();
        assert_eq!(found, Vec::from_iter(expected), "{principal} {profiles}");
    }
}

#[test]
fn services_of_a_role_whose_job_was_not_read_to_its_end_are_unknown() {
    let arn = support::role(support::PROD, "app");
    let used = json!([{"ServiceNamespace": "s3", "LastAuthenticated": "2026-11-01T00:00:00Z"}]);
    let unreadable = json!([{"ServiceNamespace": "s3", "LastAuthenticated": "last week"}]);
    for (of, is_known) in [
        (json!({"ServicesLastAccessed": used}), true),
        (json!({"ServicesLastAccessed": used, "JobStatus": "COMPLETED", "IsTruncated": false}), true),
        (json!({"ServicesLastAccessed": [], "JobCompletionDate": "2026-11-19T00:00:00Z"}), true),
        (json!({"ServicesLastAccessed": []}), false),
        (json!({"JobCompletionDate": "2026-11-19T00:00:00Z"}), false),
        (json!({"ServicesLastAccessed": [], "JobStatus": "IN_PROGRESS"}), false),
        (
            json!({"ServicesLastAccessed": [], "JobStatus": "FAILED", "JobCompletionDate": "2026-11-19T00:00:00Z"}),
            false,
        ),
        (json!({"ServicesLastAccessed": used, "JobStatus": "COMPLETED", "IsTruncated": true}), false),
        (json!({"ServicesLastAccessed": unreadable}), false),
        (json!({"Arn": support::role(support::PROD, "other"), "ServicesLastAccessed": used}), false),
    ] {
        let mut world = World::default();
        world.role(support::PROD, "app", support::trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
        let mut entry = of.clone();
        entry.as_object_mut().unwrap().entry("Arn").or_insert_with(|| json!(arn));
        world.account(support::PROD)["LastAccessed"] = json!([entry]);
        let found: Vec<Status> = told(&world, "service-never-used").0.into_iter().map(|(status, _)| status).collect();
        let expected = if is_known { Vec::new() } else { vec![Status::Unknown] };
        assert_eq!(found, expected, "{of}");
    }
}

#[test]
fn services_that_a_role_never_used_are_told_where_they_were_collected() {
    let rule = "service-never-used";
    let mut world = World::default();
    world.role(support::PROD, "app", support::trusts(json!({"Service": "ec2.amazonaws.com"})), &[]);
    assert_eq!(told(&world, rule), (vec![], 1), "collected on request only");
    let used = |services: serde_json::Value| json!([{"Arn": support::role(support::PROD, "app"), "ServicesLastAccessed": services}]);
    let (s3, sqs) = (
        json!({"ServiceNamespace": "s3", "LastAuthenticated": "2026-11-01T00:00:00Z"}),
        json!({"ServiceNamespace": "sqs"}),
    );
    world.account(support::PROD)["LastAccessed"] = used(json!([s3, sqs]));
    assert_eq!(told(&world, rule).0, [(Status::Open, support::role(support::PROD, "app"))]);
    world.account(support::PROD)["LastAccessed"] = used(json!([sqs]));
    assert_eq!(told(&world, rule), (vec![], 1), "a role that is not used at all is told by role-unused");
    world.account(support::PROD)["LastAccessed"] = used(json!([s3, sqs]));
    world.with(support::PROD, "RoleDetailList", "CreateDate", json!("2026-11-01T00:00:00Z"));
    assert_eq!(told(&world, rule), (vec![], 1), "young");
    world.with(support::PROD, "RoleDetailList", "CreateDate", json!("2020-01-01T00:00:00Z"));
    world.with(support::PROD, "RoleDetailList", "Path", json!("/aws-service-role/x.amazonaws.com/"));
    world.account(support::PROD)["LastAccessed"][0]["Arn"] =
        json!(format!("arn:aws:iam::{}:role/aws-service-role/x.amazonaws.com/app", support::PROD));
    assert_eq!(told(&world, rule), (vec![], 1), "nobody can change what it may use");
    world.account(support::PROD)["LastAccessed"] = used(json!([s3, sqs]));
    world.with(support::PROD, "RoleDetailList", "Path", json!("/"));
    let few =
        RuleSettings { parameters: toml::from_str("days = 1\nmost_services = 1").unwrap(), ..RuleSettings::default() };
    assert!(judge(&world.estate(), rule, few).unwrap().is_empty(), "an administrator");
}
