//! Context keys that a session has because of who made it, and session tags that a service sets by itself.
//!
//! Owns: the two tables, one row per key or service, each with the page that documents it. Does not know who can make a session
//! (`eval::context::session`). INVARIANT: a session that was made in another way has none of these keys, nor has one that was
//! made by AssumeRole with such a session: the values are part of the token that the service's own call returned.

/// How AWS, or an identity provider, makes a session by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Delivered to an EC2 instance.
    Ec2Instance,
    /// Delivered to the environment of a Lambda function.
    LambdaFunction,
    /// Delivered to a job or development endpoint of Glue.
    GlueJob,
    /// Used by Glue itself.
    GlueItself,
    /// Delivered to a build of CodeBuild.
    CodeBuild,
    /// Delivered to a managed instance of Systems Manager.
    ManagedInstance,
    /// Made for a chat configuration.
    Chat,
    /// Given to a device by the credential provider of IoT Core.
    IotDevice,
    /// Made for a person of Identity Center.
    IdentityCenter,
}

impl Way {
    /// Every one.
    pub const ALL: &[Self] = &[
        Self::Ec2Instance,
        Self::LambdaFunction,
        Self::GlueJob,
        Self::GlueItself,
        Self::CodeBuild,
        Self::ManagedInstance,
        Self::Chat,
        Self::IotDevice,
        Self::IdentityCenter,
    ];

    /// The service whose call makes the session.
    #[must_use]
    pub fn service(self) -> &'static str {
        match self {
            Self::Ec2Instance => "ec2.amazonaws.com",
            Self::LambdaFunction => "lambda.amazonaws.com",
            Self::GlueJob | Self::GlueItself => "glue.amazonaws.com",
            Self::CodeBuild => "codebuild.amazonaws.com",
            Self::ManagedInstance => "ssm.amazonaws.com",
            Self::Chat => "chatbot.amazonaws.com",
            Self::IotDevice => "credentials.iot.amazonaws.com",
            Self::IdentityCenter => "account-access.amazonaws.com",
        }
    }
}

/// A key that sessions made in one way have.
#[derive(Clone, Copy, Debug)]
pub struct SessionKey {
    /// In AWS's spelling.
    pub name: &'static str,
    /// Which sessions.
    pub way: Way,
    /// Its possible values.
    pub value: Value,
    /// The page that documents it.
    pub source: &'static str,
}

/// The values that a key can have.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// One of these.
    OneOf(&'static [&'static str]),
    /// An ARN like one of these; `{partition}` and `{account}` are the role's.
    Arn(&'static [&'static str]),
    /// Text that matches this pattern.
    Like(&'static str),
    /// An IPv4 address.
    Ipv4,
    /// Any text; the session may lack the key.
    Sometimes,
}

const GLOBAL: &str = "AWS IAM User Guide, \"AWS global condition context keys\"";
const IOT: &str = "AWS IoT Core Developer Guide, \"Authorizing direct calls to AWS services\"";

/// One row per key.
pub const SESSION_KEYS: &[SessionKey] = &[
    row("ec2:SourceInstanceARN", Way::Ec2Instance, Value::Arn(&["arn:{partition}:ec2:*:{account}:instance/*"]), GLOBAL),
    row("ec2:RoleDelivery", Way::Ec2Instance, Value::OneOf(&["1.0", "2.0"]), GLOBAL),
    row("aws:Ec2InstanceSourceVpc", Way::Ec2Instance, Value::Like("vpc-*"), GLOBAL),
    row("aws:Ec2InstanceSourcePrivateIPv4", Way::Ec2Instance, Value::Ipv4, GLOBAL),
    row(
        "lambda:SourceFunctionArn",
        Way::LambdaFunction,
        Value::Arn(&["arn:{partition}:lambda:*:{account}:function:*"]),
        GLOBAL,
    ),
    row("glue:CredentialIssuingService", Way::GlueJob, Value::OneOf(&["glue.amazonaws.com"]), GLOBAL),
    row("glue:RoleAssumedBy", Way::GlueItself, Value::OneOf(&["glue.amazonaws.com"]), GLOBAL),
    row("codebuild:BuildArn", Way::CodeBuild, Value::Arn(&["arn:{partition}:codebuild:*:{account}:build/*"]), GLOBAL),
    row(
        "codebuild:ProjectArn",
        Way::CodeBuild,
        Value::Arn(&["arn:{partition}:codebuild:*:{account}:project/*"]),
        GLOBAL,
    ),
    row(
        "ssm:SourceInstanceARN",
        Way::ManagedInstance,
        // the page shows an instance; a machine outside EC2 is a managed instance
        Value::Arn(&[
            "arn:{partition}:ec2:*:{account}:instance/*",
            "arn:{partition}:ssm:*:{account}:managed-instance/*",
        ]),
        GLOBAL,
    ),
    row(
        "aws:ChatbotSourceArn",
        Way::Chat,
        Value::Arn(&["arn:{partition}:chatbot:*:{account}:chat-configuration/*"]),
        GLOBAL,
    ),
    row("identitystore:UserId", Way::IdentityCenter, Value::Sometimes, GLOBAL),
    row("credentials-iot:ThingName", Way::IotDevice, Value::Sometimes, IOT),
    row("credentials-iot:ThingTypeName", Way::IotDevice, Value::Sometimes, IOT),
    row("credentials-iot:AwsCertificateId", Way::IotDevice, Value::Like("*"), IOT),
];

const fn row(name: &'static str, way: Way, value: Value, source: &'static str) -> SessionKey {
    SessionKey { name, way, value, source }
}

/// The key with this name, ignoring case.
#[must_use]
pub fn session_key(name: &str) -> Option<&'static SessionKey> {
    SESSION_KEYS.iter().find(|key| key.name.eq_ignore_ascii_case(name))
}

/// Claims of a provider that the session keeps after the call that made it: one row per provider, `saml` for every SAML provider
/// and `*` for every issuer without a row.
/// Source: AWS Service Authorization Reference, "AWS Security Token Service" (condition keys of AssumeRole); AWS IAM User
/// Guide, "IAM and AWS STS condition context keys" (cross-service keys).
const LASTING_CLAIMS: &[(&str, &[&str])] = &[
    ("saml", &["namequalifier", "sub", "sub_type"]),
    ("accounts.google.com", &["aud", "sub"]),
    ("cognito-identity.amazonaws.com", &["amr", "aud", "sub"]),
    ("graph.facebook.com", &["app_id", "id"]),
    ("www.amazon.com", &["app_id", "user_id"]),
    ("*", &["amr", "aud", "id", "sub"]),
];

/// True for claims (`<provider>:<claim>`, in lower case) that a session keeps.
#[must_use]
pub fn is_lasting_claim(key: &str) -> bool {
    let Some((provider, claim)) = key.rsplit_once(':') else { return false };
    let own = LASTING_CLAIMS.iter().find(|(name, _)| *name == provider).or_else(|| LASTING_CLAIMS.last());
    own.is_some_and(|(_, claims)| claims.contains(&claim))
}

/// A service whose calls of AssumeRole pass session tags that it sets itself.
#[derive(Clone, Copy, Debug)]
pub struct Tagger {
    /// The service principal.
    pub service: &'static str,
    /// Prefixes of its tag keys, or whole keys.
    tags: &'static [&'static str],
    /// True if every call passes tags and a source identity, so that the trust policy must allow `sts:TagSession` and
    /// `sts:SetSourceIdentity` besides `sts:AssumeRole`.
    pub always: bool,
    /// The page that documents it.
    pub source: &'static str,
}

/// One row per service.
pub const TAGGERS: &[Tagger] = &[
    Tagger {
        service: "rolesanywhere.amazonaws.com",
        tags: &["x509Subject/", "x509Issuer/", "x509SAN/"],
        always: true,
        source: "AWS IAM Roles Anywhere User Guide, \"Trust model\" and \"Certificate attribute mapping\"",
    },
    Tagger {
        service: "pods.eks.amazonaws.com",
        tags: &[
            "eks-cluster-arn",
            "eks-cluster-name",
            "kubernetes-namespace",
            "kubernetes-service-account",
            "kubernetes-pod-name",
            "kubernetes-pod-uid",
        ],
        // an association may turn them off
        always: false,
        source: "Amazon EKS User Guide, \"Grant Pods access to AWS resources based on tags\"",
    },
];

/// The row of a service.
#[must_use]
pub fn tagger(service: &str) -> Option<&'static Tagger> {
    TAGGERS.iter().find(|tagger| is_service(tagger.service, service))
}

impl Tagger {
    /// True for the keys of tags that the service sets, ignoring case.
    #[must_use]
    pub fn sets(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| {
            let beginning = tag.get(..own.len()).is_some_and(|start| start.eq_ignore_ascii_case(own));
            beginning && (own.ends_with('/') || tag.len() == own.len())
        })
    }

    /// The same keys as patterns.
    pub fn patterns(&self) -> impl Iterator<Item = String> {
        self.tags.iter().map(|own| if own.ends_with('/') { format!("{own}*") } else { (*own).to_owned() })
    }
}

/// True if a service principal in a trust policy is this service; in China some have another suffix.
#[must_use]
pub fn is_service(service: &str, named: &str) -> bool {
    named.strip_suffix(".cn").unwrap_or(named) == service
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_tag_is_found_in_any_case() {
        assert_eq!(session_key("EC2:sourceinstancearn").unwrap().name, "ec2:SourceInstanceARN");
        assert!(session_key("ec2:SourceInstance").is_none());
        let certificates = tagger("rolesanywhere.amazonaws.com").unwrap();
        assert!(
            certificates.sets("x509subject/CN") && certificates.sets("x509SAN/Name/CN") && !certificates.sets("team")
        );
        let pods = tagger("pods.eks.amazonaws.com.cn").unwrap();
        assert!(pods.sets("kubernetes-namespace") && !pods.sets("kubernetes-namespace-2"));
        assert!(SESSION_KEYS.iter().all(|k| k.source.contains('"')) && TAGGERS.iter().all(|t| t.source.contains('"')));
        assert!(SESSION_KEYS.iter().all(|k| Way::ALL.contains(&k.way)));
    }

    #[test]
    fn few_claims_stay_in_a_session() {
        assert!(is_lasting_claim("saml:sub") && !is_lasting_claim("saml:aud"));
        assert!(is_lasting_claim("www.amazon.com:user_id") && !is_lasting_claim("www.amazon.com:sub"));
        assert!(is_lasting_claim("token.actions.githubusercontent.com:sub"));
        assert!(!is_lasting_claim("token.actions.githubusercontent.com:ref"));
    }
}
