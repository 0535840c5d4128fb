//! Lists that say what is attached: of a role itself, of one policy, of a role alone. Unset, empty, unknown.

use std::fs;

use serde_json::{Value, json};

use super::applied::{DEV, does, named, said};
use super::demo::{here, json_of};

const CI: &str = "arn:aws:iam::444455556666:role/ci";
const SHARED: &str = "arn:aws:iam::444455556666:policy/shared";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// A plan of one resource of the account that programs run in.
fn plan(kind: &str, change: Value) -> Value {
    json!({"format_version": "1.2", "resource_changes": [{"address": format!("{kind}.x"), "mode": "managed", "type": kind,
        "name": "x", "provider_name": "registry.terraform.io/hashicorp/aws", "change": change}]})
}

/// The role `ci` as it is, and with other values.
fn ci(after: Value, unknown: Value) -> Value {
    let file = json_of(&fs::read_to_string(here("terraform/created/accounts/444455556666.json")).unwrap());
    let assume = file["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"].to_string();
    let before = json!({"name": "ci", "arn": CI, "path": "/", "managed_policy_arns": [SHARED],
        "inline_policy": [{"name": "assume", "policy": assume}]});
    let mut changed = before.clone();
    for (key, value) in after.as_object().unwrap() {
        changed[key] = value.clone();
    }
    for key in unknown.as_object().unwrap().keys() {
        changed.as_object_mut().unwrap().remove(key);
    }
    plan("aws_iam_role", json!({"actions": ["update"], "before": before, "after": changed, "after_unknown": unknown}))
}

fn without(list: &'static str) -> impl Fn(&str, &mut Value) {
    move |account, file| {
        if account == DEV {
            named(file, "RoleDetailList", "ci")[list] = json!([]);
        }
    }
}

#[test]
fn an_empty_list_of_a_role_takes_all_of_its_kind_away_and_one_that_is_not_set_nothing() {
    let detached =
        does("--terraform", &ci(json!({"managed_policy_arns": []}), json!({})), without("AttachedManagedPolicies"));
    assert_eq!(detached["principals"]["changes"][0]["kind"], "policy-detached", "{detached:#}");
    for none in [json!([]), json!([{"name": null, "policy": null}]), json!([{"name": "", "policy": ""}])] {
        let lost = does("--terraform", &ci(json!({"inline_policy": none}), json!({})), without("RolePolicyList"));
        assert!(lost["paths"][0]["ways"]["lost"].as_u64().unwrap() > 0, "{lost:#}");
    }
    let unset = json!({"managed_policy_arns": null, "inline_policy": null});
    let same = does("--terraform", &ci(unset, json!({})), |_, _| ());
    assert_eq!(same["principals"]["changes"], json!([]));
}

#[test]
fn of_a_list_that_is_unknown_until_apply_nothing_is_proven_to_stay() {
    let unknown = |key: &str| json!({key: true});
    let exclusive = |kind: &str, key: &str| {
        let mut after = json!({"role_name": "ci"});
        after[key] = json!([null]);
        plan(kind, json!({"actions": ["create"], "before": null, "after": after, "after_unknown": {key: [true]}}))
    };
    for (plan, key, policy) in [
        (ci(json!({}), unknown("inline_policy")), "inline_policy", "assume (inline)"),
        (exclusive("aws_iam_role_policies_exclusive", "policy_names"), "policy_names", "assume (inline)"),
        (ci(json!({}), unknown("managed_policy_arns")), "managed_policy_arns", "shared"),
        (exclusive("aws_iam_role_policy_attachments_exclusive", "policy_arns"), "policy_arns", "shared"),
    ] {
        let ended = said("--terraform", &plan);
        assert_eq!(ended.code, Some(4), "{key}: {ended:?}");
        let found = json_of(&ended.out);
        let ways = &found["paths"][0];
        assert_eq!((&ways["ways"]["new"], &ways["ways"]["lost"]), (&json!(0), &json!(0)), "{key}: {ways:#}");
        assert!(ways["ways"]["unknown"].as_u64().unwrap() > 0, "{key}: {ways:#}");
        let gaps = ways["gaps"]["new"].to_string();
        assert!(gaps.contains(&format!("unknown until apply: {key} of ")), "{key}: {gaps}");
        let changes = found["principals"]["changes"].as_array().unwrap();
        let goes = changes.iter().any(|change| change["kind"] == "policy-detached" && change["policy"] == policy);
        assert!(goes, "{key}: {found:#}");
    }
}

#[test]
fn a_list_of_a_role_alone_attaches_what_is_missing_and_takes_the_rest_away() {
    let only = json!({"actions": ["create"], "before": null, "after_unknown": {},
        "after": {"role_name": "ci", "policy_arns": [READ_ONLY]}});
    does("--terraform", &plan("aws_iam_role_policy_attachments_exclusive", only.clone()), |account, file| {
        if account == DEV {
            named(file, "RoleDetailList", "ci")["AttachedManagedPolicies"] =
                json!([{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]);
        }
    });
    let inline = json!({"actions": ["create"], "before": null, "after_unknown": {},
        "after": {"role_name": "ci", "policy_names": []}});
    does("--terraform", &plan("aws_iam_role_policies_exclusive", inline), without("RolePolicyList"));
    // without the list everything stays as it is
    let mut gone = only;
    (gone["actions"], gone["before"], gone["after"]) = (json!(["delete"]), gone["after"].clone(), Value::Null);
    let same = does("--terraform", &plan("aws_iam_role_policy_attachments_exclusive", gone), |_, _| ());
    assert_eq!(same["principals"]["changes"], json!([]));
}

#[test]
fn an_attachment_for_the_whole_account_adds_when_it_is_made_and_takes_away_what_it_has_read() {
    let attach = |account: &str, file: &mut Value| {
        if account == DEV {
            let own = named(file, "UserDetailList", "ann")["AttachedManagedPolicies"].as_array_mut().unwrap();
            own.push(json!({"PolicyName": "shared", "PolicyArn": SHARED}));
        }
    };
    // the provider takes nothing away while it creates
    let made = json!({"actions": ["create"], "before": null, "after_unknown": {},
        "after": {"name": "x", "policy_arn": SHARED, "users": ["ann"], "roles": null, "groups": null}});
    does("--terraform", &plan("aws_iam_policy_attachment", made), attach);
    // it has read that others have it, whoever attached it
    let changed = json!({"actions": ["update"], "after_unknown": {},
        "before": {"name": "x", "policy_arn": SHARED, "users": ["bob"], "roles": ["ci"], "groups": []},
        "after": {"name": "x", "policy_arn": SHARED, "users": ["ann"], "roles": [], "groups": []}});
    does("--terraform", &plan("aws_iam_policy_attachment", changed), |account, file| {
        attach(account, file);
        if account == DEV {
            named(file, "RoleDetailList", "ci")["AttachedManagedPolicies"] = json!([]);
            named(file, "UserDetailList", "bob")["AttachedManagedPolicies"] = json!([]);
        }
    });
}

#[test]
fn what_two_resources_take_away_is_taken_away_once() {
    let gone = |before: Value| json!({"actions": ["delete"], "before": before, "after": null, "after_unknown": {}});
    // the attachment for the whole account has read that the role has the policy, which another resource attached
    let mut both = plan(
        "aws_iam_policy_attachment",
        gone(json!({"name": "x", "policy_arn": SHARED, "users": ["bob"], "roles": ["ci"], "groups": []})),
    );
    let one = plan("aws_iam_role_policy_attachment", gone(json!({"role": "ci", "policy_arn": SHARED})));
    let more = ["aws_iam_user_group_membership", "aws_iam_group_membership"].map(|kind| {
        let before = if kind == "aws_iam_group_membership" {
            json!({"name": "x", "group": "ops", "users": ["bob"]})
        } else {
            json!({"user": "bob", "groups": ["ops"]})
        };
        plan(kind, gone(before))["resource_changes"][0].clone()
    });
    let all = both["resource_changes"].as_array_mut().unwrap();
    all.push(one["resource_changes"][0].clone());
    all.extend(more);
    does("--terraform", &both, |account, file| {
        if account == DEV {
            named(file, "RoleDetailList", "ci")["AttachedManagedPolicies"] = json!([]);
            let bob = named(file, "UserDetailList", "bob");
            (bob["AttachedManagedPolicies"], bob["GroupList"]) = (json!([]), json!([]));
        }
    });
}
