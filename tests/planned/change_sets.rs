//! Change sets with property values: what is taken away with what goes, is renamed or replaced.

use serde_json::{Value, json};

use super::applied::{DEV, does, named, said};
use super::demo::json_of;

const SHARED: &str = "arn:aws:iam::444455556666:policy/shared";
const TO_DEPLOY: &str = "arn:aws:iam::101010101010:role/deploy";

fn allows(resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}]})
}

/// A change set of one resource: its type, what else is said of the change, and its properties before and after.
fn set(kind: &str, change: Value, before: Value, after: Value) -> Value {
    let mut of = json!({"LogicalResourceId": "X", "ResourceType": kind, "Replacement": "False"});
    for (key, value) in change.as_object().unwrap() {
        of[key] = value.clone();
    }
    for (key, properties) in [("BeforeContext", before), ("AfterContext", after)] {
        if !properties.is_null() {
            of[key] = json!(json!({"Properties": properties}).to_string());
        }
    }
    json!({"ChangeSetName": "x", "StackName": "app",
        "StackId": "arn:aws:cloudformation:eu-central-1:444455556666:stack/app/7c1a7b30-c2a1-11ef-9d5c-0a1b2c3d4e5f",
        "Changes": [{"Type": "Resource", "ResourceChange": of}]})
}

/// A change set does what is done to the account by hand.
fn does_to_dev(set: &Value, change: impl Fn(&mut Value)) -> Value {
    does("--cloudformation", set, |account, file| {
        if account == DEV {
            change(file);
        }
    })
}

fn detach_shared(file: &mut Value) {
    named(file, "RoleDetailList", "ci")["AttachedManagedPolicies"] = json!([]);
    named(file, "UserDetailList", "bob")["AttachedManagedPolicies"] = json!([]);
}

fn managed(name: &str, roles: &[&str], users: &[&str]) -> Value {
    json!({"ManagedPolicyName": name, "PolicyDocument": allows(TO_DEPLOY), "Roles": roles, "Users": users})
}

#[test]
fn a_managed_policy_that_goes_is_taken_from_those_that_it_lists() {
    let of = json!({"Action": "Remove", "PolicyAction": "Delete", "PhysicalResourceId": SHARED});
    let set = set("AWS::IAM::ManagedPolicy", of, managed("shared", &["ci"], &["bob"]), Value::Null);
    does_to_dev(&set, |file| {
        detach_shared(file);
        file["Policies"] = json!([]);
    });
}

#[test]
fn a_managed_policy_that_is_replaced_leaves_nothing_unless_it_is_retained() {
    let replaced = |action: &str| {
        let of =
            json!({"Action": "Modify", "Replacement": "True", "PolicyAction": action, "PhysicalResourceId": SHARED});
        set("AWS::IAM::ManagedPolicy", of, managed("shared", &["ci"], &["bob"]), managed("wider", &["ci"], &[]))
    };
    let wider = |file: &mut Value| {
        let mut new = file["Policies"][0].clone();
        let arn = "arn:aws:iam::444455556666:policy/wider";
        (new["PolicyName"], new["Arn"]) = (json!("wider"), json!(arn));
        new["PolicyVersionList"] =
            json!([{"VersionId": "v1", "IsDefaultVersion": true, "Document": allows(TO_DEPLOY)}]);
        new["DefaultVersionId"] = json!("v1");
        file["Policies"].as_array_mut().unwrap().push(new);
        let own = named(file, "RoleDetailList", "ci")["AttachedManagedPolicies"].as_array_mut().unwrap();
        own.push(json!({"PolicyName": "wider", "PolicyArn": arn}));
    };
    does_to_dev(&replaced("ReplaceAndDelete"), |file| {
        detach_shared(file);
        wider(file);
        file["Policies"].as_array_mut().unwrap().retain(|one| one["PolicyName"] != "shared");
    });
    does_to_dev(&replaced("ReplaceAndRetain"), wider);
}

#[test]
fn a_policy_that_is_renamed_or_moved_is_not_left_under_its_old_name() {
    let inline = |name: &str| json!({"PolicyName": name, "PolicyDocument": allows(TO_DEPLOY), "Roles": ["ci"]});
    let modify = json!({"Action": "Modify", "PhysicalResourceId": "app-X"});
    let renamed = set("AWS::IAM::Policy", modify, inline("assume"), inline("deploy"));
    let to_deploy = |file: &mut Value| {
        named(file, "RoleDetailList", "ci")["RolePolicyList"] =
            json!([{"PolicyName": "deploy", "PolicyDocument": allows(TO_DEPLOY)}]);
    };
    does_to_dev(&renamed, to_deploy);
    let inline =
        |name: &str, user: &str| json!({"PolicyName": name, "PolicyDocument": allows(TO_DEPLOY), "UserName": user});
    let replaced = |action: &str, after: Value| {
        let of = json!({"Action": "Modify", "Replacement": "True", "PolicyAction": action, "PhysicalResourceId": "x"});
        set("AWS::IAM::UserPolicy", of, inline("assume-ci", "ann"), after)
    };
    let new = |file: &mut Value, user: &str, name: &str| {
        let own = named(file, "UserDetailList", user)["UserPolicyList"].as_array_mut().unwrap();
        own.push(json!({"PolicyName": name, "PolicyDocument": allows(TO_DEPLOY)}));
    };
    let none = |file: &mut Value| named(file, "UserDetailList", "ann")["UserPolicyList"] = json!([]);
    does_to_dev(&replaced("ReplaceAndDelete", inline("deploy", "ann")), |file| {
        none(file);
        new(file, "ann", "deploy");
    });
    does_to_dev(&replaced("ReplaceAndDelete", inline("assume-ci", "bob")), |file| {
        none(file);
        new(file, "bob", "assume-ci");
    });
    does_to_dev(&replaced("ReplaceAndRetain", inline("deploy", "ann")), |file| new(file, "ann", "deploy"));
    let gone = json!({"Action": "Remove", "PolicyAction": "Delete", "PhysicalResourceId": "x"});
    does_to_dev(&set("AWS::IAM::UserPolicy", gone, inline("assume-ci", "ann"), Value::Null), none);
}

#[test]
fn members_of_another_group_are_no_longer_of_the_old_one() {
    let members = |group: &str| json!({"GroupName": group, "Users": ["bob"]});
    let modify = json!({"Action": "Modify", "PhysicalResourceId": "x"});
    let found = json_of(
        &said("--cloudformation", &set("AWS::IAM::UserToGroupAddition", modify, members("ops"), members("new"))).out,
    );
    let changes = found["principals"]["changes"].as_array().unwrap();
    let left = changes.iter().any(|change| change["kind"] == "group-left" && change["policy"] == "ops");
    assert!(left, "{found:#}");
}

#[test]
fn a_role_that_is_replaced_gets_a_name_that_is_not_known_whatever_there_is() {
    // what is there looks as if the stack had made it
    let rename = |file: &mut Value| {
        let role = named(file, "RoleDetailList", "ci");
        role["RoleName"] = json!("app-X-ABCDEFGHIJKL");
        role["Arn"] = json!("arn:aws:iam::444455556666:role/app-X-ABCDEFGHIJKL");
    };
    let trust = json!({"Version": "2012-10-17", "Statement": []});
    let before = super::applied::world(|account, file| {
        if account == DEV {
            rename(file)
        }
    });
    let file = before.path().join("set.json");
    for (change, is_deleted) in [
        (json!({"Action": "Add"}), false),
        (
            json!({"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndRetain", "PhysicalResourceId": "app-X-ABCDEFGHIJKL"}),
            false,
        ),
        (
            json!({"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndDelete", "PhysicalResourceId": "app-X-ABCDEFGHIJKL"}),
            true,
        ),
    ] {
        let properties = json!({"AssumeRolePolicyDocument": trust});
        let set = set("AWS::IAM::Role", change.clone(), properties.clone(), properties);
        std::fs::write(&file, set.to_string()).unwrap();
        let ended = super::applied::planned(before.path(), &["--cloudformation"], &file);
        let found = json_of(&ended.out);
        let changes = found["principals"]["changes"].as_array().unwrap();
        let of = |kind: &str| {
            changes.iter().filter(|one| one["kind"] == kind).map(|one| one["subjects"].to_string()).collect::<String>()
        };
        assert!(of("principal-created").contains("role/app-X-(generated)"), "{change}: {found:#}");
        assert_eq!(of("principal-deleted").contains("role/app-X-ABCDEFGHIJKL"), is_deleted, "{change}: {found:#}");
    }
}

#[test]
fn what_a_stack_takes_over_or_only_records_stays_as_it_is() {
    for action in ["Import", "SyncWithActual"] {
        let of = json!({"Action": action, "PhysicalResourceId": SHARED});
        let properties = managed("shared", &[], &[]);
        let same = does_to_dev(&set("AWS::IAM::ManagedPolicy", of, properties.clone(), properties), |_| ());
        assert_eq!(same["principals"]["changes"], json!([]), "{action}");
    }
}

#[test]
fn an_identity_provider_that_is_replaced_is_gone() {
    let provider = |url: &str| json!({"Url": url});
    let of = json!({"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndDelete",
        "PhysicalResourceId": "arn:aws:iam::444455556666:oidc-provider/nowhere.example"});
    let set = set("AWS::IAM::OIDCProvider", of, provider("https://nowhere.example"), provider("https://new.example"));
    let err = said("--cloudformation", &set).failed(2, "E401");
    assert!(err.contains("has no identity provider arn:aws:iam::444455556666:oidc-provider/nowhere.example"), "{err}");
}

#[test]
fn a_policy_of_the_organization_with_a_target_that_is_not_known_is_proven_above_no_account() {
    let later = "{{changeSet:KNOWN_AFTER_APPLY}}";
    let policy = |targets: Value| {
        json!({"Name": "new", "Type": "SERVICE_CONTROL_POLICY", "TargetIds": targets,
            "Content": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}})
    };
    for targets in [json!([later]), json!(later)] {
        let set = set("AWS::Organizations::Policy", json!({"Action": "Add"}), Value::Null, policy(targets.clone()));
        let ended = super::demo::with_demo("--cloudformation", &set);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        let ways = &json_of(&ended.out)["paths"][0];
        assert_eq!((&ways["ways"]["new"], &ways["ways"]["lost"]), (&json!(0), &json!(0)), "{targets}: {ways:#}");
        assert!(ways["ways"]["unknown"].as_u64().unwrap() > 0, "{targets}: {ways:#}");
        assert!(ways["gaps"]["new"].to_string().contains("unknown: TargetIds of X"), "{targets}: {ways:#}");
    }
}

#[test]
fn a_policy_of_the_organization_that_is_replaced_is_another_one() {
    let policy = |name: &str| {
        json!({"Name": name, "Type": "SERVICE_CONTROL_POLICY", "TargetIds": ["ou-demo-sandbox0"],
            "Content": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}})
    };
    let of = |action: &str, then: &str| json!({"Action": action, "Replacement": "True", "PolicyAction": then, "PhysicalResourceId": "p-j3rrgkhiv2"});
    let old = "deny-sandbox-to-data (p-j3rrgkhiv2)";
    for (change, after, expected) in [
        (of("Modify", "ReplaceAndDelete"), policy("new"), vec![("attached", "new (X)"), ("detached", old)]),
        (of("Modify", "ReplaceAndRetain"), policy("new"), vec![("attached", "new (X)")]),
        (of("Remove", "Delete"), Value::Null, vec![("detached", old)]),
        (of("Remove", "Retain"), Value::Null, vec![]),
    ] {
        let set = set("AWS::Organizations::Policy", change, policy("deny-sandbox-to-data"), after);
        let found = json_of(&super::demo::with_demo("--cloudformation", &set).out);
        let changes = found["guardrails"]["changes"].as_array().unwrap();
        let mut told: Vec<(&str, &str)> = changes
            .iter()
            .map(|one| (one["kind"].as_str().unwrap().trim_start_matches("policy-"), one["policy"].as_str().unwrap()))
            .collect();
        told.sort_unstable();
        assert_eq!(told, expected, "{set:#}");
        assert!(changes.iter().all(|one| one["sources"][0]["resource"] == "X"), "{found:#}");
    }
}
