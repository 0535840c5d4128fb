//! What kind of fact a context key carries.
//!
//! Owns: what follows from the kind alone: lists, accepted texts, what tells principals apart.

use super::alphabet::Alphabet;

/// What a key means, if rolehop knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "AWS's own key names")]
pub enum KeyKind {
    PrincipalAccount,
    PrincipalArn,
    PrincipalOrgId,
    PrincipalOrgPaths,
    /// `aws:PrincipalTag/…`
    PrincipalTag,
    PrincipalType,
    UserId,
    Username,
    PrincipalIsAwsService,
    PrincipalServiceName,
    PrincipalServiceNamesList,
    ResourceAccount,
    ResourceOrgId,
    ResourceOrgPaths,
    /// `aws:ResourceTag/…`, `iam:ResourceTag/…`
    ResourceTag,
    SourceAccount,
    SourceArn,
    SourceOrgId,
    SourceOrgPaths,
    ViaAwsService,
    CalledVia,
    SecureTransport,
    CurrentTime,
    EpochTime,
    TokenIssueTime,
    RequestedRegion,
    MfaPresent,
    MfaAge,
    FederatedProvider,
    /// `aws:SourceIdentity`: set earlier in the chain.
    SourceIdentity,
    /// `aws:RequestTag/…`
    RequestTag,
    TagKeys,
    TransitiveTagKeys,
    ExternalId,
    RoleSessionName,
    /// A session tag that a session passes on to those that it makes: not a key of AWS, but what
    /// `aws:PrincipalTag/…` further down a chain is derived from.
    TransitiveTag,
    /// The name of the calling session: not a key of AWS, but what session principals and `aws:userid` contain.
    CallerSession,
    /// How the caller signed: not a key of AWS, but what MFA keys and `aws:TokenIssueTime` are derived from.
    Credential,
    /// `sts:SourceIdentity`: asked for in this call.
    RequestedSourceIdentity,
    /// Address, network, user agent: the caller's surroundings.
    Environment,
    /// A claim of an identity provider: `SAML:…`, `<issuer>:…`.
    ProviderClaim,
    /// A key that a session gets from the service that made it (`session_keys`).
    SessionKey,
    /// Who made the calling session: not a key of AWS, but what those keys are derived from.
    Issuer,
    /// A key of `aws:` or `sts:` that this catalog does not have: newer than the catalog, or nonexistent.
    UnknownGlobal,
    /// A misspelled key (`spelling`): no request has it.
    Misspelled,
    /// A key of another service, or of another call: never in a request to assume a role.
    OtherService,
}

impl KeyKind {
    /// True if two principals of the same account with the same policies can have different values of it.
    #[must_use]
    pub fn differs_within_class(self) -> bool {
        matches!(
            self,
            Self::PrincipalArn
                | Self::PrincipalTag
                | Self::UserId
                | Self::Username
                | Self::FederatedProvider
                | Self::ProviderClaim
                | Self::SessionKey
        )
    }

    /// True for keys that hold a list.
    #[must_use]
    pub fn is_multivalued(self) -> bool {
        matches!(
            self,
            Self::PrincipalOrgPaths
                | Self::ResourceOrgPaths
                | Self::SourceOrgPaths
                | Self::PrincipalServiceNamesList
                | Self::TagKeys
                | Self::TransitiveTagKeys
        )
    }

    /// The texts that STS accepts for a value that the caller chooses; `None` if it accepts any. STS requires at least two
    /// characters; one is accepted here, so that a policy with such a text is not called impossible for that reason alone.
    /// Source: AWS STS API Reference, AssumeRole (RoleSessionName, SourceIdentity, ExternalId).
    #[must_use]
    pub fn alphabet(self) -> Option<Alphabet> {
        match self {
            Self::RoleSessionName | Self::CallerSession | Self::RequestedSourceIdentity | Self::SourceIdentity => {
                Some(Alphabet { beside_word: "+=,.@-", lengths: (1, 64) })
            }
            Self::ExternalId => Some(Alphabet { beside_word: "+=,.@:/-", lengths: (1, 1224) }),
            _ => None,
        }
    }

    /// True if its value depends on the kind of credential (key, session, session with MFA).
    #[must_use]
    pub fn depends_on_credential(self) -> bool {
        matches!(self, Self::MfaPresent | Self::MfaAge | Self::TokenIssueTime)
    }
}
