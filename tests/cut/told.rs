//! What is told beside the removals: what is redundant, what stays unknown, what goes with them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::program::run_in;
use super::world::{ACCOUNTS, ROLES, World, allows, change_first, principal, role};

/// What `cut` answers of an organization that is in a directory.
fn cut_in(dir: &Path, arguments: &[&str]) -> Value {
    let asked = [&["cut", "--snapshot", ".", "--json"], arguments].concat();
    let ended = run_in(dir, &[], &asked);
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[test]
fn a_membership_and_a_policy_of_which_others_allow_all_are_said_to_be_redundant() {
    // the trust policy is the other user's, too
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4, 5]], vec![]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, true), (false, true)],
        group: vec![vec![2]],
        managed: vec![vec![2, 3]],
    };
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    let asked = ["cut", ACCOUNTS[1], "--principal", "u0", "--keep", "u1", "--snapshot", ".", "--no-config", "--json"];
    let found: Value = serde_json::from_str(&run_in(dir.path(), &[], &asked).succeeded().out).unwrap();
    let remarks = |kind: &str| {
        let all = found["removals"].as_array().unwrap();
        all.iter().find(|removal| removal["kind"] == kind).unwrap_or_else(|| panic!("{found:#}"))["remarks"].clone()
    };
    assert_eq!(remarks("membership"), json!(["redundant: m allows all that it allows"]));
    // the policy allows one role more than the group
    assert_eq!(remarks("attachment"), json!([]));
}

#[test]
fn a_way_that_becomes_unknown_is_not_taken_away_and_is_said_to_be_unknown() {
    // all three are in the group; what the third may do beside is not known
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4, 5, 6]], vec![vec![6]]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, false), (true, false), (true, false)],
        group: vec![vec![2, 3]],
        managed: vec![],
    };
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    change_first(dir.path(), |account| {
        let arn = format!("arn:aws:iam::{}:policy/unread", ACCOUNTS[0]);
        account["UserDetailList"][2]["AttachedManagedPolicies"] = json!([{"PolicyName": "unread", "PolicyArn": arn}]);
    });
    let found = cut_in(dir.path(), &[&role(2), "--principal", "u0", "--principal", "u1", "--no-config"]);
    let named = found["removals"][0]["what"].as_str().unwrap();
    assert!(found["removals"].as_array().unwrap().len() == 1 && named.contains("gp"), "{found:#}");
    assert_eq!((&found["removals"][0]["others"], &found["others"]), (&json!(0), &json!(0)), "{found:#}");
    let unknown = found["stays"].as_array().unwrap().iter().find(|stay| stay["why"] == "unknown").unwrap();
    assert_eq!(unknown["principals"], json!([principal(6)]));
    assert_eq!(found["proven"], false, "what is missing after the removal is told");
}

#[test]
fn what_goes_with_a_removal_is_told_once_of_the_target_that_has_it() {
    // two statements of the trust policy, or the membership, which leads into the other role, too
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4], vec![4]], vec![vec![4]]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, false), (false, false)],
        group: vec![vec![2, 3]],
        managed: vec![],
    };
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    fs::write(dir.path().join("rolehop.toml"), "version = 1\n[targets.third]\nroles = [\"*/r3\"]\n").unwrap();
    let found = cut_in(dir.path(), &[&role(2), "--config", "rolehop.toml"]);
    let told: Vec<(&Value, &Value)> =
        found["also"].as_array().unwrap().iter().map(|also| (&also["target"], &also["ways"])).collect();
    assert_eq!(told, [(&json!("third"), &json!(1))], "{found:#}");
    assert_eq!(found["others"], 1);
}

#[test]
fn a_policy_is_told_from_an_inline_one_of_its_name_and_a_group_from_the_users_other_groups() {
    let world = World {
        trusts: vec![vec![], vec![], vec![vec![4, 5]], vec![]],
        inline: vec![vec![]; ROLES],
        users: vec![(true, true), (false, true)],
        group: vec![vec![2]],
        managed: vec![vec![2]],
    };
    let dir = tempfile::tempdir().unwrap();
    world.write(dir.path());
    change_first(dir.path(), |account| {
        let inline =
            |name: &str, roles: &[usize]| json!([{"PolicyName": name, "PolicyDocument": allows(&[roles.to_vec()])}]);
        let arn = format!("arn:aws:iam::{}:group/h", ACCOUNTS[0]);
        let other =
            json!({"GroupName": "h", "Arn": arn, "AttachedManagedPolicies": [], "GroupPolicyList": inline("hp", &[3])});
        account["GroupDetailList"].as_array_mut().unwrap().push(other);
        account["UserDetailList"][0]["GroupList"] = json!(["g", "h"]);
        account["UserDetailList"][0]["UserPolicyList"] = inline("m", &[0]);
    });
    let found = cut_in(dir.path(), &[ACCOUNTS[1], "--principal", "u0", "--keep", "u1", "--no-config"]);
    let removals = found["removals"].as_array().unwrap();
    assert_eq!(removals.len(), 2, "{found:#}");
    for removal in removals {
        let remark = removal["remarks"][0].as_str().unwrap_or_default();
        assert!(remark.starts_with("redundant: ") && remark.ends_with(" allows all that it allows"), "{found:#}");
    }
}
