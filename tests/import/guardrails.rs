//! What is known of SCPs and RCPs decides, and what was not read of them is unknown: never "none", never "nothing allowed".

use super::*;

const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";

/// `organization.json` with full access everywhere, beside accounts whose user may enter prod's role but for guardrails.
fn organization() -> Value {
    let account =
        |id: &str, name: &str, parent: &str| json!({"Id": id, "Name": name, "ParentId": parent, "State": "ACTIVE"});
    let full = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    json!({
        "Organization": {"Id": "o-example", "FeatureSet": "ALL", "MasterAccountId": HUB},
        "Roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": [
            {"Type": SCP, "Status": "ENABLED"}, {"Type": RCP, "Status": "ENABLED"}]}],
        "OrganizationalUnits": [{"Id": "ou-ab12-prod0000", "Name": "Prod", "ParentId": "r-ab12"},
            {"Id": "ou-ab12-dev00000", "Name": "Dev", "ParentId": "r-ab12"}],
        "Accounts": [account(HUB, "hub", "r-ab12"), account(PROD, "prod", "ou-ab12-prod0000"), account(DEV, "dev", "ou-ab12-dev00000")],
        "Policies": [{"Id": "p-allowall1", "Name": "AllowAll", "Type": SCP, "Content": full,
            "TargetIds": ["r-ab12", "ou-ab12-prod0000", "ou-ab12-dev00000", HUB, PROD, DEV]}],
    })
}

fn policy(kind: &str, effect: &str, action: &str, target: &str) -> Value {
    let mut statement = json!({"Effect": effect, "Action": action, "Resource": "*"});
    if kind == RCP {
        statement["Principal"] = json!("*");
    }
    json!({"Id": format!("p-{}{target}", effect.to_lowercase()), "Name": effect, "Type": kind, "TargetIds": [target],
        "Content": {"Version": "2012-10-17", "Statement": [statement]}})
}

fn world(organization: &Value) -> Dir {
    let dir = Dir::new();
    dir.json("organization.json", organization);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": [format!("arn:aws:iam::{DEV}:root"), format!("arn:aws:iam::{HUB}:root")]}}]});
    dir.json(&format!("accounts/{PROD}.json"), &details(PROD, "pam", &trust));
    for (id, name) in [(DEV, "dan"), (HUB, "ann")] {
        dir.json(&format!("accounts/{id}.json"), &details(id, name, &trusts(root(id))));
    }
    dir
}

fn ask(change: impl FnOnce(&mut Value)) -> Estate {
    let mut organization = organization();
    change(&mut organization);
    world(&organization).estate()
}

/// May dan of dev enter prod's role, and does the answer to who may stand as proven?
fn verdict(name: &str, change: impl FnOnce(&mut Value)) -> Verdict {
    let estate = ask(change);
    let target = role(PROD, "deploy");
    let found = path(&estate, &user(DEV, "dan"), &target).verdict;
    if found == Verdict::Unknown {
        let answer = who_can(&estate, &target);
        assert!(!answer.proven, "{name}");
        let gap = |gap: &rolehop::snapshot::ledger::Gap| gap.facet.as_str() == "guardrails" && !gap.reason.is_empty();
        assert!(answer.gaps.iter().any(gap), "{name}: {:?}", answer.gaps);
    }
    found
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().unwrap().remove(key).unwrap();
}

type Change = fn(&mut Value);

fn every(table: &[(&str, Change)], wanted: Verdict) {
    let wrong: Vec<String> = (table.iter())
        .map(|(name, change)| (name, verdict(name, change)))
        .filter(|(_, found)| *found != wanted)
        .map(|(name, found)| format!("{name}: {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "not {wanted:?}: {wrong:#?}");
}

#[test]
fn what_was_not_read_of_guardrails_is_unknown() {
    every(
        &[
            ("no policies", |o| remove(o, "Policies")),
            ("an empty list of policies", |o| o["Policies"] = json!([])),
            ("no content", |o| remove(&mut o["Policies"][0], "Content")),
            ("no attachments", |o| remove(&mut o["Policies"][0], "TargetIds")),
            ("attachments by name", |o| {
                o["Policies"][0]["TargetIds"] = json!(["Root", "Prod", "Dev", "hub", "prod", "dev"])
            }),
            ("attachments as numbers", |o| o["Policies"][0]["TargetIds"] = json!([1, 2])),
            ("attachments null", |o| o["Policies"][0]["TargetIds"] = json!(null)),
            ("attachments an object", |o| o["Policies"][0]["TargetIds"] = json!({"r-ab12": true})),
            ("attached to nothing", |o| o["Policies"][0]["TargetIds"] = json!([])),
            ("nothing at the root", |o| o["Policies"][0]["TargetIds"] = json!(["ou-ab12-dev00000", DEV])),
            ("nothing at the unit", |o| o["Policies"][0]["TargetIds"] = json!(["r-ab12", DEV])),
            ("nothing at the account", |o| o["Policies"][0]["TargetIds"] = json!(["r-ab12", "ou-ab12-dev00000"])),
            ("a second policy without attachments", |o| {
                let mut other = policy(SCP, "Deny", "s3:*", DEV);
                remove(&mut other, "TargetIds");
                o["Policies"].as_array_mut().unwrap().push(other);
            }),
            ("a second policy without content", |o| {
                let mut other = policy(SCP, "Deny", "s3:*", DEV);
                remove(&mut other, "Content");
                o["Policies"].as_array_mut().unwrap().push(other);
            }),
            ("a second policy without type or content", |o| {
                let mut other = policy(SCP, "Deny", "s3:*", DEV);
                remove(&mut other, "Content");
                remove(&mut other, "Type");
                o["Policies"].as_array_mut().unwrap().push(other);
            }),
            ("an RCP without attachments", |o| {
                let mut other = policy(RCP, "Deny", "s3:*", PROD);
                remove(&mut other, "TargetIds");
                o["Policies"].as_array_mut().unwrap().push(other);
            }),
            ("an RCP without content", |o| {
                let mut other = policy(RCP, "Deny", "s3:*", PROD);
                remove(&mut other, "Content");
                o["Policies"].as_array_mut().unwrap().push(other);
            }),
            ("no roots", |o| remove(o, "Roots")),
            ("an empty list of roots", |o| o["Roots"] = json!([])),
            ("no units", |o| remove(o, "OrganizationalUnits")),
            ("an account without a parent", |o| remove(&mut o["Accounts"][2], "ParentId")),
            ("an account of a unit that is not there", |o| o["Accounts"][2]["ParentId"] = json!("ou-ab12-lost0000")),
            ("a unit without a parent", |o| remove(&mut o["OrganizationalUnits"][1], "ParentId")),
            ("units in a circle", |o| o["OrganizationalUnits"][1]["ParentId"] = json!("ou-ab12-dev00000")),
            ("no policy types, and a Deny", |o| {
                o["Policies"].as_array_mut().unwrap().push(policy(SCP, "Deny", "sts:*", DEV));
                remove(&mut o["Roots"][0], "PolicyTypes");
            }),
            ("a type that is being enabled, and a Deny", |o| {
                o["Policies"].as_array_mut().unwrap().push(policy(SCP, "Deny", "sts:*", DEV));
                o["Roots"][0]["PolicyTypes"][0]["Status"] = json!("PENDING_ENABLE");
            }),
            ("a type that is being disabled, and a Deny", |o| {
                o["Policies"].as_array_mut().unwrap().push(policy(SCP, "Deny", "sts:*", DEV));
                o["Roots"][0]["PolicyTypes"][0]["Status"] = json!("PENDING_DISABLE");
            }),
            ("no management account, and a Deny", |o| {
                o["Policies"].as_array_mut().unwrap().push(policy(SCP, "Deny", "sts:*", DEV));
                remove(&mut o["Organization"], "MasterAccountId");
            }),
            ("a unit of prod without a parent, and an RCP on another", |o| {
                o["Policies"].as_array_mut().unwrap().push(policy(RCP, "Deny", "sts:*", "ou-ab12-dev00000"));
                remove(&mut o["OrganizationalUnits"][0], "ParentId");
            }),
            ("no accounts", |o| remove(o, "Accounts")),
            ("an empty list of accounts", |o| o["Accounts"] = json!([])),
            ("an account that a cut list does not name", |o| {
                o["Accounts"].as_array_mut().unwrap().pop();
                o["NextToken"] = json!("eyJ0");
            }),
            ("only DescribeOrganization", |o| {
                ["Roots", "OrganizationalUnits", "Accounts", "Policies"].into_iter().for_each(|key| remove(o, key));
            }),
            ("nothing at all", |o| *o = json!({})),
        ],
        Verdict::Unknown,
    );
}

#[test]
fn what_is_known_of_guardrails_decides_whatever_else_was_not_read() {
    every(
        &[
            ("all of it", |_| {}),
            ("no management account, where all is allowed anyway", |o| {
                remove(&mut o["Organization"], "MasterAccountId")
            }),
            ("a type that is being enabled, where all is allowed anyway", |o| {
                o["Roots"][0]["PolicyTypes"][0]["Status"] = json!("PENDING_ENABLE")
            }),
            ("no policy types, where all is allowed anyway", |o| remove(&mut o["Roots"][0], "PolicyTypes")),
            ("consolidated billing", |o| {
                o["Organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
                remove(o, "Policies");
                remove(o, "Roots");
            }),
            ("no type enabled", |o| {
                o["Roots"][0]["PolicyTypes"] = json!([]);
                o["Policies"] = json!([]);
            }),
            ("neither type enabled, and nothing read", |o| {
                o["Roots"][0]["PolicyTypes"] = json!([{"Type": "TAG_POLICY", "Status": "ENABLED"}]);
                remove(o, "Policies");
                remove(o, "OrganizationalUnits");
            }),
            ("no feature set, but a type that only all features allow", |o| {
                remove(&mut o["Organization"], "FeatureSet")
            }),
            ("no DescribeOrganization, but ARNs that say the same", |o| {
                remove(o, "Organization");
                o["Accounts"][0]["Arn"] = json!(format!("arn:aws:organizations::{HUB}:account/o-example/{HUB}"));
            }),
            ("the management account by the organization's ARN", |o| {
                remove(&mut o["Organization"], "MasterAccountId");
                o["Organization"]["Arn"] = json!(format!("arn:aws:organizations::{HUB}:organization/o-example"));
            }),
            ("AWS's own policy without its content", |o| {
                o["Policies"][0]["Id"] = json!("p-FullAWSAccess");
                remove(&mut o["Policies"][0], "Content");
            }),
            ("AWS's own RCP as it is listed", |o| {
                let own =
                    json!({"Id": "p-RCPFullAWSAccess", "Name": "RCPFullAWSAccess", "Type": RCP, "AwsManaged": true});
                o["Policies"].as_array_mut().unwrap().push(own);
            }),
            ("attachments as ListTargetsForPolicy prints them", |o| {
                let ids = o["Policies"][0]["TargetIds"].take();
                remove(&mut o["Policies"][0], "TargetIds");
                let entries = ids.as_array().unwrap().iter();
                o["Policies"][0]["Targets"] =
                    entries.map(|id| json!({"TargetId": id, "Name": "x", "Type": "y"})).collect();
            }),
            ("attachments as ARNs", |o| {
                let ids = o["Policies"][0]["TargetIds"].take();
                let arn = |id: &Value| format!("arn:aws:organizations::{HUB}:ou/o-example/{}", id.as_str().unwrap());
                o["Policies"][0]["TargetIds"] = ids.as_array().unwrap().iter().map(arn).collect();
            }),
            ("policies as DescribePolicy prints them, with attachments", |o| {
                let one = o["Policies"][0].clone();
                o["Policies"][0] = json!({"PolicySummary": {"Id": one["Id"], "Name": one["Name"], "Type": SCP},
                    "Content": one["Content"].to_string(), "TargetIds": one["TargetIds"]});
            }),
            ("a policy on a unit that is not there", |o| {
                o["Policies"].as_array_mut().unwrap().push(policy(SCP, "Deny", "*", "ou-ab12-lost0000"));
            }),
            ("the unit of another account is not known", |o| remove(&mut o["OrganizationalUnits"][0], "ParentId")),
        ],
        Verdict::Allowed,
    );
}

#[test]
fn a_known_deny_or_a_level_that_allows_nothing_decides_beside_what_was_not_read() {
    every(
        &[
            ("a Deny at the root, and OUs that are not known", |o| {
                o["Policies"].as_array_mut().unwrap().push(policy(SCP, "Deny", "sts:*", "r-ab12"));
                remove(o, "OrganizationalUnits");
            }),
            ("a Deny at the account, and no way up", |o| {
                o["Policies"].as_array_mut().unwrap().push(policy(SCP, "Deny", "sts:*", DEV));
                remove(&mut o["Accounts"][2], "ParentId");
            }),
            ("a Deny at the account, and a policy without attachments", |o| {
                let mut other = policy(SCP, "Allow", "s3:*", DEV);
                remove(&mut other, "TargetIds");
                o["Policies"].as_array_mut().unwrap().extend([policy(SCP, "Deny", "sts:*", DEV), other]);
            }),
            ("a level that allows something else, and one without any", |o| {
                o["Policies"][0]["TargetIds"] = json!([DEV]);
                o["Policies"].as_array_mut().unwrap().push(policy(SCP, "Allow", "s3:*", "ou-ab12-dev00000"));
            }),
            ("a Deny in an RCP, and SCPs without attachments", |o| {
                remove(&mut o["Policies"][0], "TargetIds");
                o["Policies"].as_array_mut().unwrap().push(policy(RCP, "Deny", "sts:*", "r-ab12"));
            }),
        ],
        Verdict::Denied,
    );
}

#[test]
fn the_management_account_is_exempt_and_who_has_no_allow_is_denied_without_guardrails() {
    let estate = ask(|o| remove(o, "Policies"));
    assert_eq!(path(&estate, &user(HUB, "ann"), &role(HUB, "deploy")).verdict, Verdict::Allowed);
    let none = ask(|o| remove(o, "Accounts"));
    assert_eq!(path(&none, &user(HUB, "ann"), &role(HUB, "deploy")).verdict, Verdict::Allowed);
    assert_eq!(path(&none, &user(PROD, "pam"), &role(DEV, "deploy")).verdict, Verdict::Denied);
}

#[test]
fn an_account_that_a_whole_list_does_not_name_is_outside() {
    let estate = ask(|o| {
        o["Accounts"].as_array_mut().unwrap().pop();
    });
    let found = path(&estate, &user(DEV, "dan"), &role(PROD, "deploy"));
    assert_eq!(found.verdict, Verdict::Allowed);
    assert!(who_can(&estate, &role(PROD, "deploy")).proven);
}

#[test]
fn membership_that_is_not_known_is_neither_inside_nor_outside() {
    let org = json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}});
    for (operator, all) in [("StringEquals", Verdict::Allowed), ("StringNotEquals", Verdict::Denied)] {
        let mut trust = support::trusts_if(json!({"AWS": "*"}), org.clone());
        trust["Statement"][0]["Condition"] = json!({operator: {"aws:PrincipalOrgID": "o-example"}});
        let ask = |cut: bool| {
            let mut file = organization();
            if cut {
                file["Accounts"].as_array_mut().unwrap().pop();
                remove(&mut file["Organization"], "FeatureSet");
                file["Organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
                file["NextToken"] = json!("eyJ0");
            }
            let dir = world(&file);
            dir.json(&format!("accounts/{PROD}.json"), &details(PROD, "pam", &trust));
            path(&dir.estate(), &user(DEV, "dan"), &role(PROD, "deploy")).verdict
        };
        assert_eq!(ask(false), all, "{operator}");
        assert_eq!(ask(true), Verdict::Unknown, "{operator}");
    }
}
