//! What a request to assume a role carries: the value of each context key, as far as a snapshot can tell.
//!
//! Owns: for each caller and key whether the value is known, absent, chosen by the caller or set by the surroundings.
//! Does not know what a policy compares it with (`condition`).
//! Source: AWS IAM User Guide, "AWS global condition context keys", "IAM and AWS STS condition context keys",
//! "Configuring MFA-protected API access".

use std::borrow::Cow;

use super::companion::Companion;
use super::facts::{Domain, Except};
use super::request::{Caller, Carries, Credential, Outside, Request};
use super::session::Shape;
use super::truth::Unclear;
use super::worlds::mfa_present;
use crate::arn::{Arn, Named};
use crate::ids::{GapIx, PrincipalIx};
use crate::model::{Account, Document, Principal, PrincipalType};
use crate::policy::key::{ContextKey, KeyKind};
use crate::policy::principal::PrincipalEntry;
use crate::policy::session_keys::tagger;
use crate::policy::{Effect, Policy, Statement};

impl<'e> Request<'e> {
    /// What is known of a key in this request.
    pub(super) fn known_of(&self, key: &ContextKey) -> Domain<'e> {
        if let Some(of_service) = self.of_service_tags(key) {
            return of_service;
        }
        match key.kind() {
            KeyKind::ResourceAccount
            | KeyKind::ResourceOrgId
            | KeyKind::ResourceOrgPaths
            | KeyKind::ResourceTag
            | KeyKind::CurrentTime
            | KeyKind::EpochTime
            | KeyKind::SecureTransport => self.of_resource_and_time(key),
            KeyKind::PrincipalAccount
            | KeyKind::PrincipalArn
            | KeyKind::PrincipalOrgId
            | KeyKind::PrincipalOrgPaths
            | KeyKind::PrincipalTag
            | KeyKind::PrincipalType
            | KeyKind::UserId
            | KeyKind::Username
            | KeyKind::FederatedProvider
            | KeyKind::SourceIdentity => match self.caller {
                Caller::Principal(ix) => self.of_principal(key, ix),
                Caller::Outside(outside) => self.of_outsider(key, outside),
                Caller::Provider(name) if key.kind() == KeyKind::FederatedProvider => known(name),
                Caller::Service(_) | Caller::Provider(_) => absent(),
            },
            KeyKind::MfaPresent | KeyKind::MfaAge | KeyKind::TokenIssueTime => self.of_credentials(key.kind()),
            kind => self.of_call(key, kind),
        }
    }

    fn of_resource_and_time(&self, key: &ContextKey) -> Domain<'e> {
        let account = self.role_account();
        match key.kind() {
            KeyKind::ResourceAccount => known(account.id().to_string()),
            KeyKind::ResourceOrgId => match self.estate.organization() {
                Some(organization) if account.is_member() => known(organization.id.as_str()),
                Some(_) if account.membership_gap().is_some() => unread(account.membership_gap()),
                _ => self.other_organization(key),
            },
            KeyKind::ResourceOrgPaths => self.organization_paths(account, key),
            KeyKind::ResourceTag => tag(self.estate.principal(self.role), key.tag()),
            KeyKind::CurrentTime => known(self.estate.at().to_string()),
            KeyKind::EpochTime => known(self.estate.at().as_second().to_string()),
            // STS is reached over TLS only
            _ => known("true"),
        }
    }

    fn of_principal(&self, key: &ContextKey, ix: PrincipalIx) -> Domain<'e> {
        let principal = self.estate.principal(ix);
        let account = self.estate.account(principal.account());
        let is_role = principal.kind() == PrincipalType::Role;
        match key.kind() {
            KeyKind::PrincipalAccount => known(account.id().to_string()),
            KeyKind::PrincipalArn => known(self.caller_arn().unwrap_or_default().to_owned()),
            KeyKind::PrincipalOrgId => match self.estate.organization() {
                Some(organization) if account.is_member() => known(organization.id.as_str()),
                Some(_) if account.membership_gap().is_some() => unread(account.membership_gap()),
                _ => self.other_organization(key),
            },
            KeyKind::PrincipalOrgPaths => self.organization_paths(account, key),
            // a session tag of the same key would override the role's own
            KeyKind::PrincipalTag if self.estate.unread_trust(ix).is_some() => unread(self.estate.unread_trust(ix)),
            KeyKind::PrincipalTag if is_role && self.may_be_tagged(ix, key.tag()) => free(true),
            KeyKind::PrincipalTag => tag(principal, key.tag()),
            KeyKind::PrincipalType => known(if is_role { "AssumedRole" } else { "User" }),
            KeyKind::UserId if principal.unique_id().is_empty() => free(false),
            KeyKind::UserId if is_role => Domain::Prefixed(format!("{}:", principal.unique_id())),
            KeyKind::UserId => known(principal.unique_id()),
            KeyKind::Username if is_role => absent(),
            KeyKind::Username => known(principal.name()),
            KeyKind::FederatedProvider if is_role => self.of_session(key),
            KeyKind::SourceIdentity if is_role => match self.estate.sets_source_identity() {
                Ok(true) => free(true),
                Ok(false) => absent(),
                Err(gap) => unread(Some(gap)),
            },
            _ => absent(),
        }
    }

    fn of_outsider(&self, key: &ContextKey, outside: Outside<'e>) -> Domain<'e> {
        let named = self.caller_arn().and_then(Arn::parse).map(|a| a.named());
        let account = match outside {
            Outside::Account(id) | Outside::Principal(_, id) => Some(id),
            Outside::Anyone => None,
        };
        let member = self.caller_account().map(|ix| self.estate.account(ix)).filter(|a| a.is_member());
        match key.kind() {
            KeyKind::PrincipalAccount => {
                account.map_or_else(|| free_present(Except::CollectedAccounts), |id| known(id.to_string()))
            }
            KeyKind::PrincipalArn => match outside {
                Outside::Principal(arn, _) => known(arn),
                Outside::Account(_) | Outside::Anyone => free_present(Except::CollectedAccounts),
            },
            KeyKind::PrincipalOrgId => match (self.estate.organization(), member) {
                (Some(organization), Some(_)) => known(organization.id.as_str()),
                // a caller of whom nothing is known may be of an account that is not listed
                (Some(_), None) if self.estate.unlisted().is_some() => unread(self.estate.unlisted()),
                _ => self.other_organization(key),
            },
            KeyKind::PrincipalOrgPaths => {
                let stranger = || match self.estate.unlisted() {
                    Some(gap) => unread(Some(gap)),
                    None => self.other_organization(key),
                };
                member.map_or_else(stranger, |account| self.organization_paths(account, key))
            }
            KeyKind::PrincipalType => match named {
                Some(Named::User { .. }) => known("User"),
                Some(Named::Role { .. }) => known("AssumedRole"),
                _ => free(false),
            },
            KeyKind::Username => match named {
                Some(Named::Role { .. }) => absent(),
                _ => free(true),
            },
            KeyKind::UserId => free(false),
            _ => free(true),
        }
    }

    /// MFA: absent with an access key; false or true with a user's session; a role session inherits it or has none.
    fn of_credentials(&self, kind: KeyKind) -> Domain<'e> {
        let Caller::Principal(_) = self.caller else {
            // services and identity providers never bring MFA; of outsiders nothing is known
            return if matches!(self.caller, Caller::Outside(_)) { free(true) } else { absent() };
        };
        let with_mfa = |c: &Credential| c.has_mfa();
        match kind {
            KeyKind::MfaPresent => {
                let of = |c: &Credential| mfa_present(*c).into_iter();
                let owned = |value: Vec<String>| value.into_iter().map(Cow::Owned).collect();
                let mut values: Vec<Vec<Cow<'e, str>>> = self.credentials.iter().flat_map(of).map(owned).collect();
                values.sort();
                values.dedup();
                if values.len() == 1 { Domain::Known(values.pop().unwrap_or_default()) } else { Domain::OneOf(values) }
            }
            KeyKind::MfaAge if !self.credentials.iter().any(with_mfa) => absent(),
            KeyKind::MfaAge => free(!self.credentials.iter().all(with_mfa)),
            _ if self.credentials.iter().all(|c| c.is_long_term()) => absent(),
            _ => free(self.credentials.iter().any(|c| c.is_long_term())),
        }
    }

    fn of_call(&self, key: &ContextKey, kind: KeyKind) -> Domain<'e> {
        let is_service = matches!(self.caller, Caller::Service(_));
        match kind {
            KeyKind::PrincipalIsAwsService => known(if is_service { "true" } else { "false" }),
            KeyKind::PrincipalServiceName => match self.caller {
                Caller::Service(name) => known(name),
                _ => absent(),
            },
            KeyKind::PrincipalServiceNamesList
            | KeyKind::SourceAccount
            | KeyKind::SourceArn
            | KeyKind::SourceOrgId
            | KeyKind::SourceOrgPaths => {
                if is_service {
                    free(true)
                } else {
                    absent()
                }
            }
            KeyKind::ViaAwsService => known("false"),
            KeyKind::CalledVia | KeyKind::OtherService | KeyKind::Misspelt => absent(),
            KeyKind::SessionKey => self.of_session(key),
            KeyKind::UnknownGlobal => Domain::Unclear(Unclear::Undocumented(key.remark().unwrap_or_default().into())),
            KeyKind::RequestedRegion | KeyKind::RoleSessionName => free(false),
            KeyKind::ExternalId if matches!(self.caller, Caller::Provider(_)) => absent(),
            KeyKind::RequestTag | KeyKind::TransitiveTagKeys => carried(self.tags, true),
            KeyKind::TagKeys => carried(self.tags, self.tags != Carries::Yes),
            KeyKind::RequestedSourceIdentity => carried(self.source_identity, self.source_identity != Carries::Yes),
            KeyKind::ProviderClaim => match self.caller {
                Caller::Provider(provider) if claims_belong(provider, key) => free(true),
                Caller::Principal(_) => self.of_session(key),
                _ => absent(),
            },
            _ => free(true),
        }
    }

    fn trust(&self, role: PrincipalIx) -> Option<&'e Policy> {
        match self.estate.principal(role).role()?.trust {
            Document::Parsed(ix) => Some(self.estate.policy(ix)),
            Document::Missing(_) => None,
        }
    }

    /// Whether a role's trust lets anybody at all call this companion of AssumeRole; so it does where it is not known.
    pub(super) fn trust_opens(&self, role: PrincipalIx, companion: Companion) -> bool {
        let Some(trust) = self.trust(role) else { return true };
        trust.statements.iter().any(|s| s.effect == Effect::Allow && s.actions.matches(companion.action()))
    }

    /// Whether somebody may pass a session tag of this key to the role: services that set tags themselves set no others.
    fn may_be_tagged(&self, role: PrincipalIx, tag: &str) -> bool {
        let Some(trust) = self.trust(role) else { return true };
        let tags = Companion::TagSession.action();
        let passes = |entry: &PrincipalEntry| match entry {
            PrincipalEntry::Service(name) => tagger(name).is_none_or(|tagger| tagger.sets(tag)),
            _ => true,
        };
        let opens = |s: &Statement| s.effect == Effect::Allow && s.actions.matches(tags);
        let clauses = trust.statements.iter().filter(|s| opens(s)).filter_map(|s| s.principal.as_ref());
        clauses.into_iter().any(|clause| clause.negated || clause.entries.iter().any(passes))
    }

    /// The id, or the paths, of an organization that is not ours; none where it is in none.
    fn other_organization(&self, key: &ContextKey) -> Domain<'e> {
        let Some(organization) = self.estate.organization() else { return free(true) };
        let paths = key.kind().is_multivalued();
        let ours = if paths { format!("{}/*", organization.id) } else { organization.id.to_string() };
        let shape = Shape { unlike: vec![ours], ..Shape::default() };
        Domain::Shaped { shape: shape.into(), may_be_absent: true }
    }

    /// `o-x/r-y/ou-a/ou-b/`, of the units above an account.
    fn organization_paths(&self, account: &Account, key: &ContextKey) -> Domain<'e> {
        match self.estate.organization() {
            Some(organization) if account.is_member() && !account.units().is_empty() => {
                Domain::Many(vec![format!("{}/{}/", organization.id, account.units().join("/")).into()])
            }
            Some(organization) if account.is_member() => {
                let shape = Shape { like: vec![format!("{}/*", organization.id)], ..Shape::default() };
                let why = |gap| Domain::Unread { shape: shape.into(), why: Unclear::Gap(gap) };
                account.units_gap().map_or_else(|| free(false), why)
            }
            Some(_) if account.membership_gap().is_some() => unread(account.membership_gap()),
            _ => self.other_organization(key),
        }
    }
}

/// SAML claims come with SAML providers, others with the issuer that their prefix names.
fn claims_belong(provider: &str, key: &ContextKey) -> bool {
    let Some((prefix, _)) = key.lower().rsplit_once(':') else { return false };
    match Arn::parse(provider).map(|a| a.named()) {
        Some(Named::SamlProvider { .. }) => prefix == "saml",
        Some(Named::OidcProvider { issuer }) => issuer.eq_ignore_ascii_case(prefix),
        _ => provider.eq_ignore_ascii_case(prefix),
    }
}

fn carried<'e>(carries: Carries, may_be_absent: bool) -> Domain<'e> {
    if carries == Carries::No { absent() } else { free(may_be_absent) }
}

fn known<'e>(value: impl Into<Cow<'e, str>>) -> Domain<'e> {
    Domain::Known(vec![value.into()])
}

fn absent<'e>() -> Domain<'e> {
    Domain::Known(Vec::new())
}

fn free<'e>(may_be_absent: bool) -> Domain<'e> {
    Domain::Free { may_be_absent, except: Except::Nothing }
}

fn free_present<'e>(except: Except) -> Domain<'e> {
    Domain::Free { may_be_absent: false, except }
}

/// What was not read; free where nothing says so.
fn unread<'e>(gap: Option<GapIx>) -> Domain<'e> {
    gap.map_or_else(|| free(true), |gap| Domain::Unclear(Unclear::Gap(gap)))
}

/// Tag keys in context keys ignore case.
fn tag<'e>(principal: &'e Principal, key: &str) -> Domain<'e> {
    let own = principal.tags().iter().find(|t| t.key.eq_ignore_ascii_case(key));
    match (own, principal.tags_gap()) {
        (Some(tag), _) => known(tag.value.as_str()),
        (None, Some(gap)) => Domain::Unclear(Unclear::Gap(gap)),
        (None, None) => absent(),
    }
}
