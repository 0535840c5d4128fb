//! What rules about people say where Identity Center, or a part of it, was not read, and where several roles may be meant.

use std::fs;
use std::path::Path;

use rolehop::finding::{Finding, RuleStatus, Status};
use rolehop::model::Estate;
use rolehop::rules::RuleSettings;
use rolehop::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::{AT, Case, assess, cases, check};

const DEV: &str = "accounts/100000000002.json";
const PROD: &str = "accounts/100000000003.json";

/// A copy of the organization that this rule finds nothing wrong with.
fn good(rule: &str) -> tempfile::TempDir {
    let case: Case = cases("good").into_iter().find(|case| case.rule == rule).unwrap();
    case.copy()
}

/// Changes a file of a snapshot.
fn change(dir: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let path = dir.join(file);
    let mut content = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut content);
    fs::write(path, content.to_string()).unwrap();
}

/// How a rule ends, and the findings.
fn ended(dir: &Path, rule: &str) -> (RuleStatus, Vec<Finding>) {
    let estate = Estate::build(&Snapshot::open(dir).unwrap(), AT.parse().unwrap()).unwrap();
    let assessment = assess(&estate, rule, RuleSettings::default()).unwrap();
    (assessment.counts(rule).unwrap().status(), assessment.findings)
}

fn unknown(dir: &Path, rule: &str, why: &str) {
    let (status, findings) = ended(dir, rule);
    assert_eq!(status, RuleStatus::Unknown, "{rule}: {findings:#?}");
    assert!(findings.iter().any(|finding| finding.message.contains(why)), "{rule}: {findings:#?}");
    assert!(findings.iter().all(|finding| finding.status == Status::Unknown), "{rule}: {findings:#?}");
}

const OF_ASSIGNMENTS: [&str; 8] = [
    "person-assigned-directly",
    "disabled-person-assigned",
    "assignment-of-deleted-principal",
    "permission-set-without-assignment",
    "administrator-set-held-by-many",
    "administrator-set-session-long",
    "reserved-role-left-over",
    "assignment-without-role",
];

#[test]
fn what_was_not_read_of_assignments_makes_their_rules_unknown() {
    for rule in OF_ASSIGNMENTS {
        let dir = good(rule);
        change(dir.path(), "identity-center.json", |file| {
            file["Instances"][0]["UnreadAssignments"] =
                json!([{"AccountId": "100000000003", "Reason": "throttled to the end"}]);
        });
        unknown(dir.path(), rule, "throttled to the end");
    }
}

#[test]
fn without_identity_center_its_rules_are_unknown_where_an_account_has_a_role_of_it() {
    for rule in OF_ASSIGNMENTS {
        let dir = good(rule);
        fs::remove_file(dir.path().join("identity-center.json")).unwrap();
        unknown(dir.path(), rule, "identity-center not read");
        for account in ["100000000002", "100000000003"] {
            change(dir.path(), &format!("accounts/{account}.json"), |file| {
                file["RoleDetailList"].as_array_mut().unwrap().retain(|role| role["Path"] == "/");
            });
        }
        assert_eq!(ended(dir.path(), rule), (RuleStatus::NotApplicable, Vec::new()), "{rule}");
    }
}

#[test]
fn entitlements_that_were_not_read_count_where_a_role_lets_the_service_in() {
    for rule in ["entitlement-of-one-person", "entitlement-leads-nowhere", "entitlement-to-administrator"] {
        let dir = good(rule);
        fs::remove_file(dir.path().join("account-access.json")).unwrap();
        unknown(dir.path(), rule, "account-access not read");
        change(dir.path(), "accounts/100000000003.json", |file| {
            file["RoleDetailList"].as_array_mut().unwrap().retain(|role| role["Path"] != "/");
        });
        assert_eq!(ended(dir.path(), rule), (RuleStatus::NotApplicable, Vec::new()), "{rule}");
    }
}

#[test]
fn who_may_be_entitled_to_the_role_of_an_administrator_is_unknown_where_users_were_not_read() {
    let rule = "entitlement-to-administrator";
    let without_users = |file: &mut Value| {
        let instance = file["Instances"][0].as_object_mut().unwrap();
        instance.retain(|key, _| !matches!(key.as_str(), "Users" | "Groups" | "GroupMemberships"));
    };
    let found = said(rule, &[("identity-center.json", &without_users)]);
    assert!(!found.is_empty() && found.iter().all(|(status, _)| *status == Status::Unknown), "{found:?}");
    // an entitlement to a role that its account does not have opens nothing; of one that was not read that is not known
    let without_desk =
        |file: &mut Value| file["RoleDetailList"].as_array_mut().unwrap().retain(|role| role["RoleName"] != "desk");
    assert_eq!(said(rule, &[(PROD, &without_desk)]), []);
    let without_roles = |file: &mut Value| _ = file.as_object_mut().unwrap().remove("RoleDetailList");
    let without_trusts = |file: &mut Value| {
        let roles = file["RoleDetailList"].as_array_mut().unwrap().iter_mut();
        roles.for_each(|role| role["AssumeRolePolicyDocument"] = json!("nonsense"));
    };
    for change in [&without_roles as Change<'_>, &without_trusts] {
        let found = said(rule, &[(PROD, change)]);
        assert!(!found.is_empty() && found.iter().all(|(status, _)| *status == Status::Unknown), "{found:?}");
    }
}

#[test]
fn an_account_that_nobody_asked_for_makes_no_administrator_unknown() {
    for rule in ["administrator-set-held-by-many", "administrator-set-session-long"] {
        let dir = good(rule);
        fs::remove_file(dir.path().join("accounts/100000000003.json")).unwrap();
        unknown(dir.path(), rule, "not collected");
        change(dir.path(), "organization.json", |file| file["Accounts"][2]["State"] = json!("SUSPENDED"));
        assert_eq!(ended(dir.path(), rule), (RuleStatus::Passed, Vec::new()), "{rule}");
    }
}

/// How the content of a file is changed.
type Change<'c> = &'c dyn Fn(&mut Value);

/// What the rule says of its bad fixture, some files of which are changed.
fn said(rule: &str, changes: &[(&str, Change<'_>)]) -> Vec<(Status, String)> {
    let case = cases("bad").into_iter().find(|case| case.rule == rule).unwrap();
    let dir = case.copy();
    for (file, of_file) in changes {
        change(dir.path(), file, of_file);
    }
    let found = check(dir.path(), rule, case.settings());
    found.into_iter().map(|finding| (finding.status, finding.message)).collect()
}

/// A second role of the permission set, which allows an action.
fn one_more(action: &'static str) -> impl Fn(&mut Value) {
    move |account| {
        let roles = account["RoleDetailList"].as_array_mut().unwrap();
        let mut role = roles.iter().find(|role| role["RoleName"].as_str().unwrap().contains("Admin")).unwrap().clone();
        for key in ["RoleName", "Arn"] {
            role[key] = json!(role[key].as_str().unwrap().replace("0123456789abcdef", "00000000000000ff"));
        }
        role["RoleId"] = json!("AROAADMINOTHER");
        role["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] = json!(action);
        roles.push(role);
    }
}

#[test]
fn people_who_may_enter_another_role_than_that_of_an_administrator_are_no_certain_administrators() {
    let rule = "administrator-set-held-by-many";
    let whole: [(Status, String); 1] = said(rule, &[]).try_into().unwrap();
    assert_eq!(whole[0].0, Status::Open);
    let same = one_more("*");
    assert_eq!(said(rule, &[(DEV, &same)]), whole, "an administrator by either role");
    let other = one_more("s3:ListAllMyBuckets");
    let why = "which of several roles of permission set Admin people enter is not known";
    let in_one = said(rule, &[(DEV, &other)]);
    assert_eq!(in_one.len(), 2, "{in_one:?}");
    let says = |found: &[(Status, String)], status, text: &str| {
        assert!(found.iter().any(|(of, message)| *of == status && message.contains(text)), "{found:?}");
    };
    says(&in_one, Status::Open, "by permission set Admin in prod");
    says(&in_one, Status::Unknown, why);
    let in_both = said(rule, &[(DEV, &other), (PROD, &other)]);
    assert_eq!(in_both.len(), 1, "{in_both:?}");
    says(&in_both, Status::Unknown, why);
}

#[test]
fn what_was_not_read_of_people_is_told_once() {
    let rule = "administrator-set-held-by-many";
    let without_users = |people: &mut Value| _ = people["Instances"][0].as_object_mut().unwrap().remove("Users");
    let other = one_more("s3:ListAllMyBuckets");
    let found = said(rule, &[("identity-center.json", &without_users), (DEV, &other)]);
    let unknown: Vec<&String> =
        found.iter().filter(|(status, _)| *status == Status::Unknown).map(|(_, message)| message).collect();
    let [one] = unknown.as_slice() else { panic!("{found:#?}") };
    assert!(one.contains("which of several roles"), "{one}");
}

#[test]
fn assignments_of_deleted_people_are_judged_where_they_were_asked_for_by_account() {
    let rule = "assignment-of-deleted-principal";
    let asked_by = |by: &str| {
        let dir = good(rule);
        change(dir.path(), "identity-center.json", |file| file["Instances"][0]["AssignmentsBy"] = json!(by));
        dir
    };
    assert_eq!(ended(asked_by("account").path(), rule), (RuleStatus::Passed, Vec::new()));
    // by user and group, nobody asks for those of deleted ones: as with data that is read on request
    assert_eq!(ended(asked_by("principal").path(), rule), (RuleStatus::NotApplicable, Vec::new()));
}

#[test]
fn asked_for_by_user_and_group_nobody_knows_what_is_assigned_to_deleted_ones() {
    let by_principal = |file: &mut Value| file["Instances"][0]["AssignmentsBy"] = json!("principal");
    for rule in ["reserved-role-left-over", "permission-set-without-assignment"] {
        let found = said(rule, &[("identity-center.json", &by_principal)]);
        assert!(!found.is_empty(), "{rule}");
        for (status, why) in found {
            assert!(
                status == Status::Unknown && why.contains("somebody who was deleted is not known"),
                "{rule}: {why}"
            );
        }
        // where all have assignments, that decides
        let dir = good(rule);
        change(dir.path(), "identity-center.json", by_principal);
        assert_eq!(ended(dir.path(), rule), (RuleStatus::Passed, Vec::new()), "{rule}");
    }
}

#[test]
fn without_the_organization_its_assignments_and_entitlements_are_not_judged() {
    let entitlements = ["entitlement-of-one-person", "entitlement-leads-nowhere", "entitlement-to-administrator"];
    for rule in OF_ASSIGNMENTS.into_iter().chain(entitlements) {
        let dir = good(rule);
        fs::remove_file(dir.path().join("organization.json")).unwrap();
        unknown(dir.path(), rule, "organization not read");
        for file in ["identity-center.json", "account-access.json"] {
            _ = fs::remove_file(dir.path().join(file));
        }
        assert_eq!(ended(dir.path(), rule), (RuleStatus::NotApplicable, Vec::new()), "{rule}");
    }
}

#[test]
fn a_permission_set_is_unassigned_only_where_its_assignments_were_read() {
    let rule = "permission-set-without-assignment";
    const SPARE: &str = "permission set Spare is assigned to nobody";
    let unread = |part: Value| move |file: &mut Value| file["Instances"][0]["UnreadAssignments"] = json!([part]);
    let of_set = |set: &str| {
        unread(json!({"PermissionSetArn": format!("arn:aws:sso:::permissionSet/ssoins-fixture/ps-{set}"),
            "AccountId": "100000000003", "Reason": "throttled to the end"}))
    };
    let all = |file: &mut Value| _ = file["Instances"][0].as_object_mut().unwrap().remove("AccountAssignments");
    let of_account = unread(json!({"AccountId": "100000000003", "Reason": "throttled to the end"}));
    let of_spare = of_set("spare");
    let changes: [Change<'_>; 3] = [&all, &of_account, &of_spare];
    for change in changes {
        let found = said(rule, &[("identity-center.json", change)]);
        let [(Status::Unknown, why)] = found.as_slice() else { panic!("{found:#?}") };
        assert!(why.contains("not read"), "{why}");
    }
    // of another one: what is known of this one stays
    let found = said(rule, &[("identity-center.json", &of_set("admin"))]);
    assert!(found.contains(&(Status::Open, SPARE.to_owned())), "{found:#?}");
}

#[test]
fn members_that_were_not_read_may_be_too_many_administrators() {
    let rule = "administrator-set-held-by-many";
    let members = |ids: &'static [&'static str]| {
        move |file: &mut Value| {
            let of = |id: &&str| json!({"GroupId": "g-ops", "MemberId": {"UserId": id}});
            file["Instances"][0]["GroupMemberships"] = ids.iter().map(of).collect();
            file["Instances"][0]["UnreadGroups"] = json!([{"GroupId": "g-ops", "Reason": "denied"}]);
        }
    };
    let found = said(rule, &[("identity-center.json", &members(&["ada"]))]);
    let [(Status::Unknown, why)] = found.as_slice() else { panic!("{found:#?}") };
    assert!(why.contains("group `operators` has members that were not read: denied"), "{why}");
    // two are too many already, whoever else there is
    let found = said(rule, &[("identity-center.json", &members(&["ada", "grace"]))]);
    assert!(matches!(found.as_slice(), [(Status::Open, _)]), "{found:#?}");
    // a group that makes nobody an administrator does not matter
    let others = |file: &mut Value| {
        members(&["ada"])(file);
        file["Instances"][0]["UnreadGroups"][0]["GroupId"] = json!("g-all");
    };
    assert_eq!(said(rule, &[("identity-center.json", &others)]), []);
}

#[test]
fn where_roles_of_an_account_were_not_read_one_may_be_missing_or_left_over() {
    for rule in ["assignment-without-role", "reserved-role-left-over"] {
        let dir = good(rule);
        change(dir.path(), DEV, |account| _ = account.as_object_mut().unwrap().remove("RoleDetailList"));
        unknown(dir.path(), rule, "authorization-details of");
    }
}
