//! Random single requests: policies of every layer and a context given key by key.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arbitrary::{Draw, Skeleton, Who, skeleton_of};
use super::decide::{Layers, Outcome, decide};
use super::statement::{Caller, Request};
use super::{Given, documents, strings};

/// The name of every calling role session.
const SESSION: &str = "ci-1";

const ACTIONS: [&str; 4] = ["sts:AssumeRole", "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

/// A request in the format that `rolehop simulate` reads.
pub fn request(seed: u64) -> Value {
    let skeleton = skeleton_of(seed);
    let draw = &mut Draw::new(!seed);
    // the ARN of a session does not show the role's path: only roles without a path can be identified by it
    let shown = |p: &&Who| p.is_user || p.path == "/" || p.is_service_linked;
    let callers: Vec<&Who> = skeleton.principals.iter().filter(shown).collect();
    let targets: Vec<&Who> = skeleton.roles.iter().filter(|r| !r.is_service_linked || draw.chance(20)).collect();
    let (Some(_), Some(_)) = (callers.first(), targets.first()) else { return request(seed.wrapping_add(1)) };
    let (caller, target) = (*draw.pick(&callers), *draw.pick(&targets));
    let principal = if caller.is_user || caller.is_service_linked {
        caller.arn.clone()
    } else {
        format!("arn:aws:sts::{}:assumed-role/{}/{SESSION}", caller.account, caller.name)
    };
    let mut request = json!({"principal": principal, "action": *draw.pick(&ACTIONS), "resource": target.arn,
        "resourceAccount": target.account, "context": context(draw, &skeleton, caller),
        "identityPolicies": several(draw, 3, |draw| documents::identity(draw, &skeleton)),
        "resourcePolicy": trust(draw, &skeleton, target, caller)});
    if draw.chance(40) {
        request["permissionsBoundaries"] = json!([documents::boundary(draw, &skeleton)]);
    }
    if draw.chance(50) {
        let levels = 1 + draw.below(3);
        let level = |draw: &mut Draw| match draw.below(4) {
            0 => json!([documents::scp_allow(draw, &skeleton)]),
            1 => json!([everything(), documents::scp_deny(draw, &skeleton)]),
            _ => json!([everything()]),
        };
        request["serviceControlPolicies"] = (0..levels).map(|_| level(draw)).collect();
    }
    if draw.chance(30) {
        request["resourceControlPolicies"] = json!([several(draw, 2, |draw| documents::rcp(draw, &skeleton))]);
    }
    request
}

fn everything() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
}

fn several(draw: &mut Draw, at_most: u32, one: impl Fn(&mut Draw) -> Value) -> Value {
    (0..draw.below(at_most + 1)).map(|_| one(draw)).collect()
}

/// Usually about the caller, because most trust policies of the organization are not.
fn trust(draw: &mut Draw, skeleton: &Skeleton, target: &Who, caller: &Who) -> Value {
    let mut document = documents::trust(draw, skeleton, target);
    if draw.chance(70) {
        let names = [
            json!({"AWS": caller.arn}),
            json!({"AWS": format!("arn:aws:iam::{}:root", caller.account)}),
            json!({"AWS": format!("arn:aws:sts::{}:assumed-role/{}/{SESSION}", caller.account, caller.name)}),
            json!("*"),
        ];
        let statement = &mut document["Statement"];
        let first = if statement.is_array() { &mut statement[0] } else { statement };
        first["Principal"] = draw.pick(&names).clone();
        first["Effect"] = json!(if draw.chance(85) { "Allow" } else { "Deny" });
    }
    // a session's ARN does not reveal its role's path, so no trust policy may name the role with another path
    serde_json::from_str(&document.to_string().replace("/elsewhere/", "/elsewhere-")).unwrap()
}

fn context(draw: &mut Draw, skeleton: &Skeleton, caller: &Who) -> Value {
    let other = draw.pick(&skeleton.principals).clone();
    let session = format!("{}:{SESSION}", caller.id);
    let paths: Vec<&String> = (0..1 + draw.below(2)).map(|_| draw.pick(&skeleton.paths)).collect();
    let mut context = json!({"aws:PrincipalArn": *draw.pick(&[&caller.arn, &caller.arn, &other.arn]),
        "aws:PrincipalOrgPaths": paths, "aws:ResourceOrgPaths": [draw.pick(&skeleton.paths)],
        "aws:userid": if caller.is_user { &caller.id } else { &session }});
    let pools: &[(&str, &[&str])] = &[
        ("aws:MultiFactorAuthPresent", &["true", "false"]),
        ("aws:MultiFactorAuthAge", &["10", "300", "3599", "3600", "86400"]),
        ("aws:TokenIssueTime", &["2026-11-19T11:59:59Z", "2026-11-19T12:00:00Z", "2026-11-19T12:00:01Z"]),
        ("sts:ExternalId", &["x-1", "X-1", "x-2", "y-1", "red", "zz"]),
        ("sts:RoleSessionName", &["ann", "bob", "bobby", "ci-1", "ci-2", "robot"]),
        (
            "aws:SourceIp",
            &["10.0.0.9", "10.0.255.255", "10.1.0.0", "192.0.2.7", "192.0.2.8", "2001:db8::1", "203.0.113.1"],
        ),
        ("aws:SourceVpce", &["vpce-1", "vpce-2", "*"]),
        ("aws:RequestedRegion", &["eu-west-1", "us-east-1", "EU-west-1", "eu-*"]),
        ("aws:PrincipalTag/team", &["red", "blue", "team", "r*", "Red"]),
        ("aws:PrincipalTag/env", &["red", "app"]),
        ("aws:RequestTag/team", &["red", "blue", "rose", "ann"]),
        ("aws:RequestTag/env", &["red", "blue"]),
        ("aws:SourceIdentity", &["ann", "bob", "eve"]),
        ("sts:SourceIdentity", &["ann", "bob", "eve"]),
        ("aws:ResourceTag/team", &["red", "blue", "r*"]),
        ("iam:ResourceTag/env", &["red", "prod"]),
        ("aws:PrincipalOrgID", &["o-ours", "o-theirs"]),
        ("aws:ResourceOrgID", &["o-ours", "o-theirs"]),
        ("aws:PrincipalAccount", &["111111111111", "222222222222"]),
        ("aws:ResourceAccount", &["111111111111", "123456789012"]),
        ("aws:SourceAccount", &["111111111111"]),
        ("aws:PrincipalType", &["User", "AssumedRole"]),
        ("aws:username", &["ann", "bob", "eve"]),
        ("aws:SecureTransport", &["true", "false"]),
        ("aws:ViaAWSService", &["true", "false"]),
        ("aws:PrincipalIsAWSService", &["true", "false"]),
        ("aws:CurrentTime", &["2026-11-20T00:00:00Z", "2025-12-31T23:59:59Z", "2027-01-01T00:00:00Z"]),
        ("aws:EpochTime", &["1795132800", "1767225600", "1600000000"]),
        (
            "ec2:SourceInstanceARN",
            &["arn:aws:ec2:eu-west-1:111111111111:instance/i-1", "arn:aws:ec2:us-east-1:222222222222:instance/i-2"],
        ),
        ("ec2:RoleDelivery", &["1.0", "2.0"]),
        ("aws:Ec2InstanceSourceVpc", &["vpc-1", "vpc-2"]),
        ("lambda:SourceFunctionArn", &["arn:aws:lambda:eu-west-1:111111111111:function:deploy"]),
    ];
    for (key, pool) in pools {
        context[*key] = json!(*draw.pick(pool));
    }
    for key in ["aws:TagKeys", "sts:TransitiveTagKeys"] {
        context[key] = draw.pick(&[json!(["team"]), json!(["team", "env"]), json!(["Team"]), json!(["qq"])]).clone();
    }
    let given = context.as_object_mut().unwrap();
    let gone: Vec<String> = given.keys().filter(|_| draw.chance(25)).cloned().collect();
    given.retain(|key, _| !gone.contains(key));
    context
}

/// True for the ARN of a service-linked role.
fn linked(arn: &Value) -> bool {
    arn.as_str().unwrap().contains(":role/aws-service-role/")
}

/// The referee's outcome.
pub fn outcome(request: &Value) -> Outcome {
    let list = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
    let (identity, boundaries) = (list(&request["identityPolicies"]), list(&request["permissionsBoundaries"]));
    let (scp, rcp) = (list(&request["serviceControlPolicies"]), list(&request["resourceControlPolicies"]));
    let (scp, rcp): (Vec<_>, Vec<_>) = (scp.iter().map(list).collect(), rcp.iter().flat_map(list).collect());
    let caller = caller(request["principal"].as_str().unwrap());
    let (Caller::User { account, .. } | Caller::Role { account, .. }) = &caller else { unreachable!() };
    let layers = Layers {
        identity: identity.iter().collect(),
        boundary: boundaries.first(),
        scp: (!scp.is_empty() && !linked(&request["principal"]))
            .then(|| scp.iter().map(|level| level.iter().collect()).collect()),
        // neither for calls of a service-linked role nor for assuming one
        rcp: rcp.iter().filter(|_| !linked(&request["principal"]) && !linked(&request["resource"])).collect(),
        trust: Some(&request["resourcePolicy"]),
        same_account: request["resourceAccount"] == account.as_str(),
    };
    let given = request["context"].as_object().unwrap();
    let values: BTreeMap<_, _> = given
        .iter()
        .map(|(key, value)| (key.to_lowercase(), strings(value).into_iter().map(Cow::into_owned).collect()))
        .collect();
    let session = if linked(&request["principal"]) { "" } else { SESSION };
    let context = Given { values, session: session.to_owned() };
    let action = request["action"].as_str().unwrap();
    let resource = request["resource"].as_str().unwrap();
    decide(&layers, &Request { caller: &caller, action, resource, context: &context }).unwrap()
}

fn caller(arn: &str) -> Caller {
    let account = arn.split(':').nth(4).unwrap().to_owned();
    match arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
        Some((name, _)) => {
            Caller::Role { arn: format!("arn:aws:iam::{account}:role/{name}"), name: name.to_owned(), account }
        }
        None if arn.contains(":role/") => {
            let name = arn.rsplit('/').next().unwrap().to_owned();
            Caller::Role { arn: arn.to_owned(), name, account }
        }
        None => Caller::User { arn: arn.to_owned(), account },
    }
}
