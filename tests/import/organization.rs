//! The organization as its calls print it, in one file or one each, means what `organization.json` means.

use super::*;

const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";
const UNIT: &str = "ou-ab12-dev00000";
const DENY: &str = "p-denyenter";
const FULL: &str = "p-FullAWSAccess";
const FULL_RCP: &str = "p-RCPFullAWSAccess";

/// Files by their names.
type Answers = Vec<(String, Value)>;

fn arn(kind: &str, id: &str) -> String {
    format!("arn:aws:organizations::{HUB}:{kind}/o-example/{id}")
}

/// What each call prints, by the name of its file.
fn answers() -> Answers {
    let account = |id: &str, name: &str| {
        json!({"Id": id, "Arn": arn("account", id), "Email": "x@example.com", "Name": name, "Status": "ACTIVE",
            "JoinedMethod": "CREATED", "JoinedTimestamp": 1_700_000_000.25})
    };
    let summary = |id: &str, kind: &str| {
        let of = if id == DENY {
            arn("policy", &format!("{}/{id}", kind.to_lowercase()))
        } else {
            format!("arn:aws:organizations::aws:policy/{}/{id}", kind.to_lowercase())
        };
        json!({"Id": id, "Arn": of, "Name": id, "Description": "", "Type": kind, "AwsManaged": id != DENY})
    };
    let full = |kind: &str| {
        let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        if kind == RCP {
            statement["Principal"] = json!("*");
        }
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]})
        .to_string();
    let target = |id: &str| json!({"TargetId": id, "Arn": arn("x", id), "Name": id, "Type": "x"});
    let all = ["r-ab12", UNIT, HUB, PROD, DEV];
    let targets = |ids: &[&str]| json!({"Targets": ids.iter().map(|id| target(id)).collect::<Vec<_>>()});
    let policy = |id: &str, kind: &str, content: String| json!({"Policy": {"PolicySummary": summary(id, kind), "Content": content}});
    let list = [
        (
            "organization/organization.json",
            json!({"Organization": {"Id": "o-example", "Arn": arn("organization", ""), "FeatureSet": "ALL",
            "MasterAccountArn": arn("account", HUB), "MasterAccountId": HUB, "MasterAccountEmail": "x@example.com", "AvailablePolicyTypes": []}}),
        ),
        (
            "organization/roots.json",
            json!({"Roots": [{"Id": "r-ab12", "Arn": arn("root", "r-ab12"), "Name": "Root",
            "PolicyTypes": [{"Type": SCP, "Status": "ENABLED"}, {"Type": RCP, "Status": "ENABLED"}]}]}),
        ),
        (
            "organization/accounts.json",
            json!({"Accounts": [account(HUB, "hub"), account(PROD, "prod"), account(DEV, "dev")]}),
        ),
        (
            "organization/units-r-ab12.json",
            json!({"OrganizationalUnits": [{"Id": UNIT, "Arn": arn("ou", UNIT), "Name": "Dev"}]}),
        ),
        ("organization/units-ou-ab12-dev00000.json", json!({"OrganizationalUnits": []})),
        ("organization/parents-111111111111.json", json!({"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]})),
        ("organization/parents-222222222222.json", json!({"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]})),
        ("organization/parents-333333333333.json", json!({"Parents": [{"Id": UNIT, "Type": "ORGANIZATIONAL_UNIT"}]})),
        ("organization/policies-scp.json", json!({"Policies": [summary(FULL, SCP), summary(DENY, SCP)]})),
        ("organization/policies-rcp.json", json!({"Policies": [summary(FULL_RCP, RCP)]})),
        ("organization/policy-p-FullAWSAccess.json", policy(FULL, SCP, full(SCP))),
        ("organization/policy-p-RCPFullAWSAccess.json", policy(FULL_RCP, RCP, full(RCP))),
        ("organization/policy-p-denyenter.json", policy(DENY, SCP, deny)),
        ("organization/targets-p-FullAWSAccess.json", targets(&all)),
        ("organization/targets-p-RCPFullAWSAccess.json", targets(&all)),
        ("organization/targets-p-denyenter.json", targets(&[UNIT])),
        ("organization/tags-333333333333.json", json!({"Tags": [{"Key": "env", "Value": "dev"}]})),
        ("organization/tags-111111111111.json", json!({"Tags": []})),
        ("organization/tags-222222222222.json", json!({"Tags": {"env": "prod"}})),
    ];
    list.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn world(answers: &[(String, Value)]) -> Dir {
    let dir = Dir::new();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": [format!("arn:aws:iam::{DEV}:root"), format!("arn:aws:iam::{PROD}:root")]}}]});
    dir.json(&format!("accounts/{PROD}.json"), &details(PROD, "pam", &trust));
    for (id, name) in [(DEV, "dan"), (HUB, "ann")] {
        dir.json(&format!("accounts/{id}.json"), &details(id, name, &trusts(root(id))));
    }
    answers.iter().for_each(|(name, value)| {
        let _ = dir.json(name, value);
    });
    dir
}

/// Verdicts for dan of dev, whom the Deny at the unit stops, and pam of prod, whom nothing does; and whether all is read.
fn verdicts(dir: &Dir) -> (Verdict, Verdict, bool) {
    let estate = dir.estate();
    let dan = path(&estate, &user(DEV, "dan"), &role(PROD, "deploy")).verdict;
    let pam = path(&estate, &user(PROD, "pam"), &role(PROD, "deploy")).verdict;
    (dan, pam, who_can(&estate, &role(PROD, "deploy")).proven)
}

fn without(names: &[&str]) -> Answers {
    let all = answers();
    names.iter().for_each(|name| assert!(all.iter().any(|(known, _)| known.contains(name)), "{name}"));
    all.into_iter().filter(|(known, _)| !names.iter().any(|name| known.contains(name))).collect()
}

const ALL: (Verdict, Verdict, bool) = (Verdict::Denied, Verdict::Allowed, true);

#[test]
fn one_file_for_each_call_is_the_organization() {
    let dir = world(&answers());
    assert_eq!(verdicts(&dir), ALL);
    let estate = dir.estate();
    let dev = estate.account(estate.account_by_id(DEV.parse().unwrap()).unwrap());
    assert_eq!((dev.name(), dev.unit_names()), ("dev", ["Dev".to_owned()].as_slice()));
    assert_eq!(dev.tags().unwrap()[0].value, "dev");
    assert!(estate.gaps().is_empty(), "{:?}", estate.gaps());
}

#[test]
fn the_files_may_lie_beside_accounts_or_be_one() {
    let beside: Vec<_> =
        answers().into_iter().map(|(name, value)| (name.replacen("organization/", "", 1), value)).collect();
    assert_eq!(verdicts(&world(&beside)), ALL);
    let dir = world(&[]);
    // answers that do not say what they are about need a file of their own
    let (own, shared): (Vec<_>, Vec<_>) = answers()
        .into_iter()
        .partition(|(name, _)| ["units-", "parents-", "targets-", "tags-"].iter().any(|n| name.contains(n)));
    own.iter().for_each(|(name, value)| {
        let _ = dir.json(name, value);
    });
    let text: String = shared.iter().map(|(_, value)| format!("{value}\n")).collect();
    dir.bytes("organization.json", text);
    assert_eq!(verdicts(&dir), ALL);
    let reports = world(&answers());
    reports
        .json("findings.json", &json!({"schema": "rolehop/findings/v1"}))
        .bytes("notes.json", "not JSON")
        .bytes("case.json", "{}");
    assert_eq!(verdicts(&reports), ALL);
}

#[test]
fn parents_may_come_from_paths_children_or_lists_by_parent() {
    let bare = without(&["parents-"]);
    assert_eq!(verdicts(&world(&bare)).1, Verdict::Unknown);
    let mut paths = bare.clone();
    for (name, value) in &mut paths {
        if name.ends_with("/accounts.json") {
            for (at, unit) in [(0, ""), (1, ""), (2, "/ou-ab12-dev00000")] {
                let id = value["Accounts"][at]["Id"].as_str().unwrap().to_owned();
                value["Accounts"][at]["Paths"] = json!([format!("o-example/r-ab12{unit}/{id}/")]);
            }
        }
    }
    assert_eq!(verdicts(&world(&paths)), ALL);
    let mut children = bare;
    children.push((
        "organization/children-r-ab12.json".into(),
        json!({"Children": [{"Id": HUB, "Type": "ACCOUNT"}, {"Id": PROD, "Type": "ACCOUNT"}]}),
    ));
    children
        .push((format!("organization/children-{UNIT}.json"), json!({"Children": [{"Id": DEV, "Type": "ACCOUNT"}]})));
    assert_eq!(verdicts(&world(&children)), ALL);
    let mut by_parent = without(&["parents-", "/accounts.json"]);
    let all = answers();
    let list = all.iter().find(|(name, _)| name.ends_with("/accounts.json")).unwrap().1["Accounts"].as_array().unwrap();
    by_parent.push(("organization/accounts-r-ab12.json".into(), json!({"Accounts": [list[0], list[1]]})));
    assert!(!verdicts(&world(&by_parent)).2, "the unit's accounts were not listed");
    by_parent.push((format!("organization/accounts-{UNIT}.json"), json!({"Accounts": [list[2]]})));
    assert_eq!(verdicts(&world(&by_parent)), ALL);
}

#[test]
fn attachments_may_come_by_target() {
    let mut by_target = without(&["targets-"]);
    assert_eq!(verdicts(&world(&by_target)).1, Verdict::Unknown);
    for target in ["r-ab12", UNIT, HUB, PROD, DEV] {
        let mut scps = vec![json!({"Id": FULL, "Name": FULL, "Type": SCP})];
        if target == UNIT {
            scps.push(json!({"Id": DENY, "Name": DENY, "Type": SCP}));
        }
        by_target.push((format!("organization/policies-for-target-{target}-scp.json"), json!({"Policies": scps})));
        let rcps = json!([{"Id": FULL_RCP, "Name": FULL_RCP, "Type": RCP}]);
        by_target.push((format!("organization/policies-for-target-{target}-rcp.json"), json!({"Policies": rcps})));
    }
    assert_eq!(verdicts(&world(&by_target)), ALL);
    by_target.retain(|(name, _)| !name.contains(&format!("{DEV}-scp")));
    assert_eq!(verdicts(&world(&by_target)).1, Verdict::Unknown, "what is attached to one account was not read");
}

#[test]
fn whatever_is_missing_is_unread_and_never_clean() {
    let unknown = |left_out: &[&str]| {
        let (dan, pam, proven) = verdicts(&world(&without(left_out)));
        assert!(dan != Verdict::Allowed && !proven, "{left_out:?}: {dan:?} {pam:?} {proven}");
        (dan, pam)
    };
    unknown(&["/accounts.json"]);
    unknown(&["/roots.json"]);
    assert_eq!(unknown(&["policies-scp", "policies-rcp", "policy-", "targets-"]), (Verdict::Unknown, Verdict::Unknown));
    assert_eq!(unknown(&["targets-p-denyenter"]), (Verdict::Unknown, Verdict::Unknown));
    assert_eq!(unknown(&["policy-p-denyenter"]).0, Verdict::Unknown);
    // the filter that AWS asks for: one type was not listed
    assert_eq!(unknown(&["policies-rcp", "policy-p-RCP", "targets-p-RCP"]), (Verdict::Denied, Verdict::Unknown));
    assert_eq!(
        unknown(&["policies-scp", "policy-p-Full", "policy-p-deny", "targets-p-Full", "targets-p-deny"]).1,
        Verdict::Unknown
    );
    // a policy that is described, as AWS's own always is, is no list
    assert_eq!(unknown(&["policies-scp", "policy-p-deny", "targets-p-deny"]).0, Verdict::Unknown);
    assert_eq!(unknown(&["policies-rcp"]).1, Verdict::Unknown);
    // AWS's own say the same everywhere
    assert_eq!(
        verdicts(&world(&without(&[
            "policy-p-FullAWSAccess",
            "policy-p-RCPFullAWSAccess",
            "targets-p-RCPFullAWSAccess"
        ]))),
        ALL
    );
    assert_eq!(verdicts(&world(&without(&["/organization.json"]))), ALL, "ARNs and enabled types say as much");
}

#[test]
fn a_page_without_the_last_is_not_the_list() {
    for name in ["/accounts.json", "targets-p-denyenter", "policies-scp"] {
        let mut all = answers();
        let page = all.iter_mut().find(|(known, _)| known.contains(name)).unwrap();
        page.1["NextToken"] = json!("eyJ0");
        let page = page.clone();
        assert!(!verdicts(&world(&all)).2, "{name}");
        let (mut next, mut first) = (page.clone(), page.clone());
        next.1.as_object_mut().unwrap().remove("NextToken");
        let list = next.1.as_object().unwrap().keys().next().unwrap().clone();
        let records = next.1[&list].as_array().unwrap().clone();
        first.1[&list] = json!(records[..records.len() - 1]);
        next.1[&list] = json!(records[records.len() - 1..]);
        let dir = world(&all);
        dir.bytes(&first.0, format!("{}\n{}", first.1, next.1));
        assert_eq!(verdicts(&dir), ALL, "{name}");
        dir.json(&first.0, &first.1).json(&next.0.replace(".json", ".2.json"), &next.1);
        assert_eq!(verdicts(&dir), ALL, "{name} in two files");
    }
}

#[test]
fn answers_that_do_not_say_what_they_are_about_need_a_name_that_does() {
    for (name, value, wanted) in [
        ("targets.json", json!({"Targets": []}), "targets-p-"),
        ("parents.json", json!({"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]}), "parents-1"),
        ("tags.json", json!({"Tags": []}), "tags-1"),
    ] {
        let dir = world(&answers());
        dir.json(&format!("organization/{name}"), &value);
        assert!(dir.refused().contains(wanted), "{}", dir.refused());
    }
    let dir = world(&answers());
    dir.json(
        "organization/parents-222222222222.2.json",
        &json!({"Parents": [{"Id": UNIT, "Type": "ORGANIZATIONAL_UNIT"}]}),
    );
    assert!(dir.refused().contains("disagrees"), "{}", dir.refused());
}

#[test]
fn a_cut_list_of_accounts_leaves_the_question_who_open() {
    let mut all = answers();
    let list = all.iter_mut().find(|(name, _)| name.ends_with("/accounts.json")).unwrap();
    list.1["Accounts"].as_array_mut().unwrap().remove(0);
    let answer = who_can(&world(&all).estate(), &role(PROD, "deploy"));
    assert!(answer.gaps.iter().any(|gap| gap.reason.contains("lacks the management account")), "{:?}", answer.gaps);
}

#[test]
fn what_accounts_administer_is_known_by_a_call_for_each() {
    let with = |services: &[(&str, Value)]| {
        let mut all = answers();
        let listed = json!({"DelegatedAdministrators": [{"Id": DEV, "Name": "dev", "Status": "ACTIVE"}]});
        all.push(("organization/delegated.json".to_owned(), listed));
        all.extend(services.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let estate = world(&all).estate();
        let mut delegated = estate.organization().unwrap().delegated.clone().unwrap();
        delegated.pop().unwrap().services
    };
    let of_dev = format!("organization/services-{DEV}.json");
    let sso = json!({"DelegatedServices": [{"ServicePrincipal": "sso.amazonaws.com", "DelegationEnabledDate": 1_700_000_000.25}]});
    assert_eq!(with(&[]), None);
    assert_eq!(with(&[(&of_dev, sso.clone())]), Some(vec!["sso.amazonaws.com".to_owned()]));
    let mut page = sso;
    page["NextToken"] = json!("more");
    assert_eq!(with(&[(&of_dev, page)]), None, "a page without the next");
}

#[test]
fn accounts_by_parent_are_all_where_the_units_of_every_parent_were_listed() {
    let all = answers();
    let list = all.iter().find(|(name, _)| name.ends_with("/accounts.json")).unwrap().1["Accounts"].as_array().unwrap();
    let mut by_parent = without(&["/accounts.json"]);
    by_parent.push(("organization/accounts-r-ab12.json".into(), json!({"Accounts": [list[0], list[1]]})));
    by_parent.push((format!("organization/accounts-{UNIT}.json"), json!({"Accounts": [list[2]]})));
    assert_eq!(verdicts(&world(&by_parent)), ALL);
    let units = format!("organization/units-{UNIT}.json");
    let proven = |change: &dyn Fn(&mut Answers)| {
        let mut changed = by_parent.clone();
        change(&mut changed);
        verdicts(&world(&changed)).2
    };
    assert!(!proven(&|all| all.retain(|(name, _)| *name != units)), "there may be units below");
    assert!(!proven(&|all| {
        all.iter_mut().find(|(name, _)| name.contains("units-r-")).unwrap().1["NextToken"] = json!("x");
    }));
    let children = json!({"Children": [{"Id": "ou-ab12-nested00", "Type": "ORGANIZATIONAL_UNIT"}]});
    assert!(!proven(&|all| all.push((format!("organization/children-{UNIT}.json"), children.clone()))));
}

#[test]
fn attachments_of_one_type_say_nothing_of_another() {
    let mut by_target = without(&["targets-"]);
    for target in ["r-ab12", UNIT, HUB, PROD, DEV] {
        // of the unit only the first page, without the Deny
        let mut scps = json!({"Policies": [{"Id": FULL, "Name": FULL, "Type": SCP}]});
        if target == UNIT {
            scps["NextToken"] = json!("x");
        }
        by_target.push((format!("organization/policies-for-target-{target}-a.json"), scps));
        let rcps = json!({"Policies": [{"Id": FULL_RCP, "Name": FULL_RCP, "Type": RCP}]});
        by_target.push((format!("organization/policies-for-target-{target}-b.json"), rcps));
    }
    assert_eq!(verdicts(&world(&by_target)).0, Verdict::Unknown);
}

#[test]
fn an_empty_list_of_policies_is_of_one_type() {
    let mut cut = without(&["policies-rcp", DENY]);
    let scps = cut.iter_mut().find(|(name, _)| name.contains("policies-scp")).unwrap();
    scps.1["Policies"].as_array_mut().unwrap().pop();
    scps.1["NextToken"] = json!("x");
    for name in ["policies-TAG_POLICY", "policies-RESOURCE_CONTROL_POLICY", "list-policies"] {
        let mut answers = cut.clone();
        answers.push((format!("organization/{name}.json"), json!({"Policies": []})));
        assert_eq!(verdicts(&world(&answers)).0, Verdict::Unknown, "{name}");
    }
    // the last page may be empty, and its name says what it is of
    let mut ended = answers();
    ended.iter_mut().find(|(name, _)| name.contains("policies-scp")).unwrap().1["NextToken"] = json!("x");
    ended.push(("organization/policies-scp-2.json".to_owned(), json!({"Policies": []})));
    assert_eq!(verdicts(&world(&ended)), ALL);
}

#[test]
fn answers_that_contradict_each_other_are_refused() {
    let all = answers();
    let of = |name: &str| all.iter().find(|(known, _)| known.ends_with(name)).unwrap().1.clone();
    let changed = |name: &str, at: &str, value: Value| {
        let mut answer = of(name);
        *answer.pointer_mut(at).unwrap() = value;
        answer
    };
    for (name, other) in [
        ("accounts.json", changed("/accounts.json", "/Accounts/2/Status", json!("SUSPENDED"))),
        ("accounts.json", changed("/accounts.json", "/Accounts/2/Name", json!("test"))),
        ("accounts.json", json!({"Accounts": [{"Id": DEV, "Name": "dev", "State": "CLOSED"}]})),
        ("organization/0-roots.json", changed("/roots.json", "/Roots/0/PolicyTypes", json!([]))),
        (
            "organization/0-units-r-ab12.json",
            changed("/units-r-ab12.json", "/OrganizationalUnits/0/Name", json!("Test")),
        ),
        (
            "organization/0.json",
            changed("/organization.json", "/Organization/FeatureSet", json!("CONSOLIDATED_BILLING")),
        ),
        ("organization/0.json", changed("/organization.json", "/Organization/MasterAccountId", json!(PROD))),
        ("tags-333333333333.json", json!({"Tags": [{"Key": "env", "Value": "prod"}]})),
        ("tags-333333333333.json", json!({"Tags": [{"Key": "team", "Value": "x"}]})),
        ("targets-p-denyenter.json", json!({"Targets": [{"TargetId": "r-ab12"}]})),
    ] {
        let dir = world(&all);
        dir.json(name, &other);
        assert!(dir.refused().contains("disagree"), "{name}: {}", dir.refused());
    }
    // the same again is no contradiction, nor is an answer that says less
    let dir = world(&all);
    dir.json("accounts.json", &json!({"Accounts": [{"Id": DEV}]}))
        .json("organization/0-roots.json", &of("/roots.json"));
    dir.json("organization/0.json", &json!({"Organization": {"Id": "o-example"}}));
    assert_eq!(verdicts(&dir), ALL);
}
