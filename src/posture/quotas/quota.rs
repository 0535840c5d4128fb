//! The quotas: their names, where an account states them, and AWS's defaults for accounts that do not.
//!
//! Owns: the numbers that hold where nothing better is known, each with its source. Where sources disagree the smaller number is taken: too
//! little room is checked and found to be more, too much is relied on.

use crate::model::Estate;
use crate::policy::savable;
use crate::snapshot::account_summary::AccountSummary;

/// What the source of a default is called: with the day on which the table was last compared with AWS's pages.
pub(super) const DEFAULT: &str = "default of 2026-11-20";

/// Something that AWS limits; in the order of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quota {
    GroupsPerUser,
    ManagedPoliciesPerUser,
    ManagedPoliciesPerRole,
    ManagedPoliciesPerGroup,
    InlineSizeOfUser,
    InlineSizeOfRole,
    InlineSizeOfGroup,
    TrustPolicySize,
    ManagedPolicySize,
    VersionsPerPolicy,
    AccessKeysPerUser,
    Users,
    Groups,
    Roles,
    CustomerManagedPolicies,
    PolicyVersionsInUse,
    InstanceProfiles,
    ServerCertificates,
    OidcProviders,
    SamlProviders,
    ScpsPerTarget,
    RcpsPerTarget,
    ScpSize,
    RcpSize,
}

/// Those of an account as a whole.
pub(crate) const OF_ACCOUNT: [Quota; 9] = [
    Quota::Users,
    Quota::Groups,
    Quota::Roles,
    Quota::CustomerManagedPolicies,
    Quota::PolicyVersionsInUse,
    Quota::InstanceProfiles,
    Quota::ServerCertificates,
    Quota::OidcProviders,
    Quota::SamlProviders,
];

/// What is known of a quota beforehand.
struct Facts {
    quota: Quota,
    /// As options, CSV and JSON have it.
    name: &'static str,
    /// What is counted.
    noun: &'static str,
    /// The entry of the account summary that states the limit, and the one that states how much is used.
    stated: &'static str,
    counted: &'static str,
    /// What holds where no account states it.
    default: u32,
}

const fn facts(
    quota: Quota,
    name: &'static str,
    noun: &'static str,
    stated: &'static str,
    counted: &'static str,
    default: u32,
) -> Facts {
    Facts { quota, name, noun, stated, counted, default }
}

/// Sources: [1] AWS IAM User Guide, "IAM and AWS STS quotas"; [2] IAM API Reference, GetAccountSummary; [3] AWS Organizations User Guide,
/// "Quotas for AWS Organizations".
const FACTS: [Facts; 24] = [
    // [1]: cannot be raised
    facts(Quota::GroupsPerUser, "groups-per-user", "groups", "GroupsPerUserQuota", "", 10),
    // [1]: 10, up to 20 on request; a default of 20 since 2026-08-19 is reported, and for roles a maximum of 25
    facts(
        Quota::ManagedPoliciesPerUser,
        "managed-policies-per-user",
        "managed policies",
        "AttachedPoliciesPerUserQuota",
        "",
        10,
    ),
    facts(
        Quota::ManagedPoliciesPerRole,
        "managed-policies-per-role",
        "managed policies",
        "AttachedPoliciesPerRoleQuota",
        "",
        10,
    ),
    // [1]: 10, not adjustable
    facts(
        Quota::ManagedPoliciesPerGroup,
        "managed-policies-per-group",
        "managed policies",
        "AttachedPoliciesPerGroupQuota",
        "",
        10,
    ),
    // [1]: of all inline policies together, white space not counted
    facts(
        Quota::InlineSizeOfUser,
        "inline-size-of-user",
        "characters of inline policies",
        "UserPolicySizeQuota",
        "",
        savable::USER_INLINE,
    ),
    facts(
        Quota::InlineSizeOfRole,
        "inline-size-of-role",
        "characters of inline policies",
        "RolePolicySizeQuota",
        "",
        savable::ROLE_INLINE,
    ),
    facts(
        Quota::InlineSizeOfGroup,
        "inline-size-of-group",
        "characters of inline policies",
        "GroupPolicySizeQuota",
        "",
        savable::GROUP_INLINE,
    ),
    // [1]: 2,048; up to 4,096 on request, or 8,192 as others report
    facts(
        Quota::TrustPolicySize,
        "trust-policy-size",
        "characters of trust policy",
        "AssumeRolePolicySizeQuota",
        "",
        2_048,
    ),
    facts(
        Quota::ManagedPolicySize,
        "managed-policy-size",
        "characters of managed policy",
        "PolicySizeQuota",
        "",
        savable::MANAGED,
    ),
    facts(Quota::VersionsPerPolicy, "versions-per-policy", "versions", "VersionsPerPolicyQuota", "", 5),
    facts(Quota::AccessKeysPerUser, "access-keys-per-user", "access keys", "AccessKeysPerUserQuota", "", 2),
    // [1], [2]
    facts(Quota::Users, "users", "users", "UsersQuota", "Users", 5_000),
    // [1]: up to 500 on request
    facts(Quota::Groups, "groups", "groups", "GroupsQuota", "Groups", 300),
    // [1]: up to 5,000 on request, or 10,000 as others report
    facts(Quota::Roles, "roles", "roles", "RolesQuota", "Roles", 1_000),
    facts(
        Quota::CustomerManagedPolicies,
        "customer-managed-policies",
        "customer managed policies",
        "PoliciesQuota",
        "Policies",
        1_500,
    ),
    // [2]
    facts(
        Quota::PolicyVersionsInUse,
        "policy-versions-in-use",
        "policy versions in use",
        "PolicyVersionsInUseQuota",
        "PolicyVersionsInUse",
        10_000,
    ),
    // [1]: up to 5,000 on request
    facts(
        Quota::InstanceProfiles,
        "instance-profiles",
        "instance profiles",
        "InstanceProfilesQuota",
        "InstanceProfiles",
        1_000,
    ),
    // [1]: up to 1,000 on request
    facts(
        Quota::ServerCertificates,
        "server-certificates",
        "server certificates",
        "ServerCertificatesQuota",
        "ServerCertificates",
        20,
    ),
    // [1]; the summary has one entry, `Providers`, for both, and no quota
    facts(Quota::OidcProviders, "oidc-providers", "OIDC providers", "", "", 100),
    facts(Quota::SamlProviders, "saml-providers", "SAML providers", "", "", 100),
    // [3]: AWS's own policies are attached too and are counted (of RCPs the pages do not say so); since 2026-05-15 ten SCPs of 10,240
    // characters, before that five of 5,120
    facts(Quota::ScpsPerTarget, "scps-per-target", "SCPs", "", "", 10),
    facts(Quota::RcpsPerTarget, "rcps-per-target", "RCPs", "", "", 5),
    facts(Quota::ScpSize, "scp-size", "characters of SCP", "", "", savable::SCP),
    facts(Quota::RcpSize, "rcp-size", "characters of RCP", "", "", savable::RCP),
];

/// How many quotas there are.
pub(super) const COUNT: usize = FACTS.len();

/// Where a limit comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The account states it.
    Summary,
    /// AWS's default: the account may have more.
    Default,
}

/// A limit that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) most: u32,
    pub(crate) source: Source,
}

/// Some of the quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quotas(u32);

impl Quota {
    /// All of them, in order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().map(|facts| facts.quota)
    }

    /// Its place among all.
    pub(super) fn place(self) -> usize {
        self as usize
    }

    fn facts(self) -> &'static Facts {
        let Some(facts) = FACTS.get(self.place()) else { unreachable!("every quota is in the table") };
        facts
    }

    pub(crate) fn name(self) -> &'static str {
        self.facts().name
    }

    pub(crate) fn noun(self) -> &'static str {
        self.facts().noun
    }

    pub(super) fn default_limit(self) -> Limit {
        Limit { most: self.facts().default, source: Source::Default }
    }

    /// What the account states, else the default.
    pub(super) fn limit(self, summary: Option<&AccountSummary>) -> Limit {
        let stated = summary.and_then(|summary| summary.number(self.facts().stated));
        stated.map_or_else(|| self.default_limit(), |most| Limit { most, source: Source::Summary })
    }

    /// How much the account states to be used.
    pub(super) fn counted(self, summary: Option<&AccountSummary>) -> Option<u32> {
        summary?.number(self.facts().counted)
    }

    /// True for what only an account summary can tell.
    pub(super) fn is_of_summary(self) -> bool {
        matches!(self, Self::PolicyVersionsInUse | Self::InstanceProfiles | Self::ServerCertificates)
    }
}

impl Quotas {
    pub(crate) const fn of(list: &[Quota]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < list.len() {
            if let Some(quota) = list.split_at(at).1.first() {
                bits |= 1 << (*quota as u32);
            }
            at += 1;
        }
        Self(bits)
    }

    /// Every quota that an estate can have: without an organization, none of an organization.
    pub(crate) fn of_estate(estate: &Estate) -> Self {
        let of_organization = [Quota::ScpsPerTarget, Quota::RcpsPerTarget, Quota::ScpSize, Quota::RcpSize];
        let all: Vec<Quota> = Quota::all().collect();
        let without = if estate.organization().is_some() { 0 } else { Self::of(&of_organization).0 };
        Self(Self::of(&all).0 & !without)
    }

    pub(crate) fn has(self, quota: Quota) -> bool {
        self.0 & (1 << (quota as u32)) != 0
    }

    pub(super) fn has_any(self, list: &[Quota]) -> bool {
        list.iter().any(|quota| self.has(*quota))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_quotas_and_every_name_is_one_word() {
        for (at, facts) in FACTS.iter().enumerate() {
            assert_eq!(facts.quota.place(), at, "{}", facts.name);
            assert!(facts.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", facts.name);
            assert!(facts.default > 0);
        }
    }

    #[test]
    fn what_the_account_states_wins() {
        let stated = AccountSummary::read(&[("RolesQuota".to_owned(), 5_000)].into());
        assert_eq!(Quota::Roles.limit(Some(&stated)), Limit { most: 5_000, source: Source::Summary });
        assert_eq!(Quota::Users.limit(Some(&stated)), Limit { most: 5_000, source: Source::Default });
        assert_eq!(Quota::Roles.limit(None), Limit { most: 1_000, source: Source::Default });
    }
}
