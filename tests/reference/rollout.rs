//! Roles that were rolled out to every account: their policies are the same text everywhere, and so are trust policies that
//! open a role to the whole organization. Such roles fare alike with a role of another account, until something tells them
//! apart.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arbitrary::{Draw, Skeleton};
use super::documents;

/// Gives one role of each account the same policies, and some roles the same open trust policy.
pub fn roll_out(draw: &mut Draw, skeleton: &Skeleton, accounts: &mut BTreeMap<String, Value>) {
    let held = policies(draw, skeleton);
    let trusts = [open_trust(draw, skeleton), open_trust(draw, skeleton)];
    for account in accounts.values_mut() {
        let roles = account["RoleDetailList"].as_array_mut().unwrap();
        let plain: Vec<usize> =
            (0..roles.len()).filter(|at| !roles[*at]["Path"].as_str().unwrap().contains("aws-service-role")).collect();
        if plain.is_empty() {
            continue;
        }
        for _ in 0..1 + draw.below(2) {
            let role = &mut roles[*draw.pick(&plain)];
            role["RolePolicyList"] = held.clone();
            role["AttachedManagedPolicies"] = json!([]);
            role.as_object_mut().unwrap().remove("PermissionsBoundary");
        }
        if draw.chance(60) {
            roles[*draw.pick(&plain)]["AssumeRolePolicyDocument"] = draw.pick(&trusts).clone();
        }
    }
}

fn policies(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let mut anything = json!({"Effect": "Allow", "Action": "sts:AssumeRole",
        "Resource": *draw.pick(&["*", "arn:aws:iam::*:role/*", "arn:aws:iam::*:role/a*"])});
    if draw.chance(25) {
        anything["Condition"] = of_one_account(draw);
    }
    let anything = json!({"Version": "2012-10-17", "Statement": [anything]});
    let mut documents = vec![if draw.chance(70) { anything } else { documents::identity(draw, skeleton) }];
    if draw.chance(30) {
        documents.push(documents::identity(draw, skeleton));
    }
    let inline =
        |(at, document): (usize, &Value)| json!({"PolicyName": format!("rolled-{at}"), "PolicyDocument": document});
    documents.iter().enumerate().map(inline).collect()
}

/// A test of whether caller and role are of one account, or of something that only looks like it.
fn of_one_account(draw: &mut Draw) -> Value {
    let operator = *draw.pick(&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists", "StringLike"]);
    let (key, value) = *draw.pick(&[
        ("aws:ResourceAccount", "${aws:PrincipalAccount}"),
        ("aws:ResourceAccount", "${aws:PrincipalAccount}"),
        ("aws:PrincipalAccount", "${aws:ResourceAccount}"),
        ("aws:ResourceAccount", "${aws:PrincipalAccount, '111111111111'}"),
        ("aws:ResourceTag/home", "${aws:PrincipalAccount}"),
    ]);
    json!({operator: {key: value}})
}

fn open_trust(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
    let account = draw.pick(&skeleton.accounts).clone();
    match draw.below(9) {
        0..=2 => statement["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": "o-ours"}}),
        3 => {
            let path = draw.pick(&skeleton.paths);
            statement["Condition"] = json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": format!("{path}*")}});
        }
        4 => {
            let arn = *draw.pick(&[
                "arn:aws:iam::*:role/a*",
                "arn:aws:iam::*:role/team/*",
                "arn:aws:iam::111111111111:role/*",
            ]);
            let operator = *draw.pick(&["ArnLike", "StringLike", "ArnNotLike"]);
            statement["Condition"] = json!({operator: {"aws:PrincipalArn": arn}});
        }
        5 => {
            let operator = *draw.pick(&["StringNotEquals", "StringNotEqualsIfExists", "StringLike"]);
            statement["Condition"] = json!({operator: {"aws:PrincipalAccount": account}});
        }
        6 => statement["Condition"] = of_one_account(draw),
        _ => {}
    }
    let mut statements = vec![statement];
    match draw.below(6) {
        // names an account, or somebody of it, that fares otherwise than the rest
        0 => statements.push(json!({"Effect": "Deny", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"})),
        1 => statements
            .push(json!({"Effect": "Deny", "Principal": {"AWS": draw.pick(&skeleton.roles).arn}, "Action": "sts:*"})),
        _ => {}
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}
