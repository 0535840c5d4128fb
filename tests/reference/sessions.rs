//! Sessions that AWS services create themselves, and the keys that travel with them.
//!
//! Owns: which service creates which session, which keys that session carries, which values they can have. A session
//! that was created in another way carries none of them, and neither does one that AssumeRole created from such a
//! session.
//! Source: AWS IAM User Guide, "AWS global condition context keys" (properties of a role session); AWS IAM Roles
//! Anywhere User Guide, "Trust model".

/// Which service created the calling session.
pub const ISSUER: &str = "issuer";
/// None of the services below.
pub const ANOTHER_WAY: &str = "another way";

/// A way to create a session: its name, the service, the keys.
pub const WAYS: &[(&str, &str, &[&str])] = &[
    ("instance", "ec2.amazonaws.com", &["ec2:sourceinstancearn", "ec2:roledelivery", "aws:ec2instancesourcevpc"]),
    ("function", "lambda.amazonaws.com", &["lambda:sourcefunctionarn"]),
    ("job of Glue", "glue.amazonaws.com", &["glue:credentialissuingservice"]),
    ("Glue itself", "glue.amazonaws.com", &["glue:roleassumedby"]),
];

/// The service that authenticates certificates, and its names for the tags of their subjects, issuers and names.
pub const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";
const CERTIFICATE: &str = "aws:principaltag/x509";

/// Services that trust policies name here.
pub const SERVICES: &[&str] = &[
    "ec2.amazonaws.com",
    "lambda.amazonaws.com",
    "glue.amazonaws.com",
    "autoscaling.amazonaws.com",
    ROLES_ANYWHERE,
    "pods.example.amazonaws.com",
];

/// True for keys that some kind of session carries.
pub fn is_brought(key: &str) -> bool {
    WAYS.iter().any(|(.., keys)| keys.contains(&key))
}

/// True if sessions of this kind carry the key.
pub fn brings(way: &str, key: &str) -> bool {
    WAYS.iter().any(|(name, _, keys)| *name == way && keys.contains(&key))
}

/// Keys that only a service's call may have.
pub fn belongs_to_service(service: &str, key: &str) -> bool {
    matches!(key, "aws:sourceaccount" | "aws:sourcearn") || service == ROLES_ANYWHERE && key.starts_with(CERTIFICATE)
}

/// Roles Anywhere passes tags and a source identity in every call, and needs the permission for both.
pub fn always_passes(service: &str) -> bool {
    service == ROLES_ANYWHERE
}

/// The key of a tag that every certificate gives.
pub const TAG_OF_CERTIFICATE: &str = "x509Issuer/CN";

/// Values of a key for a session of a role in this account, enough to distinguish the policies of the vocabulary.
pub fn values(key: &str, account: &str) -> Vec<String> {
    let arns = |service: &str, resources: [&str; 3]| -> Vec<String> {
        let regions = ["eu-west-1", "us-east-1", "zz"].iter();
        regions.flat_map(|region| resources.map(|r| format!("arn:aws:{service}:{region}:{account}:{r}"))).collect()
    };
    let plain = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
    match key {
        "ec2:sourceinstancearn" => arns("ec2", ["instance/i-1", "instance/i-2", "instance/i-qq"]),
        "lambda:sourcefunctionarn" => arns("lambda", ["function:deploy", "function:build", "function:qq"]),
        "ec2:roledelivery" => plain(&["1.0", "2.0"]),
        "aws:ec2instancesourcevpc" => plain(&["vpc-1", "vpc-2", "vpc-qq"]),
        "glue:credentialissuingservice" | "glue:roleassumedby" => plain(&["glue.amazonaws.com"]),
        other => panic!("no session brings `{other}`"),
    }
}
