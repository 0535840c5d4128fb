//! Random policy documents about each other's principals.

use serde_json::{Map, Value, json};

use super::arbitrary::{Draw, Skeleton, Who};
use super::passing::TAGS;
use super::sessions::{ROLES_ANYWHERE, SERVICES};
use super::vocabulary::{condition, service_condition};

/// Actions that include `sts:AssumeRole`, and a few that only look so.
const ASSUME: &[&str] = &[
    "sts:AssumeRole",
    "sts:AssumeRole",
    "sts:AssumeRole",
    "STS:assumerole",
    "sts:Assume*",
    "sts:AssumeRol?",
    "sts:*",
    "*",
];
const OTHER: &[&str] =
    &["s3:*", "iam:PassRole", "sts:AssumeRoleWithSAML", " sts:AssumeRole", "sts:AssumeRole,s3:*", "sts:Get*"];
const ENTER: &[&str] =
    &["sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRole", "sts:assumerole", "sts:Assume*", "sts:AssumeRol?"];

/// What an organization whose calls pass something on allows or denies beside, or instead of, `sts:AssumeRole`.
fn passing(draw: &mut Draw, skeleton: &Skeleton, entrance: &str) -> Value {
    let companions: &[&str] = match (skeleton.passing.tags > 0, skeleton.passing.identity) {
        (true, true) => &["sts:TagSession", "sts:TagSession", "sts:SetSourceIdentity", "sts:*", "sts:tagsession"],
        (true, false) => &["sts:TagSession", "sts:TagSession", "sts:Tag*", "sts:*"],
        _ => &["sts:SetSourceIdentity", "sts:SetSourceIdentity", "sts:Set*"],
    };
    let companion = *draw.pick(companions);
    match draw.below(10) {
        0 | 1 => json!(companion),
        2 => json!([companion, *draw.pick(companions)]),
        3 => json!([entrance, companion, *draw.pick(companions)]),
        _ => json!([entrance, companion]),
    }
}

/// How likely each effect is.
struct Kind {
    denies: u32,
    conditions: u32,
}

/// An identity policy of a user, a group or a role.
pub fn identity(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let of = Kind { denies: 20, conditions: 30 };
    document(draw, skeleton, |draw| guarded(draw, skeleton, &of))
}

/// A boundary, usually a wide one.
pub fn boundary(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    if draw.chance(40) {
        return json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    }
    identity(draw, skeleton)
}

/// An SCP that denies something.
pub fn scp_deny(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let of = Kind { denies: 90, conditions: 60 };
    document(draw, skeleton, |draw| guarded(draw, skeleton, &of))
}

/// An SCP that replaces full access.
pub fn scp_allow(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let of = Kind { denies: 10, conditions: 40 };
    document(draw, skeleton, |draw| guarded(draw, skeleton, &of))
}

/// An RCP of a customer: it denies, for everyone.
pub fn rcp(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let of = Kind { denies: 100, conditions: 80 };
    document(draw, skeleton, |draw| {
        let mut statement = guarded(draw, skeleton, &of);
        statement["Principal"] = json!("*");
        statement
    })
}

fn document(draw: &mut Draw, skeleton: &Skeleton, mut statement: impl FnMut(&mut Draw) -> Value) -> Value {
    let count = *draw.pick(&[1, 1, 1, 2, 2, 3]);
    let mut all: Vec<Value> = (0..count).map(|_| statement(draw)).collect();
    let mut document = match draw.below(12) {
        // tags and identities that are text in one document and a variable in another would be too many to try
        _ if skeleton.passing.is_anything() => json!({"Version": "2012-10-17"}),
        0 => json!({"Version": "2008-10-17"}),
        1 => json!({}),
        _ => json!({"Version": "2012-10-17"}),
    };
    // a single statement may be without a list
    all.iter_mut().for_each(|statement| *statement = few_tags(skeleton, statement));
    document["Statement"] = if count == 1 && draw.chance(30) { all.remove(0) } else { json!(all) };
    document
}

/// Where tags can be passed, every tag that a variable names is one of the few that are tried.
fn few_tags(skeleton: &Skeleton, statement: &Value) -> Value {
    if skeleton.passing.tags == 0 {
        return statement.clone();
    }
    let tag = TAGS[skeleton.passing.tags - 1];
    let mut text = statement.to_string();
    for other in ["none", "net", "env"] {
        text = text.replace(&format!("${{aws:PrincipalTag/{other}"), &format!("${{aws:PrincipalTag/{tag}"));
    }
    serde_json::from_str(&text).unwrap()
}

fn guarded(draw: &mut Draw, skeleton: &Skeleton, of: &Kind) -> Value {
    let mut statement = Map::new();
    let denies = draw.chance(of.denies);
    statement.insert("Effect".into(), json!(if denies { "Deny" } else { "Allow" }));
    let (element, action) = match draw.below(10) {
        0 => ("NotAction", json!([*draw.pick(OTHER), *draw.pick(OTHER)])),
        1 => ("Action", json!(*draw.pick(OTHER))),
        2 => ("Action", json!([*draw.pick(OTHER), *draw.pick(ASSUME)])),
        3 if denies => ("NotAction", json!([*draw.pick(OTHER), *draw.pick(ASSUME)])),
        4..=7 if skeleton.passing.is_anything() => {
            let entrance = *draw.pick(ASSUME);
            ("Action", passing(draw, skeleton, entrance))
        }
        _ => ("Action", json!(*draw.pick(ASSUME))),
    };
    statement.insert(element.into(), action);
    let element = if draw.chance(10) { "NotResource" } else { "Resource" };
    statement.insert(element.into(), resources(draw, skeleton, denies));
    if draw.chance(of.conditions) {
        statement.insert("Condition".into(), condition(draw, skeleton));
    }
    Value::Object(statement)
}

fn resources(draw: &mut Draw, skeleton: &Skeleton, denies: bool) -> Value {
    let count = *draw.pick(&[1, 1, 2]);
    let all: Vec<String> = (0..count).map(|_| resource(draw, skeleton, denies)).collect();
    if count == 1 && draw.chance(60) { json!(all[0]) } else { json!(all) }
}

fn resource(draw: &mut Draw, skeleton: &Skeleton, narrow: bool) -> String {
    let text = any_resource(draw, skeleton, narrow);
    // where tags can be passed: too many names, and a Resource element is not linked with tests of the same tag
    let names_tag = text.contains("role/${aws:PrincipalTag/");
    if names_tag && skeleton.passing.tags > 0 { draw.pick(&skeleton.roles).arn.clone() } else { text }
}

fn any_resource(draw: &mut Draw, skeleton: &Skeleton, narrow: bool) -> String {
    let role = draw.pick(&skeleton.roles).clone();
    let Who { account, name, arn, .. } = role;
    if draw.chance(8) {
        return before_the_fifth_colon(draw, &account, &name);
    }
    match draw.below(if narrow { 14 } else { 18 }) {
        0 => format!("arn:aws:iam::{account}:role/*"),
        1 => "arn:aws:iam::*:role/team/*".to_owned(),
        2 => format!("arn:aws:iam::*:role/{name}"),
        3 => format!("arn:aws:iam::{}*:role/*{}", &account[..4], &name[1..]),
        4 => "arn:aws:iam::*:role/${aws:username}*".to_owned(),
        5 => "arn:aws:iam::*:role/${aws:PrincipalTag/team}/*".to_owned(),
        6 => "arn:aws:iam::*:role/${aws:PrincipalTag/team, 'app'}".to_owned(),
        7 => format!("arn:*:iam::{account}:role/?*{}", &name[2..]),
        8 => format!("arn:aws:iam::{account}:role/${{aws:PrincipalTag/env}}"),
        9 => {
            (*draw.pick(&["arn:aws:iam:", "arn:aws:iam::*:role", "arn:aws:sts::*:role/*", "arn:aws:iam::*:ROLE/*", ""]))
                .to_owned()
        }
        10..=13 => arn,
        14 | 15 => "arn:aws:iam::*:role/*".to_owned(),
        16 => (*draw.pick(&["arn:aws:iam::*", "arn:*", "arn:aws:iam::*:*", "*"])).to_owned(),
        _ => "*".to_owned(),
    }
}

/// Variables and escapes in places where AWS does not substitute them; one of them follows one that is substituted.
fn before_the_fifth_colon(draw: &mut Draw, account: &str, name: &str) -> String {
    match draw.below(9) {
        0 => format!("arn:aws:iam::${{aws:PrincipalAccount}}:role/{name}"),
        1 => "arn:aws:iam::${aws:PrincipalAccount}:role/*".to_owned(),
        2 => "arn:aws:iam::${aws:ResourceAccount}:role/${aws:username}".to_owned(),
        3 => format!("arn:${{aws:PrincipalTag/none, 'aws'}}:iam::{account}:role/*"),
        4 => format!("arn:aws:iam:${{aws:PrincipalTag/none, ''}}:{account}:role/{name}"),
        5 => "arn:aws:iam::${*}:role/*".to_owned(),
        6 => "arn:aws:iam::*${aws:PrincipalAccount}*".to_owned(),
        7 => "arn:aws:${aws:PrincipalTag/none, 'iam'}:*".to_owned(),
        _ => format!("arn:aws:iam::{account}:role/${{aws:PrincipalTag/none, '{name}'}}"),
    }
}

/// Which principals may assume this role.
pub fn trust(draw: &mut Draw, skeleton: &Skeleton, role: &Who) -> Value {
    if role.is_service_linked {
        return json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "autoscaling.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    }
    let mut of_services = Vec::new();
    while draw.chance(if of_services.is_empty() { 40 } else { 25 }) {
        of_services.push(about_service(draw, skeleton));
    }
    let mut of_principals = trust_of_principals(draw, skeleton, role);
    if !of_services.is_empty() {
        if of_principals["Statement"].is_object() {
            of_principals["Statement"] = json!([of_principals["Statement"].take()]);
        }
        of_principals["Statement"].as_array_mut().unwrap().extend(of_services);
    }
    of_principals
}

/// A statement about one service; Roles Anywhere needs three actions, of which one may be missing or be in another
/// statement.
fn about_service(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let service = *draw.pick(SERVICES);
    let denies = draw.chance(10);
    let actions: &[Value] = &[
        json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
        json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
        json!(["sts:assumerole", "sts:tagsession", "sts:set*"]),
        json!(["sts:AssumeRole", "sts:TagSession"]),
        json!(["sts:TagSession", "sts:SetSourceIdentity"]),
        json!("sts:AssumeRole"),
    ];
    let action = if service == ROLES_ANYWHERE { draw.pick(actions).clone() } else { json!(*draw.pick(ENTER)) };
    let mut statement = json!({"Effect": if denies { "Deny" } else { "Allow" }, "Principal": {"Service": service},
        "Action": action});
    if draw.chance(if denies { 80 } else { 50 }) {
        statement["Condition"] = service_condition(draw, skeleton, service);
    }
    statement
}

fn trust_of_principals(draw: &mut Draw, skeleton: &Skeleton, role: &Who) -> Value {
    document(draw, skeleton, |draw| {
        let denies = draw.chance(15);
        let mut statement =
            json!({"Effect": if denies { "Deny" } else { "Allow" }, "Principal": principals(draw, skeleton, role)});
        match draw.below(20) {
            0 => statement["NotAction"] = json!(["sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"]),
            1 if denies => statement["NotAction"] = json!("sts:TagSession"),
            2 => statement["Action"] = json!(["sts:AssumeRoleWithSAML", *draw.pick(ENTER)]),
            3 => statement["Action"] = json!(*draw.pick(&["sts:AssumeRoleWithWebIdentity", "sts:GetCallerIdentity"])),
            4..=14 if skeleton.passing.is_anything() => {
                let entrance = *draw.pick(ENTER);
                statement["Action"] = passing(draw, skeleton, entrance);
            }
            _ => statement["Action"] = json!(*draw.pick(ENTER)),
        }
        // out of place in a trust policy, and then compared with the role
        if draw.chance(4) {
            statement["Resource"] = json!(resource(draw, skeleton, false));
        }
        if draw.chance(if denies { 70 } else { 40 }) {
            statement["Condition"] = condition(draw, skeleton);
        }
        statement
    })
}

fn principals(draw: &mut Draw, skeleton: &Skeleton, role: &Who) -> Value {
    match draw.below(20) {
        0 | 1 => return json!("*"),
        2 => return json!({"AWS": "*"}),
        3 => return json!({"Service": ["ec2.amazonaws.com"], "AWS": principal(draw, skeleton, role)}),
        4 => return json!({"Service": "lambda.amazonaws.com"}),
        _ => {}
    }
    let count = *draw.pick(&[1, 1, 2, 3]);
    let all: Vec<String> = (0..count).map(|_| principal(draw, skeleton, role)).collect();
    if count == 1 && draw.chance(60) { json!({"AWS": all[0]}) } else { json!({"AWS": all}) }
}

fn principal(draw: &mut Draw, skeleton: &Skeleton, role: &Who) -> String {
    let who = draw.pick(&skeleton.principals).clone();
    let mate = draw.pick(&skeleton.roles).clone();
    match draw.below(22) {
        0..=4 => format!("arn:aws:iam::{}:root", who.account),
        5 => who.account,
        6 => format!("arn:aws:iam::{}:root", role.account),
        7 => format!("arn:aws:sts::{}:assumed-role/{}/{}", mate.account, mate.name, draw.pick(&["ci-1", "ann", "bob"])),
        8 => (*draw.pick(&["AIDADEADDEADDEADDEAD", "AROADEADDEADDEADDEAD"])).to_owned(),
        9 => format!("arn:aws:iam::{}:{}/*", who.account, if who.is_user { "user" } else { "role" }),
        10 => role.arn.clone(),
        11..=14 => mate.arn,
        15 => nobody(draw, &who),
        _ => who.arn,
    }
}

/// Names that only resemble this principal's.
fn nobody(draw: &mut Draw, who: &Who) -> String {
    let Who { account, name, path, arn, .. } = who;
    match draw.below(5) {
        0 => format!("arn:aws:sts::{account}:assumed-role{path}{name}/*"),
        1 => format!("arn:aws-us-gov:iam::{account}:root"),
        2 => arn.to_uppercase().replace("ARN:AWS:IAM", "arn:aws:iam"),
        3 => format!("arn:aws:iam::{account}:group/group-0"),
        _ => format!("arn:aws:iam::{account}:{}/elsewhere/{name}", if who.is_user { "user" } else { "role" }),
    }
}
