//! Context keys: their spelling and what kind of fact each carries.
//!
//! Owns: the catalog. Does not know any value (`eval::context`). Key names ignore case.
//! Source: AWS IAM User Guide, "AWS global condition context keys" and "IAM and AWS STS condition context keys".

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::hidden::Hidden;
pub use super::key_kind::KeyKind;
use super::session_keys::{SESSION_KEYS, session_key};
use super::spelling;

/// A context key as a policy names it.
#[derive(Clone, Debug)]
pub struct ContextKey {
    kind: KeyKind,
    lower: Arc<str>,
    shown: Arc<str>,
    /// As the policy has it.
    written: Arc<str>,
    /// What is shown of its values, where they are not for everybody.
    hidden: Option<Arc<Hidden>>,
}

/// Spelling and kind of keys without a variable part.
const PLAIN: &[(&str, KeyKind)] = &[
    // only sessions of AssumeRoot have it, and the root user cannot assume roles
    ("aws:AssumedRoot", KeyKind::OtherService),
    ("aws:CalledVia", KeyKind::CalledVia),
    ("aws:CalledViaAWSMCP", KeyKind::Environment),
    ("aws:CalledViaFirst", KeyKind::CalledVia),
    ("aws:CalledViaLast", KeyKind::CalledVia),
    ("aws:CurrentTime", KeyKind::CurrentTime),
    ("aws:EpochTime", KeyKind::EpochTime),
    ("aws:FederatedProvider", KeyKind::FederatedProvider),
    ("aws:IsMcpServiceAction", KeyKind::Environment),
    ("aws:MultiFactorAuthAge", KeyKind::MfaAge),
    ("aws:MultiFactorAuthPresent", KeyKind::MfaPresent),
    ("aws:PrincipalAccount", KeyKind::PrincipalAccount),
    ("aws:PrincipalArn", KeyKind::PrincipalArn),
    ("aws:PrincipalIsAWSService", KeyKind::PrincipalIsAwsService),
    ("aws:PrincipalOrgID", KeyKind::PrincipalOrgId),
    ("aws:PrincipalOrgPaths", KeyKind::PrincipalOrgPaths),
    ("aws:PrincipalServiceName", KeyKind::PrincipalServiceName),
    ("aws:PrincipalServiceNamesList", KeyKind::PrincipalServiceNamesList),
    ("aws:PrincipalType", KeyKind::PrincipalType),
    ("aws:Referer", KeyKind::Environment),
    ("aws:RequestedRegion", KeyKind::RequestedRegion),
    ("aws:ResourceAccount", KeyKind::ResourceAccount),
    ("aws:ResourceOrgID", KeyKind::ResourceOrgId),
    ("aws:ResourceOrgPaths", KeyKind::ResourceOrgPaths),
    ("aws:SecureTransport", KeyKind::SecureTransport),
    ("aws:SignInSessionArn", KeyKind::Environment),
    ("aws:SourceAccount", KeyKind::SourceAccount),
    ("aws:SourceArn", KeyKind::SourceArn),
    ("aws:SourceIdentity", KeyKind::SourceIdentity),
    ("aws:SourceIp", KeyKind::Environment),
    ("aws:SourceOrgID", KeyKind::SourceOrgId),
    ("aws:SourceOrgPaths", KeyKind::SourceOrgPaths),
    // only notifications have it
    ("aws:SourceOwner", KeyKind::OtherService),
    ("aws:SourceVpc", KeyKind::Environment),
    ("aws:SourceVpcArn", KeyKind::Environment),
    ("aws:SourceVpce", KeyKind::Environment),
    ("aws:TagKeys", KeyKind::TagKeys),
    ("aws:TokenIssueTime", KeyKind::TokenIssueTime),
    ("aws:UserAgent", KeyKind::Environment),
    ("aws:userid", KeyKind::UserId),
    ("aws:username", KeyKind::Username),
    ("aws:ViaAWSMCPService", KeyKind::Environment),
    ("aws:ViaAWSService", KeyKind::ViaAwsService),
    ("aws:VpcSourceIp", KeyKind::Environment),
    ("aws:VpceAccount", KeyKind::Environment),
    ("aws:VpceOrgID", KeyKind::Environment),
    ("aws:VpceOrgPaths", KeyKind::Environment),
    ("sts:ExternalId", KeyKind::ExternalId),
    ("sts:RoleSessionName", KeyKind::RoleSessionName),
    ("sts:SourceIdentity", KeyKind::RequestedSourceIdentity),
    ("sts:TransitiveTagKeys", KeyKind::TransitiveTagKeys),
    // only GetServiceBearerToken has it, and no request to assume a role
    ("sts:DurationSeconds", KeyKind::OtherService),
    // belongs to other STS calls
    ("sts:AWSServiceName", KeyKind::OtherService),
    ("sts:IdentityTokenAudience", KeyKind::OtherService),
    ("sts:SigningAlgorithm", KeyKind::OtherService),
    ("sts:TaskPolicyArn", KeyKind::OtherService),
    // passed with `sts:SetContext`
    ("sts:RequestContextProviders", KeyKind::Environment),
];

/// Spelling and kind of keys that end in a tag key.
const TAGGED: &[(&str, KeyKind)] = &[
    ("aws:PrincipalTag/", KeyKind::PrincipalTag),
    ("aws:RequestTag/", KeyKind::RequestTag),
    ("aws:ResourceTag/", KeyKind::ResourceTag),
    ("iam:ResourceTag/", KeyKind::ResourceTag),
    ("sts:RequestContext/", KeyKind::Environment),
];

impl ContextKey {
    /// The key with this name, in AWS's spelling if the catalog has it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let key = |kind, shown: &str| Self {
            kind,
            lower: lower.as_str().into(),
            shown: shown.into(),
            written: name.into(),
            hidden: None,
        };
        if let Some((spelling, kind)) = PLAIN.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(name)) {
            return key(*kind, spelling);
        }
        if let Some(known) = session_key(name) {
            return key(KeyKind::SessionKey, known.name);
        }
        for (prefix, kind) in TAGGED {
            if lower.starts_with(&prefix.to_ascii_lowercase())
                && let Some(tag) = name.get(prefix.len()..).filter(|tag| !tag.is_empty())
            {
                return key(*kind, &format!("{prefix}{tag}"));
            }
        }
        if name.trim() != name {
            return key(KeyKind::Misspelled, name);
        }
        let kind = match lower.split_once(':').map(|(prefix, _)| prefix) {
            Some("saml") => KeyKind::ProviderClaim,
            Some("aws" | "sts") if slip(name).is_some() => KeyKind::Misspelled,
            Some("aws" | "sts") => KeyKind::UnknownGlobal,
            // service prefixes have no dots; issuers are host names, with or without a path
            Some(prefix) if prefix.contains('.') => KeyKind::ProviderClaim,
            None => KeyKind::Misspelled,
            // no service has these prefixes
            Some("asw" | "was" | "aw" | "awss" | "aaws" | "st" | "stss") if slip(name).is_some() => KeyKind::Misspelled,
            _ => KeyKind::OtherService,
        };
        match name.get("saml:".len()..) {
            Some(claim) if lower.starts_with("saml:") => key(kind, &format!("SAML:{claim}")),
            _ => key(kind, name),
        }
    }

    /// A fact that is not a key of AWS.
    fn fact(kind: KeyKind, name: &str, shown: &str) -> Self {
        Self { kind, lower: name.into(), shown: shown.into(), written: shown.into(), hidden: None }
    }

    /// The name of the calling session, shown as the key that set it.
    #[must_use]
    pub fn caller_session() -> Self {
        Self::fact(KeyKind::CallerSession, "caller session", "sts:RoleSessionName")
    }

    /// The session tag of this key, a key of `aws:PrincipalTag/…`, if the session passes it on.
    #[must_use]
    pub fn transitive(tag: &Self) -> Self {
        Self::fact(KeyKind::TransitiveTag, &format!("transitive/{}", tag.tag().to_ascii_lowercase()), tag.as_str())
    }

    /// How the caller signed.
    #[must_use]
    pub fn credential() -> Self {
        Self::fact(KeyKind::Credential, "credential", "credential")
    }

    /// Who made the calling session.
    #[must_use]
    pub fn issuer() -> Self {
        Self::fact(KeyKind::Issuer, "issuer", "issuer of the session")
    }

    /// What to report about a key that no request has, or that rolehop does not know; `None` if there is nothing to report.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let meant = || slip(&self.written).map(|key| format!("; `{}` is meant?", key.trim_end_matches('/')));
        match self.kind {
            KeyKind::Misspelled => {
                Some(format!("AWS has no key `{}`: it is in no request{}", self.written, meant().unwrap_or_default()))
            }
            KeyKind::UnknownGlobal => Some(format!("key `{}` is not known to rolehop", self.written)),
            _ => None,
        }
    }

    /// As the policy has it.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// What it means.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// In AWS's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The key with values that are shown so.
    pub(super) fn hiding(self, hidden: Arc<Hidden>) -> Self {
        Self { hidden: Some(hidden), ..self }
    }

    /// What is shown of a value that it is compared with.
    #[must_use]
    pub fn shown_value<'v>(&'v self, value: &'v str) -> &'v str {
        self.hidden.as_ref().map_or(value, |hidden| hidden.shown(value))
    }

    /// True of the external id, whichever way it is written: who misspells the key writes the id all the same.
    pub(super) fn is_external_id(&self) -> bool {
        let is_letter = |c: &char| c.is_ascii_alphanumeric();
        let letters = || self.lower.chars().filter(is_letter).collect::<String>();
        match self.kind {
            KeyKind::ExternalId => true,
            KeyKind::UnknownGlobal | KeyKind::OtherService => letters().contains("externalid"),
            KeyKind::Misspelled => letters().contains("externalid") || slip(&self.written) == Some("sts:ExternalId"),
            _ => false,
        }
    }

    /// In lower case.
    #[must_use]
    pub fn lower(&self) -> &str {
        &self.lower
    }

    /// True for a key that a service other than this one never sends: `iam:ResourceTag/…` stands in requests of IAM and STS alone.
    /// Source: AWS IAM User Guide, "IAM and AWS STS condition context keys".
    #[must_use]
    pub fn is_foreign_to(&self, service: &str) -> bool {
        self.kind == KeyKind::ResourceTag && self.lower.starts_with("iam:") && !matches!(service, "iam" | "sts")
    }

    /// What follows the slash of a tag key, as written.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.shown.split_once('/').map_or("", |(_, tag)| tag)
    }
}

/// The known key that a name was probably meant to be.
fn slip(name: &str) -> Option<&'static str> {
    let known = PLAIN.iter().chain(TAGGED).map(|(key, _)| *key).chain(SESSION_KEYS.iter().map(|key| key.name));
    spelling::meant(name, known)
}

impl PartialEq for ContextKey {
    fn eq(&self, other: &Self) -> bool {
        self.lower == other.lower
    }
}

impl Eq for ContextKey {}

impl Hash for ContextKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lower.hash(state);
    }
}

impl PartialOrd for ContextKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ContextKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.lower.cmp(&other.lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_in_the_spelling_of_aws() {
        assert_eq!(ContextKey::new("AWS:multifactorauthpresent").as_str(), "aws:MultiFactorAuthPresent");
        assert_eq!(ContextKey::new("aws:principaltag/Team").as_str(), "aws:PrincipalTag/Team");
        assert_eq!(ContextKey::new("aws:PrincipalTag/Team").tag(), "Team");
        assert_eq!(ContextKey::new("saml:aud").as_str(), "SAML:aud");
    }

    #[test]
    fn issuers_are_told_from_services() {
        assert_eq!(ContextKey::new("token.actions.githubusercontent.com:sub").kind(), KeyKind::ProviderClaim);
        assert_eq!(ContextKey::new("oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud").kind(), KeyKind::ProviderClaim);
        assert_eq!(ContextKey::new("s3:prefix").kind(), KeyKind::OtherService);
        assert_eq!(ContextKey::new("aws:BrandNew").kind(), KeyKind::UnknownGlobal);
    }

    #[test]
    fn slips_are_told_from_new_keys() {
        for slip in [
            "aws:PrincipalOrgId ",
            " aws:BrandNew",
            "aws:MultiFactorAuthpresentt",
            "aws:PrincipalTag/",
            "PrincipalArn",
            "asw:SourceIp",
        ] {
            let key = ContextKey::new(slip);
            assert_eq!(key.kind(), KeyKind::Misspelled, "{slip}");
            assert!(key.remark().unwrap().contains(slip));
        }
        assert!(ContextKey::new("aws:PrincipalOrgId ").remark().unwrap().contains("`aws:PrincipalOrgID` is meant?"));
        assert_eq!(ContextKey::new("ec2:ResourceTag/team").kind(), KeyKind::OtherService);
        assert_eq!(ContextKey::new("iam:PassedToService").kind(), KeyKind::OtherService);
        assert_eq!(ContextKey::new("EC2:RoleDelivery").kind(), KeyKind::SessionKey);
    }
}
