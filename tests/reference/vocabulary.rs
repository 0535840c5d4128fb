//! Random tests of context keys: few keys and few values, so that tests meet, overlap and contradict each other.

use serde_json::{Map, Value, json};

use super::arbitrary::{Draw, Skeleton};
use super::sessions::ROLES_ANYWHERE;

/// A test: operator, key, values.
type Test = (String, String, Value);

const STRING: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
/// Tags and identities in another case, or with wildcards for themselves, would double the values to try.
const PLAIN: &[&str] = &["StringEquals", "StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];
const KEYS: &[&str] = &["StringEqualsIgnoreCase", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"];
const ARN: &[&str] = &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"];
const NUMERIC: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATE: &[&str] =
    &["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"];

/// Keys that the request decides; an organization uses a few of them.
pub const OPEN: &[&str] = &[
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:TokenIssueTime",
    "sts:ExternalId",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "aws:SourceIp",
    "aws:SourceVpce",
    "aws:RequestedRegion",
    "aws:userid",
];

/// Keys that the snapshot decides.
const KNOWN: &[&str] = &[
    "aws:PrincipalTag/team",
    "aws:PrincipalTag/team",
    "aws:ResourceTag/team",
    "iam:ResourceTag/env",
    "aws:PrincipalArn",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:ResourceOrgPaths",
    "aws:PrincipalAccount",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:PrincipalType",
    "aws:username",
    "aws:SecureTransport",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:ViaAWSService",
    "aws:PrincipalIsAWSService",
    "aws:SourceAccount",
];

/// Keys that travel with sessions created by a service.
const BROUGHT: &[&str] = &[
    "ec2:SourceInstanceARN",
    "ec2:SourceInstanceArn",
    "ec2:RoleDelivery",
    "ec2:RoleDelivery",
    "aws:Ec2InstanceSourceVpc",
    "lambda:SourceFunctionArn",
    "glue:CredentialIssuingService",
    "glue:RoleAssumedBy",
];

/// Keys that resemble one of AWS's but do not exist: always absent.
const MISSPELLED: &[&str] = &[
    "aws:PrincipalOrgId ",
    " aws:PrincipalArn",
    "aws:MultiFactorAuthpresentt",
    "sts:ExternalID ",
    "aws:PrincipalTag",
    "PrincipalAccount",
    "aws:PrincipleArn",
    "s3:prefix",
];

/// Keys tested in statements about services.
const OF_SERVICES: &[&str] =
    &["aws:SourceAccount", "aws:SourceAccount", "aws:SourceArn", "aws:SourceArn", "sts:ExternalId"];
const OF_CERTIFICATES: &[&str] =
    &["aws:PrincipalTag/x509Subject/CN", "aws:PrincipalTag/x509Subject/CN", "aws:PrincipalTag/x509SAN/URI"];

/// One or two tests of a statement about a service.
pub fn service_condition(draw: &mut Draw, skeleton: &Skeleton, service: &str) -> Value {
    let mut block = Map::new();
    for _ in 0..*draw.pick(&[1, 1, 2]) {
        let key = match draw.below(10) {
            0 => *draw.pick(MISSPELLED),
            1 => *draw.pick(KNOWN),
            2 => *draw.pick(BROUGHT),
            3..=6 if service == ROLES_ANYWHERE => *draw.pick(OF_CERTIFICATES),
            _ => *draw.pick(OF_SERVICES),
        };
        let (operator, key, values) = test(draw, skeleton, key);
        let tests = block.entry(operator).or_insert_with(|| json!({}));
        tests[key] = values;
    }
    Value::Object(block)
}

/// A key about what calls pass on, most often one that a later call reads.
fn of_passing(draw: &mut Draw, skeleton: &Skeleton) -> &'static str {
    let identity = ["aws:SourceIdentity", "aws:SourceIdentity", "aws:SourceIdentity", "sts:SourceIdentity"];
    if skeleton.passing.identity && (skeleton.passing.tags == 0 || draw.chance(50)) {
        return draw.pick::<&str>(&identity);
    }
    if skeleton.passing.tags > 1 && draw.chance(40) {
        return draw.pick::<&str>(&["aws:PrincipalTag/env", "aws:RequestTag/env"]);
    }
    let tags = [
        "aws:PrincipalTag/team",
        "aws:PrincipalTag/team",
        "aws:PrincipalTag/team",
        "aws:PrincipalTag/Team",
        "aws:RequestTag/team",
        "aws:RequestTag/Team",
        "aws:TagKeys",
        "sts:TransitiveTagKeys",
    ];
    draw.pick::<&str>(&tags)
}

/// True for keys of what calls pass on in this organization.
fn is_passed(skeleton: &Skeleton, key: &str) -> bool {
    let of_tags = ["aws:PrincipalTag/", "aws:RequestTag/"].iter().any(|prefix| key.starts_with(prefix));
    skeleton.passing.tags > 0 && of_tags || key.ends_with("TagKeys") || key.ends_with(":SourceIdentity")
}

/// One to three tests, sometimes of the same key twice.
pub fn condition(draw: &mut Draw, skeleton: &Skeleton) -> Value {
    let mut block = Map::new();
    let count = *draw.pick(&[1, 1, 1, 2, 2, 3]);
    for _ in 0..count {
        let key = match draw.below(100) {
            0..=59 if skeleton.passing.is_anything() => of_passing(draw, skeleton).to_owned(),
            0..=54 => draw.pick(&skeleton.themes).clone(),
            55..=61 => (*draw.pick(BROUGHT)).to_owned(),
            62..=64 => (*draw.pick(MISSPELLED)).to_owned(),
            _ => (*draw.pick(KNOWN)).to_owned(),
        };
        let (operator, key, values) = test(draw, skeleton, &key);
        let tests = block.entry(operator).or_insert_with(|| json!({}));
        tests[key] = values;
    }
    Value::Object(block)
}

fn test(draw: &mut Draw, skeleton: &Skeleton, key: &str) -> Test {
    let spelled = if draw.chance(8) { key.to_lowercase() } else { key.to_owned() };
    // a region is always chosen, and no request is without a time
    if draw.chance(10) && !key.ends_with("Time") && key != "aws:RequestedRegion"
        || key == "aws:TokenIssueTime" && draw.chance(50)
    {
        return ("Null".to_owned(), spelled, json!(*draw.pick(&["true", "false"])));
    }
    let (operators, values) = match values(draw, skeleton, key) {
        (STRING, values) if is_passed(skeleton, key) && values.to_string().contains('*') => (&PLAIN[3..], values),
        // a key can be passed in another case
        (STRING, values) if key.ends_with("TagKeys") => (KEYS, values),
        (STRING, values) if is_passed(skeleton, key) => (PLAIN, values),
        other => other,
    };
    let mut operator = (*draw.pick(operators)).to_owned();
    let several = key.ends_with("OrgPaths") || key.ends_with("TagKeys");
    if several || operators[0].starts_with("String") && draw.chance(12) {
        operator = format!("{}:{operator}", draw.pick(&["ForAllValues", "ForAnyValue"]));
    }
    if draw.chance(15) && !operator.starts_with("ForAnyValue") {
        operator.push_str("IfExists");
    }
    (operator, spelled, values)
}

fn values(draw: &mut Draw, skeleton: &Skeleton, key: &str) -> (&'static [&'static str], Value) {
    let one_of = |draw: &mut Draw, pool: &[&str]| -> Value {
        let first = (*draw.pick(pool)).to_owned();
        if draw.chance(25) { json!([first, *draw.pick(pool)]) } else { json!(first) }
    };
    match key {
        "aws:MultiFactorAuthPresent" => {
            (&["Bool"], draw.pick(&[json!("true"), json!("true"), json!(true), json!("false"), json!(false)]).clone())
        }
        "aws:SecureTransport" | "aws:ViaAWSService" | "aws:PrincipalIsAWSService" => {
            (&["Bool"], json!(*draw.pick(&["true", "false"])))
        }
        "aws:MultiFactorAuthAge" => {
            (&NUMERIC[2..], if draw.chance(30) { json!(3600) } else { one_of(draw, &["300", "3600", "86400"]) })
        }
        "aws:TokenIssueTime" => (&["DateLessThan", "DateGreaterThan"], json!("2026-11-19T12:00:00Z")),
        "aws:CurrentTime" => (
            DATE,
            one_of(draw, &["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-11-20T00:00:00Z", "1795132800"]),
        ),
        "aws:EpochTime" if draw.chance(50) => (NUMERIC, one_of(draw, &["1700000000", "1795132800", "1900000000"])),
        "aws:EpochTime" => (DATE, one_of(draw, &["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "1795132800"])),
        "aws:SourceIp" => (
            &["IpAddress", "NotIpAddress"],
            one_of(draw, &["10.0.0.0/8", "10.0.0.0/16", "192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "10.0.0.9/32"]),
        ),
        "aws:PrincipalArn" => principal_arns(draw, skeleton),
        "ec2:RoleDelivery" => (NUMERIC, one_of(draw, &["1.0", "2.0", "2", "1.5", "3"])),
        "ec2:SourceInstanceARN" | "ec2:SourceInstanceArn" => {
            (if draw.chance(70) { ARN } else { STRING }, json!(brought_arn(draw, skeleton, "ec2", "instance/", "i-1")))
        }
        "lambda:SourceFunctionArn" => (
            if draw.chance(70) { ARN } else { STRING },
            json!(brought_arn(draw, skeleton, "lambda", "function:", "deploy")),
        ),
        "aws:SourceArn" => {
            (ARN, one_of(draw, &["arn:aws:sns:eu-west-1:1:a", "arn:aws:sns:*:1:*", "arn:aws:sns:*:*:b*"]))
        }
        _ => (STRING, strings(draw, skeleton, key)),
    }
}

/// ARNs of instances and functions, some of them in another account than the role's, or of another service.
fn brought_arn(draw: &mut Draw, skeleton: &Skeleton, service: &str, kind: &str, name: &str) -> String {
    let account = draw.pick(&skeleton.accounts).clone();
    match draw.below(7) {
        0 => format!("arn:aws:{service}:*:{account}:{kind}*"),
        1 => format!("arn:aws:{service}:eu-west-1:{account}:{kind}{name}"),
        2 => format!("arn:aws:{service}:eu-*:*:{kind}{name}"),
        3 => format!("arn:aws:{service}:*:${{aws:PrincipalAccount}}:{kind}*"),
        4 => format!("arn:aws:{service}:us-east-1:*:{kind}*"),
        5 => format!("arn:aws:sns:*:{account}:*"),
        _ => format!("arn:*:{service}:*:*:{kind}*"),
    }
}

fn principal_arns(draw: &mut Draw, skeleton: &Skeleton) -> (&'static [&'static str], Value) {
    let who = draw.pick(&skeleton.principals);
    let text = match draw.below(6) {
        0 => format!("arn:aws:iam::{}:*", who.account),
        1 => "arn:aws:iam::*:role/team/*".to_owned(),
        2 => format!("arn:aws:iam::{}:{}/*", who.account, if who.is_user { "user" } else { "role" }),
        3 => format!("arn:aws:iam::${{aws:PrincipalAccount}}:role/{}", who.name),
        _ => who.arn.clone(),
    };
    let operators = if draw.chance(70) { ARN } else { STRING };
    (operators, if draw.chance(20) { json!([text, draw.pick(&skeleton.principals).arn.clone()]) } else { json!(text) })
}

fn strings(draw: &mut Draw, skeleton: &Skeleton, key: &str) -> Value {
    let account = draw.pick(&skeleton.accounts).clone();
    let id = draw.pick(&skeleton.principals).id.clone();
    let of_type = format!("{}*", &id[..4]);
    let session = format!("{id}:ci-1");
    let any_session = format!("{id}:*");
    let unit = draw.pick(&skeleton.paths).clone();
    let under = format!("{unit}*");
    let pool: &[&str] = match key {
        "sts:ExternalId" => &["x-1", "x-2", "y-1", "x-*", "*-1", "X-1", "?-2", "${aws:PrincipalTag/team}"],
        "sts:RoleSessionName" => {
            &["ann", "bob", "ci-1", "ci-*", "${aws:username}", "${aws:username, 'robot'}", "${aws:username}*"]
        }
        "aws:SourceVpce" => &["vpce-1", "vpce-2", "vpce-*", "${*}", "${aws:PrincipalTag/net}"],
        "aws:RequestedRegion" => &["eu-west-1", "us-east-1", "eu-*", "eu-${*}", "${aws:ResourceTag/team, 'eu-west-1'}"],
        "aws:userid" => &[&id, &session, &any_session, &of_type, "*:ci-1", "*:ann"],
        "aws:PrincipalOrgID" | "aws:ResourceOrgID" => &["o-ours", "o-ours", "o-theirs", "o-*"],
        "aws:PrincipalOrgPaths" | "aws:ResourceOrgPaths" => &[&unit, &under, "o-ours/*", "o-ours/r-root/"],
        "aws:PrincipalAccount" | "aws:ResourceAccount" | "aws:SourceAccount" => {
            &[&account, "1*", "${aws:ResourceAccount}", "${aws:PrincipalAccount}"]
        }
        "aws:PrincipalType" => &["User", "AssumedRole", "assumedrole", "*"],
        "aws:username" => &["ann", "bob", "a*", "ANN", "?ob"],
        "aws:Ec2InstanceSourceVpc" => &["vpc-1", "vpc-2", "vpc-*", "VPC-1", "net-1", "*"],
        "glue:CredentialIssuingService" | "glue:RoleAssumedBy" => {
            &["glue.amazonaws.com", "glue.amazonaws.com", "GLUE.amazonaws.com", "glue.*", "other"]
        }
        "aws:PrincipalTag/x509Subject/CN" | "aws:PrincipalTag/x509SAN/URI" => &["ann", "bob", "a*", "ANN", "*"],
        "aws:TagKeys" | "sts:TransitiveTagKeys" => &["team", "team", "env", "*"],
        "aws:SourceIdentity" => &["ann", "ann", "bob", "a*"],
        "sts:SourceIdentity" => &["ann", "ann", "bob", "${aws:username}"],
        // two tags with more values would be too many combinations
        _ if skeleton.passing.tags > 1 && is_passed(skeleton, key) => &["red", "blue"],
        "aws:RequestTag/team" | "aws:RequestTag/Team" | "aws:RequestTag/env" => {
            &["red", "red", "blue", "r*", "${aws:PrincipalTag/team}", "${aws:username}"]
        }
        "aws:PrincipalTag/team" | "aws:PrincipalTag/Team" | "aws:PrincipalTag/env" if skeleton.passing.tags > 0 => {
            &["red", "red", "blue", "r*", "${aws:ResourceTag/team}"]
        }
        _ => &[
            "red",
            "blue",
            "team",
            "r*",
            "Red",
            "r${*}",
            "r${?}d",
            "${aws:PrincipalTag/team}",
            "${aws:ResourceTag/team, 'red'}",
            "${aws:username}",
        ],
    };
    let first = (*draw.pick(pool)).to_owned();
    if draw.chance(25) { json!([first, *draw.pick(pool)]) } else { json!(first) }
}
